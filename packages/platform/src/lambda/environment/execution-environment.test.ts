import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import type { LogEntry } from "./environment-log.ts";
import type { EnvironmentSpec } from "./environment-spec.ts";
import type { InvokeMode } from "./invocation.ts";
import { EnvironmentBench } from "./testing/environment-bench.ts";
import { processesWith } from "./testing/leftovers.ts";
import { echo, rawRuntime } from "./testing/raw-runtime.ts";
import { functionArn, LogRecorder } from "./testing/test-environment.ts";

const hasProc = existsSync("/proc/self");
const marker = randomUUID();

afterEach(() => {
  if (hasProc) expect(processesWith(marker)).toEqual([]);
});

function openBench(
  bootstrap: string | undefined,
  changes: Partial<EnvironmentSpec> = {},
  log?: LogRecorder,
): Promise<EnvironmentBench> {
  const variables = { MARKER: marker, ...changes.variables };
  return EnvironmentBench.open(bootstrap, { ...changes, variables }, log === undefined ? {} : { log });
}

/** Counts what is logged instead of keeping it, and takes its time. */
class CountingLog extends LogRecorder {
  bytes = 0;
  bytesAtEnd = 0;
  /** How many batches are being taken: one from each stream at most. */
  takers = 0;

  override take(entries: readonly LogEntry[]): Promise<void> | undefined {
    for (const { source, message } of entries) {
      if (source === "function") this.bytes += message.length + 1;
      else if (message.startsWith("END")) this.bytesAtEnd = this.bytes;
    }
    if (entries[0]?.source === "platform") return undefined;
    if (++this.takers > 1) throw new Error("more came while a batch was being taken");
    return new Promise((resolve) => {
      setImmediate(() => {
        this.takers--;
        resolve();
      });
    });
  }
}

const requestId = "8476a536-e9f4-11e8-9739-2dfe598c3fcd";

/** What the caller of a failed invocation gets. */
function platformError(errorType: string, text: string) {
  const errorMessage = `RequestId: ${requestId} Error: ${text}`;
  return {
    kind: "platformError",
    errorType,
    errorMessage,
    payload: JSON.stringify({ errorType, errorMessage }),
  };
}

