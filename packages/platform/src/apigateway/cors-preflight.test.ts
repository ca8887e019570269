import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Exchange } from "../../test/exchange.ts";
import { proxyTo, restStage, stagePath } from "../../test/rest-stage.ts";
import { scripted, TestPlatform } from "../../test/test-platform.ts";
import { rawRuntime } from "../lambda/environment/testing/raw-runtime.ts";

/** Streams, with the header that a browser wants of the answer itself. */
const streaming = rawRuntime(`
  const prelude = JSON.stringify({ headers: { "Access-Control-Allow-Origin": "https://app.example" } });
  const out = stream(id);
  out.write(chunk(prelude + "\\0".repeat(8) + "first"));
  await gate("more");
  out.end(chunk("second") + "0\\r\\n\\r\\n");
  await answered(out);`);

const samApi = (properties: object) => ({
  F: scripted({
    CodeUri: "streaming/",
    Events: {
      Stream: {
        Type: "Api",
        Properties: {
          Path: "/stream",
          Method: "get",
          RestApiId: { Ref: "Api" },
          ResponseTransferMode: "RESPONSE_STREAM",
        },
      },
    },
  }),
  Api: {
    Type: "AWS::Serverless::Api",
    Properties: { StageName: "test", Cors: "'https://app.example'", ...properties },
  },
});

const startSam = (properties: object) =>
  TestPlatform.start({ files: { "streaming/bootstrap": streaming }, resources: samApi(properties) });

const preflight = (
  platform: TestPlatform,
  path: string,
  headers: Record<string, string> = {},
): Promise<Exchange> =>
  platform.send({
    method: "OPTIONS",
    path: stagePath(platform) + path,
    headers: {
      origin: "https://app.example",
      "access-control-request-method": "GET",
      ...headers,
    },
  });

const warnings = ({ events }: TestPlatform) =>
  events
    .filter((event) => event.kind === "deployed")
    .flatMap(({ diagnostics }) => diagnostics.filter(({ code }) => code === "no-effect"));

describe("Cors of a SAM API", () => {
  test("answers the preflight, and the stream that follows has the function's own header", async () => {
    await using platform = await startSam({
      Cors: {
        AllowOrigin: "'https://app.example'",
        AllowHeaders: "'content-type'",
        MaxAge: "'600'",
        AllowCredentials: true,
      },
    });
    expect(warnings(platform)).toEqual([]);

    const options = await preflight(platform, "/stream");
    expect(options.status).toBe(200);
    await options.ended;
    expect(options.soFar).toBe("{}\n");
    expect(options.headers).toMatchObject({
      "content-type": "application/json",
      "content-length": "3",
      "access-control-allow-origin": "https://app.example",
      "access-control-allow-methods": "GET,OPTIONS",
      "access-control-allow-headers": "content-type",
      "access-control-allow-credentials": "true",
      "access-control-max-age": "600",
      "x-amzn-requestid": expect.stringMatching(/^[0-9a-f-]{36}$/),
      "x-amz-apigw-id": expect.stringMatching(/=$/),
    });
    // Recorded: only answers of functions name the trace.
    expect(options.headers).not.toHaveProperty("x-amzn-trace-id");

    const get = await platform.send({
      path: `${stagePath(platform)}/stream`,
      headers: { origin: "https://app.example" },
    });
    expect(get.headers["access-control-allow-origin"]).toBe("https://app.example");
    await get.arrival("first");
    await platform.gate.pass("more");
    expect(await get.ended).toBe("complete");
    expect(get.soFar).toBe("firstsecond");
    expect(platform.bugs).toEqual([]);
  });

  test("is no endpoint to be listed", async () => {
    await using platform = await startSam({});
    expect(platform.platform.endpoints.map(({ name }) => name)).not.toContain("Api OPTIONS /stream");
    expect(platform.platform.endpoints.map(({ name }) => name)).toContain("Api GET /stream");
  });

  test("with AWS_IAM as default wants signed preflights, and says what lets browsers through", async () => {
    await using platform = await startSam({ Auth: { DefaultAuthorizer: "AWS_IAM" } });
    expect(warnings(platform)).toEqual([
      expect.objectContaining({
        severity: "warning",
        logicalId: "Api",
        message: expect.stringMatching(
          /^OPTIONS \/stream: .*never signs.*403.*Write AddDefaultAuthorizerToCorsPreflight: false/,
        ),
      }),
    ]);
    const options = await preflight(platform, "/stream");
    expect(options.status).toBe(403);
    expect(options.headers["x-amzn-errortype"]).toBe("MissingAuthenticationTokenException");
    expect(options.headers).not.toHaveProperty("access-control-allow-origin");

    const signed = await platform.sendSigned({
      method: "OPTIONS",
      path: `${stagePath(platform)}/stream`,
      service: "execute-api",
    });
    expect(signed.status).toBe(200);
  });

  test("lets preflights through where the default authorizer is not theirs", async () => {
    await using platform = await startSam({
      Auth: { DefaultAuthorizer: "AWS_IAM", AddDefaultAuthorizerToCorsPreflight: false },
    });
    expect(warnings(platform)).toEqual([]);
    expect((await preflight(platform, "/stream")).status).toBe(200);
    const get = await platform.send({ path: `${stagePath(platform)}/stream` });
    expect(get.status).toBe(403);
  });

  test("and any binary type fail together, as on AWS, which is told", async () => {
    await using platform = await startSam({ BinaryMediaTypes: ["*~1*"] });
    expect(warnings(platform)).toEqual([
      expect.objectContaining({ message: expect.stringMatching(/^OPTIONS \/stream: .*\*\/\*.*500/) }),
    ]);
    const options = await preflight(platform, "/stream");
    expect(options.status).toBe(500);
    await options.ended;
    expect(options.soFar).toBe('{"message": "Internal server error"}');
    expect(platform.notes(options.requestId)).toEqual([
      expect.stringContaining("Unable to transform request"),
    ]);
  });

  test("without the quotes that API Gateway wants is an error at start", async () => {
    await expect(startSam({ Cors: "*" })).rejects.toMatchObject({
      diagnostics: expect.arrayContaining([
        expect.objectContaining({
          severity: "error",
          logicalId: "Api",
          message: expect.stringMatching(/^paths\.\/stream\.options: .*Write "'\*'"\.$/),
        }),
      ]),
    });
  });
});

