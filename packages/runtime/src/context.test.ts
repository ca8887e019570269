import { beforeEach, describe, expect, test, vi } from "vitest";
import type { InvokeOptions } from "../test/double-invocation.ts";
import { serveFunction } from "../test/served-function.ts";
import type { LambdaContext } from "./context.ts";
import { buffered } from "./handlers/buffered.ts";
import { streaming } from "./handlers/streaming.ts";

// The headers: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html#runtimes-api-next
// The variables: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html

const variables = {
  AWS_LAMBDA_FUNCTION_NAME: "invoices",
  AWS_LAMBDA_FUNCTION_VERSION: "7",
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "1769",
  AWS_LAMBDA_LOG_GROUP_NAME: "/aws/lambda/invoices",
  AWS_LAMBDA_LOG_STREAM_NAME: "2026/08/01/[7]a1b2",
};

beforeEach(() => {
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
});

/** The context of one invocation, after it is over. */
async function contextOf(
  options: InvokeOptions,
  api?: { readonly maxConcurrency: number },
): Promise<LambdaContext> {
  const seen = Promise.withResolvers<LambdaContext>();
  const handler = buffered(async (_event, context) => seen.resolve(context));
  await using served = await serveFunction(handler, api === undefined ? {} : { api });
  await served.api.invoke({}, options).result;
  return await seen.promise;
}

describe("what is known about the invocation", () => {
  const values: Record<string, [InvokeOptions, (context: LambdaContext) => unknown, unknown]> = {
    "the request ID": [{ requestId: "8476a536-e9f4" }, ({ requestId }) => requestId, "8476a536-e9f4"],
    "the ARN, with its qualifier": [
      { invokedFunctionArn: "arn:aws:lambda:eu-west-1:123456789012:function:invoices:live" },
      ({ invokedFunctionArn }) => invokedFunctionArn,
      "arn:aws:lambda:eu-west-1:123456789012:function:invoices:live",
    ],
    "the trace ID, with its lineage": [
      { traceId: "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=1;Lineage=1:c9a4:0" },
      ({ traceId }) => traceId,
      "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=1;Lineage=1:c9a4:0",
    ],
    "the tenant ID": [{ tenantId: "blue" }, ({ tenantId }) => tenantId, "blue"],
    "the deadline": [
      { deadlineMs: Date.UTC(2126, 0, 2, 3, 4, 5, 678) },
      ({ deadline }) => deadline,
      new Date("2126-01-02T03:04:05.678Z"),
    ],
    "the client context, which may have any characters": [
      { clientContext: { client: { app_title: "Grüße 🚀" }, custom: { a: 1 } } },
      ({ clientContext }) => clientContext,
      { client: { app_title: "Grüße 🚀" }, custom: { a: 1 } },
    ],
    "the Cognito identity": [
      { cognitoIdentity: { cognitoIdentityId: "eu:1", cognitoIdentityPoolId: "eu:2" } },
      ({ identity }) => identity,
      { cognitoIdentityId: "eu:1", cognitoIdentityPoolId: "eu:2" },
    ],
    "a header in another letter case": [
      { headers: { "LAMBDA-RUNTIME-TRACE-ID": "Root=1" } },
      ({ traceId }) => traceId,
      "Root=1",
    ],
    "no time left after the deadline": [
      { deadlineMs: 1 },
      (context) => [context.remainingTimeMs(), context.signal.aborted],
      [0, true],
    ],
  };

  test.each(Object.entries(values))("%s", async (_, [options, read, value]) => {
    expect(read(await contextOf(options))).toEqual(value);
  });

  test("the time left, which gets less", async () => {
    const before = Date.now();
    const context = await contextOf({ deadlineMs: before + 30_000 });
    const left = context.remainingTimeMs();
    expect(left).toBeLessThanOrEqual(30_000);
    expect(left).toBeGreaterThan(0);
    expect(context.remainingTimeMs()).toBeLessThanOrEqual(left);
  });

  test.each<[string, { readonly maxConcurrency: number } | undefined]>([
    ["not sent", undefined],
    ["empty, as on Managed Instances", { maxConcurrency: 1 }],
  ])("nothing where a header is %s", async (_, api) => {
    const { traceId, tenantId, clientContext, identity } = await contextOf({}, api);
    expect({ traceId, tenantId, clientContext, identity }).toEqual({});
  });

  test.each<[string, InvokeOptions, (context: LambdaContext) => unknown]>([
    ["client context", { clientContext: "{no JSON" }, ({ clientContext }) => clientContext],
    ["Cognito identity", { cognitoIdentity: "{no JSON" }, ({ identity }) => identity],
  ])("a %s that is no JSON concerns only who reads it", async (_, options, read) => {
    const context = await contextOf(options);
    expect(() => read(context)).toThrow(SyntaxError);
  });
});