describe("an invocation", () => {
  test("is answered by the function, and logged as on AWS", async () => {
    await using bench = await openBench(
      rawRuntime(`console.log("hello"); ${echo}`, `console.log("starting");`),
    );
    const { receiver, report } = await bench.run({ requestId, invokeMode: "BUFFERED" });
    expect(receiver).toMatchObject({
      started: { contentType: "application/json", isStreaming: false },
      text: '{"name":"Ada"}',
      ended: { kind: "complete" },
    });
    expect(report).toMatchObject({ requestId, status: "success", initDurationMs: 0, producedBytes: 14 });
    expect(bench.log.messages).toEqual([
      "INIT_START Runtime Version: provided:al2023\tRuntime Version ARN: arn:aws:lambda:us-east-1::runtime:provided:al2023",
      "starting",
      `START RequestId: ${requestId} Version: $LATEST`,
      "hello",
      `END RequestId: ${requestId}`,
      expect.stringMatching(
        /^REPORT RequestId: [0-9a-f-]{36}\tDuration: 0\.00 ms\tBilled Duration: 0 ms\tMemory Size: 128 MB\tMax Memory Used: \d+ MB\tInit Duration: 0\.00 ms\t$/,
      ),
    ]);
    expect(bench.log.entries.map((entry) => entry.requestId)).toEqual([
      undefined,
      ...Array(5).fill(requestId),
    ]);
    expect(bench.log.entries.map(({ source }) => source[0]).join("")).toBe("pfpfpp");
    expect(bench.environment.logStreamName).toMatch(/^2026\/01\/12\/\[\$LATEST\][0-9a-f]{32}$/);
    if (hasProc) expect(report.maxMemoryUsedMb).toBeGreaterThan(10);
  });

  test("goes to the same process as the one before", async () => {
    await using bench = await openBench(rawRuntime("await respond(id, String(process.pid));"));
    const first = await bench.run();
    const second = await bench.run();
    expect(second.receiver.text).toBe(first.receiver.text);
    expect(second.report.initDurationMs).toBeUndefined();
    expect(bench.log.messages.at(-1)).not.toContain("Init Duration");
  });

  test("finds the function in its folder, with its variables and nothing of ours", async () => {
    await using bench = await openBench(
      rawRuntime("await respond(id, JSON.stringify({ ...process.env, cwd: process.cwd() }));"),
      {
        variables: { GREETING: "hello", AWS_REGION: "ignored" },
        additionalVariables: { AWS_ENDPOINT_URL: "http://a" },
      },
    );
    const { receiver } = await bench.run();
    const variables = JSON.parse(receiver.text);
    expect(variables).toMatchObject({
      cwd: bench.folder.path,
      LAMBDA_TASK_ROOT: bench.folder.path,
      GREETING: "hello",
      AWS_REGION: "us-east-1",
      AWS_ENDPOINT_URL: "http://a",
      AWS_LAMBDA_RUNTIME_API: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      AWS_LAMBDA_LOG_STREAM_NAME: bench.environment.logStreamName,
    });
    for (const name of ["AWS_EXECUTION_ENV", "HOME", "PWD", "SHLVL", "VITEST"])
      expect(variables).not.toHaveProperty(name);
  });

  test("streams: each chunk arrives when it was written", async () => {
    await using bench = await openBench(
      rawRuntime(`
        const socket = stream(id, "Content-Type: text/event-stream\\r\\n");
        await gate("one");
        socket.write(chunk("one"));
        await gate("two");
        socket.end(chunk("two") + "0\\r\\n\\r\\n");
        await answered(socket);`),
    );
    const { receiver, invocation } = bench.invoke();
    await receiver.until(() => receiver.started);
    expect(receiver.started).toEqual({ contentType: "text/event-stream", isStreaming: true });
    await bench.gate.pass("one");
    await receiver.until(() => receiver.text === "one");
    await bench.gate.pass("two");
    await receiver.until(() => receiver.ended);
    expect(receiver.chunks).toEqual(["one", "two"]);
    expect(await invocation.done).toMatchObject({ status: "success", producedBytes: 6 });
  });

  test("streams one byte at a time", async () => {
    const text = '{"statusCode":200}\\0\\0\\0\\0\\0\\0\\0\\0body';
    await using bench = await openBench(
      rawRuntime(`
        const socket = stream(id, "Content-Type: application/vnd.awslambda.http-integration-response\\r\\n");
        const bytes = Buffer.from([...${JSON.stringify(text.replaceAll("\\0", "\0"))}].map(chunk).join("") + "0\\r\\n\\r\\n");
        for (const byte of bytes) await new Promise((resolve) => socket.write(Buffer.of(byte), resolve));
        await answered(socket);`),
    );
    const { receiver } = await bench.run();
    expect(receiver.text).toBe(text.replaceAll("\\0", "\0"));
    expect(receiver.chunks.every((piece) => piece.length === 1)).toBe(true);
  });

  test("makes the function wait for a caller that takes no more", async () => {
    await using bench = await openBench(
      rawRuntime(`
        const socket = stream(id);
        const piece = chunk("x".repeat(65536));
        while (socket.write(piece));
        console.log("full");
        await new Promise((resolve) => socket.once("drain", resolve));
        console.log("drained");
        socket.end("0\\r\\n\\r\\n");
        await answered(socket);`),
    );
    const { receiver, invocation } = bench.invoke();
    const open = Promise.withResolvers<void>();
    receiver.wait = open.promise;
    await bench.log.line("full");
    await receiver.until(() => receiver.bytes > 0);
    const taken = receiver.bytes;
    // Long enough for more to come, if it would: a whole other environment starts and ends.
    await using other = await openBench(rawRuntime(echo));
    await other.run();
    expect(receiver.bytes).toBe(taken);
    receiver.wait = undefined;
    open.resolve();
    const report = await invocation.done;
    expect(report.status).toBe("success");
    expect(receiver.bytes).toBe(report.producedBytes);
    expect(receiver.ended).toEqual({ kind: "complete" });
  });

  test("runs to its end when the caller leaves", async () => {
    await using bench = await openBench(
      rawRuntime(`
        const socket = stream(id);
        const piece = chunk("x".repeat(65536));
        for (let count = 0; count < 160; count++) {
          if (!socket.write(piece)) await new Promise((resolve) => socket.once("drain", resolve));
        }
        socket.end("0\\r\\n\\r\\n");
        await answered(socket);
        console.log("to the end");`),
    );
    const { receiver, invocation } = bench.invoke();
    receiver.wait = new Promise(() => {});
    await receiver.until(() => receiver.bytes > 0);
    invocation.detach();
    expect(await invocation.done).toMatchObject({
      status: "success",
      isDetached: true,
      producedBytes: 160 * 65536,
    });
    expect(receiver.ended).toBeUndefined();
    expect(bench.log.messages).toContain("to the end");
  });

  test("may be answered twice only in vain", async () => {
    await using bench = await openBench(
      rawRuntime(`
        await respond(id, "one");
        const again = await respond(id, "two");
        const error = await fail(id, "{}");
        console.log(again.status, error.status);`),
    );
    const { receiver, report } = await bench.run();
    expect(receiver).toMatchObject({ text: "one", ended: { kind: "complete" } });
    expect(report.status).toBe("success");
    expect(bench.log.messages).toContain("403 403");
  });

  test("is over when the function asks for the next event, not when it has answered", async () => {
    await using bench = await openBench(
      rawRuntime(`await respond(id, "early"); await gate("work"); console.log("late");`),
    );
    const { receiver, invocation } = bench.invoke();
    await receiver.until(() => receiver.ended);
    await bench.gate.arrived("work");
    expect(bench.environment.isAvailable).toBe(false);
    await bench.gate.pass("work");
    await invocation.done;
    expect(bench.log.messages.slice(-3, -1)).toEqual(["late", expect.stringMatching(/^END /)]);
  });

  test("can't begin while another one is under way", async () => {
    await using bench = await openBench(rawRuntime(echo));
    const { invocation } = bench.invoke();
    expect(() => bench.invoke()).toThrow("not available");
    await invocation.done;
  });
});

