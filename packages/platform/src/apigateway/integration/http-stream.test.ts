import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { HttpBackend } from "../../../test/http-backend.ts";
import { apiIdOf, restStage, stagePath } from "../../../test/rest-stage.ts";
import { TestPlatform } from "../../../test/test-platform.ts";
import { TestClock } from "../../test-clock.ts";

let backend: HttpBackend;
let platform: TestPlatform;
const clock = new TestClock();

beforeAll(async () => {
  backend = await HttpBackend.start();
  const format =
    "$context.status $context.integration.status $context.integration.responseTransferMode $context.responseLength $context.requestId";
  platform = await TestPlatform.start({
    clock,
    resources: {
      Log: { Type: "AWS::Logs::LogGroup", Properties: { LogGroupName: "access" } },
      ...restStage({
        invokes: [],
        stage: {
          MethodSettings: [
            { ResourcePath: "/*", HttpMethod: "*", LoggingLevel: "INFO", DataTraceEnabled: true },
          ],
          AccessLogSetting: { DestinationArn: { "Fn::GetAtt": ["Log", "Arn"] }, Format: format },
        },
        paths: {
          "/{proxy+}": {
            get: {
              "x-amazon-apigateway-integration": {
                type: "http_proxy",
                httpMethod: "ANY",
                uri: `${backend.url}/{proxy}`,
                responseTransferMode: "STREAM",
                timeoutInMillis: 900_000,
                requestParameters: { "integration.request.path.proxy": "method.request.path.proxy" },
              },
            },
            head: {
              "x-amazon-apigateway-integration": {
                type: "http_proxy",
                httpMethod: "HEAD",
                uri: `${backend.url}/{proxy}`,
                responseTransferMode: "STREAM",
                requestParameters: { "integration.request.path.proxy": "method.request.path.proxy" },
              },
            },
          },
        },
      }),
    },
  });
});

afterAll(async () => {
  await platform[Symbol.asyncDispose]();
  await backend[Symbol.asyncDispose]();
});

const get = (path: string, method = "GET") => platform.send({ method, path: stagePath(platform) + path });

describe("a streamed answer of a backend", () => {
  test("reaches the client as it comes: headers before there is a body, and each piece before the next", async () => {
    const sending = get("/pieces");
    const { response } = await backend.to("/pieces");
    response.writeHead(201, { "content-type": "text/event-stream" }).flushHeaders();
    const answer = await sending;
    response.write("first");
    await answer.arrival("first");
    response.write("second");
    await answer.arrival("second");
    response.end();

    expect(await answer.summary("content-type", "transfer-encoding")).toEqual({
      status: 201,
      "content-type": "text/event-stream",
      "transfer-encoding": "chunked",
      body: "firstsecond",
    });
    expect(await answer.ended).toBe("complete");
  });

  test("has no length of the backend's, and ends where that ends", async () => {
    const sending = get("/length");
    const { response } = await backend.to("/length");
    response.writeHead(200, { "content-length": "4" }).end("four");
    const answer = await sending;

    expect(await answer.summary("content-length", "transfer-encoding")).toMatchObject({
      "content-length": undefined,
      "transfer-encoding": "chunked",
      body: "four",
    });
  });

  test("to HEAD has headers alone", async () => {
    const sending = get("/head", "HEAD");
    const { response } = await backend.to("/head");
    response.writeHead(200, { "x-a": "1" }).end();

    expect(await (await sending).summary("x-a")).toEqual({ status: 200, "x-a": "1", body: "" });
  });

  test("that breaks off breaks off for the client, too", async () => {
    const sending = get("/breaks");
    const { response } = await backend.to("/breaks");
    response.write("some");
    const answer = await sending;
    await answer.arrival("some");
    response.destroy();

    expect(await answer.ended).toBe("broken off");
    expect(platform.notes(answer.requestId).join()).toMatch(/gave no answer that can be passed on/);
  });

  test("goes on at 2 MB a second after its first 10 MB, and the backend waits", async () => {
    const sending = get("/large");
    const { response } = await backend.to("/large");
    const block = Buffer.alloc(1024 * 1024);
    for (let written = 0; written < 40; written += 1) response.write(block);
    const { message, bytes: early } = await sending;
    let received = early.length;
    const arrival = (most: number) =>
      new Promise<void>((resolve) => {
        if (received === most) resolve();
        else message.on("data", () => received === most && resolve());
      });
    message.prependListener("data", (piece: Buffer) => {
      received += piece.length;
    });
    await arrival(10 * block.length);
    expect(response.writableLength).toBeGreaterThan(0);

    const more = arrival(12 * block.length);
    clock.advance(1_000);
    await more;
    message.destroy();
  });

  test("whose client leaves is ended at the backend", async () => {
    const sending = get("/leaves");
    const { response, left } = await backend.to("/leaves");
    response.write("some");
    const answer = await sending;
    await answer.arrival("some");
    answer.leave();

    await left;
    await platform.until(() =>
      platform.notes(answer.requestId).some((note) => note.startsWith("The client left")),
    );
  });
});

