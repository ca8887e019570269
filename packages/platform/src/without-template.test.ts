import { expect, test } from "vitest";
import { deployStack, stackClient } from "../test/stack-client.ts";
import { Platform } from "./platform.ts";

// AWS has nothing of yours either until something is deployed.

test("a platform without a template serves what is deployed to it", async () => {
  await using platform = await Platform.start({ region: "us-east-1" });
  expect({ endpoints: platform.endpoints, outputs: platform.outputs }).toEqual({
    endpoints: [],
    outputs: [],
  });

  const stack = await deployStack(stackClient(platform), "hello", {
    Transform: "AWS::Serverless-2016-10-31",
    Resources: {
      Hello: {
        Type: "AWS::Serverless::Function",
        Properties: {
          Runtime: "nodejs24.x",
          Handler: "index.handler",
          InlineCode: "exports.handler = async () => 'hello';",
          FunctionUrlConfig: { AuthType: "NONE" },
        },
      },
    },
    Outputs: { Url: { Value: { "Fn::GetAtt": ["HelloUrl", "FunctionUrl"] } } },
  });
  expect(stack.StackStatus).toBe("CREATE_COMPLETE");
  expect(await (await fetch(stack.Outputs?.[0]?.OutputValue ?? "")).text()).toBe("hello");
  expect(platform.endpoints.map(({ kind }) => kind)).toContain("function-url");
});
