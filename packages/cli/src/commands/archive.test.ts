import { readFile } from "node:fs/promises";
import { Platform } from "@sluice/platform";
import { describe, expect, test } from "vitest";
import { fillNodeCache } from "../../../packager/test/node-cache.ts";
import { Project } from "../../../packager/test/project.ts";
import { unzip } from "../../../packager/test/unzip.ts";
import { type Finished, runHere } from "../../test/recording-terminal.ts";
import { built, template } from "../../test/template.ts";

const plain = "export const handler = async (): Promise<string> => 'made';\n";
const [ownCpu, otherCpu] =
  process.arch === "arm64" ? (["arm64", "x86_64"] as const) : (["x86_64", "arm64"] as const);

/** A function that runs in both kinds of runtimes. */
const streaming = `
  import { LambdaRuntime, managed, streaming } from "${process.cwd()}/packages/runtime/src/index.ts";
  import { readFile } from "node:fs/promises";
  export const handler = managed(streaming(async (event: { name: string }, response) => {
    await response.writeStatusAndHeaders({ statusCode: 201, headers: { "content-type": "text/plain" } });
    await response.write("Hello, ");
    await response.writeAndFinish(event.name + await readFile(process.env.LAMBDA_TASK_ROOT + "/end.txt", "utf8"));
  }));
  await new LambdaRuntime(handler).run();
`;

async function archiveIn(project: Project, ...parameters: string[]): Promise<Finished> {
  const environment = { SLUICE_CACHE: project.path("cache") };
  return runHere(["archive", ...parameters], project.folder, "", environment);
}

