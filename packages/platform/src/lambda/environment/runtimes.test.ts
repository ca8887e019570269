import { delimiter, join } from "node:path";
import { encodePackageMarker, packageMarkerPath } from "@sluice/packager";
import { describe, expect, test } from "vitest";
import {
  type RuntimeCommand,
  RuntimeFinder,
  type RuntimeFinderOptions,
  type RuntimeRefusal,
} from "./runtimes.ts";
import { FunctionFolder } from "./testing/function-folder.ts";

const ownMajor = Number.parseInt(process.versions.node, 10);

async function find(
  folder: FunctionFolder,
  runtime: string,
  options: Partial<RuntimeFinderOptions> = {},
  variables: Readonly<Record<string, string>> = {},
): Promise<{
  found: RuntimeCommand | RuntimeRefusal;
  again: RuntimeCommand | RuntimeRefusal;
  warnings: string[];
}> {
  const warnings: string[] = [];
  const finder = new RuntimeFinder({
    hostPath: "/usr/bin:/bin",
    warn: (message) => warnings.push(message),
    searchFrom: [],
    nodeBootstrap: "/runtime/bootstrap.js",
    ...options,
  });
  const layersDirectory = join(folder.path, "layers");
  const request = { runtime, handler: "index.handler", taskRoot: folder.path, layersDirectory, variables };
  return { found: await finder.find(request), again: await finder.find(request), warnings };
}

describe("an OS-only runtime", () => {
  test.each([{ runtime: "provided.al2" }, { runtime: "provided.al2023" }])(
    "$runtime runs bootstrap",
    async ({ runtime }) => {
      await using folder = await FunctionFolder.create({ bootstrap: "#!/bin/sh\n" });
      const { found } = await find(folder, runtime);
      expect(found).toMatchObject({
        kind: "command",
        command: [join(folder.path, "bootstrap")],
        executionEnvironment: undefined,
        version: runtime.replace(".", ":"),
      });
    },
  );

  test("runs the bootstrap of a layer if the function has none", async () => {
    await using folder = await FunctionFolder.create({ "layers/bootstrap": "#!/bin/sh\n" });
    const { found } = await find(folder, "provided.al2023");
    expect(found).toMatchObject({ command: [join(folder.path, "layers", "bootstrap")] });
  });

  test("ignores wrapper scripts", async () => {
    await using folder = await FunctionFolder.create({ bootstrap: "#!/bin/sh\n" });
    const { found } = await find(folder, "provided.al2023", {}, { AWS_LAMBDA_EXEC_WRAPPER: "/opt/wrapper" });
    expect(found).toMatchObject({ command: [join(folder.path, "bootstrap")] });
  });

  test("without a bootstrap is refused as on AWS", async () => {
    await using folder = await FunctionFolder.create({});
    const { found } = await find(folder, "provided.al2023");
    expect(found).toMatchObject({
      kind: "refused",
      errorType: "Runtime.InvalidEntrypoint",
      errorMessage: "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]",
      advice: expect.stringContaining(folder.path),
    });
  });

  test("with a bootstrap for another processor is refused, with what to do", async () => {
    await using folder = await FunctionFolder.create({ bootstrap: foreignProgram() });
    const { found } = await find(folder, "provided.al2023");
    expect(found).toMatchObject({
      kind: "refused",
      errorType: "Runtime.InvalidEntrypoint",
      errorMessage: expect.stringContaining("exec format error"),
      advice: expect.stringMatching(/is made for Linux on .* Build the function for/),
    });
  });

  test("with a package that Sluice made for another processor runs its bundle on the same Node.js", async () => {
    await using folder = await FunctionFolder.create({
      bootstrap: foreignProgram(),
      [packageMarkerPath]: marker(`${ownMajor}.0.1`),
    });
    const { found, warnings } = await find(folder, "provided.al2023");
    expect(found).toMatchObject({
      kind: "command",
      command: [process.execPath, join(folder.path, "program.mjs")],
      executionEnvironment: undefined,
      version: "provided:al2023",
    });
    expect(warnings).toEqual([]);
  });

  test("with such a package finds its Node.js among the packages of npm, or says how to get it", async () => {
    await using folder = await FunctionFolder.create({
      "task/bootstrap": foreignProgram(),
      [`task/${packageMarkerPath}`]: marker("98.7.6"),
    });
    const request = { taskRoot: join(folder.path, "task"), searchFrom: [folder.path] };
    expect(await findIn(request)).toMatchObject({
      kind: "refused",
      errorType: "Runtime.InvalidEntrypoint",
      advice: expect.stringContaining("`npm install --save-dev node@98` brings one."),
    });
    await folder.write({
      "node_modules/node/package.json": '{"name":"node","version":"98.7.6"}',
      "node_modules/node/bin/node": "#!/bin/sh\n",
    });
    expect(await findIn(request)).toMatchObject({
      command: [join(folder.path, "node_modules/node/bin/node"), join(folder.path, "task/program.mjs")],
    });
  });

  test("with a package that Sluice made for this machine runs its bootstrap", async () => {
    await using folder = await FunctionFolder.create({
      bootstrap: "#!/bin/sh\n",
      [packageMarkerPath]: marker(process.versions.node, ownArchitecture),
    });
    const { found } = await find(folder, "provided.al2023");
    expect(found).toMatchObject({ command: [join(folder.path, "bootstrap")] });
  });

  test("with a package that Sluice made for another machine runs its bundle, though its bootstrap is a script", async () => {
    await using folder = await FunctionFolder.create({
      bootstrap: "#!/bin/sh\n",
      [packageMarkerPath]: marker(process.versions.node),
    });
    const { found } = await find(folder, "provided.al2023");
    expect(found).toMatchObject({ command: [process.execPath, join(folder.path, "program.mjs")] });
  });
});

