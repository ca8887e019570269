import { createHash } from "node:crypto";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { EmulatedFunction } from "./emulator/emulated-function.ts";
import { onDemand } from "./emulator/modes.ts";
import { findOtherNode } from "./tools/other-node.ts";
import { run, succeeds } from "./tools/tool.ts";

const root = resolve(import.meta.dirname, "../..");
const ownCpu = process.arch === "arm64" ? "arm64" : "x86_64";
const hasPython = await succeeds("python3", ["--version"]);
const hasUnzip = await succeeds("unzip", ["-v"]);
const node22 = await findOtherNode("22.23.3");

/** Each way downloads and compresses a Node.js of its own, which takes half a minute on a slow machine. */
const downloadMs = 240_000;

const source = `
import { LambdaRuntime, managed, streaming } from "${root}/packages/runtime/dist/index.js";
export const handler = managed(streaming(async (event: { name: string }, response) => {
  await response.writeStatusAndHeaders({ statusCode: 200 });
  await response.write("Hello, ");
  await response.writeAndFinish(event.name);
}));
await new LambdaRuntime(handler).run();
`;

const resource = (properties: Readonly<Record<string, unknown>>, name: string) => ({
  Type: "AWS::Serverless::Function",
  Metadata: {
    BuildMethod: "esbuild",
    BuildProperties: {
      EntryPoints: ["index.ts"],
      Format: "esm",
      OutExtension: [".js=.mjs"],
      Target: "node22",
      Sourcemap: true,
    },
  },
  Properties: { Handler: "index.handler", CodeUri: `${name}.zip`, ...properties },
});

const template = JSON.stringify({
  Transform: "AWS::Serverless-2016-10-31",
  Resources: {
    Managed: resource({ Runtime: "nodejs24.x" }, "Managed"),
    Custom: resource({ Runtime: "provided.al2023", Architectures: [ownCpu] }, "Custom"),
  },
});

/** Makes both archives in a new folder with one Node.js, and keeps nothing of another one's work. */
async function archiveWith(node: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "index.ts"), source);
  await writeFile(join(folder, "template.json"), template);
  const program = join(root, "packages/cli/bin/sluice.js");
  const environment = { ...process.env, SLUICE_CACHE: join(folder, "cache") };
  await run(node, [program, "archive", join(folder, "template.json")], environment);
}

async function sha256(path: string): Promise<string> {
  return createHash("sha256")
    .update(await readFile(path))
    .digest("hex");
}

describe.skipIf(node22.missing !== undefined)("archives, with the real Node.js in them", () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "sluice-archives-"));
    await archiveWith(process.execPath, join(folder, "by-24"));
    await archiveWith(node22.tool ?? "", join(folder, "by-22"));
    return () => rm(folder, { recursive: true, force: true });
  }, 2 * downloadMs);

  test.each(["Managed.zip", "Custom.zip"])("%s is the same whichever Node.js makes it", async (name) => {
    const [by24, by22] = [join(folder, "by-24", name), join(folder, "by-22", name)];
    expect(await sha256(by22)).toBe(await sha256(by24));
  });

  describe.each(["Managed.zip", "Custom.zip"])("%s is whole", (name) => {
    test.skipIf(!hasPython)("to Python", async () => {
      const check = ["-m", "zipfile", "--test", join(folder, "by-24", name)];
      expect(await run("python3", check)).toContain("Done testing");
    });

    test.skipIf(!hasUnzip)("to unzip", async () => {
      expect(await run("unzip", ["-tq", join(folder, "by-24", name)])).toContain("No errors");
    });
  });

  test.skipIf(onDemand.isMissing || !hasUnzip)(
    "Custom.zip runs under the runtime interface emulator",
    async () => {
      const unpacked = await mkdtemp(join(tmpdir(), "sluice-package-"));
      await chmod(unpacked, 0o755);
      await run("unzip", ["-q", join(folder, "by-24/Custom.zip"), "-d", join(unpacked, "task")]);
      const emulated = await EmulatedFunction.start({
        folder: unpacked,
        [Symbol.asyncDispose]: () => rm(unpacked, { recursive: true, force: true }),
      });
      const { status, body } = await emulated.invoke({ name: "Ada" });
      expect([status, body.toString()]).toEqual([200, `{"statusCode":200}${"\0".repeat(8)}Hello, Ada`]);
    },
  );
});
