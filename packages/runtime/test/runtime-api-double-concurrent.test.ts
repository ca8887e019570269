import { describe, expect, test } from "vitest";
import { type CallAnswer, call, open } from "./api-call.ts";
import { RuntimeApiDouble } from "./runtime-api-double.ts";

const runtime = "/2018-06-01/runtime";

function next(api: RuntimeApiDouble): Promise<CallAnswer> {
  return call(api.address, "GET", `${runtime}/invocation/next`);
}

function respond(api: RuntimeApiDouble, requestId: string): Promise<CallAnswer> {
  return call(api.address, "POST", `${runtime}/invocation/${requestId}/response`);
}

// https://docs.aws.amazon.com/lambda/latest/dg/lambda-managed-instances-execution-environment.html
describe("Managed Instances", () => {
  test("run up to maxConcurrency invocations at once", async () => {
    await using api = await RuntimeApiDouble.start({ maxConcurrency: 2 });
    const blocked = [next(api), next(api)];
    await api.waitForNext(2);
    expect(await next(api)).toMatchObject({
      status: 500,
      body: expect.stringContaining("InternalServerError"),
    });
    for (const requestId of ["a", "b", "c"]) api.invoke({}, { requestId });
    const ids = (await Promise.all(blocked)).map(({ headers }) => headers["lambda-runtime-aws-request-id"]);
    expect(ids.sort()).toEqual(["a", "b"]);

    const third = next(api);
    await api.waitForNext();
    expect((await respond(api, "c")).status).toBe(400);
    const { request, answer } = open(api.address, "POST", `${runtime}/invocation/b/response`);
    request.write("half");
    await api.waitFor(({ requests }) => requests.some(({ body }) => body.bytes.includes("half")));
    expect((await respond(api, "b")).status).toBe(400);
    request.end();
    expect((await answer).status).toBe(202);
    expect((await respond(api, "b")).status).toBe(400);
    expect((await third).headers).toMatchObject({
      "lambda-runtime-aws-request-id": "c",
      "lambda-runtime-trace-id": "",
    });
    expect((await call(api.address, "POST", `${runtime}/init/error`)).status).toBe(403);
  });

  test("refuse an answer that comes after the deadline", async () => {
    await using api = await RuntimeApiDouble.start({ maxConcurrency: 2 });
    const invocation = api.invoke({}, { deadlineMs: Date.now() - 1 });
    await next(api);
    const answer = await respond(api, invocation.requestId);
    expect(answer).toMatchObject({
      status: 410,
      body: '{"errorMessage":"Invoke timeout","errorType":"InvokeTimeout"}\n',
    });
    expect(await invocation.result).toMatchObject({ kind: "error", errorType: "Sandbox.Timedout" });
  });
});