/** The beginning of a program for the other processor that Lambda has. */
function foreignProgram(): Buffer {
  const elf = Buffer.alloc(128);
  elf.write("\x7fELF\x02\x01", 0, "latin1");
  elf.writeUInt16LE(process.arch === "arm64" ? 62 : 183, 18);
  return elf;
}

const [ownArchitecture, otherArchitecture] =
  process.arch === "arm64" ? (["arm64", "x86_64"] as const) : (["x86_64", "arm64"] as const);

function marker(node: string, architecture: "arm64" | "x86_64" = otherArchitecture): string {
  return encodePackageMarker({ node, architecture, entry: "program.mjs" });
}

function findIn({ taskRoot, searchFrom }: { taskRoot: string; searchFrom: readonly string[] }) {
  const finder = new RuntimeFinder({ hostPath: "/usr/bin:/bin", warn: () => {}, searchFrom });
  return finder.find({
    runtime: "provided.al2023",
    handler: "bootstrap",
    taskRoot,
    layersDirectory: join(taskRoot, "layers"),
    variables: {},
  });
}

describe("a Node.js runtime", () => {
  test("of our own version runs on our own Node.js", async () => {
    await using folder = await FunctionFolder.create({});
    const { found, warnings } = await find(folder, `nodejs${ownMajor}.x`);
    expect(found).toMatchObject({
      kind: "command",
      command: [process.execPath, "/runtime/bootstrap.js"],
      executionEnvironment: `AWS_Lambda_nodejs${ownMajor}.x`,
      runtimeDirectory: "/runtime",
      version: `nodejs:${process.versions.node}`,
    });
    expect(warnings).toEqual([]);
  });

  test("of another version runs on the node package of that version, wherever that is", async () => {
    await using folder = await FunctionFolder.create({
      "node_modules/node/package.json": '{"name":"node","version":"98.2.3"}',
      "node_modules/node/bin/node": "#!/bin/sh\n",
      "node_modules/node99/package.json": '{"name":"node","version":"99.2.3"}',
      "node_modules/node99/bin/node": "#!/bin/sh\n",
      "app/build/index.js": "",
    });
    const { found, warnings } = await find(folder, "nodejs99.x", {
      searchFrom: [join(folder.path, "app", "build")],
    });
    expect(found).toMatchObject({
      command: [join(folder.path, "node_modules/node99/bin/node"), "/runtime/bootstrap.js"],
      version: "nodejs:99.2.3",
      defaults: { PATH: expect.stringMatching(/node99\/bin:\/usr\/bin:\/bin:.*\/layers\/bin$/) },
    });
    expect(warnings).toEqual([]);
  });

  test("of a version that is not here runs on our own, with one warning", async () => {
    await using folder = await FunctionFolder.create({
      // Without its binary it is of no use.
      "node_modules/node/package.json": '{"name":"node","version":"98.2.3"}',
    });
    const { found, warnings } = await find(folder, "nodejs98.x");
    expect(found).toMatchObject({ command: [process.execPath, "/runtime/bootstrap.js"] });
    expect(warnings).toEqual([
      `nodejs98.x runs on Node.js ${process.versions.node}, because there is no Node.js 98 here. \`npm install --save-dev node@98\` brings one.`,
    ]);
  });

  test("is started by a wrapper script if there is one", async () => {
    await using folder = await FunctionFolder.create({});
    for (const [wrapper, path] of [
      ["/var/task/wrapper", join(folder.path, "wrapper")],
      ["/opt/wrapper", join(folder.path, "layers", "wrapper")],
      ["/usr/local/bin/wrapper", "/usr/local/bin/wrapper"],
    ] as const) {
      const { found } = await find(folder, `nodejs${ownMajor}.x`, {}, { AWS_LAMBDA_EXEC_WRAPPER: wrapper });
      expect(found).toMatchObject({ command: [path, process.execPath, "/runtime/bootstrap.js"] });
    }
  });
});