describe("a backend that takes too long", () => {
  test("before its headers: 504", async () => {
    const sending = get("/silent");
    const { left } = await backend.to("/silent");
    await clock.waiting(300_000);
    clock.advance(300_000);
    const answer = await sending;

    expect({ status: answer.status, body: await answer.json() }).toEqual({
      status: 504,
      body: { message: "Endpoint request timed out" },
    });
    await left;
  });

  test("with five minutes of silence after them: the stream breaks off", async () => {
    const sending = get("/idle");
    const { response, left } = await backend.to("/idle");
    response.write("some");
    const answer = await sending;
    await answer.arrival("some");
    clock.advance(300_000);

    expect(await answer.ended).toBe("broken off");
    await left;
    expect(platform.notes(answer.requestId).join()).toMatch(/stream was silent for 300000 ms/);
  });

  test("altogether: the stream breaks off after its fifteen minutes, however lively it is", async () => {
    const sending = get("/endless");
    const { response, left } = await backend.to("/endless");
    response.write("0");
    const answer = await sending;
    for (const piece of ["1", "2", "3"]) {
      await answer.arrival(String(Number(piece) - 1));
      clock.advance(299_999);
      response.write(piece);
    }
    await answer.arrival("3");
    clock.advance(3);

    expect(await answer.ended).toBe("broken off");
    expect(answer.soFar).toBe("0123");
    await left;
    expect(platform.notes(answer.requestId).join()).toMatch(/timeout of 900000 ms has passed/);
  });
});

test("the logs of the stage have status, transfer mode, length, and where the request went", async () => {
  const sending = get("/logged");
  const { response } = await backend.to("/logged");
  response.writeHead(203, { "x-a": "1" }).end("12345");
  const { requestId, ended } = await sending;
  await ended;
  const logs = new CloudWatchLogsClient(platform.platform.clientConfig);
  const linesOf = async (logGroupName: string) => {
    const command = new FilterLogEventsCommand({ logGroupName, filterPattern: `"${requestId}"` });
    const { events = [] } = await logs.send(command);
    return events.map(({ message = "" }) => message.replace(`(${requestId}) `, ""));
  };

  expect(await linesOf("access")).toEqual([`203 203 STREAMED 5 ${requestId}`]);
  expect(await linesOf(`API-Gateway-Execution-Logs_${apiIdOf(platform)}/test`)).toEqual(
    expect.arrayContaining([
      `Endpoint request URI: ${backend.url}/logged`,
      expect.stringMatching(/^Endpoint request headers: \{.*x-amzn-apigateway-api-id=/),
      `Sending request to ${backend.url}/logged`,
      "Received response. Status: 203, Integration latency: 0 ms",
      expect.stringMatching(/^Endpoint response headers: \{x-a=1/),
      expect.stringMatching(/^Method response headers: \{.*x-amzn-RequestId=/),
      "Successfully completed execution",
      "Method completed with status: 203",
    ]),
  );
  logs.destroy();
});
