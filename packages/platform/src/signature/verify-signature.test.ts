import { describe, expect, test } from "vitest";
import { type SigningSettings, signWithSdk } from "../../test/sdk-signer.ts";
import {
  authorization,
  body,
  expiring,
  type Given,
  invoke,
  longTerm,
  renamed,
  signedAtMs,
  temporary,
  verify,
  withHeader,
  without,
} from "../../test/signature-case.ts";
import { claimedScope, isSigned } from "./presented-signature.ts";
import { SignatureRefusal } from "./signature-refusal.ts";
import type { SignedRequest } from "./signed-request.ts";
import { deriveSigningKey, emptySha256, sha256Hex, sign, stringToSign } from "./signing-key.ts";
import { verifySignature } from "./verify-signature.ts";

describe("a signed request", () => {
  test("that names the hash of its body is verified before the body is there", async () => {
    const result = await verify();
    expect(result).toMatchObject({
      status: "verified",
      form: "header",
      credentials: longTerm,
      scope: { date: "20260228", region: "us-east-1", service: "lambda" },
      signedAtMs,
      signedHeaders: ["content-type", "host", "x-amz-content-sha256", "x-amz-date"],
      payload: { kind: "sha256", sha256: sha256Hex(body) },
    });
    expect(result.verifyBody(sha256Hex(body))).toBe(result);
    expect(() => result.verifyBody(emptySha256)).toThrow(
      "The request signature we calculated does not match the signature you provided.",
    );
  });

  test("that names none says nothing about the caller until the body is there", async () => {
    const result = await verify({ settings: { declaresPayload: false } });
    expect(Object.keys(result)).toEqual(["status", "verifyBody"]);
    expect(result.status).toBe("needs-body");
    expect(() => result.verifyBody(emptySha256)).toThrow(SignatureRefusal);
    expect(result.verifyBody(sha256Hex(body))).toMatchObject({ status: "verified", credentials: longTerm });
  });

  test("that names none and has no body is verified at once", async () => {
    const request = { method: "GET", path: "/Prod/items", headers: invoke.headers };
    const result = await verify({ service: "execute-api", request, settings: { declaresPayload: false } });
    expect(result).toMatchObject({ status: "verified", payload: { kind: "sha256", sha256: emptySha256 } });
  });

  test("is taken in any Region when none is asked for", async () => {
    const settings = { service: "lambda", region: "eu-west-3", credentials: longTerm, timeMs: signedAtMs };
    const request = await signWithSdk(invoke, settings);
    const result = verifySignature(request, {
      service: "lambda",
      credentials: () => longTerm,
      nowMs: signedAtMs,
    });
    expect(result).toMatchObject({ status: "verified", scope: { region: "eu-west-3" } });
  });

  test.each<[string, Given]>([
    ["with a session token", { settings: { credentials: temporary } }],
    ["with a session token in its URL", { settings: { credentials: temporary, form: "query" } }],
    ["with a token that has not expired", { settings: { credentials: expiring } }],
    ["whose fields are separated by commas alone", { change: authorization((v) => v.replaceAll(", ", ",")) }],
    ["whose fields are separated by blanks alone", { change: authorization((v) => v.replaceAll(",", "")) }],
    [
      "whose signed headers are listed in another order",
      {
        change: authorization((v) =>
          v.replace(/SignedHeaders=[^,]+/, "SignedHeaders=x-amz-date;host;content-type;x-amz-content-sha256"),
        ),
      },
    ],
    ["whose header names have capitals", { change: renamed((name) => name.toUpperCase()) }],
    ["with headers that are not signed", { change: withHeader("User-Agent", "curl/8.5.0") }],
    ["five minutes old", { nowMs: signedAtMs + 300_000 }],
    ["five minutes ahead", { nowMs: signedAtMs - 300_000 }],
    [
      "by a presigned URL in its last second",
      { settings: { form: "query", expiresIn: 900 }, nowMs: signedAtMs + 900_000 },
    ],
    [
      "for S3, a quarter of an hour old",
      { service: "s3", nowMs: signedAtMs + 900_000, request: { ...invoke, path: "/bucket/a%20b" } },
    ],
    [
      "with a path that is encoded once more for the signature",
      { service: "execute-api", request: { ...invoke, path: "/Prod/caf%C3%A9%20au/lait" } },
    ],
    [
      "with a path that is normalised for the signature",
      { service: "execute-api", request: { ...invoke, path: "//Prod/./x/../items/" } },
    ],
    [
      "of S3 with a path that is taken as it is",
      { service: "s3", request: { ...invoke, path: "//bucket/./x/../a%2520b" } },
    ],
    [
      "with a plus sign for a blank in the query",
      {
        request: { ...invoke, query: { q: "a b" } },
        change: (request) => ({ ...request, rawQuery: request.rawQuery.replace("%20", "+") }),
      },
    ],
    [
      "with needless escapes in the query",
      {
        request: { ...invoke, query: { q: "~a" } },
        change: (request) => ({ ...request, rawQuery: "%71=%7e%61" }),
      },
    ],
  ])("is accepted %s", async (_name, given) => {
    expect((await verify(given)).verifyBody(sha256Hex(body)).status).toBe("verified");
  });

  test("is accepted with a Date header in place of X-Amz-Date", () => {
    expect(signedByHand({ Date: "Sat, 28 Feb 2026 12:00:00 GMT" })).toMatchObject({ status: "verified" });
    expect(signedByHand({ Date: "20260228T120000Z" })).toMatchObject({ status: "verified" });
    expect(() => signedByHand({ Date: "2026-02-28T12:00:00Z" })).toThrow(
      "Date must be in ISO-8601 'basic format'. Got '2026-02-28T12:00:00Z'. See http://en.wikipedia.org/wiki/ISO_8601",
    );
  });

  test("prefers X-Amz-Date when both dates are there", () => {
    const both = { Date: "Thu, 01 Jan 1970 00:00:00 GMT", "X-Amz-Date": "20260228T120000Z" };
    expect(signedByHand(both)).toMatchObject({ status: "verified", signedAtMs });
  });
});

