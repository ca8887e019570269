import { describe, expect, test } from "vitest";
import { type LogOptions, type PlatformEvent, parseTracing, platformLines } from "./log-lines.ts";

const requestId = "8476a536-e9f4-11e8-9739-2dfe598c3fcd";
const timeMs = Date.UTC(2026, 0, 12, 14, 3, 37, 5);
const text: LogOptions = { format: "Text", systemLogLevel: "INFO" };

const report = {
  type: "report",
  requestId,
  status: "success",
  errorType: undefined,
  durationMs: 3.0149,
  billedDurationMs: 4,
  memorySizeMb: 128,
  maxMemoryUsedMb: 36,
  initDurationMs: undefined,
  tracing: undefined,
} as const;
const initStart = {
  type: "initStart",
  phase: "init",
  runtimeVersion: "python:3.13.v1",
  runtimeVersionArn: "arn:aws:lambda:us-east-1::runtime:abc",
  functionName: "greet",
  functionVersion: "$LATEST",
  instanceId: "2026/01/12/[$LATEST]abc",
  memorySizeMb: 128,
} as const;
const initReport = {
  type: "initReport",
  phase: "init",
  status: "error",
  errorType: "Runtime.ExitError",
  durationMs: 10.171,
} as const;
const initRuntimeDone = {
  type: "initRuntimeDone",
  phase: "init",
  status: "success",
  errorType: undefined,
} as const;
const functionArn = "arn:aws:lambda:us-east-1:123456789012:function:greet";
const start = { type: "start", requestId, version: "$LATEST", functionArn, tracing: undefined } as const;
const runtimeDone = {
  type: "runtimeDone",
  requestId,
  status: "success",
  errorType: undefined,
  durationMs: 11.1854,
  producedBytes: 40,
  spans: [{ name: "responseLatency", startMs: timeMs, durationMs: 2.2151 }],
  tracing: undefined,
} as const;
const tracing = parseTracing(
  "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1;Lineage=1:2:3",
);

describe("in text", () => {
  const end = `END RequestId: ${requestId}`;
  const line = `REPORT RequestId: ${requestId}\tDuration: 3.01 ms\tBilled Duration: 4 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB\t`;
  const cases: readonly { what: string; event: PlatformEvent; lines: readonly string[] }[] = [
    {
      what: "the beginning of Init",
      event: initStart,
      lines: [
        "INIT_START Runtime Version: python:3.13.v1\tRuntime Version ARN: arn:aws:lambda:us-east-1::runtime:abc",
      ],
    },
    {
      what: "the beginning of an Init within an invocation",
      event: { ...initStart, phase: "invoke" },
      lines: [],
    },
    {
      what: "an extension",
      event: {
        type: "extension",
        name: "hook",
        state: "Ready",
        events: ["INVOKE", "SHUTDOWN"],
        errorType: undefined,
      },
      lines: ["EXTENSION\tName: hook\tState: Ready\tEvents: [INVOKE, SHUTDOWN]"],
    },
    {
      what: "an extension that failed",
      event: {
        type: "extension",
        name: "hook",
        state: "LaunchError",
        events: [],
        errorType: "PermissionDenied",
      },
      lines: ["EXTENSION\tName: hook\tState: LaunchError\tEvents: []\tError Type: PermissionDenied"],
    },
    {
      what: "a subscription",
      event: { type: "telemetrySubscription", name: "hook", types: ["platform", "function"] },
      lines: ["TELEMETRY\tName: hook\tState: Subscribed\tTypes: [Platform, Function]"],
    },
    {
      what: "what was dropped",
      event: { type: "logsDropped", reason: "slow", droppedRecords: 2, droppedBytes: 99 },
      lines: [],
    },
    {
      what: "an Init that failed",
      event: initReport,
      lines: [
        "INIT_REPORT Init Duration: 10.17 ms\tPhase: init\tStatus: error\tError Type: Runtime.ExitError",
      ],
    },
    {
      what: "an Init that took too long",
      event: { ...initReport, phase: "invoke", status: "timeout", errorType: "Sandbox.Timedout" },
      lines: ["INIT_REPORT Init Duration: 10.17 ms\tPhase: invoke\tStatus: timeout"],
    },
    {
      what: "an Init that went well",
      event: { ...initReport, status: "success", errorType: undefined },
      lines: [],
    },
    { what: "what the runtime did in Init", event: initRuntimeDone, lines: [] },
    {
      what: "the beginning of an invocation",
      event: start,
      lines: [`START RequestId: ${requestId} Version: $LATEST`],
    },
    { what: "what the runtime did", event: runtimeDone, lines: [] },
    { what: "the end of a warm invocation", event: report, lines: [end, line] },
    {
      what: "the end of a cold one",
      event: { ...report, initDurationMs: 110.1 },
      lines: [end, `${line}Init Duration: 110.10 ms\t`],
    },
    {
      what: "the end of one that failed",
      event: { ...report, status: "error", errorType: "Runtime.ExitError", initDurationMs: 293.05 },
      lines: [end, `${line}Init Duration: 293.05 ms\tStatus: error\tError Type: Runtime.ExitError`],
    },
    {
      what: "the end of one that timed out",
      event: { ...report, status: "timeout", errorType: "Sandbox.Timedout" },
      lines: [end, `${line}Status: timeout`],
    },
    {
      what: "the end of a traced one",
      event: { ...report, tracing },
      lines: [
        end,
        `${line}\nXRAY TraceId: 1-5bef4de7-ad49b0e87f6ef6c87fc2e700\tSegmentId: 9a9197af755a6419\tSampled: true\t`,
      ],
    },
  ];
  test.each(cases)("$what is $lines", ({ event, lines }) => {
    expect(platformLines(event, timeMs, text)).toEqual(lines);
  });
});

