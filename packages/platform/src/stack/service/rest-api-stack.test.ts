import { expect, test } from "vitest";
import { StackBench } from "../../../test/stack-bench.ts";

const part = (type: string, properties: object, more: object = {}) => ({
  Type: `AWS::ApiGateway::${type}`,
  Properties: { RestApiId: { Ref: "Api" }, ...properties },
  ...more,
});
const method = (HttpMethod: string, properties: object = {}) =>
  part("Method", {
    ResourceId: { Ref: "Items" },
    HttpMethod,
    AuthorizationType: "NONE",
    Integration: { Type: "HTTP_PROXY", IntegrationHttpMethod: "GET", Uri: "http://127.0.0.1:1/" },
    ...properties,
  });
const template = (methods: Readonly<Record<string, object>>, pathPart: string) => ({
  Resources: {
    Api: { Type: "AWS::ApiGateway::RestApi", Properties: { Name: "api" } },
    Items: part("Resource", { ParentId: { "Fn::GetAtt": ["Api", "RootResourceId"] }, PathPart: pathPart }),
    ...methods,
    Deployment: part("Deployment", {}, { DependsOn: Object.keys(methods) }),
    Stage: part("Stage", { DeploymentId: { Ref: "Deployment" }, StageName: "prod" }),
  },
});

/** Path and methods of each resource that has some. */
function routesOf({ model }: StackBench): string[] {
  return [...model.apis.values()].flatMap(({ api }) =>
    api.resources.map(({ path, methods }) => [path, ...[...methods.keys()].sort()].join(" ")),
  );
}

test("a stack of CloudFormation has the methods of its template, through updates and a restart", async () => {
  await using bench = await StackBench.open();
  const validated = (Name: string) => ({
    Validator: part("RequestValidator", { Name, ValidateRequestParameters: true }),
    Get: method("GET", {
      RequestValidatorId: { Ref: "Validator" },
      RequestParameters: { "method.request.querystring.q": true },
    }),
  });

  expect(await bench.deploy("s", template({ ...validated("a"), Put: method("PUT") }, "items"))).toMatchObject(
    {
      status: "CREATE_COMPLETE",
    },
  );
  expect(routesOf(bench)).toEqual(["/items GET PUT"]);
  const before = bench.resource("s", "Validator").physicalId;

  // Another name asks for another validator, another path for another resource and other methods.
  expect(
    await bench.deploy("s", template({ ...validated("b"), Post: method("POST") }, "things")),
  ).toMatchObject({
    status: "UPDATE_COMPLETE",
  });
  expect(routesOf(bench)).toEqual(["/things GET POST"]);
  expect(bench.resource("s", "Validator").physicalId).not.toBe(before);

  await bench.restart();
  expect(routesOf(bench)).toEqual(["/things GET POST"]);
  expect(
    [...bench.model.apis.values()][0]?.api.resources[0]?.methods.get("GET")?.validation?.required,
  ).toEqual([{ location: "querystring", name: "q" }]);
});

test("a stack whose method is refused fails with API Gateway's words at that method", async () => {
  await using bench = await StackBench.open();
  const { status } = await bench.deploy(
    "s",
    template(
      {
        Get: method("GET", {
          Integration: { Type: "AWS_PROXY", IntegrationHttpMethod: "POST", Uri: "none" },
        }),
      },
      "items",
    ),
  );

  expect(status).toBe("ROLLBACK_COMPLETE");
  expect(bench.reasons("s", "CREATE_FAILED")).toMatchObject({
    Get: expect.stringContaining('"none" is not the invocation URI of a Lambda function'),
  });
});
