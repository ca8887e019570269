import { networkInterfaces } from "node:os";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { scripted, TestPlatform } from "../../test/test-platform.ts";
import { findDestination } from "./destination.ts";
import type { HttpRequest } from "./http-request.ts";
import { isFromForeignPage, isLoopbackAddress, isTrustedHost } from "./who-may-call.ts";

const resources = {
  Greet: scripted({ FunctionName: "greet", FunctionUrlConfig: { AuthType: "NONE" } }),
};

function request(headers: Record<string, string>, rawPath = "/"): HttpRequest {
  return { method: "POST", rawPath, rawQuery: "", headers: Object.entries(headers), sourceIp: "127.0.0.1" };
}

describe("a host name", () => {
  test.each([
    "127.0.0.1",
    "127.0.0.1:7000",
    "[::1]:7000",
    "localhost",
    "LOCALHOST:7000",
    "abc.execute-api.localhost:7000",
    "abc.lambda-url.us-east-1.localhost",
    "abc.execute-api.us-east-1.amazonaws.com",
    "lambda.us-east-1.api.aws",
    "abc.lambda-url.us-east-1.on.aws",
  ])("%s is trusted", (host) => {
    expect(isTrustedHost(host)).toBe(true);
  });

  test.each([
    undefined,
    "",
    "example.com",
    "127.0.0.1.example.com",
    "localhost.example.com:7000",
    "notlocalhost",
    "amazonaws.com.example.com",
    "evilamazonaws.com",
    "192.168.0.1",
    "127.0.0.1:7000@example.com",
    "::1",
  ])("%s is not", (host) => {
    expect(isTrustedHost(host)).toBe(false);
  });
});

describe("an origin", () => {
  test.each([
    [undefined, false],
    ["http://localhost:5173", false],
    ["http://127.0.0.1:7000", false],
    ["http://[::1]:7000", false],
    ["https://app.localhost", false],
    ["https://example.com", true],
    ["http://localhost.example.com", true],
    ["http://abc.lambda-url.us-east-1.on.aws", true],
    ["null", true],
    ["file://", true],
  ])("%s is a foreign page: %s", (origin, isForeign) => {
    expect(isFromForeignPage(request(origin === undefined ? {} : { Origin: origin }))).toBe(isForeign);
  });
});

describe("an address", () => {
  test.each([
    ["127.0.0.1", true],
    ["127.8.8.8", true],
    ["::1", true],
    ["localhost", true],
    ["0.0.0.0", false],
    ["::", false],
    ["192.168.0.1", false],
    ["127.0.0.1.example.com", false],
  ])("%s is this machine's own: %s", (address, isLoopback) => {
    expect(isLoopbackAddress(address)).toBe(isLoopback);
  });
});

describe("a request is for", () => {
  const scope = (service: string) => ({
    Host: "127.0.0.1:7000",
    Authorization: `AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`,
  });

  test.each<[string, HttpRequest, object]>([
    [
      "a function URL, by host name",
      request({ Host: "abc1.lambda-url.eu-west-1.localhost:7000" }, "/a%2F"),
      { kind: "function-url", urlId: "abc1", rawPath: "/a%2F" },
    ],
    [
      "a function URL, by AWS's host name, whatever signature it carries",
      request({ ...scope("execute-api"), Host: "ABC1.lambda-url.eu-west-1.on.aws" }),
      { kind: "function-url", urlId: "abc1", rawPath: "/" },
    ],
    [
      "a function URL, by path",
      request(scope("lambda"), "/_lambda-url/ABC1/a"),
      { kind: "function-url", urlId: "abc1", rawPath: "/a" },
    ],
    [
      "a function URL, by path without its slash",
      request({}, "/_lambda-url/abc1"),
      { kind: "function-url", urlId: "abc1", rawPath: "/" },
    ],
    [
      "a stage, by host name without a region",
      request({ Host: "abc1.execute-api.localhost:7000" }, "/test/a"),
      { kind: "api", apiId: "abc1", rawPath: "/test/a" },
    ],
    [
      "a stage, by AWS's host name",
      request({ Host: "abc1.execute-api.us-east-1.amazonaws.com" }, "/test/a"),
      { kind: "api", apiId: "abc1", rawPath: "/test/a" },
    ],
    [
      "a stage, by path",
      request({}, "/_aws/execute-api/abc1/test/a"),
      { kind: "api", apiId: "abc1", rawPath: "/test/a" },
    ],
    ["the first function", request({}, "/invoke"), { kind: "local-invoke", functionName: undefined }],
    ["a function by name", request({}, "/invoke/greet_1"), { kind: "local-invoke", functionName: "greet_1" }],
    ["the service that it is signed for", request(scope("logs")), { kind: "service", signingName: "logs" }],
    [
      "Lambda, by a path of its API, though nobody signed it",
      request({}, "/2015-03-31/functions/greet/invocations"),
      { kind: "service", signingName: "lambda" },
    ],
    ["nobody", request({}, "/invoke/a/b"), { kind: "unknown" }],
  ])("%s", (_, given, destination) => {
    expect(findDestination(given)).toMatchObject(destination);
  });
});

