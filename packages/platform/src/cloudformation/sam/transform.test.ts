import { describe, expect, test } from "vitest";
import { loadTemplate } from "../template/load.ts";
import { get, getMap, type Value, type ValueMap } from "../value.ts";
import { transformSam } from "./transform.ts";

const code = "CodeUri: s3://bucket/key, Handler: index.handler, Runtime: nodejs22.x";

/** Transforms resources written in YAML, which begin in the first column. */
function transform(resources: string, rest = "") {
  const text = `Transform: AWS::Serverless-2016-10-31\n${rest}\nResources:\n${resources.replace(/^/gm, "  ")}`;
  const { loaded, diagnostics } = loadTemplate(text, "template.yaml");
  if (loaded === undefined) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  return transformSam(loaded.template, { region: "us-east-1", nowMs: 1_700_000_000_000 });
}

function expand(resources: string, rest = ""): ValueMap {
  const result = transform(resources, rest);
  if (!result.ok) throw new Error(result.message);
  return result.template;
}

function refusal(resources: string, rest = ""): string {
  const result = transform(resources, rest);
  return result.ok ? "accepted" : result.message;
}

const resource = (template: ValueMap, id: string): ValueMap => getMap(template, "Resources", id) ?? {};
const property = (template: ValueMap, id: string, ...path: string[]): Value | undefined =>
  get(resource(template, id), "Properties", ...path);
const ids = (template: ValueMap): string[] => Object.keys(getMap(template, "Resources") ?? {}).sort();
const withoutHash = (id: string): string => id.replace(/Deployment[0-9a-f]{10}$/, "Deployment#");
const text = (value: string): string => value.replaceAll("<", "${").replaceAll(">", "}");

function withEvent(event: string): string {
  return `F:\n  Type: AWS::Serverless::Function\n  Properties: { ${code}, Events: { A: ${event} } }`;
}

