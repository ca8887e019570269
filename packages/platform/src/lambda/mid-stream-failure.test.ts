import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { RawConnection, requestText } from "../../test/raw-connection.ts";
import { scripted, TestPlatform } from "../../test/test-platform.ts";

const errorBody = Buffer.from('{"errorType":"Odd","errorMessage":"no"}').toString("base64");

let platform: TestPlatform;

beforeAll(async () => {
  const FunctionUrlConfig = { AuthType: "NONE", InvokeMode: "RESPONSE_STREAM" };
  platform = await TestPlatform.start({
    resources: {
      Greet: scripted({ FunctionName: "greet", FunctionUrlConfig }),
      Hurried: scripted({ FunctionName: "hurried", Timeout: 1, FunctionUrlConfig }),
    },
  });
});
afterAll(() => platform[Symbol.asyncDispose]());
afterEach(() => expect(platform.bugs).toEqual([]));

/** Sends a script to a function by way of one of the HTTP front doors. */
const doors = {
  "a function URL": (functionName: string, script: string) =>
    platform.send({
      method: "POST",
      path: platform.urlPath(functionName),
      headers: { "content-type": "text/plain" },
      body: script,
    }),
  "/invoke": (functionName: string, script: string) =>
    platform.send({ method: "POST", path: `/invoke/${functionName}`, body: JSON.stringify({ script }) }),
} as const;

const failures = [
  {
    what: "by error trailers",
    functionName: "greet",
    script: `out.end("0\\r\\nLambda-Runtime-Function-Error-Type: Odd\\r\\nLambda-Runtime-Function-Error-Body: ${errorBody}\\r\\n\\r\\n"); await answered(out);`,
    traced: { errorType: "Odd", report: { status: "success", errorType: undefined } },
    report: /^REPORT (?!.*Status:)/,
  },
  {
    what: "killed",
    functionName: "greet",
    script: `process.kill(process.pid, "SIGKILL"); await new Promise(() => {});`,
    traced: {
      errorType: "Runtime.TruncatedResponse",
      report: { status: "error", errorType: "Runtime.ExitError" },
    },
    report: /\tStatus: error\tError Type: Runtime.ExitError$/,
  },
  {
    what: "exiting",
    functionName: "greet",
    script: "process.exit(0);",
    traced: {
      errorType: "Runtime.TruncatedResponse",
      report: { status: "error", errorType: "Runtime.ExitError" },
    },
    report: /\tStatus: error\tError Type: Runtime.ExitError$/,
  },
  {
    what: "whose response is cut off",
    functionName: "greet",
    script: "out.destroy();",
    traced: { errorType: "Runtime.TruncatedResponse", report: { status: "success" } },
    report: /^REPORT /,
  },
  {
    what: "that stalls until its timeout",
    functionName: "hurried",
    script: "setInterval(() => {}, 60_000); await new Promise(() => {});",
    traced: { errorType: "Sandbox.Timeout", report: { status: "timeout" } },
    report: /\tStatus: timeout$/,
  },
];

describe.each(Object.entries(doors))("through %s", (door, send) => {
  // To run out of time takes a second: once is enough.
  const told = failures.filter(({ functionName }) => functionName === "greet" || door === "/invoke");

  test.each(told)("a stream of a function $what breaks off, never ends cleanly", async (failure) => {
    const { functionName, script, traced, report } = failure;
    const answer = await send(
      functionName,
      `const out = stream(id, "Content-Type: text/plain\\r\\n");
       out.on("error", () => {});
       out.write(chunk("one"));
       await gate("fail");
       ${script}`,
    );
    expect(answer.status).toBe(200);
    await answer.arrival("one");
    await platform.gate.pass("fail");
    expect(await answer.ended).toBe("broken off");
    expect(answer.soFar).toBe("one");

    const invocation = await platform.invocation(answer.requestId);
    expect(invocation).toMatchObject({ ...traced, status: 200, chunks: 1 });
    const lines = platform.logLines(answer.requestId);
    expect(lines[0]).toBe(`START RequestId: ${answer.requestId} Version: $LATEST`);
    expect(lines.at(-2)).toBe(`END RequestId: ${answer.requestId}`);
    expect(lines.at(-1)).toMatch(report);
  });

  test("a failure between the head of an answer and its body breaks off as well", async () => {
    const answer = await send(
      "greet",
      `const out = stream(id, "Content-Type: application/vnd.awslambda.http-integration-response\\r\\n");
       out.write(chunk('{"statusCode":201}' + "\\0".repeat(8)));
       await gate("fail");
       process.exit(1);`,
    );
    expect(answer.status).toBe(201);
    await platform.gate.pass("fail");
    expect(await answer.ended).toBe("broken off");
    expect(answer.soFar).toBe("");
  });

  test("all that was written before the failure arrives", async () => {
    const answer = await send(
      "greet",
      `const out = stream(id);
       for (let count = 0; count < 4; count++) {
         await new Promise((go) => out.write(chunk("x".repeat(1024 * 1024)), go));
       }
       out.end("0\\r\\nLambda-Runtime-Function-Error-Type: Odd\\r\\n\\r\\n");
       await answered(out);`,
    );
    expect(await answer.ended).toBe("broken off");
    expect(answer.bytes).toHaveLength(4 * 1024 * 1024);
  });
});

test("a client of HTTP/1.0, which takes the end of the connection for the end of the body, is reset", async () => {
  using connection = await RawConnection.open(platform.port);
  const script = `const out = stream(id); out.write(chunk("one")); await gate("old"); process.exit(1);`;
  await connection.write(requestText("/invoke", JSON.stringify({ script })).replace("HTTP/1.1", "HTTP/1.0"));
  await connection.arrival("one");
  await platform.gate.pass("old");
  await connection.closed;
  expect(connection.error).toBe("ECONNRESET");
});

test("a function that failed answers the next request in a new process", async () => {
  const script = "await respond(id, String(process.pid))";
  const pid = async () => (await doors["/invoke"]("greet", script)).text();
  const before = await pid();
  const killed = await doors["/invoke"](
    "greet",
    `const out = stream(id); out.write(chunk("x")); process.exit(1);`,
  );
  await killed.ended;
  await platform.invocation(killed.requestId);
  expect(await pid()).not.toBe(before);
});
