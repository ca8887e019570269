import { expect, test } from "vitest";
import { RequestTrace, type TraceStep } from "../iam/request-trace.ts";
import { RequestTraces } from "./request-traces.ts";

const facts = {
  timeMs: 0,
  method: "GET",
  path: "/",
  host: "127.0.0.1",
  sourceIp: "127.0.0.1",
  userAgent: undefined,
  referer: undefined,
  region: "us-east-1",
  door: "a door",
};
function traced(traces: RequestTraces, id: string, status: number, ...steps: TraceStep[]): RequestTrace {
  const trace = new RequestTrace(facts);
  traces.add(trace);
  for (const step of steps) trace.add(step);
  trace.answered(status, [id]);
  return trace;
}
const decided = (effect: "allow" | "implicit-deny"): TraceStep => ({
  kind: "decision",
  request: {
    action: "a:B",
    resource: "*",
    context: {},
    principal: { kind: "anonymous", name: "", accountId: undefined },
  },
  decision: { effect, statement: undefined, policy: undefined, source: "identity" },
});

test("the last requests are remembered, and no more", () => {
  const traces = new RequestTraces(2);
  const [first, second, third] = ["1", "2", "3"].map((id) => traced(traces, id, 200));
  expect([traces.size, traces.find("1"), traces.find("2"), traces.find("3")]).toEqual([
    2,
    undefined,
    second,
    third,
  ]);
  expect(first).toBeDefined();
});

test("of requests that share an id, the last one is meant", () => {
  const traces = new RequestTraces();
  traced(traces, "same", 200);
  const last = traced(traces, "same", 200);
  expect(traces.find("same")).toBe(last);
});

test.each<[string, number, TraceStep, boolean]>([
  ["was denied", 403, decided("implicit-deny"), true],
  ["was let through in the end", 200, decided("implicit-deny"), false],
  ["failed for something else", 500, decided("allow"), false],
  ["had a bad signature", 403, { kind: "refused-signature", problem: "no" }, true],
  ["was refused for something else", 403, { kind: "note", message: "no" }, false],
])("a request that %s", (_, status, step, isDenied) => {
  const traces = new RequestTraces();
  const trace = traced(traces, "1", status, step);
  traced(traces, "2", 200, decided("allow"));
  expect(traces.lastDenied()).toBe(isDenied ? trace : undefined);
});

test("a request that began what was denied later was denied, by the ids that this had", () => {
  const traces = new RequestTraces();
  const trace = traced(traces, "1", 202, decided("allow"));
  expect([traces.lastDenied(), trace.laterSteps]).toEqual([undefined, []]);
  trace.continuation().continuation().add(decided("implicit-deny"), "later");
  expect([traces.lastDenied(), traces.find("later")]).toEqual([trace, trace]);
  expect([trace.steps, trace.laterSteps]).toMatchObject([[decided("allow")], [decided("implicit-deny")]]);
});

test("a request with very many decisions keeps the first of them", () => {
  const trace = new RequestTrace(facts);
  for (let index = 0; index < 1000; index++) trace.add(decided("allow"), `id-${index}`);
  expect(trace.steps).toHaveLength(200);
});
