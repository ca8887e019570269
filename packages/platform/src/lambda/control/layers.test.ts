import {
  DeleteLayerVersionCommand,
  GetLayerVersionByArnCommand,
  GetLayerVersionCommand,
  type LambdaClient,
  ListLayersCommand,
  ListLayerVersionsCommand,
  PublishLayerVersionCommand,
  type PublishLayerVersionCommandInput,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, expect, test } from "vitest";
import { configurationOf, createFunction, invoke, refusalOf } from "../../../test/lambda-api.ts";
import { rawZip } from "../../../test/raw-zip.ts";
import { TestPlatform } from "../../../test/test-platform.ts";

// Layers, as AWS answered when it was asked the same.

const arn = (layer: string) => `arn:aws:lambda:us-east-1:123456789012:layer:${layer}`;

let platform: TestPlatform;
let client: LambdaClient;
beforeAll(async () => {
  platform = await TestPlatform.start({ resources: { Queue: { Type: "AWS::SQS::Queue" } } });
  client = platform.client();
});
afterAll(async () => {
  expect(platform.bugs).toEqual([]);
  await platform[Symbol.asyncDispose]();
});

const publish = (LayerName: string, content: string, more: Partial<PublishLayerVersionCommandInput> = {}) =>
  client.send(
    new PublishLayerVersionCommand({
      LayerName,
      Content: {
        ZipFile: rawZip([
          { name: "nodejs/node_modules/said/index.js", content: `module.exports = "${content}";` },
        ]),
      },
      ...more,
    }),
  );
/** Answers with what the layer says. */
const reader = rawZip([{ name: "index.js", content: 'exports.handler = async () => require("said");' }]);

test("versions are published, told of with the newest first, and seen no more when they are deleted", async () => {
  const first = await publish("life", "1", {
    Description: "d",
    CompatibleRuntimes: ["nodejs24.x"],
    CompatibleArchitectures: ["x86_64"],
    LicenseInfo: "MIT",
  });
  expect(first).toMatchObject({
    LayerArn: arn("life"),
    LayerVersionArn: `${arn("life")}:1`,
    Version: 1,
    Description: "d",
    CompatibleRuntimes: ["nodejs24.x"],
    CompatibleArchitectures: ["x86_64"],
    LicenseInfo: "MIT",
  });
  expect(first.$metadata.httpStatusCode).toBe(201);
  await publish("life", "2");
  const got = await client.send(new GetLayerVersionCommand({ LayerName: "life", VersionNumber: 1 }));
  expect(got.Content?.CodeSha256).toBe(first.Content?.CodeSha256);
  const archive = await (await fetch(got.Content?.Location ?? "")).arrayBuffer();
  expect(archive.byteLength).toBe(got.Content?.CodeSize);
  const listed = await client.send(new ListLayerVersionsCommand({ LayerName: "life" }));
  expect(listed.LayerVersions?.map(({ Version }) => Version)).toEqual([2, 1]);
  const { Layers } = await client.send(new ListLayersCommand({ CompatibleRuntime: "nodejs24.x" }));
  expect(Layers).toMatchObject([
    { LayerName: "life", LayerArn: arn("life"), LatestMatchingVersion: { Version: 1 } },
  ]);
  await client.send(new DeleteLayerVersionCommand({ LayerName: "life", VersionNumber: 1 }));
  await client.send(new DeleteLayerVersionCommand({ LayerName: "life", VersionNumber: 1 }));
  expect(await refusalOf(client.send(new GetLayerVersionByArnCommand({ Arn: `${arn("life")}:1` })))).toBe(
    "404 ResourceNotFoundException: The resource you requested does not exist.",
  );
  expect(await publish("life", "3")).toMatchObject({ Version: 3 });
});

test("a function has its layers, also one that was deleted since", async () => {
  const { LayerVersionArn = "", Content } = await publish("said", "by the layer");
  const created = await createFunction(client, "reader", {
    Code: { ZipFile: reader },
    Layers: [LayerVersionArn],
  });
  expect(created.Layers).toEqual([{ Arn: LayerVersionArn, CodeSize: Content?.CodeSize }]);
  expect(await invoke(client, "reader")).toBe("by the layer");
  await client.send(new DeleteLayerVersionCommand({ LayerName: "said", VersionNumber: 1 }));
  await client.send(new UpdateFunctionConfigurationCommand({ FunctionName: "reader", Timeout: 4 }));
  expect(await invoke(client, "reader")).toBe("by the layer");
  await client.send(new UpdateFunctionConfigurationCommand({ FunctionName: "reader", Layers: [] }));
  expect(await configurationOf(client, "reader")).not.toHaveProperty("Layers");
});

test.each<[string, () => Promise<unknown>, string]>([
  [
    "a number below the first",
    () => client.send(new GetLayerVersionCommand({ LayerName: "l", VersionNumber: 0 })),
    "400 InvalidParameterValueException: Layer Version Cannot be less than 1",
  ],
  [
    "two versions in one function",
    async () => {
      const one = await publish("twice", "1");
      const two = await publish("twice", "2");
      return createFunction(client, "twice", {
        Layers: [one.LayerVersionArn ?? "", two.LayerVersionArn ?? ""],
      });
    },
    `400 InvalidParameterValueException: Two different versions of the same layer are not allowed to be referenced in the same function. ${arn("twice")}:1 and ${arn("twice")}:2 are versions of the same layer.`,
  ],
  [
    "another Region",
    () => createFunction(client, "far", { Layers: ["arn:aws:lambda:eu-west-1:123456789012:layer:l:1"] }),
    "400 InvalidParameterValueException: Layers are not in the same region as the function. Layers are expected to be in region us-east-1.",
  ],
  [
    "a sixth layer",
    () => createFunction(client, "many", { Layers: [1, 2, 3, 4, 5, 6].map((n) => `${arn("l")}:${n}`) }),
    "400 InvalidParameterValueException: Cannot reference more than 5 layers.",
  ],
])("%s is refused", async (_, call, answer) => {
  expect(await refusalOf(call())).toBe(answer);
});
