import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Exchange } from "../../../test/exchange.ts";
import { echo, HttpBackend } from "../../../test/http-backend.ts";
import { restStage, stagePath } from "../../../test/rest-stage.ts";
import { TestPlatform } from "../../../test/test-platform.ts";

/** An HTTP proxy method, in the template's terms. */
const proxy = (uri: string, integration: object = {}, operation: object = {}) => ({
  ...operation,
  "x-amazon-apigateway-integration": { type: "http_proxy", httpMethod: "ANY", uri, ...integration },
});

let backend: HttpBackend;
let platform: TestPlatform;

beforeAll(async () => {
  backend = await HttpBackend.start((request, response) => {
    const url = request.url ?? "";
    if (url === "/status") response.writeHead(418, "Teapot", { "content-type": "text/tea" }).end("short");
    else if (url === "/headers") {
      response.setHeader("Date", "then");
      response.writeHead(
        200,
        [
          ["Server", "s"],
          ["WWW-Authenticate", "Basic"],
          ["Via", "1.1 x"],
          ["Upgrade", "h2c"],
          ["Content-Encoding", "gzip"],
          ["Set-Cookie", "a=1"],
          ["Set-Cookie", "b=2"],
          ["x-amzn-RequestId", "theirs"],
          ["Content-Length", "2"],
        ].flat(),
      );
      response.end("ok");
    } else if (url === "/large") response.end(Buffer.alloc(10 * 1024 * 1024 + 1));
    else if (url === "/broken") request.socket.destroy();
    else echo(request, response);
  });
  const { url } = backend;
  const any = "x-amazon-apigateway-any-method";
  platform = await TestPlatform.start({
    resources: restStage({
      invokes: [],
      variables: { host: url.slice("http://".length), empty: "" },
      paths: {
        "/{proxy+}": {
          [any]: proxy(`${url}/base/{proxy}`, {
            requestParameters: { "integration.request.path.proxy": "method.request.path.proxy" },
          }),
        },
        "/put": { get: proxy(`${url}/put`, { httpMethod: "PUT" }) },
        "/variable": { get: proxy(`http://\${stageVariables.host}/variable`) },
        "/mapped/{pathVariable}": {
          post: proxy(`${url}/?testVar={pathVar}&testQs={qsVar}`, {
            requestParameters: {
              "integration.request.header.headerVar": "method.request.header.foobar",
              "integration.request.path.qsVar": "method.request.querystring.testVar",
              "integration.request.path.pathVar": "method.request.path.pathVariable",
              "integration.request.querystring.queryString": "method.request.querystring.testQueryString",
              "integration.request.querystring.testQs": "method.request.querystring.testQueryString",
              "integration.request.querystring.testEmptyQs": "method.request.header.emptyheader",
              "integration.request.header.constant": "'a constant'",
              "integration.request.header.stage": "context.stage",
              "integration.request.header.host-variable": "stageVariables.host",
            },
          }),
        },
        "/signed": { get: proxy(`${url}/signed`, {}, { "x-amazon-apigateway-auth": { type: "AWS_IAM" } }) },
        "/unmapped/{id}": { get: proxy(`${url}/{id}`) },
        "/refused": { get: proxy("http://127.0.0.1:1/") },
        "/unknown": { get: proxy("http://no-such-host.invalid/") },
        "/vpc": { get: proxy(url, { connectionType: "VPC_LINK", connectionId: "x" }) },
        "/http": { get: proxy(url, { type: "http" }) },
        ...Object.fromEntries(
          ["status", "headers", "large", "broken"].map((name) => [
            `/${name}`,
            { get: proxy(`${url}/${name}`) },
          ]),
        ),
      },
    }),
  });
});

afterAll(async () => {
  await platform[Symbol.asyncDispose]();
  await backend[Symbol.asyncDispose]();
});

const send = (path: string, headers: Record<string, string> = {}, method = "GET", body?: string) =>
  platform.send({
    method,
    path: stagePath(platform) + path,
    headers,
    ...(body === undefined ? {} : { body }),
  });

interface Echoed {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}
const echoed = async (answer: Exchange) => (await answer.json()) as Echoed;

describe("a request is passed on", () => {
  test.each([
    {
      what: "its path in a greedy parameter, escapes kept",
      path: "/a/b%20c?x=1&x=2",
      method: "GET",
      becomes: { method: "GET", url: "/base/a/b%20c?x=1&x=2" },
    },
    {
      what: "its method where the integration has ANY",
      path: "/a",
      method: "DELETE",
      becomes: { method: "DELETE", url: "/base/a" },
    },
    {
      what: "the integration's own method",
      path: "/put",
      method: "GET",
      becomes: { method: "PUT", url: "/put" },
    },
    {
      what: "to where a stage variable says",
      path: "/variable",
      method: "GET",
      becomes: { method: "GET", url: "/variable" },
    },
  ])("$what", async ({ path, method, becomes }) => {
    expect(await echoed(await send(path, {}, method))).toMatchObject(becomes);
  });

  test("with its body and a length that is counted anew", async () => {
    const { body, headers } = await echoed(await send("/a", { "content-type": "text/x" }, "POST", "héllo"));

    expect({ body, length: headers["content-length"], type: headers["content-type"] }).toEqual({
      body: "héllo",
      length: "6",
      type: "text/x",
    });
  });

  test("with the parameters that are mapped, as recorded", async () => {
    const answer = await send(
      "/mapped/foobar?testQueryString=foo&testVar=bar",
      { foobar: "mapped-value", headerVar: "request-value" },
      "POST",
      "{}",
    );
    const { url, headers } = await echoed(answer);
    const query = new URL(url, "http://x").searchParams;

    expect(
      Object.fromEntries([...new Set(query.keys())].map((key) => [key, query.getAll(key).join()])),
    ).toEqual({
      queryString: "foo",
      testQs: "bar,foo",
      testQueryString: "foo",
      testVar: "foobar,bar",
    });
    expect(headers).toMatchObject({
      foobar: "mapped-value",
      headervar: "mapped-value",
      constant: "a constant",
      stage: "test",
      "host-variable": backend.url.slice("http://".length),
    });
  });
});

