import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { rawZip } from "../../../test/raw-zip.ts";
import { StackBench } from "../../../test/stack-bench.ts";
import { deployedFunctions } from "./deployed-functions.ts";

// Deployment packages of stacks: where they come from, what is refused, and how long they stay.

const f = (properties: object = {}) => ({
  Type: "AWS::Lambda::Function",
  Properties: {
    Runtime: "nodejs24.x",
    Handler: "index.handler",
    Role: "arn:aws:iam::123456789012:role/r",
    Code: { S3Bucket: "code", S3Key: "a.zip" },
    ...properties,
  },
});
const entry = (content: string, name = "index.js") => ({ name, content });
const message = (text: string) =>
  `Resource handler returned message: "${text}" (HandlerErrorCode: InvalidRequest)`;

async function openBench(...archives: readonly [key: string, content: string][]): Promise<StackBench> {
  const bench = await StackBench.open();
  for (const [key, content] of archives) bench.objects.put("code", key, rawZip([entry(content)]));
  return bench;
}

describe("a package is refused, and the deployment with it,", () => {
  test.each<[string, Uint8Array, string]>([
    [
      "for a file outside of it",
      rawZip([entry("x", "../escaped")]),
      "Could not unzip uploaded file. Please check your file, then try to upload again. s3://code/a.zip can't be unpacked: invalid relative path: ../escaped.",
    ],
    [
      "for more than it may hold unpacked",
      rawZip([{ ...entry("x"), claims: { bytes: 262_144_001 } }]),
      "Unzipped size must be smaller than 262144000 bytes s3://code/a.zip is 262144001 bytes unpacked, more than 262144000. Bundle the code, so that only what is used is in it, or leave out what the runtime has already.",
    ],
    [
      "for holding more than it says",
      rawZip([{ ...entry("x".repeat(1000)), claims: { bytes: 1 } }]),
      "Could not unzip uploaded file. Please check your file, then try to upload again. s3://code/a.zip can't be unpacked: too many bytes in the stream. expected 1. got at least 1000.",
    ],
    [
      "for being none",
      Buffer.from("no archive"),
      "Could not unzip uploaded file. Please check your file, then try to upload again. s3://code/a.zip is not a ZIP archive: End of central directory record signature not found. Either not a zip file, or file is truncated..",
    ],
  ])("%s", async (_, archive, reason) => {
    await using bench = await StackBench.open();
    bench.objects.put("code", "a.zip", archive);
    expect((await bench.deploy("s", { Resources: { F: f() } })).status).toBe("ROLLBACK_COMPLETE");
    expect(bench.reasons("s", "CREATE_FAILED")).toEqual({ F: message(reason) });
  });

  test("for not being there", async () => {
    await using bench = await openBench(["other.zip", "x"]);
    await bench.deploy("s", { Resources: { F: f() } });
    expect(bench.reasons("s", "CREATE_FAILED")).toEqual({
      F: message(
        "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist. (s3://code/a.zip)",
      ),
    });
  });
});

test("packages that no function or version has any more go with the next start", async () => {
  await using bench = await openBench(["a.zip", "1"], ["b.zip", "2"]);
  const stored = () => readdir(join(bench.folder, "packages"));
  await bench.deploy("s", { Resources: { F: f() } });
  await bench.deploy("s", { Resources: { F: f({ Code: { S3Bucket: "code", S3Key: "b.zip" } }) } });
  expect(await stored()).toHaveLength(2);
  await bench.restart();
  const [deployed] = deployedFunctions(bench.model, bench.packages);
  expect(await stored()).toEqual([basename(dirname(deployed?.target.codeFolder ?? ""))]);
  await bench.delete("s");
  await bench.restart();
  expect(await stored()).toEqual([]);
});

test("layers are laid over each other, and a function keeps those that it was published with", async () => {
  await using bench = await StackBench.open();
  bench.objects.put("code", "a.zip", rawZip([entry("code")]));
  bench.objects.put("code", "l1.zip", rawZip([entry("1", "first"), entry("1", "both")]));
  bench.objects.put("code", "l2.zip", rawZip([entry("2", "both")]));
  const layer = (key: string) => ({
    Type: "AWS::Lambda::LayerVersion",
    Properties: { LayerName: "l", Content: { S3Bucket: "code", S3Key: key } },
  });
  const template = (layers: Record<string, object>) => ({
    Resources: { ...layers, F: f({ Layers: Object.keys(layers).map((Ref) => ({ Ref })) }) },
  });
  const read = (name: string) => {
    const [deployed] = deployedFunctions(bench.model, bench.packages);
    return readFile(join(deployed?.target.layersFolder ?? "", name), "utf8");
  };
  await bench.deploy("s", template({ L1: layer("l1.zip"), L2: layer("l2.zip") }));
  expect([...bench.model.layers.keys()]).toEqual(
    [1, 2].map((number) => `arn:aws:lambda:us-east-1:123456789012:layer:l:${number}`),
  );
  expect([await read("first"), await read("both")]).toEqual(["1", "2"]);
  await bench.deploy("s", template({ L1: layer("l1.zip") }));
  expect(await read("both")).toBe("1");
  await bench.restart();
  expect(await read("both")).toBe("1");
});

test("versions keep the code that they were published with, over restarts and without their stack's template", async () => {
  await using bench = await openBench(["a.zip", "1"], ["b.zip", "2"]);
  const template = (key: string) => ({
    Transform: "AWS::Serverless-2016-10-31",
    Resources: {
      F: {
        Type: "AWS::Serverless::Function",
        Properties: {
          FunctionName: "f",
          Runtime: "nodejs24.x",
          Handler: "index.handler",
          CodeUri: `s3://code/${key}`,
          AutoPublishAlias: "live",
        },
      },
    },
  });
  const published = async () => {
    const [deployed] = deployedFunctions(bench.model, bench.packages);
    const { versions = [], aliases = [] } = deployed?.publication ?? {};
    const codes = versions.map(async ({ version, codeFolder }) => [
      version,
      await readFile(join(codeFolder, "index.js"), "utf8"),
    ]);
    return [await Promise.all(codes), aliases.map(({ name, version }) => [name, version])];
  };
  await bench.deploy("s", template("a.zip"));
  expect(await published()).toEqual([[["1", "1"]], [["live", "1"]]]);
  await bench.deploy("s", template("b.zip"));
  // SAM retains versions.
  const both = [
    ["1", "1"],
    ["2", "2"],
  ];
  expect(await published()).toEqual([both, [["live", "2"]]]);
  await bench.restart();
  expect(await published()).toEqual([both, [["live", "2"]]]);
  await bench.delete("s");
  expect(bench.model.functions.size).toBe(0);
  await bench.deploy("s", template("b.zip"));
  // The versions went with their function; their numbers don't come again.
  expect(await published()).toEqual([[["3", "2"]], [["live", "3"]]]);
});