describe("an Api event", () => {
  test.each([
    ["RESPONSE_STREAM", "2021-11-15", "response-streaming-invocations", "STREAM"],
    ["BUFFERED", "2015-03-31", "invocations", undefined],
    ["STREAM", "2015-03-31", "invocations", undefined],
    ["response_stream", "2015-03-31", "invocations", undefined],
    ["!Ref P", "2015-03-31", "invocations", undefined],
  ])("with ResponseTransferMode %s calls %s … %s in mode %s", (mode, version, operation, transferMode) => {
    const event = `{ Type: Api, Properties: { Path: /s, Method: GET, ResponseTransferMode: ${mode}, TimeoutInMillis: 300000 } }`;
    const template = expand(
      withEvent(event),
      "Parameters: { P: { Type: String, Default: RESPONSE_STREAM } }",
    );
    const integration = property(
      template,
      "ServerlessRestApi",
      "Body",
      "paths",
      "/s",
      "get",
      "x-amazon-apigateway-integration",
    );
    expect(integration).toEqual({
      type: "aws_proxy",
      httpMethod: "POST",
      uri: {
        "Fn::Sub": text(
          `arn:aws:apigateway:<AWS::Region>:lambda:path/${version}/functions/<F.Arn>/${operation}`,
        ),
      },
      timeoutInMillis: 300000,
      ...(transferMode === undefined ? {} : { responseTransferMode: transferMode }),
    });
  });

  test("makes the implicit API, its stages, and a permission", () => {
    const template = expand(withEvent("{ Type: Api, Properties: { Path: '/a/{id}/', Method: any } }"));
    expect(ids(template).map(withoutHash)).toEqual([
      "F",
      "FAPermissionProd",
      "FRole",
      "ServerlessRestApi",
      "ServerlessRestApiDeployment#",
      "ServerlessRestApiProdStage",
    ]);
    expect(resource(template, "FAPermissionProd")).toEqual({
      Type: "AWS::Lambda::Permission",
      Properties: {
        Action: "lambda:InvokeFunction",
        FunctionName: { Ref: "F" },
        Principal: "apigateway.amazonaws.com",
        SourceArn: {
          "Fn::Sub": [
            text("arn:aws:execute-api:<AWS::Region>:<AWS::AccountId>:<__ApiId__>/<__Stage__>/*/a/*"),
            { __ApiId__: { Ref: "ServerlessRestApi" }, __Stage__: "*" },
          ],
        },
      },
    });
    expect(property(template, "ServerlessRestApi", "Body", "info", "title")).toEqual({
      Ref: "AWS::StackName",
    });
    expect(property(template, "ServerlessRestApi", "Name")).toBeUndefined();
  });

  test("changes nothing in a body that the API brings, unless definitions are merged", () => {
    const api = (merge: boolean): string => `Api:
  Type: AWS::Serverless::Api
  Properties: { StageName: p, MergeDefinitions: ${merge}, DefinitionBody: { swagger: '2.0', paths: { /s: { get: { summary: x } } } } }`;
    const event =
      "{ Type: Api, Properties: { Path: /s, Method: get, RestApiId: !Ref Api, ResponseTransferMode: RESPONSE_STREAM } }";
    const own = property(expand(`${withEvent(event)}\n${api(false)}`), "Api", "Body", "paths", "/s", "get");
    expect(own).toEqual({ summary: "x" });
    const merged = property(expand(`${withEvent(event)}\n${api(true)}`), "Api", "Body", "paths", "/s", "get");
    expect(merged).toMatchObject({
      summary: "x",
      "x-amazon-apigateway-integration": { responseTransferMode: "STREAM" },
    });
  });

  test.each([
    ["prod", "FAPermissionprod", "Apiprod"],
    ["my-stage", "FAPermissiona9d64949ee", "ApiStage"],
    ["!Ref S", "FAPermissionStage", "ApiStage"],
  ])("of a stage %s makes %s", (stage, permission, stageId) => {
    const template = expand(
      `${withEvent("{ Type: Api, Properties: { Path: /s, Method: get, RestApiId: !Ref Api } }")}
Api: { Type: AWS::Serverless::Api, Properties: { StageName: ${stage} } }`,
      "Parameters: { S: { Type: String } }",
    );
    expect(ids(template)).toContain(permission);
    expect(ids(template).some((id) => id.startsWith(stageId))).toBe(true);
  });
});

