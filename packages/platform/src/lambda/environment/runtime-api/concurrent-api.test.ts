import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ApiClient } from "../testing/api-client.ts";
import { Condition } from "../testing/condition.ts";
import { encodeAnswer } from "./answer.ts";
import type { Delivery, ResponseOutcome } from "./delivery.ts";
import { RuntimeApiServer } from "./runtime-api-server.ts";

const base = "/2018-06-01/runtime";

let api: RuntimeApiServer;
let initErrors = 0;
const events = new Condition();
const clients: ApiClient[] = [];

beforeEach(async () => {
  initErrors = 0;
  api = await RuntimeApiServer.start({
    function: { functionName: "greet", functionVersion: "3", handler: "a.b", accountId: "123456789012" },
    randomId: randomUUID,
    maxConcurrency: 2,
    telemetry: { subscribe: () => encodeAnswer(200, "", "") },
    listener: {
      idle: () => events.notify(),
      runtimeDone() {},
      initError() {
        initErrors += 1;
      },
      extensionFailure() {},
      left() {},
    },
  });
});

afterEach(async () => {
  api.close();
  for (const client of clients.splice(0)) client.socket.destroy();
  await api.empty();
});

function connectClient(): ApiClient {
  const client = new ApiClient(api.address);
  clients.push(client);
  return client;
}

/** An invocation, and what came of it. */
function delivery(requestId: string = randomUUID()): Delivery & { outcomes: ResponseOutcome[] } {
  const outcomes: ResponseOutcome[] = [];
  return {
    requestId,
    invocationId: randomUUID(),
    deadlineMs: 0,
    invokedFunctionArn: "arn:a",
    traceId: undefined,
    answer: encodeAnswer(200, `Lambda-Runtime-Aws-Request-Id: ${requestId}\r\n`, "event"),
    responseLimitBytes: 1_000,
    begin() {},
    data: () => undefined,
    end: (outcome) => outcomes.push(outcome),
    outcomes,
  };
}

const path = ({ requestId }: Delivery, call = "response") => `${base}/invocation/${requestId}/${call}`;

describe("the Runtime API for several invocations at once", () => {
  test("gives each call to next an event, those that came before it first", async () => {
    const given = [delivery(), delivery()];
    for (const each of given) api.deliver(each);
    expect(api.outstanding).toBe(2);
    for (const each of given) {
      const { headers } = await connectClient().request("GET", `${base}/invocation/next`);
      expect(headers["lambda-runtime-aws-request-id"]).toBe(each.requestId);
    }
    expect(api.outstanding).toBe(2);
  });

  test("refuses more calls to next than there may be invocations", async () => {
    const waiting = [connectClient(), connectClient()];
    for (const client of waiting) client.send("GET", `${base}/invocation/next`);
    // The answer to this comes after those calls were seen.
    await connectClient().request("GET", "/2018-06-01/ping");
    expect(await connectClient().request("GET", `${base}/invocation/next`)).toMatchObject({
      status: 500,
      body: expect.stringContaining("InternalServerError"),
    });
  });

  test("takes answers in any order, each of them once, and only while the time is not up", async () => {
    const [a, b, late] = [delivery(), delivery(), delivery()];
    const client = connectClient();
    for (const each of [a, b, late]) {
      api.deliver(each);
      await connectClient().request("GET", `${base}/invocation/next`);
    }
    api.expire(late);
    const answers: number[] = [];
    for (const [each, call] of [
      [b, "error"],
      [a, "response"],
      [a, "response"],
      [b, "response"],
      [late, "response"],
      [late, "response"],
    ] as const) {
      answers.push((await client.request("POST", path(each, call), {}, "{}")).status);
    }
    expect(answers).toEqual([202, 202, 400, 400, 410, 400]);
    expect([a, b, late].map(({ outcomes }) => outcomes.map(({ kind }) => kind))).toEqual([
      ["complete"],
      ["error"],
      [],
    ]);
    expect(api.outstanding).toBe(0);
  });

  test("never delivers what has no time left", async () => {
    const late = delivery();
    api.deliver(late);
    api.expire(late);
    expect(api.outstanding).toBe(0);
    const client = connectClient();
    client.send("GET", `${base}/invocation/next`);
    const next = delivery();
    api.deliver(next);
    expect((await client.answer()).headers["lambda-runtime-aws-request-id"]).toBe(next.requestId);
  });

  test("tells an attempt from the next one of the same event by its invocation id", async () => {
    const first = delivery();
    const second = delivery(first.requestId);
    for (const each of [first, second]) {
      api.deliver(each);
      await connectClient().request("GET", `${base}/invocation/next`);
    }
    const headers = { "Lambda-Runtime-Invocation-Id": first.invocationId };
    expect(await connectClient().request("POST", path(first), headers, "{}")).toMatchObject({
      status: 400,
      body: expect.stringContaining("InvalidInvocationId"),
    });
    expect(await connectClient().request("POST", path(second), {}, "{}")).toMatchObject({ status: 202 });
  });

  test("takes an error of Init before the first call to next only", async () => {
    const client = connectClient();
    expect((await client.request("POST", `${base}/init/error`, {}, "{}")).status).toBe(202);
    expect((await client.request("POST", `${base}/init/error`, {}, "{}")).status).toBe(403);
    expect((await client.request("GET", `${base}/invocation/next`)).status).toBe(403);
    expect(initErrors).toBe(1);
  });
});
