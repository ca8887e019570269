import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { send } from "../../test/exchange.ts";
import { RawConnection } from "../../test/raw-connection.ts";
import { HttpServer, ListenError } from "./http-server.ts";

/** A port that is taken until the end of the test. */
class TakenPort implements AsyncDisposable {
  readonly #server: Server = createServer();

  async take(host: string, port = 0): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(port, host, resolve));
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

const answering = async (_: unknown, response: { end(text: string): unknown }) => void response.end("ours");

describe("a port", () => {
  test("that is taken is refused by number, with another to try", async () => {
    await using taken = new TakenPort();
    const port = await taken.take("127.0.0.1");
    const server = new HttpServer(answering, () => {});
    await expect(server.listen(["127.0.0.1", "::1"], port)).rejects.toThrow(
      expect.objectContaining({
        constructor: ListenError,
        code: "EADDRINUSE",
        message: `Port ${port} of 127.0.0.1 is in use by another program. Stop it, or choose another port: --port ${port + 1}.`,
      }),
    );
  });

  test("that is free on one address only is given back", async () => {
    await using taken = new TakenPort();
    let port: number;
    try {
      port = await taken.take("::1");
    } catch {
      return; // this machine has no IPv6
    }
    const server = new HttpServer(answering, () => {});
    await expect(server.listen(["127.0.0.1", "::1"], port)).rejects.toThrow(`Port ${port} of ::1 is in use`);
    await using again = new TakenPort();
    expect(await again.take("127.0.0.1", port)).toBe(port);
  });

  test("of an address that is not this machine's is refused", async () => {
    const server = new HttpServer(answering, () => {});
    await expect(server.listen(["203.0.113.1"], 0)).rejects.toThrow(
      expect.objectContaining({
        code: "EADDRNOTAVAIL",
        message:
          "203.0.113.1 is not an address of this machine. Leave --host out, or give one of its addresses.",
      }),
    );
  });
});

describe("a listener that fails", () => {
  test("is reported, and its client gets a bare 500", async () => {
    const reported: unknown[] = [];
    const bug = new Error("a bug");
    const server = new HttpServer(
      async () => {
        throw bug;
      },
      (error) => reported.push(error),
    );
    await server.listen(["127.0.0.1"], 0);
    const answer = await send(server.port, { path: "/" });
    expect(await answer.summary("connection")).toEqual({
      status: 500,
      connection: "close",
      body: '{"message":null}',
    });
    expect(reported).toEqual([bug]);
    await server.close();
  });

  test("in the middle of an answer breaks it off", async () => {
    const server = new HttpServer(
      async (_, response) => {
        response.write("half");
        throw new Error("a bug");
      },
      () => {},
    );
    await server.listen(["127.0.0.1"], 0);
    const answer = await send(server.port, { path: "/" }).catch(() => undefined);
    if (answer !== undefined) expect(await answer.ended).toBe("broken off");
    await server.close();
  });
});

test("a closed server ends the connections that are open", async () => {
  const server = new HttpServer(
    async (_, response) => void response.write("for ever"),
    () => {},
  );
  await server.listen(["127.0.0.1"], 0);
  const answer = await send(server.port, { path: "/" });
  await answer.arrival("for ever");
  await server.close();
  expect(await answer.ended).toBe("broken off");
});

test("nothing begins for a client that leaves before its turn, and the others are served", async () => {
  const paths = Array.from({ length: 20 }, (_, index) => `/${index}`);
  const connections: RawConnection[] = [];
  const begun: string[] = [];
  let leaving = paths.length - 1;
  const server = new HttpServer(
    async ({ url = "" }, response) => {
      if (begun.length === 0) {
        if (url === paths[leaving]) leaving = 0;
        connections[leaving]?.leave();
      }
      begun.push(url);
      response.end("ours");
    },
    () => {},
  );
  await server.listen(["127.0.0.1"], 0);
  for (const _ of paths) connections.push(await RawConnection.open(server.port));
  // Together, so that they come together.
  for (const [index, path] of paths.entries())
    connections[index]?.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
  await Promise.all(connections.map(({ closed }) => closed));
  expect(begun.toSorted()).toEqual(paths.toSpliced(leaving, 1).toSorted());
  await server.close();
});

test("clients that send their heads too slowly are answered and gone, and the others are served meanwhile", async () => {
  const server = new HttpServer(answering, () => {}, { headMs: 100, checkMs: 20 });
  await server.listen(["127.0.0.1"], 0);
  const slow = await Promise.all(Array.from({ length: 50 }, () => RawConnection.open(server.port)));
  await Promise.all(slow.map((connection) => connection.write("GET / HTTP/1.1\r\nHost: localhost\r\nX-")));
  expect(await (await fetch(`http://127.0.0.1:${server.port}/`)).text()).toBe("ours");
  await Promise.all(slow.map(({ closed }) => closed));
  for (const { received } of slow) {
    expect(received).toMatch(
      /^HTTP\/1\.1 408 Request Timeout\r\n[\s\S]*x-amzn-ErrorType: RequestTimeoutException\r\n/,
    );
  }
  await server.close();
});
