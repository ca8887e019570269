/** A program that writes an archive in a process of its own. Its argument is an `ArchiveRequest` as JSON. */
import { archiveFunction } from "../src/archive/function-archive.ts";

const [request = ""] = process.argv.slice(2);
await archiveFunction(JSON.parse(request));