describe("a request to a mock integration", () => {
  const mock = (integration: object = {}) => ({
    "x-amazon-apigateway-integration": {
      type: "mock",
      requestTemplates: { "application/json": '{"statusCode": 200}', "text/css": '{"statusCode": 404}' },
      responses: {
        default: {
          statusCode: "200",
          responseParameters: { "method.response.header.Access-Control-Allow-Origin": "'*'" },
        },
        404: { statusCode: "404" },
      },
      ...integration,
    },
  });
  let platform: TestPlatform;
  beforeAll(async () => {
    platform = await TestPlatform.start({
      resources: {
        F: scripted(),
        ...restStage({
          invokes: ["F"],
          binaryMediaTypes: ["*/*"],
          paths: {
            "/": { get: proxyTo("F", "BUFFERED"), options: mock({ contentHandling: "CONVERT_TO_TEXT" }) },
            "/strict": {
              options: mock({ contentHandling: "CONVERT_TO_TEXT", passthroughBehavior: "never" }),
            },
          },
        }),
      },
    });
  });
  afterAll(async () => {
    expect(platform.bugs).toEqual([]);
    await platform[Symbol.asyncDispose]();
  });

  test.each<[string, string, string | undefined, number, string]>([
    ["without a type counts as JSON", "/", undefined, 200, ""],
    ["is answered by its type", "/", "text/css; charset=utf-8", 404, ""],
    ["of a type in capitals too", "/", "Application/JSON", 200, ""],
    [
      "of another type has no status, so that it fails",
      "/",
      "application/x-www-form-urlencoded",
      500,
      '{"message": "Internal server error"}',
    ],
    [
      "of another type is refused by passthrough NEVER",
      "/strict",
      "text/plain",
      415,
      '{"message":"Unsupported Media Type"}',
    ],
  ])("%s", async (_, path, type, status, body) => {
    const answer = await preflight(platform, path, type === undefined ? {} : { "content-type": type });
    expect(answer.status).toBe(status);
    await answer.ended;
    expect(answer.soFar).toBe(body);
    expect(answer.headers["content-length"]).toBe(String(body.length));
    expect(answer.headers["content-type"]).toBe("application/json");
  });
});
