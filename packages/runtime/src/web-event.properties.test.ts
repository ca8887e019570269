import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ApiGatewayRestEvent, FunctionUrlEvent, HttpEvent } from "./events.ts";
import { RequestMethodError, toBufferedResult, toHttpPrelude, toRequest } from "./web-event.ts";

const nullIdentity = {
  accessKey: null,
  accountId: null,
  caller: null,
  cognitoAuthenticationProvider: null,
  cognitoAuthenticationType: null,
  cognitoIdentityId: null,
  cognitoIdentityPoolId: null,
  principalOrgId: null,
  sourceIp: "198.51.100.7",
  user: null,
  userAgent: null,
  userArn: null,
};

function restEvent(overrides: Partial<ApiGatewayRestEvent>): ApiGatewayRestEvent {
  const requestContext = {
    accountId: "111122223333",
    apiId: "q7w3e9r1t5",
    deploymentId: "k2j4h6",
    domainName: "api.example.com",
    domainPrefix: "api",
    extendedRequestId: "Hx2cOE4pFiAEZyQ=",
    httpMethod: "POST",
    identity: nullIdentity,
    path: "/prod/",
    protocol: "HTTP/1.1",
    requestId: "0c2f8d7e-5b1a-4c39-9a8e-2f6d1b7c4e90",
    requestTime: "14/Mar/2026:09:26:53 +0000",
    requestTimeEpoch: 1773480413589,
    resourceId: "a1b2c3",
    resourcePath: "/",
    stage: "prod",
  };
  return {
    resource: "/",
    path: "/",
    httpMethod: "POST",
    headers: null,
    multiValueHeaders: null,
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    pathParameters: null,
    stageVariables: null,
    requestContext,
    body: null,
    isBase64Encoded: false,
    ...overrides,
  };
}

function urlEvent(overrides: Partial<FunctionUrlEvent>, method = "POST"): FunctionUrlEvent {
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath: "/",
    rawQueryString: "",
    headers: {},
    requestContext: {
      accountId: "anonymous",
      apiId: "abc",
      domainName: "abc.lambda-url.eu-central-1.on.aws",
      domainPrefix: "abc",
      http: { method, path: "/", protocol: "HTTP/1.1", sourceIp: "198.51.100.7", userAgent: "curl/8.9.1" },
      requestId: "0c2f8d7e-5b1a-4c39-9a8e-2f6d1b7c4e90",
      routeKey: "$default",
      stage: "$default",
      time: "14/Mar/2026:09:26:53 +0000",
      timeEpoch: 1773480413589,
    },
    isBase64Encoded: false,
    ...overrides,
  };
}

const { signal } = new AbortController();
const made = (event: HttpEvent) => toRequest(event, signal);

const unicode = fc.string({ unit: "binary" });
const token = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,12}$/);
/** What HTTP allows in a header value: no control characters, no blanks at the ends. */
const headerValue = fc.stringMatching(/^[!-~\u0080-\u00ff]([ -~\u0080-\u00ff]{0,20}[!-~\u0080-\u00ff])?$/);
const headerLists = fc.dictionary(
  token.map((name) => name.toLowerCase()).filter((name) => !["cookie", "set-cookie"].includes(name)),
  fc.array(headerValue, { minLength: 1, maxLength: 3 }),
);
const bytes = fc.uint8Array({ maxLength: 200 });