describe("what is known about the function", () => {
  const read = ({
    functionName,
    functionVersion,
    memoryLimitMb,
    logGroupName,
    logStreamName,
  }: LambdaContext) => ({ functionName, functionVersion, memoryLimitMb, logGroupName, logStreamName });

  test("comes from Lambda's variables", async () => {
    expect(read(await contextOf({}))).toEqual({
      functionName: "invoices",
      functionVersion: "7",
      memoryLimitMb: 1769,
      logGroupName: "/aws/lambda/invoices",
      logStreamName: "2026/08/01/[7]a1b2",
    });
  });

  test("is empty where a variable is missing, as the log names are with SnapStart", async () => {
    for (const name of Object.keys(variables)) vi.stubEnv(name, undefined);
    expect(read(await contextOf({}))).toEqual({
      functionName: "",
      functionVersion: "",
      memoryLimitMb: 0,
      logGroupName: "",
      logStreamName: "",
    });
  });
});

describe("the signal", () => {
  test.each<[string, number | undefined, number, number]>([
    ["500 ms before the deadline", undefined, 500, 0],
    ["as long before it as the option says", 5_000, 5_000, 500],
    ["at the deadline", 0, 0, -1_000],
  ])("aborts %s", async (_, deadlineMarginMs, marginMs, leastMs) => {
    await using served = await serveFunction(
      streaming(async (_event, response, { signal, deadline }) => {
        if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
        await response.writeAndFinish(JSON.stringify([signal.reason.name, Number(deadline) - Date.now()]));
      }),
      deadlineMarginMs === undefined ? {} : { runtime: { deadlineMarginMs } },
    );
    const { body } = await served.api.invoke({}, { deadlineMs: Date.now() + marginMs + 60 }).result;
    const [reason, leftMs] = JSON.parse(body.toString());
    expect(reason).toBe("TimeoutError");
    // A timer may fire a millisecond early.
    expect(leftMs).toBeLessThanOrEqual(marginMs + 2);
    expect(leftMs).toBeGreaterThan(leastMs);
  });

  test("has aborted already where less than the margin is left", async () => {
    await using served = await serveFunction(
      buffered(async (_event, { signal }) => [signal.aborted, signal.reason.name]),
    );
    const { body } = await served.api.invoke({}, { deadlineMs: Date.now() + 400 }).result;
    expect(JSON.parse(body.toString())).toEqual([true, "TimeoutError"]);
  });

  test("is one and the same, and does not abort once the invocation is over", async () => {
    const first = Promise.withResolvers<AbortSignal>();
    await using served = await serveFunction(
      buffered(async (event: { waits: boolean }, context) => {
        expect(context.signal).toBe(context.signal);
        if (!event.waits) return first.resolve(context.signal);
        await new Promise((resolve) => context.signal.addEventListener("abort", resolve));
      }),
      { runtime: { deadlineMarginMs: 0 } },
    );
    const now = Date.now();
    await served.api.invoke({ waits: false }, { deadlineMs: now + 400 }).result;
    // Its timer comes after the other's would have.
    await served.api.invoke({ waits: true }, { deadlineMs: now + 450 }).result;
    expect((await first.promise).aborted).toBe(false);
  });
});