describe("who may call a REST API", () => {
  const body = (auth: string, eventAuth = ""): Value | undefined => {
    const event = `{ Type: Api, Properties: { Path: /s, Method: get, RestApiId: !Ref Api${eventAuth} } }`;
    const api = `Api: { Type: AWS::Serverless::Api, Properties: { StageName: p, Auth: ${auth} } }`;
    return property(expand(`${withEvent(event)}\n${api}`), "Api", "Body");
  };
  const method = (document: Value | undefined): Value | undefined => get(document, "paths", "/s", "get");

  test.each([
    ["{ DefaultAuthorizer: AWS_IAM }", "", "arn:aws:iam::*:user/*"],
    ["{ DefaultAuthorizer: AWS_IAM, InvokeRole: NONE }", "", undefined],
    ["{ DefaultAuthorizer: AWS_IAM, InvokeRole: 'arn:aws:iam::1:role/r' }", "", "arn:aws:iam::1:role/r"],
    ["{ DefaultAuthorizer: AWS_IAM }", ", Auth: { Authorizer: AWS_IAM, InvokeRole: null }", undefined],
  ])("is IAM with %s%s, and the credentials are %s", (auth, eventAuth, credentials) => {
    const document = body(auth, eventAuth);
    expect(get(method(document), "security")).toEqual([{ AWS_IAM: [] }]);
    expect(get(method(document), "x-amazon-apigateway-integration", "credentials")).toBe(credentials);
    expect(get(document, "securityDefinitions", "AWS_IAM")).toEqual({
      type: "apiKey",
      name: "Authorization",
      in: "header",
      "x-amazon-apigateway-authtype": "awsSigv4",
    });
  });

  test.each(["{ DefaultAuthorizer: NONE }", "{ DefaultAuthorizer: Unknown }", "{ DefaultAuthorizer: [a] }"])(
    "is everyone with %s, which AWS overlooks while there are no authorizers",
    (auth) => {
      expect(get(method(body(auth)), "security")).toBeUndefined();
    },
  );

  test("is everyone on a method that opts out; the name stays behind as AWS leaves it", () => {
    const document = body("{ DefaultAuthorizer: AWS_IAM }", ", Auth: { Authorizer: NONE }");
    expect(get(method(document), "security")).toEqual([{ NONE: [] }]);
  });

  test("is decided by a Lambda function, which API Gateway is then permitted to call", () => {
    const auth =
      "{ DefaultAuthorizer: L, Authorizers: { L: { FunctionArn: !GetAtt F.Arn, FunctionPayloadType: REQUEST, Identity: { Headers: [X], ReauthorizeEvery: 0 } } } }";
    const event = "{ Type: Api, Properties: { Path: /s, Method: get, RestApiId: !Ref Api } }";
    const template = expand(
      `${withEvent(event)}\nApi: { Type: AWS::Serverless::Api, Properties: { StageName: p, Auth: ${auth} } }`,
    );
    expect(property(template, "Api", "Body", "securityDefinitions", "L")).toMatchObject({
      name: "Unused",
      "x-amazon-apigateway-authtype": "custom",
      "x-amazon-apigateway-authorizer": {
        type: "request",
        identitySource: "method.request.header.X",
        authorizerResultTtlInSeconds: 0,
      },
    });
    expect(property(template, "ApiLAuthorizerPermission", "FunctionName")).toEqual({
      "Fn::GetAtt": ["F", "Arn"],
    });
  });

  test("preflight requests are answered, and need the authorizer unless told otherwise", () => {
    const api = (flag: string): Value | undefined =>
      property(
        expand(`${withEvent("{ Type: Api, Properties: { Path: /s, Method: get, RestApiId: !Ref Api } }")}
Api: { Type: AWS::Serverless::Api, Properties: { StageName: p, Cors: "'*'", Auth: { DefaultAuthorizer: AWS_IAM${flag} } } }`),
        "Api",
        "Body",
        "paths",
        "/s",
        "options",
      );
    expect(get(api(""), "security")).toEqual([{ AWS_IAM: [] }]);
    const open = api(", AddDefaultAuthorizerToCorsPreflight: false");
    expect(get(open, "security")).toBeUndefined();
    const parameters = get(
      open,
      "x-amazon-apigateway-integration",
      "responses",
      "default",
      "responseParameters",
    );
    expect(parameters).toMatchObject({
      "method.response.header.Access-Control-Allow-Methods": "'GET,OPTIONS'",
      "method.response.header.Access-Control-Allow-Origin": "'*'",
    });
  });
});

describe("a REST API", () => {
  const api = (properties: string): ValueMap =>
    expand(`${withEvent("{ Type: Api, Properties: { Path: /s, Method: get, RestApiId: !Ref Api } }")}
Api: { Type: AWS::Serverless::Api, Properties: { StageName: p${properties} } }`);
  const deployment = (template: ValueMap): string =>
    ids(template).find((id) => id.startsWith("ApiDeployment")) ?? "none";

  test("has the extra stage called Stage, unless an OpenAPI version is given", () => {
    const without = api("");
    expect(property(without, deployment(without), "StageName")).toBe("Stage");
    const versioned = api(", OpenApiVersion: 3.0.1");
    expect(property(versioned, deployment(versioned), "StageName")).toBeUndefined();
    expect(property(versioned, "Api", "Body", "openapi")).toBe("3.0.1");
    expect(property(versioned, "Api", "Body", "swagger")).toBeUndefined();
  });

  test("is deployed anew when its body changes, and only then", () => {
    expect(deployment(api(", Variables: { a: b }"))).toBe(deployment(api("")));
    expect(deployment(api(", BinaryMediaTypes: [image~1png]"))).not.toBe(deployment(api("")));
    expect(
      property(
        api(", BinaryMediaTypes: [image~1png]"),
        "Api",
        "Body",
        "x-amazon-apigateway-binary-media-types",
      ),
    ).toEqual(["image/png"]);
  });

  test("has the endpoint that is asked for", () => {
    const template = api(", EndpointConfiguration: { Type: REGIONAL }");
    expect(property(template, "Api", "EndpointConfiguration")).toEqual({ Types: ["REGIONAL"] });
    expect(property(template, "Api", "Parameters")).toEqual({ endpointConfigurationTypes: "REGIONAL" });
  });

  test("has a usage plan with a key of its own", () => {
    const template = api(", Auth: { ApiKeyRequired: true, UsagePlan: { CreateUsagePlan: PER_API } }");
    expect(ids(template)).toEqual(expect.arrayContaining(["ApiUsagePlan", "ApiApiKey", "ApiUsagePlanKey"]));
  });
});

