import { describe, expect, test } from "vitest";
import { bufferedAnswer, streamHeaders } from "./url-response.ts";

const json = ["Content-Type", "application/json"];

function answer(payload: string) {
  const meant = bufferedAnswer(Buffer.from(payload));
  return "problem" in meant ? meant : { ...meant, body: meant.body.toString() };
}

describe("a payload without a status", () => {
  // Bodies as the service was recorded to send them.
  test.each([
    ["a string", '"hello"', "hello"],
    ["an integer", "3", "3"],
    ["a number", "3.1", "3.1"],
    ["a boolean", "true", "true"],
    ["a list", '["hello", 3, true]', '["hello",3,true]'],
    ["an object", '{"hello": "world"}', '{"hello":"world"}'],
    ["null", "null", "null"],
  ])("is the body if it is %s", (_, payload, body) => {
    expect(answer(payload)).toEqual({ status: 200, headers: [json], body });
  });
});

describe("a payload with a status", () => {
  test.each<[string, unknown, number, readonly (readonly string[])[], string]>([
    ["and nothing else", { statusCode: 204 }, 204, [json], ""],
    ["as text", { statusCode: "418", body: "tea" }, 418, [json], "tea"],
    ["and a JSON body", { statusCode: 200, body: '{"hello": "world"}' }, 200, [json], '{"hello": "world"}'],
    ["and a body that is an object", { statusCode: 200, body: { a: 1 } }, 200, [json], '{"a":1}'],
    ["and a body of null", { statusCode: 200, body: null }, 200, [json], ""],
    [
      "and headers",
      { statusCode: 201, headers: { "content-TYPE": "text/plain", "X-Count": 3 }, body: "é" },
      201,
      [
        ["content-TYPE", "text/plain"],
        ["X-Count", "3"],
      ],
      "é",
    ],
    [
      "and cookies",
      { statusCode: 200, cookies: ["a=1; Path=/", "b=2"] },
      200,
      [json, ["Set-Cookie", "a=1; Path=/"], ["Set-Cookie", "b=2"]],
      "",
    ],
    ["and base64", { statusCode: 200, body: "aGk=", isBase64Encoded: true }, 200, [json], "hi"],
    [
      "and what only seems base64",
      { statusCode: 200, body: "aGk=", isBase64Encoded: "true" },
      200,
      [json],
      "aGk=",
    ],
    [
      "and headers of the connection, which are the service's own",
      { statusCode: 200, headers: { Connection: "close", "transfer-encoding": "chunked", Upgrade: "x" } },
      200,
      [json],
      "",
    ],
  ])("%s is an HTTP answer", (_, payload, status, headers, body) => {
    expect(answer(JSON.stringify(payload))).toEqual({ status, headers, body });
  });
});

describe("a payload that is no answer", () => {
  test.each([
    ["text that is not JSON", "hello", "is not JSON"],
    ["nothing", "", "is not JSON"],
    [
      "a stream with its prelude",
      `{"statusCode":200}${"\0".repeat(8)}hi`,
      "needs InvokeMode: RESPONSE_STREAM",
    ],
    ["a status that is none", '{"statusCode":"many"}', '"many" is not a final HTTP status'],
    ["a status past 599", '{"statusCode":600}', "600 is not"],
    ["an informational status", '{"statusCode":101}', "101 is not"],
    ["half a status", '{"statusCode":200.5}', "200.5 is not"],
    ["a header name with a space", '{"statusCode":200,"headers":{"a b":"c"}}', "can't carry"],
    ["a header value with a line end", '{"statusCode":200,"headers":{"a":"b\\r\\nc: d"}}', "can't carry"],
    ["a cookie with a line end", '{"statusCode":200,"cookies":["a=1\\n"]}', "can't carry"],
  ])("is refused if it is %s", (_, payload, problem) => {
    expect(answer(payload)).toEqual({ problem: expect.stringContaining(problem) });
  });
});

describe("the headers of a stream", () => {
  test("have a content type in any case", () => {
    expect(streamHeaders({})).toEqual([["Content-Type", "application/octet-stream"]]);
  });

  test("are as the function spelled them, one for each cookie and each of many values", () => {
    expect(
      streamHeaders({
        headers: { "content-type": "text/html", "X-One": "1", "x-both": "single" },
        multiValueHeaders: { "X-Both": ["a", "b"] },
        cookies: ["a=1", "b=2"],
      }),
    ).toEqual([
      ["content-type", "text/html"],
      ["X-One", "1"],
      ["X-Both", "a"],
      ["X-Both", "b"],
      ["Set-Cookie", "a=1"],
      ["Set-Cookie", "b=2"],
    ]);
  });

  test("never rule the connection", () => {
    const headers = { connection: "close", "Transfer-Encoding": "gzip", "Keep-Alive": "x", trailer: "y" };
    expect(streamHeaders({ headers })).toEqual([["Content-Type", "application/octet-stream"]]);
  });
});