describe("sluice archive", () => {
  test("writes what the platform, and Lambda, can run", async () => {
    const targets = {
      Managed: { Runtime: "nodejs24.x", Handler: "numbers.handler" },
      Custom: { Runtime: "provided.al2023", Handler: "bootstrap", Architectures: [ownCpu] },
      Foreign: { Runtime: "provided.al2023", Handler: "bootstrap", Architectures: [otherCpu] },
    };
    const functions = Object.entries(targets).map(([name, properties]) => {
      const { Metadata, ...made } = built("numbers", {
        ...properties,
        CodeUri: `.sluice/${name}.zip`,
      }) as { Metadata: object };
      return {
        name,
        made,
        toBuild: { ...made, Metadata: { ...Metadata, Sluice: { Include: ["end.txt"] } } },
      };
    });
    await using project = await Project.create({
      "numbers.ts": streaming,
      "end.txt": "!\n",
      "template.json": template(Object.fromEntries(functions.map(({ name, toBuild }) => [name, toBuild]))),
      // As sam deploy sends it: nothing is built any more.
      "made.json": template(Object.fromEntries(functions.map(({ name, made }) => [name, made]))),
    });
    for (const machine of ["linux-arm64", "linux-x64"]) {
      await fillNodeCache(project.path("cache"), `24.21.0-${machine}`);
    }
    expect(await archiveIn(project)).toMatchObject({ code: 0, talk: "" });

    await using platform = await Platform.start({
      template: project.path("made.json"),
      stateFolder: project.path("state"),
      port: 0,
    });
    for (const { name } of functions) {
      const answer = await fetch(`http://127.0.0.1:${platform.port}/invoke/${name}`, {
        method: "POST",
        body: JSON.stringify({ name }),
      });
      expect([answer.status, await answer.text()]).toEqual([201, `Hello, ${name}!\n`]);
    }
  });

  test.each([
    { CodeUri: ".sluice/Own.zip", file: ".sluice/Own.zip", talk: /^$/ },
    { CodeUri: "build/function.jar", file: "build/function.jar", talk: /^$/ },
    {
      CodeUri: "./",
      file: ".sluice/A.zip",
      talk: /^WARNING: app\/template\.json:4:\d+: A has CodeUri \.\/, which sam deploy ships as it is\. Write CodeUri: \.sluice\/A\.zip/,
    },
  ])("puts what $CodeUri names into $file", async ({ CodeUri, file, talk }) => {
    await using project = await Project.create({
      "app/a.ts": plain,
      "app/template.json": template({ A: built("a", { CodeUri }) }),
    });
    const finished = await archiveIn(project, "app");
    expect(finished).toMatchObject({ code: 0, talk: expect.stringMatching(talk) });
    expect(finished.out.split("\n")[0]).toMatch(
      new RegExp(`^app/${file} {2}\\d+ B, \\d+ B unpacked \\(less than 1 % of what Lambda takes\\)$`),
    );
    const files = await unzip(await readFile(project.path(`app/${file}`)));
    expect(files.map(({ name }) => name)).toEqual(["a.mjs"]);
  });

  test("tells programs what it made", async () => {
    await using project = await Project.create({
      "a.ts": plain,
      "b.ts": plain,
      "template.json": template({ A: built("a"), B: built("b"), C: built("gone") }),
    });
    const { code, out } = await archiveIn(project, "--function", "B", "--json");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual([
      {
        logicalId: "B",
        file: ".sluice/B.zip",
        runtime: "nodejs24.x",
        architecture: "x86_64",
        bytes: (await readFile(project.path(".sluice/B.zip"))).length,
        unpackedBytes: expect.any(Number),
        codeSha256: expect.stringMatching(/^[\w+/]{43}=$/),
        entries: [
          {
            name: "b.mjs",
            bytes: expect.any(Number),
            compressedBytes: expect.any(Number),
            isExecutable: false,
          },
        ],
        modules: [{ name: "b.ts", bytes: expect.any(Number) }],
        warnings: [],
        limits: { directUploadBytes: 52_428_800, unpackedBytes: 262_144_000 },
      },
    ]);
  });

  test("tells people the largest files, and packages as a whole", async () => {
    const assets = Array.from({ length: 20 }, (_, index) => [
      `assets/${index}.txt`,
      "x".repeat(index + 1000),
    ]);
    await using project = await Project.create({
      "a.ts": 'import "outside";\nexport const handler = 1;',
      "node_modules/outside/package.json": '{ "name": "outside" }',
      "node_modules/outside/index.js": "x".repeat(5000),
      ...Object.fromEntries(assets),
      "template.json": template({
        A: {
          Type: "AWS::Serverless::Function",
          Metadata: {
            BuildMethod: "esbuild",
            BuildProperties: { EntryPoints: ["a.ts"], External: ["outside"] },
            Sluice: { Include: ["assets"] },
          },
          Properties: { Handler: "a.handler", Runtime: "nodejs24.x", CodeUri: "a.zip" },
        },
      }),
    });
    const { out } = await archiveIn(project);
    expect(out).toMatch(
      /^ {6}5\.0 kB {2}node_modules\/outside\/ \(2 files\)\n {6}1\.0 kB {2}assets\/19\.txt$/m,
    );
    expect(out).toMatch(/^ +\d\.\d kB {2}10 more$/m);
  });

  test("makes one of a source file alone, for arm64", async () => {
    await using project = await Project.create({ "src/app.ts": "await Promise.resolve();\n" });
    await fillNodeCache(project.path("cache"), "24.21.0-linux-arm64");
    const { code, out, talk } = await archiveIn(project, "src/app.ts", "--output", "app.zip");
    expect({ code, talk }).toEqual({ code: 0, talk: "" });
    expect(out).toMatch(/^app\.zip .*\n {2}app: provided\.al2023 with Node\.js 24\.21\.0, arm64\n/);
    const files = await unzip(await readFile(project.path("app.zip")));
    expect(files.map(({ name }) => name)).toContain("bootstrap");
  });

  test.each([
    { nodeBytes: 50 * 1024 * 1024 - 100_000, talk: "" },
    {
      nodeBytes: 50 * 1024 * 1024,
      talk: "WARNING: app.zip has more than the 50 MB that Lambda takes directly. sam deploy goes through S3, where that does not matter.\n",
    },
  ])(
    "with $nodeBytes bytes of Node.js, says whether it can be sent directly",
    async ({ nodeBytes, talk }) => {
      await using project = await Project.create({ "app.ts": "await Promise.resolve();\n" });
      await fillNodeCache(project.path("cache"), "24.21.0-linux-arm64", Buffer.alloc(nodeBytes));
      const finished = await archiveIn(project, "app.ts", "--output", "app.zip");
      expect(finished).toMatchObject({ code: 0, talk });
      expect(finished.out).toMatch(/^app\.zip {2}52\.\d MB, /);
    },
  );

  const two = { A: built("a", { CodeUri: "x.zip" }), B: built("b", { CodeUri: "x.zip" }) };

  test.each([
    {
      asks: ["--function", "X"],
      code: 1,
      says: /template\.json has no function "X" whose code is here\. It has A\./,
    },
    { asks: ["--runtime", "nodejs24.x"], code: 2, says: /--runtime goes with a source file/ },
    {
      asks: ["a.ts", "--architecture", "arm"],
      code: 2,
      says: /--architecture is "arm"; give arm64 or x86_64/,
    },
    {
      asks: ["a.ts", "--runtime", "python3.14"],
      code: 1,
      says: /a has the runtime python3\.14, which does not/,
    },
    { asks: ["a.ts", "b.ts"], code: 2, says: /one source file at a time/ },
    { asks: ["gone.ts"], code: 1, says: /The entry point gone\.ts of gone does not exist/ },
    { asks: ["handler.json"], code: 1, says: /: handler\.json:4:\d+: The Handler of A is "gone\.handler"/ },
    { asks: ["wrong.json"], code: 1, says: /wrong\.json:.* error: .*\n.*wrong\.json: 1 error\.$/s },
    {
      asks: ["nothing.json"],
      code: 1,
      says: /A: nothing to build, .*\n.*nothing\.json has no function to build\. Add Metadata/,
    },
    {
      asks: ["include.json"],
      code: 1,
      says: /^include\.json:8:\d+ error: A: Metadata\.Sluice\.Include of A is "x"; give a list of paths/,
    },
    {
      asks: ["cache.json"],
      code: 1,
      says: /^cache\.json:\d+:\d+ error: A: Metadata\.Sluice\.CompileCache of A is "yes"; give true or false\./,
    },
    {
      asks: ["--compile-cache"],
      code: 1,
      says: /: template\.json:4:\d+: A can't have a compile cache: it is for one Node\.js/,
    },
    {
      asks: ["method.json"],
      code: 1,
      says: /WARNING: method\.json:4:\d+: A has BuildMethod: esbiuld, and only esbuild is built here\./,
    },
    { asks: ["two.json"], code: 1, says: /A and B both name x\.zip in CodeUri, and are not the same code/ },
  ])("$asks: says what is wrong", async ({ asks, code, says }) => {
    await using project = await Project.create({
      "a.ts": plain,
      "b.ts": plain.replace("made", "else"),
      "template.json": template({ A: built("a") }),
      "wrong.json": template({ A: built("a", { Timeout: 901 }) }),
      "handler.json": template({ A: built("a", { Handler: "gone.handler" }) }),
      "nothing.json": template({ A: { ...(built("a") as object), Metadata: {} } }),
      "cache.json": template({
        A: {
          ...(built("a") as object),
          Metadata: { BuildMethod: "esbuild", Sluice: { CompileCache: "yes" } },
        },
      }),
      "method.json": template({ A: { ...(built("a") as object), Metadata: { BuildMethod: "esbiuld" } } }),
      "include.json": template({
        A: { ...(built("a") as object), Metadata: { BuildMethod: "esbuild", Sluice: { Include: "x" } } },
      }),
      "two.json": template(two),
    });
    const finished = await archiveIn(project, ...asks);
    expect(finished.code).toBe(code);
    expect(finished.talk.trimEnd()).toMatch(says);
  });
});