describe("on a platform", () => {
  let platform: TestPlatform;

  beforeAll(async () => {
    platform = await TestPlatform.start({ resources });
  });
  afterAll(() => platform[Symbol.asyncDispose]());

  test.each(["/", "/invoke", "/2015-03-31/functions/greet/invocations", "/_lambda-url/abc/"])(
    "a foreign host name gets nothing at %s, and nothing runs",
    async (path) => {
      const answer = await platform.sendSigned({
        method: "POST",
        path,
        headers: { host: `rebound.example:${platform.port}` },
      });
      expect(answer.status).toBe(403);
      expect(await answer.json()).toEqual({
        message: expect.stringContaining(
          `"rebound.example:${platform.port}" is not a name of this platform.`,
        ),
      });
    },
  );

  test("a foreign page can't run a function through /invoke, and a page of this machine can", async () => {
    const from = (origin: string) =>
      platform.send({ method: "POST", path: "/invoke", headers: { origin }, body: "1" });
    expect((await from("https://example.com")).status).toBe(403);
    expect((await from("null")).status).toBe(403);
    expect((await from("http://localhost:5173")).status).toBe(200);
  });

  test("a foreign page may call a function URL", async () => {
    const headers = { origin: "https://example.com" };
    expect((await platform.send({ path: platform.urlPath("greet"), headers })).status).toBe(200);
  });

  test("whoever is lost is told every address", async () => {
    const answer = await platform.send({ path: "/nowhere" });
    expect(answer.status).toBe(404);
    expect(await answer.json()).toEqual({
      message: "There is nothing at /nowhere.",
      endpoints: platform.platform.endpoints.map(({ url }) => url),
    });
  });

  test("a service that is not served is named, to the client and to the developer", async () => {
    const answer = await platform.sendSigned({ path: "/bucket", service: "dynamodb" });
    expect(answer.status).toBe(404);
    expect(answer.headers["x-amzn-errortype"]).toBe("UnknownOperationException");
    expect(await answer.text()).toContain('The service \\"dynamodb\\" is not served');
    expect(platform.events).toContainEqual({
      kind: "warning",
      message: 'GET /bucket: the service "dynamodb" is not served by this platform.',
    });
  });
});

describe("with --unsigned", () => {
  test("nothing asks for a signature or a permission, but a foreign page can't call the Lambda API", async () => {
    await using platform = await TestPlatform.start({
      isUnsigned: true,
      resources: {
        ...resources,
        Signed: scripted({ FunctionName: "signed", FunctionUrlConfig: { AuthType: "AWS_IAM" } }),
      },
    });
    const path = "/2015-03-31/functions/greet/invocations";
    const invoked = await platform.send({ method: "POST", path, body: '"hi"' });
    expect(await invoked.summary()).toEqual({ status: 200, body: '"hi"' });
    expect((await platform.send({ path: platform.urlPath("signed") })).status).toBe(200);
    const headers = { origin: "https://example.com" };
    expect((await platform.send({ method: "POST", path, body: "1", headers })).status).toBe(403);
  });
});

describe("on an address that others reach", () => {
  const ownAddress = Object.values(networkInterfaces())
    .flat()
    .find((address) => address?.family === "IPv4" && !address.internal)?.address;

  const invoke = (platform: TestPlatform, host: string) =>
    platform.send({ method: "POST", path: "/invoke", headers: { host }, body: '"hi"' });

  test.each([
    ["build-machine.example", 403],
    ["rebound.example:7000", 403],
    ["192.168.0.1", 403],
    ["localhost:7000", 200],
    ["0.0.0.0:7000", 200],
  ])("over loopback the host name %s still gets %d", async (host, status) => {
    await using platform = await TestPlatform.start({ resources, host: "0.0.0.0" });
    expect((await invoke(platform, host)).status).toBe(status);
  });

  test.skipIf(ownAddress === undefined)(
    "any host name is good over the network, and /invoke answers this machine alone",
    async () => {
      await using platform = await TestPlatform.start({ resources, host: "0.0.0.0" });
      const from = { host: "build-machine.example" };
      const open = await platform.send({
        path: platform.urlPath("greet"),
        headers: from,
        address: ownAddress ?? "",
      });
      expect(open.status).toBe(200);
      const remote = await platform.send({
        method: "POST",
        path: "/invoke",
        headers: from,
        body: "1",
        address: ownAddress ?? "",
      });
      expect(remote.status).toBe(403);
      expect(await remote.json()).toEqual({
        message: expect.stringContaining("it answers this machine alone"),
      });
    },
  );
});