describe("headers of a request", () => {
  test.each([
    ["accept", "text/x", "text/x"],
    ["user-agent", "agent", "agent"],
    ["authorization", "Bearer x", "Bearer x"],
    ["authorization", "AWS4-HMAC-SHA256 x", undefined],
    ["content-encoding", "gzip", undefined],
    ["content-md5", "x", undefined],
    ["max-forwards", "1", undefined],
    ["server", "x", undefined],
    ["te", "x", undefined],
    ["via", "x", undefined],
    ["www-authenticate", "x", undefined],
  ])("%s: %s becomes %s", async (name, value, becomes) => {
    expect((await echoed(await send("/a", { [name]: value }))).headers[name]).toBe(becomes);
  });

  test("tell whose API it is, who sent it, and under which name the backend is", async () => {
    const { headers } = await echoed(await send("/a", { "x-forwarded-for": "10.0.0.1" }));

    expect(headers).toMatchObject({
      host: backend.url.slice("http://".length),
      "user-agent": expect.stringMatching(/^AmazonAPIGateway_[a-z0-9]{10}$/),
      "x-amzn-apigateway-api-id": expect.stringMatching(/^[a-z0-9]{10}$/),
      "x-amzn-trace-id": expect.stringMatching(/^Root=1-/),
      "x-forwarded-for": "10.0.0.1, 127.0.0.1",
      "x-forwarded-port": String(platform.port),
      "x-forwarded-proto": "http",
    });
  });

  test("do not carry a signature that was for API Gateway", async () => {
    const answer = await platform.sendSigned({
      service: "execute-api",
      path: `${stagePath(platform)}/signed`,
    });

    expect((await echoed(answer)).headers["authorization"]).toBeUndefined();
  });
});

describe("an answer is passed back", () => {
  test("with its status and type", async () => {
    expect(await (await send("/status")).summary("content-type", "content-length")).toEqual({
      status: 418,
      "content-type": "text/tea",
      "content-length": "5",
      body: "short",
    });
  });

  test("with headers that are renamed, left out, or as they were", async () => {
    const { headers, requestId } = await send("/headers");

    expect(headers).toMatchObject({
      "x-amzn-remapped-server": "s",
      "x-amzn-remapped-www-authenticate": "Basic",
      "x-amzn-remapped-date": "then",
      "x-amzn-remapped-content-length": "2",
      "x-amzn-remapped-x-amzn-requestid": "theirs",
      "content-encoding": "gzip",
      "content-type": "application/json",
      "set-cookie": ["a=1", "b=2"],
      "x-amzn-trace-id": expect.stringMatching(/^Root=/),
    });
    expect(headers).not.toHaveProperty("via");
    expect(headers).not.toHaveProperty("upgrade");
    expect(requestId).not.toBe("theirs");
  });
});

describe("where the backend has no answer", () => {
  const network = "Network error communicating with endpoint";
  test.each([
    { what: "nobody listens", path: "/refused", status: 504, message: network, note: /ECONNREFUSED/ },
    {
      what: "it ends the connection",
      path: "/broken",
      status: 504,
      message: network,
      note: /socket hang up/,
    },
    {
      what: "there is no such host",
      path: "/unknown",
      status: 500,
      message: "Internal server error",
      note: /ENOTFOUND/,
    },
    {
      what: "it is larger than 10 MB",
      path: "/large",
      status: 500,
      message: "Internal server error",
      note: /more than 10485760 bytes/,
    },
    {
      what: "its URI has a parameter that nothing maps",
      path: "/unmapped/1",
      status: 500,
      message: "Internal server error",
      note: /map it with integration\.request\.path/,
    },
  ])("$what: $status", async ({ path, status, message, note }) => {
    const answer = await send(path);

    expect({ status: answer.status, body: await answer.json() }).toEqual({ status, body: { message } });
    expect(platform.notes(answer.requestId).join("\n")).toMatch(note);
  });
});

test.each([
  { path: "/vpc", says: /^Integrations by VPC link are not served/ },
  { path: "/http", says: /^Integrations of type HTTP, which map .* Use HTTP_PROXY/ },
])("$path is refused by name, and told at start", async ({ path, says }) => {
  const answer = await send(path);
  const told = platform.events.flatMap((event) => (event.kind === "deployed" ? event.diagnostics : []));

  expect({ status: answer.status, body: await answer.json() }).toEqual({
    status: 501,
    body: { message: expect.stringMatching(says) },
  });
  expect(told.map(({ message }) => message)).toContainEqual(
    expect.stringContaining(`GET ${path}: Integrations`),
  );
});

test("a parameter that nothing maps is told at start", () => {
  const told = platform.events.flatMap((event) => (event.kind === "deployed" ? event.diagnostics : []));

  expect(told.map(({ message }) => message)).toContainEqual(
    expect.stringMatching(
      /^GET \/unmapped\/\{id\}: Nothing gives \{id\} .* Add integration\.request\.path\.id: method\.request\.path\.id/,
    ),
  );
});
