import { type CloudFormationClient, DeleteStackCommand } from "@aws-sdk/client-cloudformation";
import { afterAll, beforeAll, expect, test } from "vitest";
import { deployStack, describeStack, stackClient, stackHistory } from "../../../test/stack-client.ts";
import { scripted, TestPlatform } from "../../../test/test-platform.ts";

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

const hello = (text: string) => ({
  Transform: "AWS::Serverless-2016-10-31",
  Resources: {
    Hello: {
      Type: "AWS::Serverless::Function",
      Properties: {
        Runtime: "nodejs24.x",
        Handler: "index.handler",
        InlineCode: `exports.handler = async () => ({ statusCode: 200, body: ${JSON.stringify(text)} })`,
        Events: { Root: { Type: "Api", Properties: { Path: "/", Method: "GET" } } },
      },
    },
  },
  Outputs: {
    Url: {
      Value: {
        "Fn::Join": [
          "",
          ["https://", { Ref: "ServerlessRestApi" }, ".execute-api.us-east-1.amazonaws.com/Prod/"],
        ],
      },
    },
  },
});

const resources = [
  "HelloRole",
  "Hello",
  "ServerlessRestApi",
  "HelloRootPermissionProd",
  "ServerlessRestApiDeployment0a12ae5499",
  "ServerlessRestApiProdStage",
];

test("a function behind an API is deployed, updated and deleted", async () => {
  const created = await deployStack(client, "demo", hello("one"));
  expect(created.StackStatus).toBe("CREATE_COMPLETE");
  const url = created.Outputs?.[0]?.OutputValue ?? "";
  expect(await (await fetch(url)).text()).toBe("one");

  const updated = await deployStack(client, "demo", hello("two"), { ChangeSetType: "UPDATE" });
  expect(updated.StackStatus).toBe("UPDATE_COMPLETE");
  expect(updated.Outputs?.[0]?.OutputValue).toBe(url);
  expect(await (await fetch(url)).text()).toBe("two");

  await client.send(new DeleteStackCommand({ StackName: "demo" }));
  expect((await describeStack(client, created.StackId ?? "")).StackStatus).toBe("DELETE_COMPLETE");
  expect((await fetch(url)).status).toBe(403);

  expect(await stackHistory(client, created.StackId ?? "")).toEqual([
    "demo REVIEW_IN_PROGRESS",
    "demo CREATE_IN_PROGRESS",
    ...resources.flatMap((id) => [
      `${id} CREATE_IN_PROGRESS`,
      // The second has its physical id.
      `${id} CREATE_IN_PROGRESS`,
      `${id} CREATE_COMPLETE`,
    ]),
    "demo CREATE_COMPLETE",
    "demo UPDATE_IN_PROGRESS",
    "Hello UPDATE_IN_PROGRESS",
    "Hello UPDATE_COMPLETE",
    "demo UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
    "demo UPDATE_COMPLETE",
    "demo DELETE_IN_PROGRESS",
    ...resources.toReversed().flatMap((id) => [`${id} DELETE_IN_PROGRESS`, `${id} DELETE_COMPLETE`]),
    "demo DELETE_COMPLETE",
  ]);
});
