import { createHash } from "node:crypto";
import {
  DeleteFunctionCommand,
  GetFunctionCommand,
  ListFunctionsCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionActiveV2,
  waitUntilFunctionUpdatedV2,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  answering,
  configurationOf,
  createFunction,
  invoke,
  refusalOf,
  someRole,
} from "../../../test/lambda-api.ts";
import { rawZip } from "../../../test/raw-zip.ts";
import { scripted, TestPlatform } from "../../../test/test-platform.ts";

// Functions that are made by the API, as AWS answered when it was asked the same.

const arn = (name: string) => `arn:aws:lambda:us-east-1:123456789012:function:${name}`;
const patience = { maxWaitTime: 20, minDelay: 1, maxDelay: 1 };

let platform: TestPlatform;
beforeAll(async () => {
  platform = await TestPlatform.start({
    resources: {
      Local: scripted({ FunctionName: "local", Description: "from a file", MemorySize: 256 }),
      Closed: {
        Type: "AWS::IAM::Role",
        Properties: {
          RoleName: "closed",
          AssumeRolePolicyDocument: {
            Statement: [
              { Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" },
            ],
          },
        },
      },
    },
  });
});
afterAll(async () => {
  expect(platform.bugs).toEqual([]);
  await platform[Symbol.asyncDispose]();
});

test("a function is created, waited for, invoked, changed, and deleted", async () => {
  const client = platform.client();
  const zip = answering("life");
  const created = await createFunction(client, "life", { Code: { ZipFile: zip }, Description: "d" });
  expect(created).toMatchObject({
    FunctionName: "life",
    FunctionArn: arn("life"),
    Version: "$LATEST",
    State: "Pending",
    StateReason: "The function is being created.",
    StateReasonCode: "Creating",
    CodeSize: zip.byteLength,
    CodeSha256: createHash("sha256").update(zip).digest("base64"),
    Timeout: 3,
    MemorySize: 128,
    PackageType: "Zip",
    Architectures: ["x86_64"],
    EphemeralStorage: { Size: 512 },
    SnapStart: { ApplyOn: "None", OptimizationStatus: "Off" },
    TracingConfig: { Mode: "PassThrough" },
    LoggingConfig: { LogFormat: "Text", LogGroup: "/aws/lambda/life" },
  });
  expect(created.$metadata.httpStatusCode).toBe(201);
  expect(created.LastModified).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/);
  expect(created.RuntimeVersionConfig?.RuntimeVersionArn).toMatch(
    /^arn:aws:lambda:us-east-1::runtime:[0-9a-f]{64}$/,
  );
  expect(created).not.toHaveProperty("LastUpdateStatus");
  await waitUntilFunctionActiveV2({ client, ...patience }, { FunctionName: "life" });
  expect(await invoke(client, "life")).toBe("life");

  const configured = await client.send(
    new UpdateFunctionConfigurationCommand({
      FunctionName: "life",
      Timeout: 7,
      Environment: { Variables: { KEY: "1" } },
      LoggingConfig: { LogFormat: "JSON" },
    }),
  );
  expect(configured).toMatchObject({
    State: "Active",
    LastUpdateStatus: "InProgress",
    LastUpdateStatusReasonCode: "Creating",
    Timeout: 7,
    Description: "d",
    Environment: { Variables: { KEY: "1" } },
    LoggingConfig: { LogFormat: "JSON", ApplicationLogLevel: "INFO", SystemLogLevel: "INFO" },
  });
  await waitUntilFunctionUpdatedV2({ client, ...patience }, { FunctionName: "life" });

  const dry = { FunctionName: "life", ZipFile: answering("dry") };
  const tried = await client.send(new UpdateFunctionCodeCommand({ ...dry, DryRun: true }));
  expect(tried.CodeSha256).not.toBe(created.CodeSha256);
  expect(await invoke(client, "life")).toBe("life");
  await client.send(new UpdateFunctionCodeCommand({ FunctionName: "life", ZipFile: answering("new life") }));
  expect(await invoke(client, "life")).toBe("new life");

  const deleted = await client.send(new DeleteFunctionCommand({ FunctionName: "life" }));
  expect(deleted.$metadata.httpStatusCode).toBe(204);
  expect(await refusalOf(configurationOf(client, "life"))).toBe(
    `404 ResourceNotFoundException: Function not found: ${arn("life")}`,
  );
  expect(await refusalOf(invoke(client, "life"))).toBe(
    `404 ResourceNotFoundException: Function not found: ${arn("life")}:$LATEST`,
  );
});