describe("an HTTP API", () => {
  test("takes everything on its default route when an event names no path", () => {
    const template = expand(withEvent("{ Type: HttpApi }"));
    expect(ids(template)).toEqual([
      "F",
      "FAPermission",
      "FRole",
      "ServerlessHttpApi",
      "ServerlessHttpApiApiGatewayDefaultStage",
    ]);
    const route = property(
      template,
      "ServerlessHttpApi",
      "Body",
      "paths",
      "$default",
      "x-amazon-apigateway-any-method",
    );
    expect(route).toMatchObject({
      isDefaultRoute: true,
      "x-amazon-apigateway-integration": { payloadFormatVersion: "2.0" },
    });
    expect(property(template, "ServerlessHttpApiApiGatewayDefaultStage")).toMatchObject({
      AutoDeploy: true,
      StageName: "$default",
    });
  });

  test.each([
    ["true", { allowOrigins: ["*"] }],
    [
      "{ AllowOrigins: [a], MaxAge: 0, AllowCredentials: true }",
      { allowOrigins: ["a"], maxAge: 0, allowCredentials: true },
    ],
  ])("with CorsConfiguration %s answers preflight itself", (cors, expected) => {
    const template = expand(
      `H: { Type: AWS::Serverless::HttpApi, Properties: { CorsConfiguration: ${cors} } }`,
    );
    expect(property(template, "H", "Body", "x-amazon-apigateway-cors")).toEqual(expected);
  });
});

