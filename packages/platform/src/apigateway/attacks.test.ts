import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { RawConnection } from "../../test/raw-connection.ts";
import { eventAsBody, proxyTo, restStage, stagePath } from "../../test/rest-stage.ts";
import { scripted, TestPlatform } from "../../test/test-platform.ts";

// Requests that try to come past a stage's signature or policy. None gets in, none hangs, none crashes.

let platform: TestPlatform;
beforeAll(async () => {
  platform = await TestPlatform.start({
    resources: {
      Secret: scripted({ CodeUri: "echo/" }),
      Echo: scripted({ CodeUri: "echo/" }),
      ...restStage({
        invokes: ["Secret", "Echo"],
        paths: {
          "/secret": { get: proxyTo("Secret", "BUFFERED", { auth: "AWS_IAM" }) },
          "/denied": { get: proxyTo("Secret", "BUFFERED") },
          "/denied/{id}": { get: proxyTo("Secret", "BUFFERED") },
          "/open": { get: proxyTo("Echo", "BUFFERED"), post: proxyTo("Echo", "BUFFERED") },
        },
        policy: {
          Version: "2012-10-17",
          Statement: [
            { Effect: "Allow", Principal: "*", Action: "execute-api:Invoke", Resource: "execute-api:/*" },
            {
              Effect: "Deny",
              Principal: "*",
              Action: "execute-api:Invoke",
              Resource: ["execute-api:/*/GET/denied", "execute-api:/*/GET/denied/rex"],
            },
          ],
        },
      }),
    },
    files: { "echo/bootstrap": eventAsBody },
  });
});
afterAll(() => platform[Symbol.asyncDispose]());
afterEach(() => {
  expect(platform.bugs).toEqual([]);
  const ran = platform.events.filter(
    (event) => event.kind === "invocation" && event.functionName === "Secret",
  );
  expect(ran).toEqual([]);
});

/** Sends bytes, and receives until the connection ends or what is asked for has come. */
async function exchange(text: string, until?: string): Promise<string> {
  using connection = await RawConnection.open(platform.port);
  await connection.write(text);
  await (until === undefined ? connection.closed : connection.arrival(until));
  return connection.received;
}

describe("a path in another form leads to no method that is closed", () => {
  const forms = (name: string) => [
    `/${name}`,
    `//${name}`,
    `/${name}/`,
    `/${name}//`,
    `/./${name}`,
    `/open/../${name}`,
    `/open/%2e%2e/${name}`,
    `/open/..%2f${name}`,
    `/open%2f..%2f${name}`,
    `/%${name.charCodeAt(0).toString(16)}${name.slice(1)}`,
    `/%${name.charCodeAt(0).toString(16)}${name.slice(1)}/`,
    `/%25${name.charCodeAt(0).toString(16)}${name.slice(1)}`,
    `/${name}%2f`,
    `/${name}%00`,
    `/${name};a=b`,
    `/${name}%3fa`,
    `\\\\${name}`,
  ];
  test.each([...forms("secret"), ...forms("denied"), "/denied/%72ex", "/denied/rex/", "/denied//rex"])(
    "%s",
    async (path) => {
      const answer = await exchange(
        `GET ${stagePath(platform)}${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 40[034] /);
    },
  );

  test("with the method in a header", async () => {
    const answer = await platform.send({
      method: "POST",
      path: `${stagePath(platform)}/denied`,
      headers: { "x-http-method-override": "get" },
    });
    expect(answer.status).toBe(403);
  });
});

describe("a request whose end can be read in two ways is refused, and so is what is hidden in it", () => {
  const hidden = () => `GET ${stagePath(platform)}/denied HTTP/1.1\r\nHost: localhost\r\n\r\n`;
  test.each([
    ["two lengths", "Content-Length: 0\r\nContent-Length: 4"],
    ["lengths in a list", "Content-Length: 0, 4"],
    ["a length with a sign", "Content-Length: +0"],
    ["a length in hexadecimal", "Content-Length: 0x0"],
    ["a length and chunks", "Content-Length: 4\r\nTransfer-Encoding: chunked"],
    ["a coding that is none", "Transfer-Encoding: xchunked"],
    ["chunks that are not the last coding", "Transfer-Encoding: chunked, identity"],
    ["a blank before the colon", "Transfer-Encoding : chunked"],
    ["a header on two lines", "X-A: b\r\n Transfer-Encoding: chunked\r\nContent-Length: 0"],
    ["a carriage return alone", "X-A: b\rTransfer-Encoding: chunked"],
    ["a zero byte", "X-A: b\0c"],
  ])("%s", async (_, headers) => {
    const head = `POST ${stagePath(platform)}/open HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n\r\n`;
    const answer = await exchange(`${head}0\r\n\r\n${hidden()}`);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(1);
  });

  const chunks = (body: string) =>
    `POST ${stagePath(platform)}/open HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n${body}`;

  test.each([
    ["an extension in quotes that stay open", '5;a="b\r\nhello\r\n0\r\n\r\n'],
    ["a size with a sign", "+5\r\nhello\r\n0\r\n\r\n"],
    ["a size with a prefix", "0x5\r\nhello\r\n0\r\n\r\n"],
    ["more than the size says", "5\r\nhello!\r\n0\r\n\r\n"],
    ["a size that no computer has", "fffffffffffffffff\r\nhello\r\n0\r\n\r\n"],
  ])("chunks with %s", async (_, body) => {
    const answer = await exchange(chunks(body) + hidden());
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 400"]);
  });

  test("but extensions of chunks are no part of the body, and hide nothing", async () => {
    const next = `GET ${stagePath(platform)}/open HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`;
    const answer = await exchange(chunks("5;a=b;c\r\nhello\r\n0;d\r\n\r\n") + next);
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 200", "HTTP/1.1 200"]);
    expect(answer).toContain('"body":"hello"');
  });
});
