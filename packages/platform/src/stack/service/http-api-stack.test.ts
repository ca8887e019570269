import { expect, test } from "vitest";
import { StackBench } from "../../../test/stack-bench.ts";

test("a stack of CloudFormation reads an HTTP API's body from S3, and has its routes once after an update", async () => {
  await using bench = await StackBench.open();
  const uri = "arn:aws:lambda:us-east-1:123456789012:function:f";
  const body = (path: string) =>
    `openapi: 3.0.1\npaths:\n  ${path}:\n    get: { x-amazon-apigateway-integration: { type: aws_proxy, payloadFormatVersion: "2.0", uri: "${uri}" } }\n`;
  bench.objects.put("code", "one.yaml", Buffer.from(body("/one")));
  bench.objects.put("code", "two.yaml", Buffer.from(body("/two")));
  const template = (Key: string) => ({
    Resources: {
      Api: { Type: "AWS::ApiGatewayV2::Api", Properties: { BodyS3Location: { Bucket: "code", Key } } },
      Stage: {
        Type: "AWS::ApiGatewayV2::Stage",
        Properties: { ApiId: { Ref: "Api" }, StageName: "$default", AutoDeploy: true },
      },
    },
  });
  const routes = () => bench.model.httpRoutes.map(({ route }) => route.key);

  expect(await bench.deploy("s", template("one.yaml"))).toMatchObject({ status: "CREATE_COMPLETE" });
  expect(routes()).toEqual(["GET /one"]);
  expect(await bench.deploy("s", template("two.yaml"))).toMatchObject({ status: "UPDATE_COMPLETE" });
  expect(routes()).toEqual(["GET /two"]);
  expect(bench.model.httpStages).toHaveLength(1);
});