describe("a function", () => {
  const f = (properties: string, rest = ""): ValueMap =>
    expand(`F: { Type: AWS::Serverless::Function, Properties: { ${code}${properties} } }`, rest);

  test("becomes a Lambda function with a role", () => {
    const template = f(", MemorySize: 128, Tags: { a: b }");
    expect(resource(template, "F")).toEqual({
      Type: "AWS::Lambda::Function",
      Properties: {
        Code: { S3Bucket: "bucket", S3Key: "key" },
        Handler: "index.handler",
        MemorySize: 128,
        Role: { "Fn::GetAtt": ["FRole", "Arn"] },
        Runtime: "nodejs22.x",
        Tags: [
          { Key: "lambda:createdBy", Value: "SAM" },
          { Key: "a", Value: "b" },
        ],
      },
    });
    expect(property(template, "FRole", "ManagedPolicyArns")).toEqual([
      "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
    ]);
  });

  test.each([
    ["AWS_IAM", ["FUrl"]],
    ["NONE", ["FURLInvokeAllowPublicAccess", "FUrl", "FUrlPublicPermissions"]],
  ])("with a function URL of AuthType %s also makes %j", (authType, made) => {
    const template = f(`, FunctionUrlConfig: { AuthType: ${authType}, InvokeMode: RESPONSE_STREAM }`);
    expect(ids(template)).toEqual(["F", "FRole", ...made].sort());
    expect(property(template, "FUrl")).toEqual({
      AuthType: authType,
      InvokeMode: "RESPONSE_STREAM",
      TargetFunctionArn: { Ref: "F" },
    });
    if (authType === "NONE") {
      expect(property(template, "FUrlPublicPermissions")).toMatchObject({
        Action: "lambda:InvokeFunctionUrl",
        FunctionUrlAuthType: "NONE",
      });
      expect(property(template, "FURLInvokeAllowPublicAccess")).toMatchObject({
        Action: "lambda:InvokeFunction",
        InvokedViaFunctionUrl: true,
      });
    }
  });

  test("passes a wrong invoke mode on, for the resource to refuse", () => {
    expect(
      property(f(", FunctionUrlConfig: { AuthType: NONE, InvokeMode: BOGUS }"), "FUrl", "InvokeMode"),
    ).toBe("BOGUS");
  });

  test("with an alias is reached through it", () => {
    const template = f(
      ", AutoPublishAlias: live-1, FunctionUrlConfig: { AuthType: AWS_IAM }, Events: { A: { Type: Api, Properties: { Path: /, Method: get } } }",
    );
    const version = ids(template).find((id) => /^FVersion[0-9a-f]{10}$/.test(id)) ?? "none";
    expect(resource(template, version)["DeletionPolicy"]).toBe("Retain");
    expect(property(template, "FAliasliveD1", "FunctionVersion")).toEqual({
      "Fn::GetAtt": [version, "Version"],
    });
    expect(property(template, "FUrl", "TargetFunctionArn")).toEqual({ Ref: "FAliasliveD1" });
    expect(property(template, "FAPermissionProd", "FunctionName")).toEqual({ Ref: "FAliasliveD1" });
  });

  test("gets a new version when code or memory change, not when its description does", () => {
    const version = (more: string): string | undefined =>
      ids(f(`, AutoPublishAlias: live${more}`)).find((id) => id.startsWith("FVersion"));
    expect(version(", Description: d")).toBe(version(""));
    expect(version(", MemorySize: 512")).not.toBe(version(""));
    expect(version(", AutoPublishCodeSha256: abcdef0123456789")).toBe("FVersionabcdef0123");
  });

  test("has the policies that it names, in the forms that SAM takes", () => {
    const template = f(
      `, Policies: [ AmazonS3ReadOnlyAccess, 'arn:x:y', { SQSPollerPolicy: { QueueName: !GetAtt Q.QueueName } }, { Statement: [] } ]`,
    );
    expect(property(template, "FRole", "ManagedPolicyArns")).toEqual([
      "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
      "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
      "arn:x:y",
    ]);
    const policies = property(template, "FRole", "Policies");
    expect(policies).toMatchObject([{ PolicyName: "FRolePolicy2" }, { PolicyName: "FRolePolicy3" }]);
    expect(get(Array.isArray(policies) ? policies[0] : undefined, "PolicyDocument", "Statement")).toEqual([
      {
        Effect: "Allow",
        Action: [
          "sqs:ChangeMessageVisibility",
          "sqs:ChangeMessageVisibilityBatch",
          "sqs:DeleteMessage",
          "sqs:DeleteMessageBatch",
          "sqs:GetQueueAttributes",
          "sqs:ReceiveMessage",
        ],
        Resource: {
          "Fn::Sub": [
            text("arn:<AWS::Partition>:sqs:<AWS::Region>:<AWS::AccountId>:<queueName>"),
            { queueName: { "Fn::GetAtt": ["Q", "QueueName"] } },
          ],
        },
      },
    ]);
  });

  test("sends failures to a queue that is made for it", () => {
    const template = f(
      ", EventInvokeConfig: { MaximumRetryAttempts: 0, DestinationConfig: { OnFailure: { Type: SQS } } }",
    );
    expect(property(template, "FEventInvokeConfig")).toEqual({
      FunctionName: { Ref: "F" },
      Qualifier: "$LATEST",
      MaximumRetryAttempts: 0,
      DestinationConfig: {
        OnFailure: { Destination: { "Fn::GetAtt": ["FEventInvokeConfigOnFailureQueue", "Arn"] } },
      },
    });
  });

  test.each([
    ["{ Type: Schedule, Properties: { Schedule: rate(1 hour) } }", ["FA", "FAPermission"]],
    ["{ Type: ScheduleV2, Properties: { ScheduleExpression: rate(1 hour) } }", ["FA", "FARole"]],
    ["{ Type: SQS, Properties: { Queue: 'arn:q' } }", ["FA"]],
  ])("with the event %s also makes %j", (event, made) => {
    expect(ids(expand(withEvent(event)))).toEqual(["F", "FRole", ...made].sort());
  });
});