describe("an error of the function", () => {
  const document = '{"errorMessage":"no","errorType":"Oops"}';

  test("is passed on as it is, and is no failure of the environment", async () => {
    await using bench = await openBench(
      rawRuntime(
        `await fail(id, ${JSON.stringify(document)}, { "Content-Type": "application/json", "Lambda-Runtime-Function-Error-Type": "Function.Oops" });`,
      ),
    );
    const { receiver, report } = await bench.run();
    expect(receiver.started).toBeUndefined();
    expect(receiver.outcome).toEqual({
      kind: "functionError",
      errorType: "Function.Oops",
      payload: document,
      contentType: "application/json",
    });
    expect(report).toMatchObject({ status: "success", errorType: undefined });
  });

  test("after the first byte comes from its trailers", async () => {
    await using bench = await openBench(
      rawRuntime(`
        const socket = stream(id);
        socket.end(chunk("half") + "0\\r\\nLambda-Runtime-Function-Error-Type: Oops\\r\\n" +
          "Lambda-Runtime-Function-Error-Body: " + Buffer.from(${JSON.stringify(document)}).toString("base64") + "\\r\\n\\r\\n");
        await answered(socket);`),
    );
    const { receiver, report } = await bench.run();
    expect(receiver).toMatchObject({
      text: "half",
      ended: { kind: "streamError", errorType: "Oops", errorBody: document },
    });
    expect(report.status).toBe("success");
  });
});