describe("the body of an S3 request", () => {
  test.each([
    ["UNSIGNED-PAYLOAD", { kind: "unsigned" }],
    ["STREAMING-AWS4-HMAC-SHA256-PAYLOAD", { kind: "aws-chunked", signing: "signed", decodedBytes: 5 }],
    [
      "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
      { kind: "aws-chunked", signing: "signed-with-trailer", decodedBytes: 5 },
    ],
    [
      "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
      { kind: "aws-chunked", signing: "unsigned-with-trailer", decodedBytes: 5 },
    ],
  ])("is what %s says", async (value, payload) => {
    const headers = {
      ...invoke.headers,
      "x-amz-content-sha256": value,
      "x-amz-decoded-content-length": "5",
    };
    expect(await verify({ service: "s3", request: { ...invoke, headers } })).toMatchObject({
      status: "verified",
      payload,
    });
  });
});

describe("before anything is verified", () => {
  test.each<[string, Partial<SigningSettings>, (request: SignedRequest) => SignedRequest, unknown]>([
    [
      "header",
      {},
      (request) => request,
      { accessKeyId: longTerm.accessKeyId, region: "us-east-1", service: "lambda" },
    ],
    [
      "presigned URL",
      { form: "query", service: "s3" },
      (request) => request,
      { accessKeyId: longTerm.accessKeyId, region: "us-east-1", service: "s3" },
    ],
    [
      "SigV4A",
      {},
      authorization((v) => v.replace("HMAC", "ECDSA-P256").replace("us-east-1/", "")),
      { accessKeyId: longTerm.accessKeyId, region: undefined, service: "lambda" },
    ],
    ["other scheme", {}, authorization(() => "Bearer Credential=a/b/c/d/e"), undefined],
    ["broken scope", {}, authorization((v) => v.replace("/20260228/us-east-1", "")), undefined],
  ])("the scope that a request claims can be read: %s", async (_name, settings, change, claimed) => {
    const signed = await signWithSdk(invoke, {
      service: "lambda",
      credentials: longTerm,
      timeMs: signedAtMs,
      ...settings,
    });
    expect(claimedScope(change(signed))).toEqual(claimed);
    expect(isSigned(change(signed))).toBe(true);
    expect(isSigned({ ...without("authorization")(signed), rawQuery: "" })).toBe(false);
  });
});

/** A request with the dates as given, signed step by step as AWS's guide has it. */
function signedByHand(dates: Readonly<Record<string, string>>) {
  const headers = [["Host", "localhost"], ...Object.entries(dates)] as [string, string][];
  const names = headers.map(([name]) => name.toLowerCase()).sort();
  const lines = names.map((name) => {
    const [, value] = headers.find(([other]) => other.toLowerCase() === name) ?? [];
    return `${name}:${value}\n`;
  });
  const canonical = `GET\n/\n\n${lines.join("")}\n${names.join(";")}\n${emptySha256}`;
  const scope = { date: "20260228", region: "us-east-1", service: "lambda" };
  const key = deriveSigningKey(longTerm.secretAccessKey, scope);
  const signature = sign(key, stringToSign("20260228T120000Z", scope, canonical));
  const authorization = `AWS4-HMAC-SHA256 Credential=${longTerm.accessKeyId}/20260228/us-east-1/lambda/aws4_request, SignedHeaders=${names.join(";")}, Signature=${signature}`;
  return verifySignature(
    { method: "GET", rawPath: "/", rawQuery: "", headers: [...headers, ["Authorization", authorization]] },
    { service: "lambda", credentials: () => longTerm, nowMs: signedAtMs },
  );
}
