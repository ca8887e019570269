import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { deployResources } from "../../test/deploy-resources.ts";
import { restStage } from "../../test/rest-stage.ts";
import { FunctionFolder } from "../lambda/environment/testing/function-folder.ts";

let folder: FunctionFolder;
beforeAll(async () => {
  folder = await FunctionFolder.create({ x: "" });
});
afterAll(() => folder[Symbol.asyncDispose]());

const mock = {
  "x-amazon-apigateway-integration": {
    type: "mock",
    requestTemplates: { "application/json": '{"statusCode":200}' },
    responses: { default: { statusCode: "200" } },
  },
};
const paths = { "/a": { "x-amazon-apigateway-any-method": mock }, "/b/{id}": { get: mock, post: mock } };

/** What is told of the method settings of a stage. */
async function told(MethodSettings: readonly object[]) {
  const { diagnostics } = await deployResources(
    folder,
    restStage({ invokes: [], paths, stage: { MethodSettings } }),
  );
  return diagnostics
    .filter(({ code }) => code === "no-effect")
    .map(({ severity, logicalId, message }) => `${severity} ${logicalId} ${message}`);
}

describe("settings that hold for nothing are told", () => {
  test.each([
    ["/none", "*", "* /none, and the API has no such path: they hold for nothing."],
    ["/a", "GET", "GET /a, and the API has no such method: they hold for nothing. It has ANY there."],
    [
      "/b~1{id}",
      "PUT",
      "PUT /b/{id}, and the API has no such method: they hold for nothing. It has GET, POST there.",
    ],
  ])("for %s %s", async (ResourcePath, HttpMethod, message) => {
    expect(await told([{ ResourcePath, HttpMethod, LoggingLevel: "OFF" }])).toEqual([
      `warning Api MethodSettings of the stage test are for ${message}`,
    ]);
  });

  test.each([
    ["/*", "*"],
    ["/*", "PUT"],
    ["/a", "*"],
    ["/a", "ANY"],
    ["/b/{id}", "post"],
  ])("and those for %s %s are not", async (ResourcePath, HttpMethod) => {
    expect(await told([{ ResourcePath, HttpMethod, LoggingLevel: "OFF" }])).toEqual([]);
  });
});

test("a deployment's description of its stage sets for all methods, less than for one", async () => {
  const one = { ResourcePath: "/a", HttpMethod: "ANY", LoggingLevel: "ERROR" };
  const { stack } = await deployResources(folder, {
    ...restStage({ invokes: [], paths }),
    Other: {
      Type: "AWS::ApiGateway::Deployment",
      Properties: {
        RestApiId: { Ref: "Api" },
        StageName: "described",
        StageDescription: {
          LoggingLevel: "INFO",
          ThrottlingRateLimit: 5,
          ThrottlingBurstLimit: 2,
          MethodSettings: [one],
        },
      },
    },
  });
  const stage = stack?.model.stages.find(({ name }) => name === "described");
  expect(stage?.methodSettings).toMatchObject([
    { resourcePath: "/a", httpMethod: "ANY", loggingLevel: "ERROR" },
    {
      resourcePath: "*",
      httpMethod: "*",
      loggingLevel: "INFO",
      throttle: { ratePerSecond: 5, burst: 2 },
    },
  ]);
});

test("a function's key is named by its ARN", async () => {
  const { diagnostics } = await deployResources(folder, {
    F: {
      Type: "AWS::Serverless::Function",
      Properties: { Runtime: "provided.al2023", Handler: "x", InlineCode: "x", KmsKeyArn: "alias/x" },
    },
  });
  expect(diagnostics.map(({ severity, message }) => `${severity} ${message}`)).toContainEqual(
    expect.stringMatching(
      /^error KmsKeyArn is alias\/x\. Lambda answers `Value 'alias\/x' at 'kMSKeyArn' failed/,
    ),
  );
});

test("a variable of an access log that does not exist is told", async () => {
  const { diagnostics } = await deployResources(folder, {
    ...restStage({
      invokes: [],
      paths,
      stage: {
        AccessLogSetting: {
          DestinationArn: "arn:aws:logs:us-east-1:123456789012:log-group:access",
          Format: "$context.requestId $context.identity.sourceIP",
        },
      },
    }),
  });
  expect(diagnostics.map(({ severity, message }) => `${severity} ${message}`)).toContainEqual(
    "warning `$context.identity.sourceIP` is no variable of REST APIs: the access log has - in its place. Did you mean `$context.identity.sourceIp`?",
  );
});