describe("a function that ends", () => {
  const cases = [
    { how: "process.exit(0)", text: "Runtime exited without providing a reason" },
    { how: "process.exit(127)", text: "Runtime exited with error: exit status 127" },
    {
      how: 'process.kill(process.pid, "SIGSEGV"); await new Promise(() => {});',
      text: "Runtime exited with error: signal: segmentation fault",
    },
    {
      how: 'process.kill(process.pid, "SIGKILL"); await new Promise(() => {});',
      text: "Runtime exited with error: signal: killed",
    },
  ];
  test.each(cases)("with $how fails its invocation: $text", async ({ how, text }) => {
    await using bench = await openBench(rawRuntime(`console.log("last words"); ${how}`), { memoryMb: 1024 });
    const { receiver, report } = await bench.run({ requestId });
    expect(receiver.outcome).toEqual(platformError("Runtime.ExitError", text));
    expect(report).toMatchObject({ status: "error", errorType: "Runtime.ExitError" });
    expect(bench.log.messages.slice(-3)).toEqual([
      "last words",
      `END RequestId: ${requestId}`,
      expect.stringMatching(/Init Duration: 0\.00 ms\tStatus: error\tError Type: Runtime\.ExitError$/),
    ]);
  });

  test("is started anew within the next invocation, on the same log stream", async () => {
    await using bench = await openBench(
      rawRuntime(
        `if (event.body.toString() === '"die"') process.exit(1); await respond(id, String(process.pid));`,
      ),
    );
    const before = await bench.run();
    await bench.run({ event: Buffer.from('"die"') });
    const from = bench.log.entries.length;
    const after = await bench.run({ requestId });
    expect(after.receiver.text).not.toBe(before.receiver.text);
    expect(after.report).toMatchObject({ status: "success", initDurationMs: undefined });
    expect(bench.log.messages.slice(from)).toEqual([
      `START RequestId: ${requestId} Version: $LATEST`,
      `END RequestId: ${requestId}`,
      expect.stringMatching(/MB\t$/),
    ]);
    expect(new Set(bench.log.entries.map(({ logStreamName }) => logStreamName)).size).toBe(1);
  });

  const midStream = `
    const socket = stream(id);
    socket.write(chunk("half"), () => process.exit(3));
    await new Promise(() => {});`;

  test("in the middle of a stream truncates it", async () => {
    await using bench = await openBench(rawRuntime(midStream));
    const { receiver, report } = await bench.run();
    expect(receiver).toMatchObject({
      text: "half",
      ended: { kind: "streamError", errorType: "Runtime.TruncatedResponse", errorBody: "" },
    });
    expect(report).toMatchObject({ status: "error", errorType: "Runtime.ExitError" });
  });

  test("in the middle of a buffered response is what its caller learns", async () => {
    await using bench = await openBench(rawRuntime(midStream));
    const { receiver } = await bench.run({ requestId, invokeMode: "BUFFERED" });
    expect(receiver.outcome).toEqual(
      platformError("Runtime.ExitError", "Runtime exited with error: exit status 3"),
    );
  });

  test("right after its response has answered all the same", async () => {
    await using bench = await openBench(rawRuntime(`await respond(id, "done"); process.exit(1);`));
    const { receiver, report } = await bench.run();
    expect(receiver).toMatchObject({ text: "done", ended: { kind: "complete" } });
    expect(report).toMatchObject({ status: "error", errorType: "Runtime.ExitError" });
  });

  test("without waiting for the answer to its response has answered all the same", async () => {
    await using bench = await openBench(
      rawRuntime(`
        const socket = stream(id);
        socket.write(chunk("x".repeat(100000)) + "0\\r\\n\\r\\n", () => process.exit(0));
        await new Promise(() => {});`),
    );
    const { receiver } = await bench.run();
    expect(receiver).toMatchObject({ bytes: 100_000, ended: { kind: "complete" } });
  });

  test("between two invocations is started anew, and nobody notices", async () => {
    await using bench = await openBench(rawRuntime(`${echo} gate("idle").then(() => process.exit(1));`));
    await bench.run();
    await bench.gate.pass("idle");
    await bench.gate.deserted();
    const { receiver, report } = await bench.run();
    // The exit may be seen only after the event was given out; AWS would fail that invocation, too.
    if (report.status === "success") expect(receiver.ended).toEqual({ kind: "complete" });
    else expect(report.errorType).toBe("Runtime.ExitError");
  });

  test("is out of memory if it was killed with its memory used up", async () => {
    await using bench = await openBench(
      rawRuntime('process.kill(process.pid, "SIGKILL"); await new Promise(() => {});'),
      { memoryMb: 8 },
    );
    const { receiver, report } = await bench.run({ requestId });
    if (!hasProc) return;
    expect(receiver.outcome).toEqual(
      platformError("Runtime.OutOfMemory", "Runtime exited with error: signal: killed"),
    );
    expect(report).toMatchObject({ status: "error", errorType: "Runtime.OutOfMemory" });
  });
});

