import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Exchange } from "../../../test/exchange.ts";
import { RawConnection, requestText } from "../../../test/raw-connection.ts";
import { proxyTo, restStage, stagePath } from "../../../test/rest-stage.ts";
import { scripted, TestPlatform } from "../../../test/test-platform.ts";

let platform: TestPlatform;
beforeAll(async () => {
  platform = await TestPlatform.start({
    resources: {
      Scripted: scripted({ Timeout: 20 }),
      Hasty: scripted({ Timeout: 1 }),
      ...restStage({
        paths: {
          "/": { "x-amazon-apigateway-any-method": proxyTo("Scripted", "STREAM") },
          "/hasty": { post: proxyTo("Hasty", "STREAM") },
          "/impatient": { post: proxyTo("Scripted", "STREAM", { integration: { timeoutInMillis: 300 } }) },
        },
        invokes: ["Scripted", "Hasty"],
      }),
    },
  });
});
afterAll(async () => {
  expect(platform.bugs).toEqual([]);
  await platform[Symbol.asyncDispose]();
});

const nuls = String.raw`"\0".repeat(8)`;

/** Sends a script on a bare connection. */
async function sendRaw(script: string): Promise<RawConnection> {
  const connection = await RawConnection.open(platform.port);
  await connection.write(requestText(stagePath(platform), script));
  return connection;
}

/** Lets the function do what the script says. */
function run(script: string, path = "/", method = "POST"): Promise<Exchange> {
  return platform.send({
    method,
    path: stagePath(platform) + path,
    headers: { "content-length": String(Buffer.byteLength(script)) },
    body: script,
  });
}

/** A script that streams a prelude, and then what the rest says. */
function streamed(prelude: object, rest = `s.end("0\\r\\n\\r\\n")`): string {
  const text = JSON.stringify(JSON.stringify(prelude));
  return `const s = stream(id); s.write(chunk(${text} + ${nuls})); ${rest}; await answered(s);`;
}

const internalError = (status: number) => ({
  status,
  "content-type": "application/json",
  "x-amzn-errortype": "InternalServerErrorException",
  body: '{"message": "Internal server error"}',
});

