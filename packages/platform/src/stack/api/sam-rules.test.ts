import { afterAll, beforeAll, expect, test } from "vitest";
import { scripted, TestPlatform } from "../../../test/test-platform.ts";
import { signedFetch } from "../../client/signed-fetch.ts";

// What SAM CLI stumbles over in the text of an answer, which the SDK's client would never show.

let platform: TestPlatform;
beforeAll(async () => {
  platform = await TestPlatform.start({ resources: { Unrelated: scripted() } });
});
afterAll(() => platform[Symbol.asyncDispose]());

/** Sends a form as botocore does. */
async function send(form: Record<string, string>, path = "/") {
  const { clientConfig, credentials } = platform.platform;
  const request = new Request(`http://127.0.0.1:${platform.port}${path}`, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded; charset=utf-8" },
    body: new URLSearchParams({ Version: "2010-05-15", ...form }).toString(),
  });
  const answer = await signedFetch(request, "cloudformation", { region: clientConfig.region, credentials });
  return { status: answer.status, type: answer.headers.get("content-type"), text: await answer.text() };
}

async function xml(form: Record<string, string>): Promise<string> {
  const { status, text } = await send(form);
  expect(status, text).toBe(200);
  return text;
}

const plain = JSON.stringify({ Resources: { Q: { Type: "AWS::SQS::Queue" } } });
const sam = JSON.stringify({
  Transform: "AWS::Serverless-2016-10-31",
  Resources: {
    F: {
      Type: "AWS::Serverless::Function",
      Properties: { InlineCode: "exports.handler = 1", Handler: "index.handler", Runtime: "nodejs24.x" },
    },
  },
});

function changeSet(StackName: string, ChangeSetName: string, TemplateBody: string, ChangeSetType = "CREATE") {
  const capabilities = { "Capabilities.member.1": "CAPABILITY_IAM" };
  const names = { StackName, ChangeSetName, ChangeSetType };
  return xml({ Action: "CreateChangeSet", ...names, TemplateBody, ...capabilities });
}

async function deploy(StackName: string, TemplateBody: string): Promise<void> {
  await changeSet(StackName, "first", TemplateBody);
  await xml({ Action: "ExecuteChangeSet", StackName, ChangeSetName: "first" });
  while ((await xml({ Action: "DescribeStacks", StackName })).includes("_IN_PROGRESS</StackStatus>"));
}

test.each<[string, Record<string, string>]>([
  ["an operation that there is none of", { Action: "Invented" }],
  ["no operation", {}],
  ["a stack that there is none of", { Action: "DescribeStacks", StackName: "none" }],
  ["a template that is none", { Action: "ValidateTemplate", TemplateBody: "[" }],
  [
    "a number that is none",
    { Action: "CreateStack", StackName: "s", TimeoutInMinutes: "x", TemplateBody: plain },
  ],
])("an error is XML, as other text is taken for a bug of the client: %s", async (_, form) => {
  const { status, type, text } = await send(form);
  expect(status).toBe(400);
  expect(type).toBe("text/xml");
  expect(text).toMatch(/^<ErrorResponse.*<Code>\w+<\/Code><Message>.+<\/Message>/s);
});

test("lists that are empty are there: outputs, tags, parameters, and whether the stack is protected", async () => {
  await deploy("lists", plain);
  const described = await xml({ Action: "DescribeStacks", StackName: "lists" });
  for (const element of ["<Outputs/>", "<Tags/>", "<EnableTerminationProtection>false<"]) {
    expect(described).toContain(element);
  }
  expect(await xml({ Action: "GetTemplateSummary", StackName: "lists" })).toContain("<Parameters/>");
});

test("a change set without changes says so in the words that are looked for, with a list of none", async () => {
  await deploy("same", plain);
  await changeSet("same", "second", plain, "UPDATE");
  const described = await xml({ Action: "DescribeChangeSet", StackName: "same", ChangeSetName: "second" });
  expect(described).toContain("<Status>FAILED</Status>");
  expect(described).toContain("<StatusReason>The submitted information didn't contain changes.");
  expect(described).toContain("<Changes/>");
});

test("a stack has an event before its first change set is executed, with fractions of a second in its time", async () => {
  await changeSet("reviewed", "first", plain);
  const events = await xml({ Action: "DescribeStackEvents", StackName: "reviewed" });
  expect(events).toContain("<ResourceStatus>REVIEW_IN_PROGRESS</ResourceStatus>");
  expect(events).toMatch(/<Timestamp>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z<\/Timestamp>/);
});

test("the changes of an application of SAM are those of what it expands to", async () => {
  await changeSet("expanded", "first", sam);
  const described = await xml({ Action: "DescribeChangeSet", StackName: "expanded", ChangeSetName: "first" });
  const ids = [...described.matchAll(/<LogicalResourceId>(\w+)</g)].map(([, id]) => id);
  expect(ids.sort()).toEqual(["F", "FRole"]);
  expect(new Set([...described.matchAll(/<Action>(\w+)</g)].map(([, action]) => action))).toEqual(
    new Set(["Add"]),
  );
});

test("a stack is no longer complete as soon as its deletion is answered", async () => {
  await deploy("going", plain);
  const { text: before } = await send({ Action: "DescribeStacks", StackName: "going" });
  const id = /<StackId>([^<]+)</.exec(before)?.[1] ?? "";
  await xml({ Action: "DeleteStack", StackName: "going" });
  const after = await xml({ Action: "DescribeStacks", StackName: id });
  expect(after).toMatch(/<StackStatus>DELETE_(IN_PROGRESS|COMPLETE)</);
});
