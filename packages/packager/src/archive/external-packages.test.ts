import { writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { type Asked, archive } from "../../test/archive.ts";
import { Project } from "../../test/project.ts";

/** The beginning of a binary for Linux. */
function binary(architecture: "arm64" | "x86_64"): Buffer {
  const elf = Buffer.alloc(64);
  elf.write("\x7fELF\x02\x01", 0, "latin1");
  elf.writeUInt16LE(architecture === "arm64" ? 183 : 62, 18);
  return elf;
}

const macBinary = Buffer.from("cffaedfe0c000001000000000000000000000000", "hex");
const windowsBinary = Buffer.concat([Buffer.from("MZ"), Buffer.alloc(40)]);

/** A project whose function imports external packages. */
async function projectWith(
  packages: readonly string[],
  files: Readonly<Record<string, string | Buffer>>,
): Promise<Project> {
  const lines = packages.map((name) => `import ${JSON.stringify(name)};`);
  const texts = Object.entries(files).filter(([, content]) => typeof content === "string");
  const project = await Project.create({
    "index.ts": `${lines.join("\n")}\nexport const handler = 1;`,
    ...Object.fromEntries(Object.keys(files).map((name) => [name, ""])),
    ...(Object.fromEntries(texts) as Record<string, string>),
  });
  for (const [name, content] of Object.entries(files)) await writeFile(project.path(name), content);
  return project;
}

const asking = (External: readonly string[], source: Asked["source"] = {}): Asked => ({
  source: { ...source, buildProperties: { External } },
});

describe("an external package", () => {
  test.each([
    { runtime: "nodejs24.x", name: "@aws-sdk/client-s3", goesAlong: false },
    { runtime: "nodejs24.x", name: "@smithy/core", goesAlong: false },
    { runtime: "nodejs24.x", name: "sharp", goesAlong: true },
  ])("$name goes along with $runtime: $goesAlong", async ({ runtime, name, goesAlong }) => {
    await using project = await projectWith([name], {
      [`node_modules/${name}/package.json`]: "{}",
      [`node_modules/${name}/index.js`]: "",
    });
    const { names } = await archive(project, asking([name], { runtime }));
    expect(names.some((file) => file.startsWith(`node_modules/${name}/`))).toBe(goesAlong);
  });

  test("is everything that Packages: external leaves outside", async () => {
    await using project = await projectWith(["a", "node:fs", "@scope/b/deep.js"], {
      "node_modules/a/package.json": "{}",
      "node_modules/@scope/b/package.json": "{}",
      "node_modules/@scope/b/deep.js": "",
      "node_modules/c/package.json": "{}",
    });
    const { names } = await archive(project, { source: { buildProperties: { Packages: "external" } } });
    expect(names).toEqual([
      "index.js",
      "node_modules/@scope/b/deep.js",
      "node_modules/@scope/b/package.json",
      "node_modules/a/package.json",
    ]);
  });

  test("that nothing imports stays out", async () => {
    await using project = await projectWith([], { "node_modules/unused/package.json": "{}" });
    expect((await archive(project, asking(["unused"]))).names).toEqual(["index.js"]);
  });

  test("comes with what it depends on, each in the version that it finds here", async () => {
    await using project = await projectWith(["a/deep.js", "b"], {
      "node_modules/a/package.json": '{ "dependencies": { "c": "1" }, "peerDependencies": { "b": "*" } }',
      "node_modules/a/deep.js": "",
      "node_modules/b/package.json":
        '{ "dependencies": { "c": "2" }, "optionalDependencies": { "gone": "1" } }',
      "node_modules/b/node_modules/c/package.json": '{ "version": "2.0.0" }',
      "node_modules/c/package.json": '{ "version": "1.0.0", "dependencies": { "d": "1" } }',
      "node_modules/d/package.json": '{ "dependencies": { "c": "1" } }',
      "node_modules/other/package.json": "{}",
    });
    const { names, files } = await archive(project, asking(["a", "b"]));
    expect(names.filter((name) => name.endsWith("package.json"))).toEqual([
      "node_modules/a/package.json",
      "node_modules/b/node_modules/c/package.json",
      "node_modules/b/package.json",
      "node_modules/c/package.json",
      "node_modules/d/package.json",
    ]);
    const nested = files.find(({ name }) => name === "node_modules/b/node_modules/c/package.json");
    expect(nested?.content.toString()).toContain("2.0.0");
  });

  test("stays out of a function with layers, which is told", async () => {
    await using project = await projectWith(["sharp"], { "node_modules/sharp/package.json": "{}" });
    const { names, warnings } = await archive(project, { ...asking(["sharp"]), hasLayers: true });
    expect(names).toEqual(["index.js"]);
    expect(warnings).toMatchObject([{ message: 'The external package "sharp" is not in the archive.' }]);
  });

  test.each([
    {
      what: "is not installed",
      files: {},
      says: /index\.ts:1:1: The package "sharp" is external, but not installed/,
    },
    {
      what: "needs one that is not installed",
      files: { "node_modules/sharp/package.json": '{ "dependencies": { "gone": "1" } }' },
      says: /The package "sharp" needs "gone", which is not installed/,
    },
  ])("that $what is refused", async ({ files, says }) => {
    await using project = await projectWith(["sharp"], files);
    await expect(archive(project, asking(["sharp"]))).rejects.toThrow(says);
  });
});

test("one that only a package imports, and that is not installed, is left out with a warning", async () => {
  await using project = await projectWith(["many"], {
    "node_modules/many/package.json": '{ "main": "index.js" }',
    "node_modules/many/index.js": "exports.make = (name) => require('driver');",
  });
  const { names, warnings } = await archive(project, asking(["driver"]));
  expect(names).toEqual(["index.js"]);
  expect(warnings).toMatchObject([
    {
      file: project.path("node_modules/many/index.js"),
      message:
        'The package "driver" is external, but not installed where it is imported: it is not in the archive.',
    },
  ]);
});

describe("native addons", () => {
  test.each([
    { architecture: "arm64", content: binary("x86_64"), madeFor: "Linux on x86_64" },
    { architecture: "x86_64", content: binary("arm64"), madeFor: "Linux on arm64" },
    { architecture: "arm64", content: macBinary, madeFor: "macOS" },
    { architecture: "x86_64", content: windowsBinary, madeFor: "Windows" },
  ] as const)("for $madeFor are refused for $architecture", async ({ architecture, content, madeFor }) => {
    await using project = await projectWith(["sharp"], {
      "node_modules/sharp/package.json": "{}",
      "node_modules/sharp/build/sharp.node": content,
    });
    const cpu = architecture === "arm64" ? "arm64" : "x64";
    await expect(archive(project, { ...asking(["sharp"]), architecture })).rejects.toThrow(
      new RegExp(
        `"sharp" is compiled for ${madeFor} \\(node_modules/sharp/build/sharp\\.node\\), and the function runs on Linux on ${architecture}\\..*--cpu=${cpu} `,
      ),
    );
  });

  test("that fit go along, and those for other machines stay out", async () => {
    await using project = await projectWith(["sharp"], {
      "node_modules/sharp/package.json": "{}",
      "node_modules/sharp/prebuilds/linux-arm64/sharp.node": binary("arm64"),
      "node_modules/sharp/prebuilds/linux-x64/sharp.node": binary("x86_64"),
      "node_modules/sharp/prebuilds/darwin-arm64/sharp.node": macBinary,
    });
    const { names } = await archive(project, asking(["sharp"]));
    expect(names.filter((name) => name.endsWith(".node"))).toEqual([
      "node_modules/sharp/prebuilds/linux-arm64/sharp.node",
    ]);
  });

  const builds = {
    "node_modules/sharp/package.json":
      '{ "optionalDependencies": { "@img/arm": "1", "@img/intel": "1", "@img/musl": "1", "fsevents": "1" } }',
    "node_modules/@img/intel/package.json": '{ "os": ["linux"], "cpu": ["x64"], "libc": ["glibc"] }',
    "node_modules/@img/musl/package.json": '{ "os": ["linux"], "cpu": ["arm64"], "libc": ["musl"] }',
    "node_modules/fsevents/package.json": '{ "os": ["darwin"] }',
  };

  test("in packages of their own come by processor, system and C library", async () => {
    await using project = await projectWith(["sharp"], {
      ...builds,
      "node_modules/@img/arm/package.json": '{ "os": ["!win32"], "cpu": ["arm64"] }',
    });
    const { names } = await archive(project, asking(["sharp"]));
    expect(names).toEqual([
      "index.js",
      "node_modules/@img/arm/package.json",
      "node_modules/sharp/package.json",
    ]);
  });

  test("in packages of their own are refused if none is for the function", async () => {
    await using project = await projectWith(["sharp"], builds);
    await expect(archive(project, asking(["sharp"]))).rejects.toThrow(
      /"sharp" is installed for another machine \(@img\/intel, @img\/musl\), and the function runs on Linux on arm64/,
    );
  });

  test("whose package is in the bundle are told, since it will not find them", async () => {
    await using project = await projectWith(["fast"], {
      "node_modules/fast/package.json": "{}",
      "node_modules/fast/index.js": "exports.load = (path) => process.dlopen(module, path);",
      "node_modules/fast/binding.gyp": "{}",
    });
    expect((await archive(project)).warnings).toMatchObject([
      {
        file: project.path("node_modules/fast/index.js"),
        message: expect.stringContaining('The package "fast" has native code'),
        hint: expect.stringContaining("Add fast to BuildProperties.External"),
      },
    ]);
  });

  test("that nothing is told to take in are refused", async () => {
    await using project = await projectWith([], { "addon.node": binary("arm64") });
    await writeFile(project.path("index.ts"), 'export { default as handler } from "./addon.node";');
    await expect(archive(project)).rejects.toThrow(
      /index\.ts:1:36: No loader is configured for "\.node" files: .*\n {2}Native code can't be in a bundle: list the package/,
    );
  });

  test("that the bundle takes in are looked at too", async () => {
    await using project = await projectWith([], { "addon.node": binary("x86_64") });
    await writeFile(project.path("index.ts"), 'export { default as handler } from "./addon.node";');
    const source = { buildProperties: { Loader: [".node=copy"] } };
    await expect(archive(project, { source })).rejects.toThrow(
      /addon-\w+\.node in the archive of Numbers is compiled for Linux on x86_64, and the function runs on Linux on arm64/,
    );
    const { names } = await archive(project, { source, architecture: "x86_64" });
    expect(names).toEqual([expect.stringMatching(/^addon-\w+\.node$/), "index.js"]);
  });
});