describe("the prelude of a stream", () => {
  test.each<[string, object, number, string[]]>([
    ["nothing, which is 200", {}, 200, ["Content-Type: application/json"]],
    ["a status", { statusCode: 418 }, 418, ["Content-Type: application/json"]],
    [
      "headers as they are spelled",
      { headers: { "Content-Type": "text/plain", "X-aB": "é" } },
      200,
      ["Content-Type: text/plain", "X-aB: é"],
    ],
    [
      "several values, those in both maps once",
      { headers: { a: "1", "content-type": "x/y" }, multiValueHeaders: { A: ["1", "2"] } },
      200,
      ["A: 1", "A: 2", "content-type: x/y"],
    ],
    [
      "both values where they differ",
      { headers: { a: "3" }, multiValueHeaders: { a: ["1"] } },
      200,
      ["Content-Type: application/json", "a: 1", "a: 3"],
    ],
    [
      "cookies, those of the headers too",
      { cookies: ["a=1; Path=/", "b=2"], headers: { "set-cookie": "c=3" } },
      200,
      ["Content-Type: application/json", "set-cookie: c=3", "set-cookie: a=1; Path=/", "set-cookie: b=2"],
    ],
    [
      "new names for API Gateway's own",
      { headers: { Server: "mine", "Transfer-Encoding": "gzip" } },
      200,
      ["Content-Type: application/json", "x-amzn-Remapped-Server: mine"],
    ],
  ])("gives %s", async (_, prelude, status, lines) => {
    const answer = await run(streamed(prelude));
    const { rawHeaders } = answer;
    const all = rawHeaders.flatMap((name, index) =>
      index % 2 === 0 ? [`${name}: ${rawHeaders[index + 1]}`] : [],
    );
    const own =
      /^(?:x-amzn-requestid|x-amz-apigw-id|x-amzn-trace-id|transfer-encoding: chunked|date|connection|keep-alive)/i;
    expect([answer.status, all.filter((line) => !own.test(line))]).toEqual([status, lines]);
    expect(answer.headers["transfer-encoding"]).toBe("chunked");
    expect(answer.requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(await answer.ended).toBe("complete");
  });

  test("may be cut at every byte", async () => {
    const answer = await run(
      `const s = stream(id);
       const bytes = '{"statusCode":201,"headers":{"a":"b"}}' + ${nuls} + "body";
       for (const byte of bytes) s.write(chunk(byte));
       s.write("0\\r\\n\\r\\n"); await answered(s);`,
    );
    expect(await answer.summary("a")).toEqual({ status: 201, a: "b", body: "body" });
  });

  test("counts whatever the content type is, and may come from a function that doesn't stream", async () => {
    const answer = await run(
      `await respond(id, '{"statusCode":201}' + ${nuls} + "body", { "Content-Type": "application/json" })`,
    );
    expect(await answer.summary()).toEqual({ status: 201, body: "body" });
  });

  test.each([
    ["missing", `"just text"`, "before its prelude was complete"],
    [
      "missing, the output being a buffered one",
      `'{"statusCode":200,"body":"x"}'`,
      "before its prelude was complete",
    ],
    ["not JSON", `"{" + ${nuls}`, "not JSON"],
    ["no object", `"[]" + ${nuls}`, "not a JSON object"],
    ["preceded by body bytes", `"body" + "{}" + ${nuls}`, "not JSON"],
    [
      "longer than 16 KB",
      `'{"headers":{"a":"' + "x".repeat(16400) + '"}}' + ${nuls}`,
      "within the first 16384 bytes",
    ],
    ["with a status out of range", `'{"statusCode":99}' + ${nuls}`, "not a final HTTP status"],
    ["with a key that it can't have", `'{"body":"x"}' + ${nuls}`, "has a key besides"],
    [
      "with a header that would become two",
      String.raw`'{"headers":{"a":"b\\r\\nc:d"}}' + ${nuls}`,
      'header "a"',
    ],
  ])("is refused with 500 when it is %s", async (_, output, note) => {
    const answer = await run(
      `const s = stream(id); s.write(chunk(${output}) + "0\\r\\n\\r\\n"); await answered(s);`,
    );
    expect(await answer.summary("content-type", "x-amzn-errortype")).toEqual(internalError(500));
    expect(platform.notes(answer.requestId)).toEqual([expect.stringContaining(note)]);
  });

  test("is missed with 500 where there is no byte at all", async () => {
    const answer = await run(`const s = stream(id); s.write("0\\r\\n\\r\\n"); await answered(s);`);
    expect(await answer.summary("content-type", "x-amzn-errortype")).toEqual(internalError(500));
  });
});

describe("pieces", () => {
  test("arrive when they are written, the head before there is a body", async () => {
    const script = streamed(
      { statusCode: 202 },
      `
      await gate("one"); s.write(chunk("one"));
      await gate("two"); s.write(chunk("two"));
      await gate("end"); s.write("0\\r\\n\\r\\n")`,
    );
    const answer = await run(script);
    expect([answer.status, answer.soFar]).toEqual([202, ""]);
    await platform.gate.pass("one");
    await answer.arrival("one");
    await platform.gate.pass("two");
    await answer.arrival("onetwo");
    await platform.gate.pass("end");
    expect(await answer.ended).toBe("complete");
  });

  test.each([
    ["HEAD", 200],
    ["POST", 204],
    ["POST", 304],
  ])("are left out of an answer to %s with the status %d", async (method, statusCode) => {
    const script = streamed(
      { statusCode, headers: { a: "b" } },
      `s.write(chunk("body")); s.write("0\\r\\n\\r\\n")`,
    );
    const answer = await run(script, "/", method);
    expect(await answer.summary("a")).toEqual({ status: statusCode, a: "b", body: "" });
  });

  test("wait in the function while the client doesn't read", async () => {
    using client = await sendRaw(
      streamed(
        {},
        `
        const piece = chunk("x".repeat(1024 * 1024));
        let isHeld = false;
        for (let sent = 0; sent < 24 && !isHeld; sent++) {
          if (s.write(piece)) continue;
          isHeld = await Promise.race([
            new Promise((resolve) => s.once("drain", () => resolve(false))),
            new Promise((resolve) => setTimeout(resolve, 200, true)),
          ]);
        }
        await gate(isHeld ? "held" : "not held");
        s.write(chunk("the end") + "0\\r\\n\\r\\n")`,
      ),
    );
    await client.arrival("HTTP/1.1 200");
    client.pause();
    await platform.gate.pass("held");
    client.resume();
    await client.arrival("the end\r\n0\r\n\r\n");
  });
});

describe("a function that fails", () => {
  test.each([
    ["with an error of its own", `await fail(id, '{"errorType":"E"}', {})`],
    ["by ending its process", "process.exit(1)"],
    [
      "in its trailers, after half a prelude",
      `stream(id).end(chunk("{}") + "0\\r\\nLambda-Runtime-Function-Error-Type: E\\r\\n\\r\\n")`,
    ],
  ])("before the prelude %s gives 502", async (_, script) => {
    const answer = await run(script);
    expect(await answer.summary("content-type", "x-amzn-errortype")).toEqual(internalError(502));
  });

  test.each([
    [
      "in its trailers",
      `s.write("0\\r\\nLambda-Runtime-Function-Error-Type: E\\r\\nLambda-Runtime-Function-Error-Body: e30=\\r\\n\\r\\n")`,
      "E",
    ],
    ["by ending its process", "process.exit(1)", "Runtime.TruncatedResponse"],
    ["by breaking its response off", "s.destroy(); return", "Runtime.TruncatedResponse"],
  ])(
    "in the middle of its stream %s breaks the connection off after what was written",
    async (_, failure, errorType) => {
      const script = `const s = stream(id);
        s.write(chunk(JSON.stringify({ headers: { invocation: id } }) + ${nuls}) + chunk("piece"));
        await gate("fail"); ${failure}`;
      using client = await sendRaw(script);
      await client.arrival("piece");
      await platform.gate.pass("fail");
      await client.closed;
      expect(client.received).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\n5\r\npiece\r\n$/);
      const [, invocation = ""] = /invocation: (\S+)/.exec(client.received) ?? [];
      expect(await platform.invocation(invocation)).toMatchObject({ errorType, status: 200 });
    },
  );

  test("by its timeout in the middle of its stream breaks the connection off", async () => {
    const answer = await run(streamed({}, `s.write(chunk("piece")); await new Promise(() => {})`), "/hasty");
    expect([answer.status, await answer.ended, answer.soFar]).toEqual([200, "broken off", "piece"]);
  });
});