describe("a function that takes too long", () => {
  test("times out, and its environment is reset", async () => {
    await using bench = await openBench(rawRuntime(`console.log("slow"); await gate("never");`));
    const { receiver, invocation } = bench.invoke({ requestId });
    await bench.gate.arrived("never");
    bench.clock.advance(2_999);
    expect(receiver.ended).toBeUndefined();
    bench.clock.advance(1);
    expect(receiver.outcome).toEqual(platformError("Sandbox.Timedout", "Task timed out after 3.00 seconds"));
    expect(await invocation.done).toMatchObject({
      status: "timeout",
      durationMs: 3_000,
      billedDurationMs: 3_000,
    });
    expect(bench.log.messages.slice(-3)).toEqual([
      "slow",
      `END RequestId: ${requestId}`,
      expect.stringMatching(/\tDuration: 3000\.00 ms\tBilled Duration: 3000 ms\t.*\tStatus: timeout$/),
    ]);
    expect(bench.environment.isAvailable).toBe(true);
  });

  const midStream = `const socket = stream(id); socket.write(chunk("half")); await gate("never");`;
  const cases: readonly { invokeMode: InvokeMode; outcome: object }[] = [
    {
      invokeMode: "RESPONSE_STREAM",
      outcome: { kind: "streamError", errorType: "Sandbox.Timeout", errorBody: "" },
    },
    {
      invokeMode: "BUFFERED",
      outcome: platformError("Sandbox.Timedout", "Task timed out after 3.00 seconds"),
    },
  ];
  test.each(cases)("while it answers ends its response: $invokeMode", async ({ invokeMode, outcome }) => {
    await using bench = await openBench(rawRuntime(midStream));
    const { receiver, invocation } = bench.invoke({ requestId, invokeMode });
    await receiver.until(() => receiver.text === "half");
    bench.clock.advance(3_000);
    expect(receiver.outcome).toEqual(outcome);
    expect(await invocation.done).toMatchObject({ status: "timeout" });
  });

  test("while its caller takes no more times out as well", async () => {
    await using bench = await openBench(
      rawRuntime(
        `const socket = stream(id); for (;;) if (!socket.write(chunk("x".repeat(65536)))) await new Promise((resolve) => socket.once("drain", resolve));`,
      ),
    );
    const { receiver, invocation } = bench.invoke();
    receiver.wait = new Promise(() => {});
    await receiver.until(() => receiver.bytes > 0);
    bench.clock.advance(3_000);
    expect(receiver.ended).toMatchObject({ kind: "streamError", errorType: "Sandbox.Timeout" });
    await invocation.done;
  });

  test("after it has answered has answered all the same", async () => {
    await using bench = await openBench(rawRuntime(`await respond(id, "early"); await gate("never");`));
    const { receiver, invocation } = bench.invoke();
    await receiver.until(() => receiver.ended);
    await bench.gate.arrived("never");
    bench.clock.advance(3_000);
    expect(await invocation.done).toMatchObject({ status: "timeout", errorType: "Sandbox.Timedout" });
    expect(receiver).toMatchObject({ text: "early", ended: { kind: "complete" } });
  });
});

