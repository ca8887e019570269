import {
  type CloudFormationClient,
  CreateChangeSetCommand,
  CreateStackCommand,
  ExecuteChangeSetCommand,
  RollbackStackCommand,
  UpdateStackCommand,
} from "@aws-sdk/client-cloudformation";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { describeStack, stackClient } from "../../../test/stack-client.ts";
import { scripted, TestPlatform } from "../../../test/test-platform.ts";

// What becomes of a stack whose deployment fails, as each request says it.

let platform: TestPlatform;
let client: CloudFormationClient;
beforeAll(async () => {
  platform = await TestPlatform.start({ resources: { Unrelated: scripted() } });
  client = stackClient(platform.platform);
});
afterAll(async () => {
  client.destroy();
  expect(platform.bugs).toEqual([]);
  await platform[Symbol.asyncDispose]();
});

const queue = { Q: { Type: "AWS::SQS::Queue" } };
const good = JSON.stringify({ Resources: queue });
const broken = JSON.stringify({
  Resources: {
    ...queue,
    Broken: {
      Type: "AWS::Lambda::LayerVersion",
      DependsOn: "Q",
      Properties: { Content: { S3Bucket: "missing", S3Key: "layer.zip" } },
    },
  },
});

let count = 0;
/** The stack of a test. */
let StackName: string;
beforeEach(() => {
  count += 1;
  StackName = `s${count}`;
});

async function statusOf(id: string | undefined): Promise<string | undefined> {
  return (await describeStack(client, id ?? "")).StackStatus;
}

async function change(ChangeSetType: "CREATE" | "UPDATE", options: object, execution: object = {}) {
  const made = await client.send(
    new CreateChangeSetCommand({
      StackName,
      ChangeSetName: "change",
      ChangeSetType,
      TemplateBody: broken,
      ...options,
    }),
  );
  await client.send(new ExecuteChangeSetCommand({ ChangeSetName: made.Id, ...execution }));
  return made.StackId;
}

describe("a stack whose creation fails ends", () => {
  test.each<[string, object]>([
    ["ROLLBACK_COMPLETE", {}],
    ["ROLLBACK_COMPLETE", { OnFailure: "ROLLBACK" }],
    ["ROLLBACK_COMPLETE", { DisableRollback: false }],
    ["CREATE_FAILED", { DisableRollback: true }],
    ["CREATE_FAILED", { OnFailure: "DO_NOTHING" }],
    ["DELETE_COMPLETE", { OnFailure: "DELETE" }],
  ])("in %s with CreateStack and %j", async (status, options) => {
    const command = new CreateStackCommand({ StackName, TemplateBody: broken, ...options });
    const { StackId } = await client.send(command);
    expect(await statusOf(StackId)).toBe(status);
  });

  test.each<[string, object, object]>([
    ["ROLLBACK_COMPLETE", {}, {}],
    ["ROLLBACK_COMPLETE", { OnStackFailure: "ROLLBACK" }, {}],
    ["CREATE_FAILED", { OnStackFailure: "DO_NOTHING" }, {}],
    ["DELETE_COMPLETE", { OnStackFailure: "DELETE" }, {}],
    ["CREATE_FAILED", {}, { DisableRollback: true }],
    ["ROLLBACK_COMPLETE", {}, { DisableRollback: false }],
  ])("in %s with a change set with %j, executed with %j", async (status, options, execution) => {
    expect(await statusOf(await change("CREATE", options, execution))).toBe(status);
  });
});

describe("a stack whose update fails ends", () => {
  beforeEach(async () => {
    await client.send(new CreateStackCommand({ StackName, TemplateBody: good }));
    expect(await statusOf(StackName)).toBe("CREATE_COMPLETE");
  });

  test.each<[string, object]>([
    ["UPDATE_ROLLBACK_COMPLETE", {}],
    ["UPDATE_FAILED", { DisableRollback: true }],
  ])("in %s with UpdateStack and %j", async (status, options) => {
    await client.send(new UpdateStackCommand({ StackName, TemplateBody: broken, ...options }));
    expect(await statusOf(StackName)).toBe(status);
  });

  test.each<[string, object, object]>([
    ["UPDATE_ROLLBACK_COMPLETE", {}, {}],
    ["UPDATE_ROLLBACK_COMPLETE", { OnStackFailure: "ROLLBACK" }, {}],
    ["UPDATE_FAILED", { OnStackFailure: "DO_NOTHING" }, {}],
    ["UPDATE_FAILED", {}, { DisableRollback: true }],
  ])("in %s with a change set with %j, executed with %j", async (status, options, execution) => {
    expect(await statusOf(await change("UPDATE", options, execution))).toBe(status);
  });

  test("in UPDATE_ROLLBACK_COMPLETE where RollbackStack follows", async () => {
    await client.send(new UpdateStackCommand({ StackName, TemplateBody: broken, DisableRollback: true }));
    expect(await statusOf(StackName)).toBe("UPDATE_FAILED");
    await client.send(new RollbackStackCommand({ StackName }));
    expect(await statusOf(StackName)).toBe("UPDATE_ROLLBACK_COMPLETE");
  });

  test("nowhere where it was to be deleted: only a creation can end so", async () => {
    await expect(change("UPDATE", { OnStackFailure: "DELETE" })).rejects.toThrow(
      "OnStackFailure can be DELETE only if ChangeSetType is CREATE.",
    );
  });
});

describe("only one of two ways to say it is taken", () => {
  test("by CreateStack", async () => {
    const options = { OnFailure: "DELETE", DisableRollback: true } as const;
    const command = new CreateStackCommand({ StackName, TemplateBody: broken, ...options });
    await expect(client.send(command)).rejects.toThrow(
      "You can specify either DisableRollback or OnFailure, but not both.",
    );
  });

  test("by ExecuteChangeSet", async () => {
    const changed = change("CREATE", { OnStackFailure: "DELETE" }, { DisableRollback: false });
    await expect(changed).rejects.toThrow(
      "DisableRollback can not be specified where the change set has OnStackFailure.",
    );
  });
});