describe("Globals", () => {
  const globals = (function_: string, own: string): Value | undefined =>
    property(
      expand(
        `F: { Type: AWS::Serverless::Function, Properties: { ${own} } }`,
        `Globals: { Function: { ${code}, ${function_} } }`,
      ),
      "F",
    );

  test.each([
    ["fill in", "Timeout: 5", "Description: d", { Timeout: 5, Description: "d" }],
    ["give way to the resource", "Timeout: 5", "Timeout: 6", { Timeout: 6 }],
    [
      "merge maps",
      "Environment: { Variables: { A: a, B: b } }",
      "Environment: { Variables: { B: c } }",
      { Environment: { Variables: { A: "a", B: "c" } } },
    ],
    ["join lists, theirs first", "Layers: [a]", "Layers: [b]", { Layers: ["a", "b"] }],
    [
      "do not merge with an intrinsic function",
      "Environment: { Variables: { A: a } }",
      "Environment: { Variables: !Ref V }",
      { Environment: { Variables: { Ref: "V" } } },
    ],
  ])("%s", (_, function_, own, expected) => {
    expect(globals(function_, own)).toMatchObject(expected);
  });

  test("hold for the implicit API, but for the name of its stage", () => {
    const template = expand(
      withEvent("{ Type: Api, Properties: { Path: /, Method: get } }"),
      "Globals: { Api: { TracingEnabled: true } }",
    );
    expect(property(template, "ServerlessRestApiProdStage")).toMatchObject({
      StageName: "Prod",
      TracingEnabled: true,
    });
  });

  test.each([
    ["Globals: { Function: { Role: r } }", "'Role' is not a supported property of 'Function'"],
    ["Globals: { Api: { StageName: s } }", "'StageName' is not a supported property of 'Api'"],
    ["Globals: { Functions: {} }", "'Functions' is not supported. Must be one of the following values"],
    ["Globals: []", "'Globals' section is invalid. It must be a non-empty dictionary"],
  ])("refuse %s", (section, message) => {
    expect(refusal(`F: { Type: AWS::Serverless::Function, Properties: { ${code} } }`, section)).toContain(
      message,
    );
  });
});

describe("conditions", () => {
  const conditions = "Conditions: { A: !Equals [a, a], B: !Equals [a, b] }";
  const f = (id: string, path: string, condition: string): string =>
    `${id}:\n  Type: AWS::Serverless::Function\n${condition === "" ? "" : `  Condition: ${condition}\n`}  Properties: { ${code}, Events: { E: { Type: Api, Properties: { Path: ${path}, Method: get } } } }`;

  test.each([
    ["one", [f("F", "/f", "A")], "A"],
    ["two", [f("F", "/f", "A"), f("G", "/g", "B")], "ServerlessRestApiCondition"],
    ["one of two", [f("F", "/f", "A"), f("G", "/g", "")], undefined],
  ])("of %s of the functions go over to the implicit API", (_, functions, condition) => {
    const template = expand(functions.join("\n"), conditions);
    expect(resource(template, "ServerlessRestApi")["Condition"]).toBe(condition);
    expect(property(template, "ServerlessRestApi", "Body", "paths", "/f")).toMatchObject({
      "Fn::If": ["A", {}, { Ref: "AWS::NoValue" }],
    });
    expect(resource(template, "FRole")["Condition"]).toBe("A");
  });

  test("are combined under a name of their own", () => {
    const template = expand([f("F", "/f", "A"), f("G", "/g", "B")].join("\n"), conditions);
    expect(get(template, "Conditions", "ServerlessRestApiCondition")).toEqual({
      "Fn::Or": [{ Condition: "A" }, { Condition: "B" }],
    });
  });
});

