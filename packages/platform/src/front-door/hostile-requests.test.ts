import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { RawConnection, requestText } from "../../test/raw-connection.ts";
import { scripted, TestPlatform } from "../../test/test-platform.ts";

let platform: TestPlatform;

beforeAll(async () => {
  platform = await TestPlatform.start({
    resources: {
      Greet: scripted({
        FunctionName: "greet",
        FunctionUrlConfig: { AuthType: "NONE", InvokeMode: "RESPONSE_STREAM" },
      }),
      Piped: scripted({ FunctionName: "piped" }),
    },
  });
});
afterAll(() => platform[Symbol.asyncDispose]());
afterEach(async () => {
  // Whatever came, the platform goes on, and calls none of it a bug of its own.
  const answer = await platform.send({ method: "POST", path: "/invoke", body: '"still here"' });
  expect(await answer.text()).toBe('"still here"');
  await platform.invocation(answer.requestId);
  expect(platform.bugs).toEqual([]);
});

function script(text: string): string {
  return JSON.stringify({ script: text });
}

describe("half a request", () => {
  test.each([
    ["a request line", "POST /inv"],
    ["a head", "POST /invoke HTTP/1.1\r\nHost: localhost\r\nX-"],
    ["a body for /invoke", "POST /invoke HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{"],
    [
      "a body for the Lambda API",
      "POST /2015-03-31/functions/greet/invocations HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{",
    ],
    ["a chunk", "POST /invoke HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"],
  ])("that ends within %s runs nothing", async (_, text) => {
    using connection = await RawConnection.open(platform.port);
    await connection.write(text);
    connection.leave();
  });

  test("that ends within a body for a function URL runs nothing", async () => {
    const before = platform.events.filter(({ kind }) => kind === "invocation").length;
    using connection = await RawConnection.open(platform.port);
    await connection.write(requestText(platform.urlPath("greet"), "0123456789").slice(0, -3));
    connection.leave();
    const answer = await platform.send({ method: "POST", path: "/invoke", body: "1" });
    await platform.invocation(answer.requestId);
    expect(platform.events.filter(({ kind }) => kind === "invocation")).toHaveLength(before + 1);
  });
});

describe("what is no request", () => {
  test.each([
    ["garbage", "\x16\x03\x01 hello\r\n\r\n", "400 Bad Request", "MalformedHttpRequestException"],
    [
      "a header without a name",
      "GET / HTTP/1.1\r\nHost: localhost\r\n: x\r\n\r\n",
      "400 Bad Request",
      "MalformedHttpRequestException",
    ],
    [
      "two lengths that differ",
      "POST /invoke HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n12",
      "400 Bad Request",
      "MalformedHttpRequestException",
    ],
    [
      "a length and chunks at once",
      "POST /invoke HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "400 Bad Request",
      "MalformedHttpRequestException",
    ],
    [
      "a head of more than 64 KB",
      `GET / HTTP/1.1\r\nHost: localhost\r\nX-A: ${"a".repeat(65_536)}\r\n\r\n`,
      "431 Request Header Fields Too Large",
      "RequestHeaderFieldsTooLarge",
    ],
  ])("%s is refused, and the connection ends", async (_, text, status, type) => {
    using connection = await RawConnection.open(platform.port);
    await connection.write(text);
    await connection.closed;
    expect(connection.received).toMatch(new RegExp(`^HTTP/1.1 ${status}\r\n`));
    expect(connection.received).toContain(`x-amzn-ErrorType: ${type}\r\n`);
    expect(JSON.parse(connection.received.split("\r\n\r\n")[1] ?? "")).toEqual({
      message: expect.any(String),
    });
  });

  test("without a Host header is refused", async () => {
    using connection = await RawConnection.open(platform.port);
    await connection.write("GET / HTTP/1.1\r\n\r\n");
    await connection.closed;
    expect(connection.received).toMatch(/^HTTP\/1.1 400 /);
  });

  test("behind a request that is being answered breaks the connection off, and adds nothing to the answer", async () => {
    using connection = await RawConnection.open(platform.port);
    await connection.write(
      requestText(
        "/invoke",
        script(`
        const out = stream(id);
        out.write(chunk("one"));
        await gate("garbage");
        out.end(chunk("two") + "0\\r\\n\\r\\n");
        await answered(out);`),
      ),
    );
    await connection.arrival("one");
    await connection.write("no request\r\n\r\n");
    await connection.closed;
    expect(connection.received).toMatch(/\r\n\r\n3\r\none\r\n$/);
    await platform.gate.pass("garbage");
    const requestId = /x-amzn-RequestId: (\S+)/.exec(connection.received)?.[1] ?? "";
    expect((await platform.invocation(requestId)).report).toMatchObject({
      isDetached: true,
      status: "success",
    });
  });
});