test("the code that GetFunction tells of can be downloaded as it was uploaded", async () => {
  const client = platform.client();
  const zip = answering("same bytes");
  await createFunction(client, "download", { Code: { ZipFile: zip }, Tags: { team: "a" } });
  const { Code, Tags } = await client.send(new GetFunctionCommand({ FunctionName: "download" }));
  expect(Tags).toEqual({ team: "a" });
  expect(Code?.RepositoryType).toBe("S3");
  const answer = await fetch(Code?.Location ?? "");
  expect(Buffer.from(await answer.arrayBuffer())).toEqual(zip);
  const guessed = await fetch(
    (Code?.Location ?? "").replace(/[^/]+$/, "00000000-0000-4000-8000-000000000000"),
  );
  expect(guessed.status).toBe(403);
});

test("a revision holds a change to what was read", async () => {
  const client = platform.client();
  const { RevisionId: pending } = await createFunction(client, "revised");
  const { RevisionId } = await configurationOf(client, "revised");
  const change = (revision: string | undefined) =>
    client.send(
      new UpdateFunctionConfigurationCommand({ FunctionName: "revised", Timeout: 5, RevisionId: revision }),
    );
  const failed =
    "412 PreconditionFailedException: The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id";
  expect(await refusalOf(change(pending))).toBe(failed);
  await change(RevisionId);
  expect(await refusalOf(change(RevisionId))).toBe(failed);
});

test("lists have pages, and versions where all are asked for", async () => {
  const client = platform.client();
  await createFunction(client, "listed-1", { Publish: true });
  await createFunction(client, "listed-2");
  const names: (string | undefined)[] = [];
  let Marker: string | undefined;
  do {
    const page = await client.send(new ListFunctionsCommand({ MaxItems: 1, Marker }));
    expect(page.Functions).toHaveLength(1);
    expect(page.Functions?.[0]).not.toHaveProperty("State");
    names.push(page.Functions?.[0]?.FunctionName);
    Marker = page.NextMarker;
  } while (Marker !== undefined);
  expect(names).toEqual(expect.arrayContaining(["local", "listed-1", "listed-2"]));
  const all = await client.send(new ListFunctionsCommand({ FunctionVersion: "ALL" }));
  const arns = all.Functions?.map(({ FunctionArn }) => FunctionArn);
  expect(arns).toEqual(
    expect.arrayContaining([
      `${arn("listed-1")}:$LATEST`,
      `${arn("listed-1")}:1`,
      `${arn("listed-2")}:$LATEST`,
    ]),
  );
});

test("a function of the template can be read, with its code, and is changed in the template alone", async () => {
  const client = platform.client();
  const { Configuration, Code } = await client.send(new GetFunctionCommand({ FunctionName: "local" }));
  expect(Configuration).toMatchObject({
    FunctionArn: arn("local"),
    Description: "from a file",
    MemorySize: 256,
    Runtime: "provided.al2023",
    State: "Active",
  });
  const archive = Buffer.from(await (await fetch(Code?.Location ?? "")).arrayBuffer());
  expect(createHash("sha256").update(archive).digest("base64")).toBe(Configuration?.CodeSha256);
  expect(archive.subarray(0, 2).toString()).toBe("PK");
  const refused = `400 InvalidParameterValueException: ${arn("local")} is made by the template that this platform runs, so that the API can't change it. Edit the template instead.`;
  for (const call of [
    () => client.send(new UpdateFunctionConfigurationCommand({ FunctionName: "local", Timeout: 9 })),
    () => client.send(new UpdateFunctionCodeCommand({ FunctionName: "local", ZipFile: answering(1) })),
    () => client.send(new DeleteFunctionCommand({ FunctionName: "local" })),
  ]) {
    expect(await refusalOf(call())).toBe(refused);
  }
});

