import { setImmediate as turn } from "node:timers/promises";
import { InvokeStore, InvokeStoreBase } from "@aws/lambda-invoke-store";
import { beforeAll, describe, expect, test } from "vitest";
import { LambdaContext } from "../context.ts";
import { runInScope, separateInvocations } from "../invocation-scope.ts";
import { Log } from "../logging.ts";
import { type AwsLambdaScope, installAwsLambda } from "./awslambda.ts";

const { REQUEST_ID, X_RAY_TRACE_ID, TENANT_ID, TRACEPARENT } = InvokeStoreBase.PROTECTED_KEYS;

function contextOf(requestId: string, more: { traceId?: string; tenantId?: string } = {}): LambdaContext {
  const request = {
    requestId,
    deadlineMs: Date.now() + 3000,
    invokedFunctionArn: "arn",
    traceId: more.traceId,
    clientContext: undefined,
    cognitoIdentity: undefined,
    tenantId: more.tenantId,
    event: Buffer.from("{}"),
  };
  const identity = {
    functionName: "f",
    functionVersion: "1",
    memoryLimitMb: 128,
    logGroupName: "",
    logStreamName: "",
  };
  return new LambdaContext(request, identity, new Log({}, () => {}), { deadlineMarginMs: 500 });
}

describe("awslambda.InvokeStore", () => {
  // Through AWS's package, as Powertools and the X-Ray SDK do it.
  let store: InvokeStoreBase;
  beforeAll(async () => {
    const { InvokeStore: ours } = installAwsLambda({}, globalThis as AwsLambdaScope);
    store = await InvokeStore.getInstanceAsync();
    expect(store).toBe(ours);
  });

  test("is empty during init", () => {
    expect(store.hasContext()).toBe(false);
    expect(store.getContext()).toBeUndefined();
    expect(store.getRequestId()).toBe("-");
    expect(store.getXRayTraceId()).toBeUndefined();
    expect(() => store.set("key", 1)).toThrow("no invocation");
  });

  test("knows the invocation under way", () => {
    const context = contextOf("one", { traceId: "Root=1-2-3", tenantId: "blue" });
    runInScope(context, () => {
      expect(store.hasContext()).toBe(true);
      expect(store.getRequestId()).toBe("one");
      expect(store.getXRayTraceId()).toBe("Root=1-2-3");
      expect(store.getTenantId()).toBe("blue");
      expect(store.getContext()).toEqual({
        [REQUEST_ID]: "one",
        [X_RAY_TRACE_ID]: "Root=1-2-3",
        [TENANT_ID]: "blue",
      });
    });
  });

  test("keeps the function's own values for one invocation", () => {
    const [first, second] = [contextOf("one"), contextOf("two")];
    runInScope(first, () => store.set("user", "Ada"));
    runInScope(second, () => expect(store.get("user")).toBeUndefined());
    runInScope(first, () => expect(store.get("user")).toBe("Ada"));
  });

  test.each([REQUEST_ID, X_RAY_TRACE_ID, TENANT_ID, TRACEPARENT])("does not let %s be changed", (key) => {
    runInScope(contextOf("one"), () => expect(() => store.set(key, "x")).toThrow("can't be changed"));
  });

  test("runs code with another context, across awaits", async () => {
    await store.run({ [REQUEST_ID]: "other", [TRACEPARENT]: "00-1-2-01", user: "Ada" }, async () => {
      await turn();
      expect(store.getRequestId()).toBe("other");
      expect(store.getTraceparent()).toBe("00-1-2-01");
      expect(store.get("user")).toBe("Ada");
    });
    runInScope(contextOf("one"), () => expect(store.getRequestId()).toBe("one"));
  });

  test("tells concurrent invocations apart", async () => {
    separateInvocations();
    const seen = await Promise.all(
      ["one", "two", "three"].map((id) =>
        runInScope(contextOf(id), async () => {
          store.set("id", id);
          await turn();
          return [store.getRequestId(), store.get("id")];
        }),
      ),
    );
    expect(seen).toEqual([
      ["one", "one"],
      ["two", "two"],
      ["three", "three"],
    ]);
    expect(store.hasContext()).toBe(false);
  });
});
