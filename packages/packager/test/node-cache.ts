import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { compressor } from "../src/archive/node-binary.ts";
import { deflate } from "../src/archive/zip.ts";

/**
 * Puts a Node.js into a cache, as a download would: a script that starts the Node.js of the tests, since the real one is
 * 120 MB.
 * @param name - version and machine: `24.21.0-linux-arm64`.
 * @param deflated - what it is compressed; other bytes make an archive of their size that can't be unpacked.
 */
export async function fillNodeCache(cacheFolder: string, name: string, deflated?: Uint8Array): Promise<void> {
  const folder = join(cacheFolder, "node", name);
  const content = deflated ?? (await deflate(script));
  const sha256 = createHash("sha256").update(content).digest("hex");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "node.deflate"), content);
  await writeFile(
    join(folder, "node.json"),
    JSON.stringify({ sha256, bytes: script.length, crc32: crc32(script), compressor }),
  );
}

const script = Buffer.from(`#!/bin/sh\nexec '${process.execPath}' "$@"\n`);