describe("references to what SAM resources become", () => {
  const template = expand(
    `${withEvent("{ Type: Api, Properties: { Path: /, Method: get, RestApiId: !Ref Api } }").replace(code, `${code}, AutoPublishAlias: live, Layers: [!Ref L]`)}
Api: { Type: AWS::Serverless::Api, Properties: { StageName: prod } }
L: { Type: AWS::Serverless::LayerVersion, Properties: { ContentUri: 's3://b/l' } }
Q: { Type: AWS::SQS::Queue, DependsOn: [L] }`,
    "Outputs: { S: { Value: !Ref Api.Stage }, V: { Value: !Sub '\u0024{F.Version} \u0024{F.Alias} \u0024{L}' }, A: { Value: !GetAtt F.Alias.Name } }",
  );
  const layer = ids(template).find((id) => /^L[0-9a-f]{10}$/.test(id)) ?? "none";
  const version = ids(template).find((id) => id.startsWith("FVersion")) ?? "none";

  test("are rewritten everywhere", () => {
    expect(get(template, "Outputs", "S", "Value")).toEqual({ Ref: "ApiprodStage" });
    expect(get(template, "Outputs", "V", "Value")).toEqual({
      "Fn::Sub": text(`<${version}> <FAliaslive> <${layer}>`),
    });
    expect(get(template, "Outputs", "A", "Value")).toEqual({ "Fn::GetAtt": ["FAliaslive", "Name"] });
    expect(property(template, "F", "Layers")).toEqual([{ Ref: layer }]);
    expect(resource(template, "Q")["DependsOn"]).toEqual([layer]);
    expect(resource(template, layer)["DeletionPolicy"]).toBe("Retain");
  });

  test("and the sections that only SAM knows are gone", () => {
    expect(Object.keys(template).sort()).toEqual(["Outputs", "Resources"]);
  });
});