describe("a request in an unusual form", () => {
  test("may come one byte at a time", async () => {
    using connection = await RawConnection.open(platform.port);
    for (const byte of requestText("/invoke", '"slow"', "Connection: close\r\n"))
      await connection.write(byte);
    await connection.closed;
    expect(connection.received).toMatch(/^HTTP\/1.1 200 OK\r\n[\s\S]*\r\n\r\n6\r\n"slow"\r\n0\r\n\r\n$/);
  });

  test("may name the host in its target", async () => {
    using connection = await RawConnection.open(platform.port);
    await connection.write(requestText("http://localhost/invoke", '"hi"', "Connection: close\r\n"));
    await connection.closed;
    expect(connection.received).toContain('"hi"');
  });

  test("may wait for leave to send its body", async () => {
    using connection = await RawConnection.open(platform.port);
    const [head = "", body = ""] = requestText("/invoke", '"hi"', "Expect: 100-continue\r\n").split(
      "\r\n\r\n",
    );
    await connection.write(`${head}\r\n\r\n`);
    await connection.arrival("HTTP/1.1 100 Continue\r\n\r\n");
    await connection.write(body);
    await connection.arrival('"hi"');
  });

  test("may be too large in chunks: it is answered, and the next on the connection as well", async () => {
    using connection = await RawConnection.open(platform.port);
    await connection.write("POST /invoke HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
    const piece = `${(1024 * 1024).toString(16)}\r\n${" ".repeat(1024 * 1024)}\r\n`;
    for (let count = 0; count < 24; count++) await connection.write(piece);
    await connection.write(`0\r\n\r\n${requestText("/invoke", '"next"')}`);
    await connection.arrival('"next"');
    expect(connection.received).toMatch(/^HTTP\/1.1 413 [\s\S]*HTTP\/1.1 200 OK\r\n/);
  });

  test("for a tunnel ends the connection", async () => {
    using connection = await RawConnection.open(platform.port);
    await connection.write("CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n");
    await connection.closed;
    expect(connection.received).toBe("");
  });
});

describe("requests in a pipeline", () => {
  test("are answered in their order", async () => {
    using connection = await RawConnection.open(platform.port);
    await connection.write(
      requestText("/invoke", script(`await gate("first"); await respond(id, "first")`)) +
        requestText("/invoke", '"second"') +
        requestText("/nowhere", "") +
        requestText("/invoke", '"last"', "Connection: close\r\n"),
    );
    await platform.gate.pass("first");
    await connection.closed;
    expect(connection.received.match(/HTTP\/1.1 \d+|first|"second"|"last"/g)).toEqual([
      "HTTP/1.1 200",
      "first",
      "HTTP/1.1 200",
      '"second"',
      "HTTP/1.1 404",
      "HTTP/1.1 200",
      '"last"',
    ]);
  });

  test("are all left when the client leaves, also one whose answer waits for another", async () => {
    using connection = await RawConnection.open(platform.port);
    const endless = `
      const out = stream(id);
      const piece = chunk("x".repeat(1024 * 1024));
      let count = 0;
      const write = () => { while (count < 16 && out.write(piece)) count++; if (count >= 16) out.end("0\\r\\n\\r\\n"); };
      out.on("drain", () => { count++; write(); });
      write();
      await answered(out);`;
    await connection.write(
      requestText(
        "/invoke/piped",
        script(
          `const out = stream(id); out.write(chunk("one")); await gate("pipeline"); out.end("0\\r\\n\\r\\n"); await answered(out);`,
        ),
      ) + requestText("/invoke/piped", script(`await gate("behind"); ${endless}`)),
    );
    await platform.gate.arrived("pipeline");
    await platform.gate.pass("behind");
    connection.leave();
    const over = (count: number) =>
      platform.until((events) => {
        const reports = events.flatMap((event) =>
          event.kind === "invocation" && event.functionName === "piped" ? [event.report] : [],
        );
        return reports.length === count && reports;
      });
    // Nobody reads what it writes: without the news it would wait for the client for ever.
    expect(await over(1)).toMatchObject([
      { status: "success", isDetached: true, producedBytes: 16 * 1024 * 1024 },
    ]);
    await platform.gate.pass("pipeline");
    expect(await over(2)).toMatchObject([{}, { status: "success", isDetached: true, producedBytes: 3 }]);
  });

  test("that break off do so without an answer to those behind", async () => {
    using connection = await RawConnection.open(platform.port);
    await connection.write(
      requestText(
        "/invoke",
        script(`const out = stream(id); out.write(chunk("one")); await gate("broken"); process.exit(1);`),
      ) + requestText("/invoke", '"behind"'),
    );
    await connection.arrival("one");
    await platform.gate.pass("broken");
    await connection.closed;
    expect(connection.received).toMatch(/\r\n\r\n3\r\none\r\n$/);
  });
});
