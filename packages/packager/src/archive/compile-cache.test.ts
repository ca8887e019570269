import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { describe, expect, test } from "vitest";
import { type Asked, archive, unpack } from "../../test/archive.ts";
import { fillNodeCache } from "../../test/node-cache.ts";
import { Project } from "../../test/project.ts";
import { standardNodeVersion } from "./node-binary.ts";

const own = process.arch === "arm64" ? "arm64" : "x86_64";
const other = own === "arm64" ? "x86_64" : "arm64";
const isLinux = process.platform === "linux";
const custom = { runtime: "provided.al2023", handler: "bootstrap" };

const program = `
  import { LambdaRuntime, streaming } from "${process.cwd()}/packages/runtime/src/index.ts";
  await new LambdaRuntime(streaming(async (event, response) => response.writeAndFinish("x"))).run();
`;

/** Starts a package until it asks for an event, and returns what Node.js says about its cache meanwhile. */
async function startedIn(task: string): Promise<string> {
  const asked = Promise.withResolvers<void>();
  await using server = createServer((socket) => {
    socket.on("error", () => socket.destroy()).on("data", () => asked.resolve());
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const child = spawn(`${task}/bootstrap`, {
    stdio: ["ignore", "inherit", "pipe"],
    env: {
      AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${(server.address() as AddressInfo).port}`,
      NODE_DEBUG_NATIVE: "COMPILE_CACHE",
    },
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const closed = once(child, "close");
  await Promise.race([asked.promise, closed]);
  child.kill("SIGKILL");
  await closed;
  return said;
}

describe.skipIf(!isLinux)("a compile cache in the archive", () => {
  test("is used where folders are as on Lambda, and harms nowhere else", async () => {
    await using project = await Project.create({ "index.ts": program });
    await fillNodeCache(project.path("cache"), `${standardNodeVersion}-linux-${process.arch}`);
    const { files, names } = await archive(project, {
      source: custom,
      architecture: own,
      compileCache: true,
    });
    expect(names).toEqual([
      expect.stringMatching(/^\.sluice\/compile-cache\/[0-9a-f]+$/),
      ".sluice/package.json",
      ".sluice/start.mjs",
      "bin/node",
      "bootstrap",
      "index.mjs",
    ]);
    for (const root of ["lambda", "elsewhere"]) await unpack(files, project.path(`${root}/var/task`));
    await mkdir(project.path("lambda/tmp"));
    // Once in a new environment, and once where another Init was before.
    for (const _ of ["first", "second"]) {
      expect(await startedIn(project.path("lambda/var/task"))).toMatch(/index\.mjs was accepted/);
    }
    expect(await startedIn(project.path("elsewhere/var/task"))).toBe("");
    expect(await project.files("elsewhere")).not.toContainEqual(expect.stringContaining("tmp/"));
  });

  test("is refused for a function that does not ask for events, with what it said", async () => {
    await using project = await Project.create({ "index.ts": "throw new Error('TABLE is not set');" });
    await fillNodeCache(project.path("cache"), `${standardNodeVersion}-linux-${process.arch}`);
    await expect(archive(project, { source: custom, architecture: own, compileCache: true })).rejects.toThrow(
      /^Numbers can't have a compile cache: started once for it.*TABLE is not set/s,
    );
  });

  test.each<{ asked: Asked; says: RegExp }>([
    {
      asked: { architecture: own },
      says: /it is for one Node\.js, and which one nodejs24\.x has on Lambda changes\. Let Runtime be provided\.al2023/,
    },
    {
      asked: { source: custom, architecture: own, nodeVersion: "22.23.3" },
      says: /it takes Node\.js 24\.12 or later, and the package has 22\.23\.3/,
    },
    {
      asked: { source: custom, architecture: other },
      says: new RegExp(`on Linux on ${other}, and this is linux on ${own}\\. Build it on such a machine`),
    },
  ])("is refused by name: $says", async ({ asked, says }) => {
    await using project = await Project.create({ "index.ts": "export const handler = 1;" });
    const failing = archive(project, { ...asked, compileCache: true });
    await expect(failing).rejects.toThrow(says);
    expect(await project.files(".")).toEqual(["index.ts"]);
  });
});
