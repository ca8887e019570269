import { rawRuntime } from "../src/lambda/environment/testing/raw-runtime.ts";
import type { TestPlatform } from "./test-platform.ts";

/** How a method is integrated. */
export interface ProxyOptions {
  /** `AWS_IAM` or open; open unless given. */
  readonly auth?: "AWS_IAM";
  /** Members of the integration besides the usual ones, or instead of them. */
  readonly integration?: Readonly<Record<string, unknown>>;
  /** Members of the operation. */
  readonly operation?: Readonly<Record<string, unknown>>;
}

/** A method that passes requests to a function, in the template's terms. */
export function proxyTo(
  functionName: string,
  transferMode: "BUFFERED" | "STREAM",
  { auth, integration, operation }: ProxyOptions = {},
): Record<string, unknown> {
  const path =
    transferMode === "STREAM"
      ? `2021-11-15/functions/\${${functionName}.Arn}/response-streaming-invocations`
      : `2015-03-31/functions/\${${functionName}.Arn}/invocations`;
  return {
    ...operation,
    ...(auth === undefined ? {} : { "x-amazon-apigateway-auth": { type: auth } }),
    "x-amazon-apigateway-integration": {
      type: "aws_proxy",
      httpMethod: "POST",
      uri: { "Fn::Sub": `arn:aws:apigateway:\${AWS::Region}:lambda:path/${path}` },
      ...(transferMode === "STREAM" ? { responseTransferMode: "STREAM" } : {}),
      ...integration,
    },
  };
}

/** What a REST API is made of. */
export interface StageOptions {
  /** Path to OpenAPI method to operation. */
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Functions that the API may invoke. */
  readonly invokes: readonly string[];
  readonly binaryMediaTypes?: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
  readonly policy?: unknown;
  /** `REGIONAL` unless given. */
  readonly endpointType?: "EDGE" | "PRIVATE";
  /** Members of the API's document besides the usual ones. */
  readonly root?: Readonly<Record<string, unknown>>;
  /** Properties of the stage besides the usual ones. */
  readonly stage?: Readonly<Record<string, unknown>>;
}

/** The resources of a REST API `Api` with the stage `test`. */
export function restStage(options: StageOptions): Record<string, unknown> {
  const {
    paths,
    invokes,
    binaryMediaTypes,
    variables,
    policy,
    root,
    stage,
    endpointType = "REGIONAL",
  } = options;
  const body = {
    openapi: "3.0.1",
    info: { title: "Api", version: "1" },
    paths,
    ...root,
    ...(binaryMediaTypes === undefined ? {} : { "x-amazon-apigateway-binary-media-types": binaryMediaTypes }),
    ...(policy === undefined ? {} : { "x-amazon-apigateway-policy": policy }),
  };
  const permissions = invokes.map((name) => [
    `${name}Permission`,
    {
      Type: "AWS::Lambda::Permission",
      Properties: {
        Action: "lambda:InvokeFunction",
        FunctionName: { Ref: name },
        Principal: "apigateway.amazonaws.com",
        SourceArn: { "Fn::Sub": `arn:aws:execute-api:\${AWS::Region}:\${AWS::AccountId}:\${Api}/test/*` },
      },
    },
  ]);
  return {
    Api: {
      Type: "AWS::ApiGateway::RestApi",
      Properties: { Body: body, EndpointConfiguration: { Types: [endpointType] } },
    },
    Deployment: { Type: "AWS::ApiGateway::Deployment", Properties: { RestApiId: { Ref: "Api" } } },
    Stage: {
      Type: "AWS::ApiGateway::Stage",
      Properties: {
        RestApiId: { Ref: "Api" },
        DeploymentId: { Ref: "Deployment" },
        StageName: "test",
        ...(variables === undefined ? {} : { Variables: variables }),
        ...stage,
      },
    },
    ...Object.fromEntries(permissions),
  };
}

/** A `bootstrap` that answers with the event, as the body of a proxy answer. */
export const eventAsBody = rawRuntime(`await respond(id, JSON.stringify({ body: event.body.toString() }));`);

/** The id of the platform's REST API. */
export function apiIdOf({ platform }: TestPlatform): string {
  const url = platform.endpoints.find(({ kind }) => kind === "rest-api")?.url ?? "";
  const id = /(?:_aws\/execute-api\/|\/\/)([a-z0-9]{10})/.exec(url)?.[1];
  if (id === undefined) throw new Error(`There is no REST API: ${url}`);
  return id;
}

/** The path form of the stage's address, to which a path can be appended. */
export function stagePath(platform: TestPlatform): string {
  return `/_aws/execute-api/${apiIdOf(platform)}/test`;
}