describe("an Init phase", () => {
  test("that fails is tried again within the invocation", async () => {
    await using bench = await openBench(rawRuntime("", `console.log("trying"); process.exit(1);`));
    const { receiver, report } = await bench.run({ requestId });
    expect(receiver.outcome).toEqual(
      platformError("Runtime.ExitError", "Runtime exited with error: exit status 1"),
    );
    expect(report).toMatchObject({
      status: "error",
      errorType: "Runtime.ExitError",
      initDurationMs: undefined,
    });
    expect(bench.log.messages).toEqual([
      expect.stringMatching(/^INIT_START /),
      "trying",
      "INIT_REPORT Init Duration: 0.00 ms\tPhase: init\tStatus: error\tError Type: Runtime.ExitError",
      "trying",
      "INIT_REPORT Init Duration: 0.00 ms\tPhase: invoke\tStatus: error\tError Type: Runtime.ExitError",
      `START RequestId: ${requestId} Version: $LATEST`,
      `END RequestId: ${requestId}`,
      expect.stringMatching(/MB\tStatus: error\tError Type: Runtime\.ExitError$/),
    ]);
  });

  test("that reports its error passes it on as it is", async () => {
    const document = '{"errorMessage":"no module","errorType":"Runtime.ImportModuleError","requestId":""}';
    await using bench = await openBench(
      rawRuntime(
        "",
        `await call("POST", "/2018-06-01/runtime/init/error", ${JSON.stringify(document)}, { "Lambda-Runtime-Function-Error-Type": "Runtime.ImportModuleError" });
         process.exit(1);`,
      ),
    );
    const { receiver, report } = await bench.run();
    expect(receiver.outcome).toMatchObject({
      kind: "functionError",
      errorType: "Runtime.ImportModuleError",
      payload: document,
    });
    expect(report.errorType).toBe("Runtime.ImportModuleError");
    expect(bench.log.messages.at(-1)).toContain("Status: error\tError Type: Runtime.ImportModuleError");
  });

  test("that takes more than 10 seconds is tried again, with the function's time", async () => {
    await using bench = await openBench(
      rawRuntime(
        echo,
        `const fs = require("node:fs"); if (!fs.existsSync("tried")) { fs.writeFileSync("tried", ""); await gate("never"); } await gate("again");`,
      ),
    );
    const { receiver, invocation } = bench.invoke();
    await bench.gate.arrived("never");
    bench.clock.advance(10_000);
    await bench.gate.arrived("again");
    bench.clock.advance(2_000);
    await bench.gate.pass("again");
    expect(await invocation.done).toMatchObject({
      status: "success",
      durationMs: 2_000,
      initDurationMs: undefined,
    });
    expect(receiver.ended).toEqual({ kind: "complete" });
    expect(bench.log.messages[1]).toBe(
      "INIT_REPORT Init Duration: 10000.00 ms\tPhase: init\tStatus: timeout",
    );
  });

  test("that never ends times out twice", async () => {
    await using bench = await openBench(rawRuntime(echo, `await gate("init"); await new Promise(() => {});`));
    const { receiver, invocation } = bench.invoke({ requestId });
    await bench.gate.pass("init");
    bench.clock.advance(10_000);
    await bench.gate.arrived("init");
    bench.clock.advance(3_000);
    expect(receiver.outcome).toEqual(platformError("Sandbox.Timedout", "Task timed out after 3.00 seconds"));
    expect(await invocation.done).toMatchObject({ status: "timeout", durationMs: 3_000 });
    expect(bench.log.messages.slice(1)).toEqual([
      "INIT_REPORT Init Duration: 10000.00 ms\tPhase: init\tStatus: timeout",
      "INIT_REPORT Init Duration: 3000.00 ms\tPhase: invoke\tStatus: timeout",
      `START RequestId: ${requestId} Version: $LATEST`,
      `END RequestId: ${requestId}`,
      expect.stringMatching(/Status: timeout$/),
    ]);
  });

  test("is billed with the invocation", async () => {
    await using bench = await openBench(rawRuntime(`await gate("work"); ${echo}`, `await gate("init");`));
    const { invocation } = bench.invoke();
    await bench.gate.arrived("init");
    bench.clock.advance(110.1);
    await bench.gate.pass("init");
    await bench.gate.arrived("work");
    bench.clock.advance(3.2);
    await bench.gate.pass("work");
    const report = await invocation.done;
    expect(report.initDurationMs).toBeCloseTo(110.1);
    expect(report.durationMs).toBeCloseTo(3.2);
    expect(report.billedDurationMs).toBe(114);
  });

  test("without a bootstrap fails as on AWS", async () => {
    await using bench = await openBench(undefined);
    const { receiver, report } = await bench.run({ requestId });
    const text = "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]";
    expect(receiver.outcome).toEqual(platformError("Runtime.InvalidEntrypoint", text));
    expect(report.errorType).toBe("Runtime.InvalidEntrypoint");
  });

  test.each([
    {
      what: "is not executable",
      bootstrap: "#!/bin/sh\n",
      mode: 0o644,
      text: "fork/exec /var/task/bootstrap: permission denied",
    },
    {
      what: "is no program",
      bootstrap: "hello",
      mode: 0o755,
      text: "fork/exec /var/task/bootstrap: exec format error",
    },
    {
      what: "has CRLF lines",
      bootstrap: "#!/bin/sh\r\n",
      mode: 0o755,
      text: "fork/exec /var/task/bootstrap: no such file or directory",
    },
  ])("with a bootstrap that $what fails as on AWS", async ({ bootstrap, mode, text }) => {
    await using bench = await openBench(bootstrap);
    await chmod(join(bench.folder.path, "bootstrap"), mode);
    const { receiver } = await bench.run({ requestId });
    expect(receiver.outcome).toEqual(platformError("Runtime.InvalidEntrypoint", text));
  });
});

