import { once } from "node:events";
import { connect } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { exchange } from "../../test/api-call.ts";
import { LocalFunction } from "../../test/local-function.ts";
import { background } from "../handlers/background.ts";
import { buffered } from "../handlers/buffered.ts";
import { streaming } from "../handlers/streaming.ts";

describe("requests that come at once", () => {
  test("wait for each other, in the order in which they came", async () => {
    const log: string[] = [];
    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const handler = streaming<number>(async (number, response) => {
      log.push(`${number} begins`);
      await response.write("begun");
      await gates[number]?.promise;
      log.push(`${number} ends`);
      await response.finish();
    });
    await using served = await LocalFunction.start(handler);
    const first = await served.invoke(0);
    const rest = [await served.send(1), await served.send(2)];
    gates[1]?.resolve();
    expect(log).toEqual(["0 begins"]);
    gates[0]?.resolve();
    expect(await first.text()).toBe("begun");
    for (const { answer } of rest) expect(await answer).toMatchObject({ status: 200, body: "begun" });
    expect(log).toEqual(["0 begins", "0 ends", "1 begins", "1 ends", "2 begins", "2 ends"]);
  });

  test("are refused when a hundred wait already; one that leaves makes room", async () => {
    const gate = Promise.withResolvers<void>();
    await using served = await LocalFunction.start(buffered(() => gate.promise.then(() => "done")));
    const running = await served.send({});
    const waiting = await Promise.all(Array.from({ length: 100 }, () => served.send({})));
    const refused = await (await served.send({})).answer;
    expect(refused).toMatchObject({
      status: 429,
      headers: { "x-amzn-errortype": "TooManyRequestsException" },
    });
    const { request } = waiting.pop() ?? running;
    await served.leave(request);
    const last = await served.send({});
    gate.resolve();
    for (const { answer } of [running, ...waiting, last]) expect((await answer).status).toBe(200);
  });

  test("over one connection are answered in order", async () => {
    await using served = await LocalFunction.start(buffered((event) => event));
    const request = (event: string, more = "") =>
      `POST /invoke HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${event.length}\r\n${more}\r\n${event}`;
    const { received } = exchange(
      served.address,
      request('"a"') + request('"b"') + request('"c"', "Connection: close\r\n"),
    );
    expect((await received).match(/"[abc]"/g)).toEqual(['"a"', '"b"', '"c"']);
  });

  test("that wait when the server is stopped are broken off, the one under way is answered whole", async () => {
    const gate = Promise.withResolvers<void>();
    const body = "x".repeat(8_000_000);
    const handler = streaming(async (_event, response) => {
      await response.write("begun");
      await gate.promise;
      await response.writeAndFinish(body);
    });
    await using served = await LocalFunction.start(handler);
    const first = await served.invoke({});
    const { answer } = await served.send({});
    served.stop();
    gate.resolve();
    expect((await first.text()).length).toBe(body.length + 5);
    await expect(answer).rejects.toThrow();
    await served.running;
    await expect(served.invoke({})).rejects.toThrow();
  });
});

describe("a client that leaves", () => {
  test("in the middle of an answer does not disturb the function, nor the next client", async () => {
    const gate = Promise.withResolvers<void>();
    const handler = streaming<string>(async (name, response) => {
      await response.write("begun");
      if (name === "leaves") await gate.promise;
      // More than fits into any buffer: nobody must wait for a reader who is gone.
      for (let piece = 0; piece < 32; piece++) await response.write(new Uint8Array(1_000_000));
      await response.finish();
    });
    await using served = await LocalFunction.start(handler);
    const leaving = new AbortController();
    await fetch(served.url, { method: "POST", body: '"leaves"', signal: leaving.signal });
    const next = served.invoke("stays");
    leaving.abort();
    gate.resolve();
    expect((await (await next).arrayBuffer()).byteLength).toBe(32_000_005);
    const [line] = await served.printed(/.*the client left.*/);
    expect(line).toMatch(
      /^[\da-f-]{36} 200 · first byte \d+ ms · 33 writes, 32000005 bytes · \d+ ms · the client left; the function ran on and its output was discarded$/,
    );
  });

  test.each<[string, () => unknown]>([
    ["answered", () => "late"],
    [
      "failed",
      () => {
        throw new Error("late");
      },
    ],
  ])("before the function has %s does not disturb the next one", async (_, end) => {
    const begun = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    let count = 0;
    const handler = buffered(async () => {
      if (++count > 1) return "next";
      begun.resolve();
      await gate.promise;
      return end();
    });
    await using served = await LocalFunction.start(handler);
    const { request } = await served.send({});
    await begun.promise;
    await served.leave(request);
    const next = served.invoke({});
    gate.resolve();
    expect(await (await next).json()).toBe("next");
  });

  test("while it waits is never served", async () => {
    const seen: unknown[] = [];
    const gate = Promise.withResolvers<void>();
    const handler = buffered(async (event) => {
      seen.push(event);
      await gate.promise;
      return event;
    });
    await using served = await LocalFunction.start(handler);
    const first = await served.send("first");
    const { request } = await served.send("left");
    await served.leave(request);
    const last = await served.send("last");
    gate.resolve();
    expect((await first.answer).body).toBe('"first"');
    expect((await last.answer).body).toBe('"last"');
    expect(seen).toEqual(["first", "last"]);
    await served.printed(/the client left before the function could take its event/);
  });

  test.each([
    ["its head", "POST /invoke HTTP/1.1\r\nHost: loc"],
    ["its body", 'POST /invoke HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{"a":'],
    ["a chunk", 'POST /invoke HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"'],
  ])("after half of %s never reaches the function, and holds up nobody before", async (_, half) => {
    const seen: unknown[] = [];
    await using served = await LocalFunction.start(
      buffered((event) => {
        seen.push(event);
        return event;
      }),
    );
    const { socket } = exchange(served.address, half);
    await once(socket, "connect");
    expect(await (await served.invoke("meanwhile")).json()).toBe("meanwhile");
    socket.resetAndDestroy();
    await once(socket, "close");
    expect(await (await served.invoke("after")).json()).toBe("after");
    expect(seen).toEqual(["meanwhile", "after"]);
  });
});

test("the answer of a background handler is there while it works on, and holds back the next event", async () => {
  const gate = Promise.withResolvers<void>();
  const log: string[] = [];
  const handler = background<string, string>(async (event, respond) => {
    await respond(`${event} accepted`);
    if (event === "first") await gate.promise;
    log.push(event);
  });
  await using served = await LocalFunction.start(handler);
  expect(await (await served.invoke("first")).json()).toBe("first accepted");
  const second = served.invoke("second");
  expect(log).toEqual([]);
  gate.resolve();
  expect(await (await second).json()).toBe("second accepted");
  expect(log[0]).toBe("first");
});

test("what the client does not read holds back the function, until it leaves", async () => {
  let written = 0;
  const handler = streaming(async (_event, response) => {
    for (; written < 100; written++) await response.write(new Uint8Array(1_000_000));
    await response.finish();
  });
  await using served = await LocalFunction.start(handler);
  const socket = connect({ port: Number(new URL(served.url).port), host: "127.0.0.1" });
  socket.write("POST /invoke HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
  // Without anybody who reads, the socket takes what fits into its buffers.
  await once(socket, "connect");
  for (let turns = 0; turns < 1_000; turns++) await turn();
  expect(written).toBeGreaterThan(0);
  expect(written).toBeLessThan(100);
  socket.destroy();
  await served.printed(/the client left/);
  expect(written).toBe(100);
});
