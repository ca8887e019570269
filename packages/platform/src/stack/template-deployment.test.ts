import { readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import { deployResources } from "../../test/deploy-resources.ts";
import type { Diagnostic } from "../cloudformation/index.ts";
import { FunctionFolder } from "../lambda/environment/testing/function-folder.ts";
import type { Deployment } from "./template-deployment.ts";

const plain = (properties: Readonly<Record<string, unknown>> = {}) => ({
  Type: "AWS::Serverless::Function",
  Properties: { CodeUri: "code/", Handler: "bootstrap", Runtime: "provided.al2023", ...properties },
});
const code = { "code/bootstrap": "#!/bin/sh\n" };

test.each([
  { Runtime: "provided.al2023", config: undefined, is: 1 },
  { Runtime: "provided.al2023", config: {}, is: 16 },
  { Runtime: "provided.al2023", config: { PerExecutionEnvironmentMaxConcurrency: 5 }, is: 5 },
])("a function with the capacity provider $config takes $is invocations at once", async (given) => {
  await using folder = await FunctionFolder.create(code);
  const { Runtime, config, is } = given;
  const CapacityProviderConfig = config === undefined ? undefined : { Arn: "arn:aws:a", ...config };
  const { stack } = await deployResources(folder, { A: plain({ Runtime, CapacityProviderConfig }) });
  expect(stack?.functions[0]?.maxConcurrency).toBe(is);
});

/** Those about this platform, and the text of the line that they point at. */
async function told(folder: FunctionFolder, { diagnostics }: Deployment) {
  const lines = (await readFile(join(folder.path, "template.json"), "utf8")).split("\n");
  const own = ["no-effect", "left-out", "runs-differently", "build", "code", "resource"];
  return diagnostics
    .filter((diagnostic) => own.includes(diagnostic.code))
    .map(({ severity, message, logicalId, line }: Diagnostic) => ({
      severity,
      logicalId,
      message,
      at: lines[line - 1]?.trim(),
    }));
}

describe("a property without effect here is told by name, at its place", () => {
  test.each([
    {
      property: "VpcConfig",
      value: { SubnetIds: ["subnet-0a1b2c3d"], SecurityGroupIds: ["sg-0a1b2c3d"] },
      severity: "warning",
    },
    { property: "FileSystemConfigs", value: [{ Arn: "a", LocalMountPath: "/mnt/a" }], severity: "warning" },
    { property: "Tracing", value: "Active", severity: "info" },
    { property: "EphemeralStorage", value: { Size: 1024 }, severity: "info" },
    { property: "SnapStart", value: { ApplyOn: "PublishedVersions" }, severity: "info" },
  ])("$property", async ({ property, value, severity }) => {
    await using folder = await FunctionFolder.create(code);
    const deployment = await deployResources(folder, { A: plain({ [property]: value }) });
    expect(await told(folder, deployment)).toEqual([
      {
        severity,
        logicalId: "A",
        message: expect.stringMatching(`^${property} of A has no effect on this platform: .+\\.$`),
        at: expect.stringContaining(`"${property}":`),
      },
    ]);
    expect(deployment.stack?.functions).toHaveLength(1);
  });

  test.each([
    { property: "Tracing", value: "PassThrough" },
    { property: "SnapStart", value: { ApplyOn: "None" } },
    { property: "FileSystemConfigs", value: [] },
    { property: "Description", value: "text" },
    { property: "Tags", value: { a: "b" } },
  ])("unless it asks for nothing: $property: $value", async ({ property, value }) => {
    await using folder = await FunctionFolder.create(code);
    expect(await told(folder, await deployResources(folder, { A: plain({ [property]: value }) }))).toEqual(
      [],
    );
  });
});

test("so are properties of APIs", async () => {
  await using folder = await FunctionFolder.create(code);
  const deployment = await deployResources(folder, {
    A: plain({
      Events: { Get: { Type: "Api", Properties: { RestApiId: { Ref: "Api" }, Path: "/", Method: "get" } } },
    }),
    Api: {
      Type: "AWS::Serverless::Api",
      Properties: {
        StageName: "prod",
        DisableExecuteApiEndpoint: true,
        CacheClusterEnabled: false,
        TracingEnabled: true,
      },
    },
  });
  expect((await told(folder, deployment)).map(({ message, at }) => [message, at])).toEqual([
    [
      "DisableExecuteApiEndpoint of Api has no effect on this platform: the API answers at its own address, since there are no custom domains. On AWS that address answers 403.",
      '"DisableExecuteApiEndpoint": true,',
    ],
    [
      "TracingEnabled of Api has no effect on this platform: no traces are sent to X-Ray.",
      '"TracingEnabled": true',
    ],
  ]);
});

describe("what can't be had here is an error, with what to do", () => {
  test.each([
    {
      what: "a container image",
      resource: {
        Type: "AWS::Serverless::Function",
        Properties: { PackageType: "Image", ImageUri: "x:latest" },
      },
      says: "Container images are not run here. Give the function a Runtime and its code as a ZIP.",
    },
    {
      what: "code in S3",
      resource: plain({ CodeUri: "s3://bucket/key" }),
      says: "The function's code is in S3, where a template that is run from its file has nothing. Let CodeUri name a local folder or ZIP, or deploy the template.",
    },
    {
      what: "a layer's content in S3",
      resource: { Type: "AWS::Serverless::LayerVersion", Properties: { ContentUri: "s3://bucket/key" } },
      says: "The layer's content is in S3, where a template that is run from its file has nothing. Let ContentUri name a local folder or ZIP, or deploy the template.",
    },
    {
      what: "a layer that is to be built",
      resource: {
        Type: "AWS::Serverless::LayerVersion",
        Metadata: { BuildMethod: "nodejs24.x" },
        Properties: { ContentUri: "code/" },
      },
      says: "The layer has BuildMethod nodejs24.x, which is not run here. Build it yourself, let ContentUri name the result, and leave BuildMethod out.",
    },
  ])("$what", async ({ resource, says }) => {
    await using folder = await FunctionFolder.create(code);
    const deployment = await deployResources(folder, { A: resource });
    expect(await told(folder, deployment)).toEqual([
      { severity: "error", logicalId: "A", message: says, at: '"A": {' },
    ]);
    expect(deployment.stack).toBeUndefined();
  });
});

test("a resource that is not served is left out, and so is what needs it, each told", async () => {
  await using folder = await FunctionFolder.create(code);
  const deployment = await deployResources(folder, {
    A: plain(),
    B: plain({ Environment: { Variables: { THING: { Ref: "Thing" } } } }),
    Thing: { Type: "AWS::IoT::Thing" },
  });
  const messages = await told(folder, deployment);
  expect(messages).toContainEqual({
    severity: "warning",
    logicalId: "Thing",
    message: expect.stringMatching(
      /^AWS::IoT::Thing is not served by this platform; it is left out\. It serves /,
    ),
    at: '"Thing": {',
  });
  expect(messages).toContainEqual({
    severity: "warning",
    logicalId: "B",
    message: "B needs Thing, which is not there; it is left out.",
    at: '"B": {',
  });
  expect(deployment.stack?.functions.map(({ name }) => name)).toEqual(["A"]);
});

describe("a REST API whose definition is elsewhere is left out with all its parts, told once, and the rest runs", () => {
  const part = (type: string, properties: Readonly<Record<string, unknown>>) => ({
    Type: `AWS::ApiGateway::${type}`,
    Properties: { RestApiId: { Ref: "Api" }, ...properties },
  });
  const method = { HttpMethod: "GET", ResourceId: { Ref: "Path" }, AuthorizationType: "NONE" };

  test.each([
    {
      what: "in S3",
      properties: { BodyS3Location: { Bucket: "b", Key: "k" } },
      says: /^A REST API whose body is in S3 is not served .* Name a file .* Api is left out\.$/,
    },
  ])("$what", async ({ properties, says }) => {
    await using folder = await FunctionFolder.create(code);
    const deployment = await deployResources(folder, {
      A: plain(),
      Api: { Type: "AWS::ApiGateway::RestApi", Properties: properties },
      Path: part("Resource", { ParentId: { "Fn::GetAtt": ["Api", "RootResourceId"] }, PathPart: "a" }),
      Get: part("Method", method),
      Deployment: { ...part("Deployment", {}), DependsOn: "Get" },
      Stage: part("Stage", { DeploymentId: { Ref: "Deployment" }, StageName: "prod" }),
    });
    expect(await told(folder, deployment)).toEqual([
      { severity: "warning", logicalId: "Api", message: expect.stringMatching(says), at: '"Api": {' },
    ]);
    expect(deployment.stack?.functions.map(({ name }) => name)).toEqual(["A"]);
  });
});

describe("layers", () => {
  test("of the template lie in one folder, in the function's order", async () => {
    await using folder = await FunctionFolder.create({
      ...code,
      "one/x": "one",
      "two/x": "two",
      "two/y": "two",
    });
    const layer = (ContentUri: string) => ({
      Type: "AWS::Serverless::LayerVersion",
      Properties: { ContentUri },
    });
    const deployment = await deployResources(folder, {
      A: plain({ Layers: [{ Ref: "Two" }, { Ref: "One" }] }),
      One: layer("one/"),
      Two: layer("two/"),
    });
    const [target] = deployment.stack?.functions ?? [];
    expect(await readFile(join(target?.layersFolder ?? "", "x"), "utf8")).toBe("one");
    expect(await readFile(join(target?.layersFolder ?? "", "y"), "utf8")).toBe("two");
    expect(deployment.inputs.map((path) => relative(folder.path, path)).sort()).toEqual([
      "code",
      "one",
      "template.json",
      "two",
    ]);
  });

  test("of AWS are told to be missing", async () => {
    await using folder = await FunctionFolder.create(code);
    const arn = "arn:aws:lambda:us-east-1:580247275435:layer:LambdaInsightsExtension:14";
    expect(await told(folder, await deployResources(folder, { A: plain({ Layers: [arn] }) }))).toEqual([
      {
        severity: "warning",
        logicalId: "A",
        message: `The layer ${arn} of A is not in the template, so that its content is missing from /opt here. AWS adds it.`,
        at: '"Layers": [',
      },
    ]);
  });
});

describe("a function that can't run here is told, and the others run", () => {
  const elf = Buffer.alloc(128);
  elf.write("\x7fELF\x02\x01", 0, "latin1");
  elf.writeUInt16LE(process.arch === "arm64" ? 62 : 183, 18);

  test.each([
    {
      why: "an unknown runtime",
      properties: { Runtime: "dotnet8" },
      says: /^Runtime dotnet8 can't run on this machine\. Sluice runs nodejs22\.x and newer, .* Package the function/,
    },
    {
      why: "a program for another processor",
      properties: { CodeUri: "foreign/" },
      says: /foreign\/bootstrap is made for Linux on .* Build the function for/,
    },
    {
      why: "no program at all",
      properties: { CodeUri: "nothing/" },
      says: /There is no file named bootstrap in .*nothing/,
    },
    {
      why: "a native addon for another processor",
      properties: { CodeUri: "addon/", Runtime: "nodejs24.x" },
      says: /^Its native addon lib\/a\.node is made for Linux on .*: loading it fails\./,
    },
  ])("$why", { skip: process.platform !== "linux" }, async ({ properties, says }) => {
    await using folder = await FunctionFolder.create({
      ...code,
      "foreign/bootstrap": elf,
      "nothing/x": "",
      "addon/lib/a.node": elf,
    });
    const deployment = await deployResources(folder, { A: plain(properties), B: plain() });
    expect(await told(folder, deployment)).toEqual([
      { severity: "warning", logicalId: "A", message: expect.stringMatching(says), at: expect.any(String) },
    ]);
    expect(deployment.stack?.functions.map(({ name }) => name)).toEqual(["A", "B"]);
  });
});

test("what is built is no module by the project's package.json, as on AWS", async () => {
  await using folder = await FunctionFolder.create({
    "package.json": '{"type":"module"}',
    "src/app.ts": "export const handler = async () => 'made';",
  });
  const { stack } = await deployResources(folder, {
    A: {
      ...plain({ CodeUri: ".", Runtime: "nodejs24.x", Handler: "src/app.handler" }),
      Metadata: { BuildMethod: "esbuild" },
    },
  });
  const [target] = stack?.functions ?? [];
  expect(target?.handler).toBe("app.handler");
  const module: { handler: () => Promise<string> } = await import(join(target?.codeFolder ?? "", "app.js"));
  expect(await module.handler()).toBe("made");
});