describe("a response that the platform does not take", () => {
  test("because it is too large for a buffered one is an error, and the function lives on", async () => {
    await using bench = await openBench(
      rawRuntime(
        `const { status } = await respond(id, Buffer.alloc(Number(event.body))); console.log(status, process.pid);`,
      ),
    );
    const limit = 6_291_556;
    const large = await bench.run({ invokeMode: "BUFFERED", event: Buffer.from(String(limit + 1)) });
    const errorMessage = "Response payload size exceeded maximum allowed payload size (6291556 bytes).";
    const errorType = "Function.ResponseSizeTooLarge";
    expect(large.receiver.outcome).toEqual({
      kind: "platformError",
      errorType,
      errorMessage,
      payload: JSON.stringify({ errorMessage, errorType }),
    });
    const fitting = await bench.run({ invokeMode: "BUFFERED", event: Buffer.from(String(limit)) });
    expect(fitting.receiver).toMatchObject({ bytes: limit, ended: { kind: "complete" } });
    const [first, second] = bench.log.messages.filter((message) => /^\d{3} \d+$/.test(message));
    expect([first?.slice(0, 3), second?.slice(0, 3)]).toEqual(["413", "202"]);
    expect(first?.slice(4)).toBe(second?.slice(4));
  });

  test("because a stream is longer than it may be ends the stream with an error", async () => {
    await using bench = await openBench(
      rawRuntime(
        `const socket = stream(id); socket.write(chunk("hello") + chunk("world!")); socket.end("0\\r\\n\\r\\n"); console.log((await answered(socket)).slice(9, 12));`,
      ),
    );
    const { receiver } = await bench.run({ responseLimitBytes: 10 });
    expect(receiver.ended).toEqual({
      kind: "streamError",
      errorType: "Function.ResponseSizeTooLarge",
      errorBody: "",
    });
    expect(bench.log.messages).toContain("413");
  });

  test("because of its mode is an empty error", async () => {
    await using bench = await openBench(
      rawRuntime(
        `const { status } = await respond(id, "x", { "Lambda-Runtime-Function-Response-Mode": "fast" }); console.log(status); process.exit(1);`,
      ),
    );
    const { receiver } = await bench.run();
    expect(receiver.outcome).toMatchObject({
      kind: "platformError",
      errorType: "Runtime.InvalidResponseModeHeader",
      payload: "",
    });
    expect(bench.log.messages).toContain("400");
  });

  const brokenOff = `const socket = stream(id); socket.write(chunk("half")); socket.end("Z"); console.log((await answered(socket)).slice(9, 12));`;
  const cases: readonly { invokeMode: InvokeMode; outcome: object }[] = [
    {
      invokeMode: "RESPONSE_STREAM",
      outcome: { kind: "streamError", errorType: "Runtime.TruncatedResponse", errorBody: "" },
    },
    {
      invokeMode: "BUFFERED",
      outcome: platformError("Runtime.TruncatedResponse", "The response of the runtime was truncated"),
    },
  ];
  test.each(cases)("because it broke off is truncated: $invokeMode", async ({ invokeMode, outcome }) => {
    await using bench = await openBench(rawRuntime(brokenOff));
    const { receiver, report } = await bench.run({ requestId, invokeMode });
    expect(receiver.outcome).toEqual(outcome);
    expect(report.status).toBe("success");
    expect(bench.log.messages).toContain("400");
  });
});