describe("a Python runtime", () => {
  const python = (version: string) =>
    `#!/bin/sh\nprintf '%s\\n' /real/python ${version} /real/site-packages\n`;

  test("runs on a Python that has the Runtime Interface Client", async () => {
    await using folder = await FunctionFolder.create({
      "broken/python3": "#!/bin/sh\nexit 1\n",
      "right/python3.13": python("3.13.4"),
      "right/python3": python("3.9.1"),
    });
    const hostPath = ["broken", "nowhere", "right"].map((name) => join(folder.path, name)).join(delimiter);
    const { found, warnings } = await find(folder, "python3.13", { hostPath });
    expect(found).toMatchObject({
      kind: "command",
      command: ["/real/python", "-m", "awslambdaric", "index.handler"],
      executionEnvironment: "AWS_Lambda_python3.13",
      runtimeDirectory: "/real/site-packages",
      version: "python:3.13.4",
    });
    expect(warnings).toEqual([]);
  });

  test("of another version warns once", async () => {
    await using folder = await FunctionFolder.create({ python3: python("3.11.7") });
    const { found, warnings } = await find(folder, "python3.13", { hostPath: folder.path });
    expect(found).toMatchObject({ kind: "command", version: "python:3.11.7" });
    expect(warnings).toEqual([
      "python3.13 runs on Python 3.11.7: no Python 3.13 with awslambdaric was found.",
    ]);
  });

  test("without one is refused, with what to do", async () => {
    await using folder = await FunctionFolder.create({});
    const { found } = await find(folder, "python3.13", { hostPath: folder.path });
    expect(found).toMatchObject({
      kind: "refused",
      advice: expect.stringContaining("pip install awslambdaric"),
    });
  });
});

describe("any other runtime", () => {
  test.each([
    { runtime: "java21" },
    { runtime: "nodejs18.x" },
    { runtime: "ruby3.4" },
    { runtime: "dotnet8" },
    { runtime: "" },
  ])("such as $runtime is refused by name", async ({ runtime }) => {
    await using folder = await FunctionFolder.create({});
    const { found } = await find(folder, runtime);
    expect(found).toMatchObject({
      kind: "refused",
      errorMessage: `Runtime ${runtime} can't run on this machine.`,
      advice: expect.stringContaining("provided.al2023"),
    });
  });
});
