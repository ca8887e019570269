import fc from "fast-check";
import { describe, test } from "vitest";
import { type SigningSettings, signWithSdk, type UnsignedRequest } from "../../test/sdk-signer.ts";
import { AwsServiceError } from "../service-error.ts";
import type { SignedRequest } from "./signed-request.ts";
import { sha256Hex } from "./signing-key.ts";
import { type SigningCredentials, type VerifiedSignature, verifySignature } from "./verify-signature.ts";

const timeMs = Date.UTC(2026, 1, 28, 23, 59, 59);
const longTerm = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
};
const temporary = { ...longTerm, accessKeyId: "ASIAIOSFODNN7EXAMPLE", sessionToken: "IQoJb3+/w==" };

describe("a request that the AWS SDK signed", () => {
  test("verifies, whatever is in it", async () => {
    await fc.assert(
      fc.asyncProperty(requestAndSettings(), async ([request, how]) => {
        const signed = await signWithSdk(request, how);
        const result = verify(signed, request.body, how);
        if (result.form !== how.form) throw new Error(`Read as ${result.form}.`);
      }),
    );
  });

  test("is refused when anything that is signed has changed", async () => {
    await fc.assert(
      fc.asyncProperty(requestAndSettings(), fc.constantFrom(...changes), async ([request, how], change) => {
        const signed = await signWithSdk(request, how);
        const body = request.body ?? new Uint8Array();
        const changed = change({ ...signed, body });
        // What S3 presigns covers no body.
        fc.pre(changed.body === body || how.service !== "s3" || how.form === "header");
        try {
          verify(changed, changed.body, how);
        } catch (error) {
          if (error instanceof AwsServiceError) return;
          throw error;
        }
        throw new Error(`Accepted after ${change.name}.`);
      }),
      { numRuns: 500 },
    );
  });
});

interface WholeRequest extends SignedRequest {
  readonly body: Uint8Array;
}

const changes: ((request: WholeRequest) => WholeRequest)[] = [
  function otherMethod(request) {
    return { ...request, method: request.method === "GET" ? "POST" : "GET" };
  },
  function longerPath(request) {
    return { ...request, rawPath: `${request.rawPath.replace(/\/$/, "")}/more` };
  },
  function otherPath(request) {
    return { ...request, rawPath: "/quite/another" };
  },
  function moreQuery(request) {
    return { ...request, rawQuery: `${request.rawQuery}&more=1` };
  },
  function longerQueryValue(request) {
    return { ...request, rawQuery: `${request.rawQuery || "x="}1` };
  },
  function otherHost(request) {
    return withHeader(request, "host", (value) => `${value}:1`);
  },
  function repeatedHeader(request) {
    const host = request.headers.find(([name]) => name === "host") ?? ["host", ""];
    return { ...request, headers: [...request.headers, host] };
  },
  function withoutHeader(request) {
    return { ...request, headers: request.headers.filter(([name]) => name !== "host") };
  },
  function otherHeader(request) {
    return withHeader(request, "x-test", (value) => `${value}1`);
  },
  function unsignedAmzHeader(request) {
    return { ...request, headers: [...request.headers, ["X-Amz-Invocation-Type", "Event"]] };
  },
  function longerBody(request) {
    return { ...request, body: Buffer.concat([request.body, Buffer.of(0)]) };
  },
  function otherBody(request) {
    const body = Buffer.from(request.body);
    return { ...request, body: body.length > 0 ? body.fill((body[0] ?? 0) ^ 1, 0, 1) : Buffer.of(1) };
  },
];

function withHeader(request: WholeRequest, name: string, change: (value: string) => string): WholeRequest {
  return {
    ...request,
    headers: request.headers.map(([key, value]) => [key, key === name ? change(value) : value]),
  };
}

function verify(request: SignedRequest, body: Uint8Array | undefined, how: SigningSettings) {
  const result = verifySignature(request, {
    service: how.service,
    region: "us-east-1",
    credentials: (id): SigningCredentials | undefined =>
      [temporary, longTerm].find(({ accessKeyId }) => accessKeyId === id),
    nowMs: timeMs,
  });
  const verified: VerifiedSignature<SigningCredentials> = result.verifyBody(
    sha256Hex(body ?? new Uint8Array()),
  );
  return verified;
}

function settings(): fc.Arbitrary<SigningSettings> {
  return fc
    .record({
      service: fc.constantFrom("lambda", "execute-api", "s3", "logs", "sts"),
      credentials: fc.constantFrom(temporary, longTerm),
      timeMs: fc.constant(timeMs),
      form: fc.constantFrom("header" as const, "query" as const),
      expiresIn: fc.integer({ min: 1, max: 604_800 }),
      declaresPayload: fc.boolean(),
    })
    .map((how) => ({ ...how, declaresPayload: how.declaresPayload || how.service === "s3" }));
}

function requestAndSettings(): fc.Arbitrary<[UnsignedRequest, SigningSettings]> {
  return settings().chain((how) => fc.tuple(unsignedRequest(how.service), fc.constant(how)));
}

function unsignedRequest(service: string): fc.Arbitrary<UnsignedRequest> {
  const text = fc.string({ unit: "grapheme", maxLength: 12 });
  const encoded = fc.oneof(text.map(encodeSegment), fc.constantFrom("", ".", "..", "~user", "%2F", "%20"));
  // Everywhere but with S3, the path is signed as the client happened to encode it.
  const segment =
    service === "s3" ? encoded : fc.oneof(encoded, fc.constantFrom("a+b", "a=b", "(!)", "%e2%82%ac"));
  const value = fc.oneof(text, fc.array(text, { minLength: 1, maxLength: 3 }));
  const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 });
  return fc.record({
    method: fc.constantFrom("GET", "POST", "PUT", "DELETE", "HEAD"),
    path: fc.array(segment, { maxLength: 5 }).map((segments) => `/${segments.join("/")}`),
    // The SDK itself loses a parameter of that name on the way.
    query: fc.dictionary(
      name.filter((text) => text !== "__proto__"),
      value,
      { maxKeys: 4, noNullPrototype: true },
    ),
    headers: fc.record({
      host: fc.constantFrom("127.0.0.1:7000", "abc.execute-api.localhost:7000"),
      "x-test": text.map((value) => value.replace(/[\r\n]/g, " ")),
      "content-type": fc.constantFrom("application/json", "text/plain;  charset=utf-8"),
    }),
    body: fc.uint8Array({ maxLength: 40 }),
  });
}

function encodeSegment(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