describe("in JSON", () => {
  const cases: readonly { what: string; event: PlatformEvent; record: object }[] = [
    {
      what: "initStart",
      event: initStart,
      record: {
        initializationType: "on-demand",
        phase: "init",
        runtimeVersion: "python:3.13.v1",
        runtimeVersionArn: "arn:aws:lambda:us-east-1::runtime:abc",
        functionName: "greet",
        functionVersion: "$LATEST",
        instanceId: "2026/01/12/[$LATEST]abc",
        instanceMaxMemory: 134_217_728,
      },
    },
    {
      what: "initRuntimeDone",
      event: initRuntimeDone,
      record: { initializationType: "on-demand", phase: "init", status: "success" },
    },
    {
      what: "initReport",
      event: initReport,
      record: {
        initializationType: "on-demand",
        phase: "init",
        status: "error",
        errorType: "Runtime.ExitError",
        metrics: { durationMs: 10.171 },
      },
    },
    {
      what: "start",
      event: { ...start, tracing },
      record: {
        requestId,
        functionArn,
        version: "$LATEST",
        tracing: { spanId: "9a9197af755a6419", type: "X-Amzn-Trace-Id", value: tracing?.value },
      },
    },
    {
      what: "runtimeDone",
      event: runtimeDone,
      record: {
        requestId,
        status: "success",
        metrics: { durationMs: 11.185, producedBytes: 40 },
        spans: [{ name: "responseLatency", start: "2026-01-12T14:03:37.005Z", durationMs: 2.215 }],
      },
    },
    {
      what: "report",
      event: { ...report, initDurationMs: 110.10049 },
      record: {
        requestId,
        metrics: {
          durationMs: 3.015,
          billedDurationMs: 4,
          memorySizeMB: 128,
          maxMemoryUsedMB: 36,
          initDurationMs: 110.1,
        },
        status: "success",
      },
    },
  ];
  test.each(cases)("platform.$what is one object", ({ what, event, record }) => {
    const lines = platformLines(event, timeMs, { format: "JSON", systemLogLevel: "DEBUG" });
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { time: "2026-01-12T14:03:37.005Z", type: `platform.${what}`, record },
    ]);
  });

  const failed = { status: "error", errorType: "Runtime.ExitError" } as const;
  const levels: readonly { event: PlatformEvent; level: string }[] = [
    { event: initStart, level: "INFO" },
    { event: initRuntimeDone, level: "DEBUG" },
    { event: { ...initRuntimeDone, ...failed }, level: "WARN" },
    { event: { ...initReport, status: "success", errorType: undefined }, level: "DEBUG" },
    { event: initReport, level: "WARN" },
    { event: start, level: "INFO" },
    { event: runtimeDone, level: "DEBUG" },
    { event: { ...runtimeDone, ...failed }, level: "WARN" },
    { event: report, level: "INFO" },
    { event: { ...report, ...failed }, level: "WARN" },
  ];
  test.each(levels)("$event.type ($event.status) has the level $level", ({ event, level }) => {
    const order = ["DEBUG", "INFO", "WARN"] as const;
    const shownAt = order.filter((systemLogLevel) => {
      return platformLines(event, timeMs, { format: "JSON", systemLogLevel }).length > 0;
    });
    expect(shownAt.at(-1)).toBe(level);
  });
});

describe("an X-Ray header", () => {
  test.each([
    { header: undefined },
    { header: "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0" },
    { header: "Sampled=1" },
    { header: "nonsense" },
  ])("$header is not traced", ({ header }) => {
    expect(parseTracing(header)).toBeUndefined();
  });
});