describe("a template is refused", () => {
  const f = (properties: string): string =>
    `F: { Type: AWS::Serverless::Function, Properties: { ${properties} } }`;
  const event = (properties: string): string => withEvent(`{ Type: Api, Properties: { ${properties} } }`);
  const api = (properties: string): string =>
    `Api: { Type: AWS::Serverless::Api, Properties: { ${properties} } }`;

  test.each([
    [
      f(`${code}, Bogus: 1`),
      "Resource with id [F] is invalid. property Bogus not defined for resource of type AWS::Serverless::Function",
    ],
    [
      f("CodeUri: ./src, Handler: h, Runtime: r"),
      "'CodeUri' is not a valid S3 Uri of the form 's3://bucket/key' with optional versionId query parameter.",
    ],
    [f("Handler: h, Runtime: r"), "Only one of 'InlineCode' or 'CodeUri' can be set."],
    [f("CodeUri: s3://b/k"), "Runtime and Handler needs to be present when PackageType is of type `Zip`"],
    [
      f(`${code}, FunctionUrlConfig: { InvokeMode: RESPONSE_STREAM }`),
      "AuthType is required to configure function property `FunctionUrlConfig`. Please provide either AWS_IAM or NONE.",
    ],
    [
      f(`${code}, FunctionUrlConfig: { AuthType: NONE, Cors: { AllowOrigin: a } }`),
      "AllowOrigin is not a valid property for configuring Cors.",
    ],
    [f(`${code}, FunctionUrlConfig: { AuthType: NONE, Cors: { MaxAge: a } }`), "MaxAge must be of type int."],
    [
      f(`${code}, TenancyConfig: { a: b }, FunctionUrlConfig: { AuthType: NONE }`),
      "Function URL is not supported for functions enabled with tenancy configuration.",
    ],
    [
      f(`${code}, DeadLetterQueue: { Type: SQS }`),
      "'DeadLetterQueue' requires Type and TargetArn properties to be specified.",
    ],
    [
      f(`${code}, DeadLetterQueue: { Type: X, TargetArn: a }`),
      "'DeadLetterQueue' requires Type of ['SQS', 'SNS']",
    ],
    [
      f(`${code}, ProvisionedConcurrencyConfig: { a: 1 }`),
      "To set ProvisionedConcurrencyConfig AutoPublishALias must be defined on the function",
    ],
    [f(`${code}, Policies: [{ a: 1, b: 2 }]`), "Policy at index 0 in the 'Policies' property is not valid"],
    [
      event("Path: /s"),
      "Resource with id [F] is invalid. Event with id [A] is invalid. Property 'Method' is required.",
    ],
    [
      event("Path: /s, Method: get, RestApiId: !Ref Nope"),
      "RestApiId must be a valid reference to an 'AWS::Serverless::Api' resource in same template.",
    ],
    [
      event("Path: /s, Method: get, Auth: { Authorizer: NONE }"),
      "because 'NONE' is only a valid value when a DefaultAuthorizer on the API is specified.",
    ],
    [
      withEvent("{ Type: HttpApi, Properties: { ResponseTransferMode: RESPONSE_STREAM } }"),
      "property ResponseTransferMode not defined for resource of type HttpApi",
    ],
    [
      withEvent("{ Type: Foo }"),
      "Resource dict has missing or invalid value for key Type. Event Type is: Foo.",
    ],
    [
      `${event("Path: /s, Method: get")}\n${event("Path: /s, Method: GET").replace(/^F/, "G")}`,
      'API method "get" defined multiple times for path "/s".',
    ],
    [
      api("StageName: p, Auth: { DefaultAuthorizer: NONE, Authorizers: { A: { FunctionArn: a } } }"),
      "Unable to set DefaultAuthorizer because 'NONE' was not defined in 'Authorizers'.",
    ],
    [api("StageName: p, Auth: { Bogus: 1 }"), "Invalid value for 'Auth' property"],
    [
      api("StageName: p, DefinitionUri: s3://b/k, DefinitionBody: { swagger: '2.0', paths: {} }"),
      "Specify either 'DefinitionUri' or 'DefinitionBody' property and not both.",
    ],
    [
      api("StageName: p, DefinitionUri: s3://b/k, Cors: '*'"),
      "Cors works only with inline Swagger specified in 'DefinitionBody' property.",
    ],
    [
      api("StageName: p, Cors: { AllowCredentials: true }"),
      `'AllowCredentials' can not be true when 'AllowOrigin' is "'*'" or not set`,
    ],
    [api("StageName: p, OpenApiVersion: 4.0.0"), "The OpenApiVersion value must be of the format '3.0.0'."],
    [api("Name: n"), "Missing required property 'StageName'."],
    [
      "H: { Type: AWS::Serverless::HttpApi, Properties: { Auth: { DefaultAuthorizer: NONE } } }",
      "Unable to set DefaultAuthorizer because 'NONE' was not defined in 'Authorizers'.",
    ],
    [`${f(code)}\nFRole: { Type: AWS::SNS::Topic }`, "attempts to create a new resource with id [FRole]"],
  ])("%s", (resources, message) => {
    expect(refusal(resources)).toContain(message);
  });

  test("with all its mistakes in one message", () => {
    const message = refusal(`${f(`${code}, Bogus: 1`)}\n${api("Name: n")}`);
    expect(message).toBe(
      "Invalid Serverless Application Specification document. Number of errors found: 2. " +
        "Resource with id [Api] is invalid. Missing required property 'StageName'. " +
        "Resource with id [F] is invalid. property Bogus not defined for resource of type AWS::Serverless::Function",
    );
  });

  test.each([
    ["S: { Type: AWS::Serverless::StateMachine, Properties: {} }", "AWS::Serverless::StateMachine"],
    [f(`${code}, Policies: [{ VPCAccessPolicy: {} }]`), "The policy template 'VPCAccessPolicy'"],
    [f(code).replace("Properties", "Connectors: {}, Properties"), "Connectors"],
  ])("by name when AWS would take it: %s", (resources, name) => {
    const result = transform(resources);
    expect(result.ok).toBe(false);
    if (result.ok) return;
    expect(result.causes.map(({ kind }) => kind)).toContain("unsupported");
    expect(result.message).toContain(name);
  });
});