describe("toRequest", () => {
  it("round-trips every parameter of a REST API", () => {
    const parameters = fc.dictionary(unicode, fc.array(unicode, { minLength: 1, maxLength: 3 }));
    fc.assert(
      fc.property(parameters, (multiValueQueryStringParameters) => {
        const query = new URL(made(restEvent({ multiValueQueryStringParameters })).url).searchParams;
        expect(query.size).toBe(Object.values(multiValueQueryStringParameters).flat().length);
        for (const [name, values] of Object.entries(multiValueQueryStringParameters)) {
          expect(query.getAll(name)).toEqual(values);
        }
      }),
    );
  });

  it("keeps the raw path and query of payload format 2.0", () => {
    const path = fc
      .stringMatching(/^\/(([A-Za-z0-9_~-]|%[2-7][0-9A-D]){1,8}\/){0,4}$/)
      .filter((p) => !/%2e/i.test(p));
    const query = fc.stringMatching(/^[a-zA-Z0-9._%&=+-]{0,40}$/);
    fc.assert(
      fc.property(path, query, (rawPath, rawQueryString) => {
        const url = new URL(made(urlEvent({ rawPath, rawQueryString })).url);
        expect(url.pathname).toBe(rawPath);
        expect(url.search).toBe(rawQueryString === "" ? "" : `?${rawQueryString}`);
      }),
    );
  });

  it("round-trips every header", () => {
    fc.assert(
      fc.property(headerLists, (lists) => {
        const joined = Object.fromEntries(
          Object.entries(lists).map(([name, list]) => [name, list.join(", ")]),
        );
        const rest = made(restEvent({ multiValueHeaders: lists }));
        const url = made(urlEvent({ headers: joined }));
        for (const request of [rest, url]) {
          expect(new Map(request.headers)).toEqual(new Map(Object.entries(joined)));
        }
      }),
    );
  });

  it("round-trips the bytes of every body", async () => {
    await fc.assert(
      fc.asyncProperty(bytes, unicode, async (binary, text) => {
        const body = Buffer.from(binary).toString("base64");
        for (const event of [
          restEvent({ body, isBase64Encoded: true }),
          urlEvent({ body, isBase64Encoded: true }),
        ]) {
          expect(new Uint8Array(await made(event).arrayBuffer())).toEqual(binary);
        }
        const read = Buffer.from(await made(restEvent({ body: text })).arrayBuffer());
        expect(read.toString("utf8")).toBe(text);
      }),
    );
  });

  it("throws nothing but RequestMethodError and never leaves the host, whatever the event holds", () => {
    // Lone surrogates too: a body or a parameter in JSON can have them.
    const wild = fc.oneof(
      fc.string({ unit: "grapheme" }),
      unicode,
      fc.string({ unit: fc.constantFrom("\ud800", "/", "%", "\0", "\\", "?", "#", "@", ":", ".", " ", "a") }),
    );
    const map = fc.option(fc.dictionary(wild, wild));
    const lists = fc.option(fc.dictionary(wild, fc.array(wild, { maxLength: 3 })));
    const method = fc.oneof(wild, fc.constantFrom("GET", "HEAD", "POST", "trace", "QUERY"));
    const body = fc.option(wild);
    const rest = fc
      .record({
        path: wild,
        httpMethod: method,
        headers: map,
        multiValueHeaders: lists,
        queryStringParameters: map,
        multiValueQueryStringParameters: lists,
        body,
        isBase64Encoded: fc.boolean(),
      })
      .map(restEvent);
    const url = fc
      .tuple(
        fc.record({
          rawPath: wild,
          rawQueryString: wild,
          headers: fc.dictionary(wild, wild),
          cookies: fc.array(wild),
          body: wild,
          isBase64Encoded: fc.boolean(),
        }),
        method,
      )
      .map(([overrides, name]) => urlEvent(overrides, name));
    const hostOf = (event: HttpEvent) => event.requestContext.domainName;
    fc.assert(
      fc.property(fc.oneof(rest, url), (event) => {
        try {
          expect(new URL(made(event).url).host).toBe(hostOf(event));
        } catch (error) {
          expect(error).toBeInstanceOf(RequestMethodError);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("never lets a host header reach further than the host", () => {
    fc.assert(
      fc.property(fc.oneof(unicode, fc.webAuthority({ withPort: true, withUserInfo: true })), (host) => {
        const url = new URL(made(urlEvent({ headers: { host }, rawPath: "/p" })).url);
        expect([url.pathname, url.search, url.hash, url.username, url.password]).toEqual([
          "/p",
          "",
          "",
          "",
          "",
        ]);
      }),
    );
  });
});

describe("toHttpPrelude", () => {
  it("round-trips every header and cookie of a response", () => {
    fc.assert(
      fc.property(headerLists, fc.array(headerValue), fc.boolean(), (lists, cookies, rest) => {
        const headers = new Headers();
        for (const [name, list] of Object.entries(lists))
          for (const value of list) headers.append(name, value);
        for (const cookie of cookies) headers.append("set-cookie", cookie);
        const prelude = toHttpPrelude(new Response(null, { headers }), rest ? restEvent({}) : urlEvent({}));
        const joined = Object.entries(lists).map(([name, list]) => [name, list.join(", ")] as const);
        expect(new Map(Object.entries(prelude.headers))).toEqual(new Map(joined));
        expect((rest ? prelude.multiValueHeaders?.["set-cookie"] : prelude.cookies) ?? []).toEqual(cookies);
      }),
    );
  });
});

describe("toBufferedResult", () => {
  it("round-trips the bytes of every body under every content type", async () => {
    const type = fc.constantFrom(
      "text/plain",
      "application/json",
      "text/html; charset=iso-8859-1",
      "image/png",
      "",
    );
    const content = fc.oneof(
      bytes,
      unicode.map((text) => new TextEncoder().encode(text)),
    );
    await fc.assert(
      fc.asyncProperty(content, type, async (binary, contentType) => {
        const response = new Response(binary, {
          headers: contentType === "" ? {} : { "content-type": contentType },
        });
        const { body, isBase64Encoded } = await toBufferedResult(response, restEvent({}));
        expect(new Uint8Array(Buffer.from(body, isBase64Encoded ? "base64" : "utf8"))).toEqual(
          new Uint8Array(binary),
        );
      }),
    );
  });
});