describe("the log", () => {
  test("takes 100 MB, no faster than its lines are taken, before the end of the invocation", async () => {
    const log = new CountingLog();
    await using bench = await openBench(
      rawRuntime(`
        const block = ("x".repeat(99) + "\\n").repeat(10000);
        for (let count = 0; count < 100; count++) await new Promise((resolve) => process.stdout.write(block, resolve));
        ${echo}`),
      {},
      log,
    );
    const { report } = await bench.run();
    expect(report.status).toBe("success");
    expect(log).toMatchObject({ bytes: 100_000_000, bytesAtEnd: 100_000_000, takers: 0 });
  });

  test("waits for whoever takes it before the invocation ends", async () => {
    await using bench = await openBench(rawRuntime(`console.log("held"); ${echo} await gate("next");`));
    const { receiver, invocation } = bench.invoke();
    const open = Promise.withResolvers<void>();
    bench.log.wait = open.promise;
    await bench.log.line("held");
    await bench.gate.pass("next");
    await receiver.until(() => receiver.ended);
    await using other = await openBench(rawRuntime(echo));
    await other.run();
    expect(bench.log.messages.some((message) => message.startsWith("END"))).toBe(false);
    bench.log.wait = undefined;
    open.resolve();
    await invocation.done;
    expect(bench.log.messages.at(-2)).toMatch(/^END /);
  });

  test("is JSON if the function asks for that", async () => {
    await using bench = await openBench(
      rawRuntime(`console.log(process.env.AWS_LAMBDA_LOG_FORMAT); ${echo}`),
      {
        log: {
          format: "JSON",
          systemLogLevel: "INFO",
          applicationLogLevel: "INFO",
          group: "/aws/lambda/greet",
        },
      },
    );
    await bench.run({ requestId });
    const types = bench.log.messages.map((message) =>
      message.startsWith("{") ? JSON.parse(message).type : message,
    );
    expect(types).toEqual(["platform.initStart", "platform.start", "JSON", "platform.report"]);
    expect(JSON.parse(bench.log.messages[1] ?? "")).toMatchObject({
      record: { requestId, functionArn, version: "$LATEST" },
    });
  });
});

describe("the Shutdown phase", () => {
  const onTerm = `process.on("SIGTERM", () => { console.log("bye"); process.exit(0); });`;
  const register = `
    const { headers } = await call("POST", "/2020-01-01/extension/register", '{"events":[]}', { "Lambda-Extension-Name": "hook" });
    call("GET", "/2020-01-01/extension/event/next", undefined, { "Lambda-Extension-Identifier": headers["lambda-extension-identifier"] }).catch(() => {});`;

  test("sends SIGTERM to a function with an internal extension", async () => {
    await using bench = await openBench(rawRuntime(echo, onTerm + register));
    await bench.run();
    await bench.environment.shutdown();
    expect(bench.log.messages).toContain("bye");
    expect(bench.environment.isAvailable).toBe(false);
  });

  test("grants it 500 ms", async () => {
    await using bench = await openBench(
      rawRuntime(echo, `process.on("SIGTERM", () => { console.log("no"); });${register}`),
    );
    await bench.run();
    const shutdown = bench.environment.shutdown();
    await bench.log.line("no");
    await bench.clock.timer(500);
    bench.clock.advance(500);
    await shutdown;
  });

  test("kills a function without any extension at once", async () => {
    await using bench = await openBench(rawRuntime(echo, onTerm));
    await bench.run();
    await bench.environment.shutdown();
    expect(bench.log.messages).not.toContain("bye");
  });

  test("fails an invocation that is under way", async () => {
    await using bench = await openBench(rawRuntime(`await gate("never");`));
    const { receiver, invocation } = bench.invoke({ requestId });
    await bench.gate.arrived("never");
    await bench.environment.shutdown();
    expect(receiver.outcome).toEqual(
      platformError("Sandbox.Failure", "The execution environment was shut down"),
    );
    expect(await invocation.done).toMatchObject({ status: "error", errorType: "Sandbox.Failure" });
  });

  test("ends an Init that is under way", async () => {
    await using bench = await openBench(rawRuntime(echo, `await gate("never");`));
    const { receiver, invocation } = bench.invoke({ requestId });
    await bench.gate.arrived("never");
    await bench.environment.shutdown();
    expect(receiver.outcome).toMatchObject({ errorType: "Sandbox.Failure" });
    await invocation.done;
  });

  test("of a new environment has nothing to do", async () => {
    await using bench = await openBench(rawRuntime(echo));
    await bench.environment.shutdown();
    expect(bench.log.messages).toEqual([]);
  });
});
