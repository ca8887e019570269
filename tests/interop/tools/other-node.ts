import { join } from "node:path";
import { cached, install, run, type Tool } from "./tool.ts";

/** A Node.js of another release than the one that runs the tests, from the package of npm that carries it. */
export function findOtherNode(version: string): Promise<Tool<string>> {
  const name = `node-${process.platform}-${process.arch}`;
  return install(`Node.js ${version}`, async () => {
    const folder = await cached(`node-${version}`, async (scratch) => {
      await run("npm", ["install", "--prefix", scratch, "--no-save", "--no-audit", `${name}@${version}`]);
      return join(scratch, "node_modules", name);
    });
    return join(folder, "bin", "node");
  });
}
