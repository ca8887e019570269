import { existsSync } from "node:fs";
import { readFile, readlink, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FunctionFolder } from "./environment/testing/function-folder.ts";
import type { LambdaFunction } from "./lambda-function.ts";
import { PublishedVersions } from "./published-versions.ts";

let folder: FunctionFolder;
let published: PublishedVersions;
beforeEach(async () => {
  folder = await FunctionFolder.create({
    "project/code/bootstrap": "#!/bin/sh\n",
    "project/code/lib/a.txt": "first",
    "project/code/.sluice/credentials.json": "{}",
    "project/layers/b.txt": "layer",
  });
  published = new PublishedVersions(join(folder.path, "project/code/.sluice"));
});
afterEach(() => folder[Symbol.asyncDispose]());

function target(name = "greet"): LambdaFunction {
  return {
    name,
    version: "$LATEST",
    arn: `arn:aws:lambda:us-east-1:123456789012:function:${name}`,
    logicalId: name,
    runtime: "provided.al2023",
    handler: "bootstrap",
    memoryMb: 128,
    timeoutSeconds: 3,
    architecture: "x86_64",
    environment: {},
    roleArn: undefined,
    logGroupName: `/aws/lambda/${name}`,
    logFormat: "Text",
    applicationLogLevel: undefined,
    codeFolder: join(folder.path, "project/code"),
    layersFolder: join(folder.path, "project/layers"),
    policies: [],
  };
}

const isNothingNamed = () => false;

interface Deploying {
  readonly isAutomatic?: boolean;
  readonly isNamed?: (functionName: string, version: string) => boolean;
  readonly changes?: Partial<LambdaFunction>;
}

/** One deployment. @returns what is published then. */
async function deploy(keys: readonly string[], deploying: Deploying = {}) {
  const { isAutomatic = false, isNamed = isNothingNamed, changes } = deploying;
  const draft = published.begin(join(folder.path, "project/code/.sluice/versions"));
  const numbers = keys.map((key) => draft.numberOf({ functionName: "greet", key, isAutomatic }));
  await draft.publish({ ...target(), ...changes });
  const { versions, folders } = draft.commit(["greet"], isNamed);
  return { numbers, versions: versions.get("greet") ?? [], folders };
}

const numbersOf = (versions: readonly LambdaFunction[]) => versions.map(({ version }) => version);

describe("a version", () => {
  test("has code and configuration as they were", async () => {
    const first = await deploy(["One"], { changes: { memoryMb: 256 } });
    await writeFile(join(folder.path, "project/code/lib/a.txt"), "second");
    const second = await deploy(["One"], { changes: { memoryMb: 512 } });
    expect(second.versions).toEqual(first.versions);
    const [version] = second.versions;
    expect(version).toMatchObject({ version: "1", memoryMb: 256 });
    expect(await readFile(join(version?.codeFolder ?? "", "lib/a.txt"), "utf8")).toBe("first");
    expect(await readFile(join(version?.layersFolder ?? "", "b.txt"), "utf8")).toBe("layer");
    expect((await stat(join(version?.codeFolder ?? "", "bootstrap"))).mode & 0o111).not.toBe(0);
  });

  test("has nothing of what the platform keeps beside the code", async () => {
    const [version] = (await deploy(["One"])).versions;
    expect(existsSync(join(version?.codeFolder ?? "", ".sluice"))).toBe(false);
  });

  test("has links of its own within the code, and those that lead out of it", async () => {
    await symlink("lib/a.txt", join(folder.path, "project/code/inner"));
    await symlink("../layers/b.txt", join(folder.path, "project/code/outer"));
    const [version] = (await deploy(["One"])).versions;
    const codeFolder = version?.codeFolder ?? "";
    expect(await readlink(join(codeFolder, "inner"))).toBe("lib/a.txt");
    expect(await readFile(join(codeFolder, "outer"), "utf8")).toBe("layer");
  });

  test("has the next number if it is another one", async () => {
    expect((await deploy(["One", "Two"])).numbers).toEqual(["1", "2"]);
    expect((await deploy(["Two", "Three"])).numbers).toEqual(["2", "3"]);
  });

  test("has a number only once it is deployed", async () => {
    published.begin(folder.path).numberOf({ functionName: "greet", key: "Lost", isAutomatic: false });
    expect((await deploy(["One"])).numbers).toEqual(["1"]);
  });
});

test("a function that was deleted and is there again has none of its versions, and goes on counting", async () => {
  const { versions } = await deploy(["One"]);
  const without = published.begin(folder.path).commit([], isNothingNamed);
  expect(without.folders).toEqual([join(versions[0]?.codeFolder ?? "", "..")]);
  expect((await deploy(["One"])).numbers).toEqual(["2"]);
});

describe("versions of every deployment", () => {
  test("are kept while an alias names them, and the last ten without", async () => {
    const publish = (...names: readonly string[]) =>
      deploy(["Auto"], { isAutomatic: true, isNamed: (_, version) => names.includes(version) });
    for (let count = 0; count < 11; count++) await publish("1");
    const { versions, folders } = await publish("1", "12");
    expect(numbersOf(versions)).toEqual(["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"]);
    expect(folders).toEqual([]);
    const next = await publish("13");
    expect(numbersOf(next.versions)).toEqual(["3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13"]);
    expect(next.folders).toHaveLength(2);
  });
});
