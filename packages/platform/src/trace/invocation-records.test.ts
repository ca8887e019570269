import { describe, expect, test } from "vitest";
import type { InvocationReport } from "../lambda/environment/index.ts";
import type { InvocationReceiver } from "../lambda/environment/invocation.ts";
import { InvocationRecords } from "./invocation-records.ts";
import type { RecordingLimits } from "./recording-limits.ts";

const receiver: InvocationReceiver = { start: () => {}, chunk: () => undefined, end: () => {} };
const report = {} as InvocationReport;

function begin(records: InvocationRecords, requestId = "1", event = "{}") {
  const call = {
    requestId,
    event: Buffer.from(event),
    mode: "RESPONSE_STREAM" as const,
    invokedFunctionArn: "arn",
    traceId: "",
  };
  const recorder = records.recorder("f", call, receiver);
  records.begin(recorder);
  recorder.start({ contentType: undefined, isStreaming: true });
  return recorder;
}

/** An invocation that wrote so many bytes. */
function complete(records: InvocationRecords, requestId: string, bytes = 0) {
  const recorder = begin(records, requestId);
  recorder.chunk(Buffer.alloc(bytes));
  recorder.end({ kind: "complete" });
  recorder.finish(report, 200);
  return recorder.over;
}

function ids(records: InvocationRecords): string[] {
  return records.list().map(({ requestId }) => requestId);
}

describe("of one invocation is kept", () => {
  test.each<[string, Partial<RecordingLimits>, string[], string[]]>([
    ["everything within the limits", { bytesOfEach: 6 }, ["one", "two"], ["one", "two"]],
    ["no more of the body than its limit", { bytesOfEach: 4 }, ["one", "two", "six"], ["one", "t", ""]],
    ["no more pieces than their limit", { piecesOfEach: 2 }, ["1", "2", "3"], ["1", "2"]],
  ])("%s", (_, limits, written, kept) => {
    const recorder = begin(new InvocationRecords(limits));
    for (const piece of written) recorder.chunk(Buffer.from(piece));
    const { record } = recorder;
    expect(record.chunks.map(String)).toEqual(kept);
    expect(record.chunks.map(({ wholeLength }) => wholeLength)).toEqual(
      written.slice(0, kept.length).map((one) => one.length),
    );
    expect(record.bodyBytes).toBe(written.join("").length);
    expect(record.isCut).toBe(kept.join("") !== written.join(""));
  });

  test("a copy: what is written over later stays as it was", () => {
    const recorder = begin(new InvocationRecords());
    const bytes = Buffer.from("before");
    recorder.chunk(bytes);
    bytes.fill("x");
    expect(recorder.record.text).toBe("before");
  });

  test("the log up to the limit, and an event that is within it", () => {
    const recorder = begin(new InvocationRecords({ bytesOfEach: 10 }), "1", `{"a":"${"b".repeat(10)}"}`);
    for (const line of ["123456\n", "7\r\n", "89"]) recorder.log(line);
    expect(recorder.record).toMatchObject({ logs: ["123456", "7"], event: undefined, isCut: true });
  });
});

describe("of all invocations are forgotten", () => {
  test("those that began first, when there are too many", async () => {
    const records = new InvocationRecords({ invocations: 2 });
    for (const id of ["1", "2", "3"]) await complete(records, id);
    expect(ids(records)).toEqual(["2", "3"]);
    expect(await records.whenOver("1")).toBeUndefined();
    expect(await records.next("f")).toMatchObject({ requestId: "2" });
  });

  test("those that began first, when they take too much memory", async () => {
    const records = new InvocationRecords({ totalBytes: 250 });
    for (const id of ["1", "2", "3"]) await complete(records, id, 100);
    expect(ids(records)).toEqual(["2", "3"]);
  });

  test("not those under way", async () => {
    const records = new InvocationRecords({ invocations: 1 });
    begin(records, "long");
    for (const id of ["1", "2"]) await complete(records, id);
    expect(ids(records)).toEqual(["long"]);
  });
});

test("who waits for an invocation is told when there will be none any more", async () => {
  const records = new InvocationRecords();
  const next = records.next("f");
  records.close();
  await expect(next).rejects.toThrow("closed before there was another invocation");
  await expect(records.next("f")).rejects.toThrow("closed");
});