describe("the timeout of the integration", () => {
  test("gives 504 before there is a prelude, and the function runs on", async () => {
    const answer = await run(`await gate("late"); ${streamed({})} await gate("ran on")`, "/impatient");
    expect(await answer.summary("x-amzn-errortype")).toEqual({
      ...{ status: 504, "x-amzn-errortype": "InternalServerErrorException" },
      body: '{"message": "Endpoint request timed out"}',
    });
    await platform.gate.pass("late");
    await platform.gate.pass("ran on");
  });

  test("breaks a stream off, and the function runs on", async () => {
    const answer = await run(
      streamed({}, `s.write(chunk("piece")); await gate("late"); s.write(chunk("more") + "0\\r\\n\\r\\n")`) +
        `await gate("ran on")`,
      "/impatient",
    );
    expect([answer.status, await answer.ended, answer.soFar]).toEqual([200, "broken off", "piece"]);
    expect(platform.notes(answer.requestId)).toEqual([expect.stringContaining("timeout of 300 ms")]);
    await platform.gate.pass("late");
    await platform.gate.pass("ran on");
  });
});

describe("a client that leaves", () => {
  test.each([
    ["before the prelude", `await gate("left"); ${streamed({}, `s.write(chunk("more") + "0\\r\\n\\r\\n")`)}`],
    ["in the middle", streamed({}, `await gate("left"); s.write(chunk("more") + "0\\r\\n\\r\\n")`)],
  ])("%s lets the function run on and its output be discarded, and the log says so", async (_, script) => {
    const seen = platform.events.length;
    using client = await sendRaw(`${script} await gate("ran on")`);
    await platform.gate.arrived("left");
    await client.leaveNoticed();
    await platform.gate.pass("left");
    await platform.gate.pass("ran on");
    const ended = await platform.until((events) =>
      events.slice(seen).find((event) => event.kind === "invocation" && event.report.isDetached),
    );
    const producedBytes = "{}".length + 8 + "more".length;
    expect(ended).toMatchObject({ report: { status: "success", producedBytes }, errorType: undefined });
    expect(client.received).not.toContain("more");
  });
});
