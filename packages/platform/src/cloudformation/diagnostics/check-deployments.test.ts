import { describe, expect, test } from "vitest";
import { diagnosed } from "../../../test/diagnosed.ts";

const api = (parts: string) => `Resources:
  Api:
    Type: AWS::ApiGateway::RestApi
    Properties:
      Name: api
${parts}`;
const get = `  Get:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Api
      ResourceId: !GetAtt Api.RootResourceId
      HttpMethod: GET
      AuthorizationType: NONE
      Integration:
        Type: MOCK
`;
const deployment = (dependsOn = "") => `  Deployment:
    Type: AWS::ApiGateway::Deployment
${dependsOn}    Properties:
      RestApiId: !Ref Api
`;

describe("a deployment of a REST API", () => {
  test("that does not wait for a method is told which, and what to write", () => {
    expect(diagnosed(api(get + deployment()), "deployment-order")).toEqual([
      expect.objectContaining({
        severity: "warning",
        logicalId: "Deployment",
        message: expect.stringMatching(/^`Deployment` does not wait for `Get`: CloudFormation may deploy/),
        hint: "Write `DependsOn: [Get]` on `Deployment`.",
        line: 16,
      }),
    ]);
  });

  test.each([
    { what: "by DependsOn", parts: get + deployment("    DependsOn: Get\n") },
    {
      what: "by way of another resource",
      parts: `${get}  Log:
    Type: AWS::Logs::LogGroup
    DependsOn: [Get]
${deployment("    DependsOn: Log\n")}`,
    },
  ])("that waits for its methods $what is fine", ({ parts }) => {
    expect(diagnosed(api(parts), "deployment-order")).toEqual([]);
  });

  test("of an API without a method is an error, with AWS's words", () => {
    expect(diagnosed(api(deployment()), "deployment-without-methods")).toEqual([
      expect.objectContaining({
        severity: "error",
        message: expect.stringContaining("`The REST API doesn't contain any methods`"),
      }),
    ]);
  });
});
