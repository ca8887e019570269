import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { authorizerPermission, authorizerScheme } from "../../../test/authorizers.ts";
import { proxyTo, restStage, stagePath } from "../../../test/rest-stage.ts";
import { scripted, TestPlatform } from "../../../test/test-platform.ts";
import { rawRuntime } from "../../lambda/environment/testing/raw-runtime.ts";

// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html

const number = /^\d+$/;
const account = "123456789012";
const id10 = /^[a-z0-9]{10}$/;
const uuid = /^[0-9a-f-]{36}$/;
const session = "AROASLUICEADMINISTRATOR:sluice";

/** Which request is logged, the variable, and its value. */
const variables: readonly (readonly [
  request: "signed" | "unsigned" | "authorized" | "refused",
  variable: string,
  RegExp,
])[] = [
  ["signed", "requestId", uuid],
  ["signed", "extendedRequestId", /^[A-Za-z0-9+/]{15}=$/],
  ["signed", "accountId", RegExp(`^${account}$`)],
  ["signed", "apiId", id10],
  ["signed", "stage", /^test$/],
  ["signed", "deploymentId", /^[a-z0-9]{6}$/],
  ["signed", "domainName", /^[a-z0-9]{10}\.execute-api\.us-east-1\.amazonaws\.com$/],
  ["signed", "domainPrefix", id10],
  ["signed", "endpointType", /^REGIONAL$/],
  ["signed", "httpMethod", /^POST$/],
  ["signed", "path", /^\/test\/signed$/],
  ["signed", "protocol", /^HTTP\/1\.1$/],
  ["signed", "resourceId", /^[a-z0-9]{6}$/],
  ["signed", "resourcePath", /^\/signed$/],
  ["signed", "requestTime", /^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/],
  ["signed", "requestTimeEpoch", /^\d{13}$/],
  ["signed", "xrayTraceId", /^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/],
  ["signed", "isCanaryRequest", /^false$/],
  ["signed", "identity.accountId", RegExp(`^${account}$`)],
  ["signed", "identity.caller", RegExp(`^${session}$`)],
  ["signed", "identity.user", RegExp(`^${session}$`)],
  ["signed", "identity.userArn", /^arn:aws:sts::\d{12}:assumed-role\/Administrator\/sluice$/],
  ["signed", "identity.userAgent", /^agent\/1$/],
  ["signed", "identity.sourceIp", /^127\.0\.0\.1$/],
  ["signed", "identity.cognitoIdentityId", /^-$/],
  ["signed", "identity.clientCert.subjectDN", /^-$/],
  ["signed", "authenticate.status", /^200$/],
  ["signed", "authenticate.latency", number],
  ["signed", "authorize.status", /^200$/],
  ["signed", "authorize.latency", number],
  ["signed", "integration.integrationStatus", /^200$/],
  ["signed", "integration.status", /^201$/],
  ["signed", "integration.latency", number],
  ["signed", "integration.requestId", uuid],
  ["signed", "integration.responseTransferMode", /^STREAMED$/],
  ["signed", "integration.timeToAllHeaders", number],
  ["signed", "integration.timeToFirstContent", number],
  ["signed", "integrationLatency", number],
  ["signed", "integrationStatus", /^200$/],
  ["signed", "awsEndpointRequestId", uuid],
  ["signed", "status", /^201$/],
  ["signed", "responseLatency", number],
  ["signed", "responseLength", /^5$/],
  ["authorized", "authorizer.principalId", /^ada$/],
  ["authorized", "authorizer.team", /^streams$/],
  ["authorized", "authorizer.status", /^200$/],
  ["authorized", "authorizer.integrationStatus", /^200$/],
  ["authorized", "authorizer.latency", number],
  ["authorized", "authorizer.integrationLatency", number],
  ["authorized", "authorizer.requestId", uuid],
  ["unsigned", "authenticate.error", /^Missing Authentication Token$/],
  ["refused", "error.message", /^Missing Authentication Token$/],
  ["refused", "error.messageString", /^"Missing Authentication Token"$/],
  ["refused", "error.responseType", /^MISSING_AUTHENTICATION_TOKEN$/],
];

const streams = rawRuntime(
  `const s = stream(id); s.write(chunk('{"statusCode":201}' + "\\0".repeat(8) + "hello") + "0\\r\\n\\r\\n"); await answered(s);`,
);
const authorizer = rawRuntime(
  `await respond(id, JSON.stringify({ principalId: "ada", context: { team: "streams" }, policyDocument: {
     Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "execute-api:Invoke", Resource: "*" }] } }));`,
);

let platform: TestPlatform;
const lines = new Map<string, readonly string[]>();
beforeAll(async () => {
  platform = await TestPlatform.start({
    resources: {
      AccessLogs: { Type: "AWS::Logs::LogGroup", Properties: { LogGroupName: "access" } },
      Streams: scripted({ CodeUri: "streams/" }),
      Authorizer: scripted({ CodeUri: "authorizer/" }),
      Permission: authorizerPermission("Authorizer"),
      ...restStage({
        invokes: ["Streams"],
        paths: {
          "/signed": { post: proxyTo("Streams", "STREAM", { auth: "AWS_IAM" }) },
          "/authorized": { post: proxyTo("Streams", "STREAM", { operation: { security: [{ Token: [] }] } }) },
        },
        root: {
          components: { securitySchemes: { Token: authorizerScheme("Authorizer", { type: "token" }) } },
        },
        stage: {
          AccessLogSetting: {
            DestinationArn: { "Fn::GetAtt": ["AccessLogs", "Arn"] },
            Format: variables.map(([, variable]) => `$context.${variable}`).join("|"),
          },
        },
      }),
    },
    files: { "streams/bootstrap": streams, "authorizer/bootstrap": authorizer },
  });
  const path = `${stagePath(platform)}/`;
  const headers = { "user-agent": "agent/1", authorization: "token" };
  const answers = {
    signed: await platform.sendSigned({
      service: "execute-api",
      method: "POST",
      path: `${path}signed`,
      headers: { "user-agent": "agent/1" },
    }),
    authorized: await platform.send({ method: "POST", path: `${path}authorized`, headers }),
    unsigned: await platform.send({ method: "POST", path: `${path}signed` }),
    refused: await platform.send({ path: `${path}nowhere` }),
  };
  const logs = new CloudWatchLogsClient(platform.platform.clientConfig);
  for (const [name, answer] of Object.entries(answers)) {
    await answer.text();
    const { events = [] } = await logs.send(
      new FilterLogEventsCommand({ logGroupName: "access", filterPattern: `"${answer.requestId}"` }),
    );
    lines.set(name, events[0]?.message?.split("|") ?? []);
  }
  logs.destroy();
});
afterAll(async () => {
  expect(platform.bugs).toEqual([]);
  await platform[Symbol.asyncDispose]();
});

test.each(variables)("of the %s request the access log has $context.%s", (request, variable, value) => {
  const index = variables.findIndex(([, name]) => name === variable);
  expect(lines.get(request)?.[index]).toMatch(value);
});