test.each<[string, Parameters<typeof createFunction>[2] & { FunctionName?: string }, string]>([
  [
    "a name that is taken",
    { FunctionName: "local" },
    "409 ResourceConflictException: Function already exist: local",
  ],
  [
    "a name that is too long",
    { FunctionName: "a".repeat(65) },
    `400 InvalidParameterValueException: 1 validation error detected: Value '${"a".repeat(65)}' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 64`,
  ],
  [
    "a role that is none",
    { Role: "r1" },
    String.raw`400 ValidationException: 1 validation error detected: Value 'r1' at 'role' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+`,
  ],
  [
    "a role that does not let Lambda in",
    { Role: "arn:aws:iam::123456789012:role/closed" },
    "400 InvalidParameterValueException: The role defined for the function cannot be assumed by Lambda.",
  ],
  [
    "a runtime of long ago",
    { Runtime: "java8" },
    "400 InvalidParameterValueException: The runtime parameter of java8 is no longer supported for creating or updating AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions.",
  ],
  [
    "no handler",
    { Handler: undefined },
    "400 InvalidParameterValueException: Runtime and Handler are mandatory parameters for functions created with deployment packages.",
  ],
  [
    "two architectures",
    { Architectures: ["x86_64", "arm64"] },
    "400 ValidationException: 1 validation error detected: Value '[x86_64, arm64]' at 'architectures' failed to satisfy constraint: Member must have length less than or equal to 1",
  ],
  [
    "what is no ZIP",
    { Code: { ZipFile: Buffer.from("no archive") } },
    "400 InvalidParameterValueException: Could not unzip uploaded file. Please check your file, then try to upload again.",
  ],
  [
    "a file outside of its folder",
    { Code: { ZipFile: rawZip([{ name: "../escaped", content: "x" }]) } },
    "400 InvalidParameterValueException: Could not unzip uploaded file. Please check your file, then try to upload again.",
  ],
  [
    "a link that would land outside of its folder",
    {
      Code: {
        ZipFile: rawZip([
          { name: "up", content: "..", mode: 0o120777 },
          { name: "up/escaped", content: "/", mode: 0o120777 },
        ]),
      },
    },
    "400 InvalidParameterValueException: Could not unzip uploaded file. Please check your file, then try to upload again.",
  ],
  [
    "more than it may hold unpacked",
    { Code: { ZipFile: rawZip([{ name: "bomb", content: "x", claims: { bytes: 262_144_001 } }]) } },
    "400 InvalidParameterValueException: Unzipped size must be smaller than 262144000 bytes",
  ],
  [
    "holding more than it says",
    { Code: { ZipFile: rawZip([{ name: "bomb", content: "x".repeat(1000), claims: { bytes: 1 } }]) } },
    "400 InvalidParameterValueException: Could not unzip uploaded file. Please check your file, then try to upload again.",
  ],
  [
    "a bucket that is not there",
    { Code: { S3Bucket: "nobody-has-this", S3Key: "k" } },
    "400 InvalidParameterValueException: Error occurred while GetObject. S3 Error Code: NoSuchBucket. S3 Error Message: The specified bucket does not exist",
  ],
  ["no code", { Code: {} }, "400 InvalidParameterValueException: Please provide a source for function code."],
  [
    "an image",
    { PackageType: "Image", Code: { ImageUri: "123456789012.dkr.ecr.us-east-1.amazonaws.com/i:1" } },
    "400 InvalidParameterValueException: Container images are not run by this platform. Give the function a Runtime and its code as a ZIP.",
  ],
  [
    "a layer that is not there",
    { Layers: ["arn:aws:lambda:us-east-1:123456789012:layer:doesnotexist:1"] },
    "400 InvalidParameterValueException: Layer version arn:aws:lambda:us-east-1:123456789012:layer:doesnotexist:1 does not exist.",
  ],
  [
    "variables that are too long",
    { Environment: { Variables: { LARGE: "x".repeat(4096) } } },
    `400 InvalidParameterValueException: Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. String measured: ${JSON.stringify({ LARGE: "x".repeat(4096) })}`,
  ],
  [
    "too much memory",
    { MemorySize: 10_241 },
    "400 ValidationException: 1 validation error detected: Value '10241' at 'memorySize' failed to satisfy constraint: Member must have value less than or equal to 10240",
  ],
])("a function is refused for %s", async (_, { FunctionName = "refused", ...input }, answer) => {
  const client = platform.client();
  expect(await refusalOf(createFunction(client, FunctionName, input))).toBe(answer);
});

test("an archive that is too large is refused", async () => {
  const client = platform.client();
  const large = Buffer.alloc(52_428_801);
  expect(await refusalOf(createFunction(client, "large", { Code: { ZipFile: large } }))).toBe(
    "413 RequestEntityTooLargeException: Zipped size must be smaller than 52428800 bytes",
  );
});

test("a role that nobody here has made is taken, and told", async () => {
  await createFunction(platform.client(), "told");
  const told = platform.events.flatMap((event) => (event.kind === "note" ? [event.message] : []));
  expect(told.some((message) => message.startsWith(`${someRole} is not known to this platform`))).toBe(true);
});
