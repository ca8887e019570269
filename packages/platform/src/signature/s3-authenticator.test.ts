import { describe, expect, test } from "vitest";
import {
  body,
  type Given,
  invoke,
  longTerm,
  refusalOf,
  signedAtMs,
  temporary,
  withHeader,
  without,
} from "../../test/signature-case.ts";
import { sha256Hex } from "./signing-key.ts";

describe("S3 refuses", () => {
  test.each<[string, Given, number, string, string, Record<string, unknown>?]>([
    [
      "a request that is too old",
      { nowMs: signedAtMs + 901_000 },
      403,
      "RequestTimeTooSkewed",
      "The difference between the request time and the current time is too large.",
      {
        RequestTime: "20260228T120000Z",
        ServerTime: "2026-02-28T12:15:01Z",
        MaxAllowedSkewMilliseconds: 900_000,
      },
    ],
    [
      "a presigned URL that has expired",
      { settings: { form: "query", expiresIn: 60 }, nowMs: signedAtMs + 61_000 },
      403,
      "AccessDenied",
      "Request has expired",
      { "X-Amz-Expires": 60, Expires: "2026-02-28T12:01:00Z", ServerTime: "2026-02-28T12:01:01Z" },
    ],
    [
      "headers that are not signed",
      { change: withHeader("X-Amz-Acl", "private") },
      403,
      "AccessDenied",
      "There were headers present in the request which were not signed",
      { HeadersNotSigned: "x-amz-acl" },
    ],
    [
      "another Region",
      { region: "eu-west-3" },
      400,
      "AuthorizationHeaderMalformed",
      "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-west-3'",
      { Region: "eu-west-3" },
    ],
    [
      "another Region in a URL",
      { region: "eu-west-3", settings: { form: "query" } },
      400,
      "AuthorizationQueryParametersError",
      "Error parsing the X-Amz-Credential parameter; the region 'us-east-1' is wrong; expecting 'eu-west-3'",
    ],
    [
      "another service",
      { settings: { service: "lambda" } },
      400,
      "AuthorizationHeaderMalformed",
      'The authorization header is malformed; incorrect service "lambda". This endpoint belongs to "s3".',
    ],
    [
      "a request that says nothing of its body",
      { change: without("x-amz-content-sha256") },
      400,
      "InvalidRequest",
      "Missing required header for this request: x-amz-content-sha256",
    ],
    [
      "a hash that is none",
      { change: withHeader("x-amz-content-sha256", "abc") },
      400,
      "InvalidArgument",
      "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER,",
      { ArgumentName: "x-amz-content-sha256", ArgumentValue: "abc" },
    ],
    [
      "SigV4A chunks, by name",
      { change: withHeader("x-amz-content-sha256", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD") },
      501,
      "NotImplemented",
      "Sluice does not verify SigV4A, so not STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD;",
    ],
    [
      "chunks without the length of what is in them",
      { change: withHeader("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER") },
      411,
      "MissingContentLength",
      "You must provide the Content-Length HTTP header.",
    ],
    [
      "another body",
      { body: Buffer.from("other") },
      400,
      "XAmzContentSHA256Mismatch",
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
      {
        ClientComputedContentSHA256: sha256Hex(body),
        S3ComputedContentSHA256: sha256Hex(Buffer.from("other")),
      },
    ],
    [
      "a session token that is not signed",
      {
        settings: { credentials: { ...longTerm, accessKeyId: temporary.accessKeyId } },
        change: withHeader("x-amz-security-token", temporary.sessionToken),
      },
      403,
      "AccessDenied",
      "There were headers present in the request which were not signed",
    ],
  ])("%s", async (_name, given, status, code, message, members) => {
    const error = await refusalOf({ ...given, service: "s3" });
    expect(error.message.startsWith(message), error.message).toBe(true);
    expect(error).toMatchObject({ status, code, members: members ?? {} });
  });

  test("a wrong signature with everything that it computed", async () => {
    const error = await refusalOf({
      service: "s3",
      request: { ...invoke, path: "/a", query: {}, body: new Uint8Array() },
      settings: { credentials: { ...longTerm, secretAccessKey: "other" } },
    });
    expect(error.members).toMatchObject({
      AWSAccessKeyId: longTerm.accessKeyId,
      SignatureProvided: expect.stringMatching(/^[0-9a-f]{64}$/),
      StringToSignBytes: expect.stringMatching(/^41 57 53 34 /),
      CanonicalRequest: expect.stringMatching(/^POST\n\/a\n\n/),
      CanonicalRequestBytes: expect.stringMatching(/^50 4f 53 54 0a 2f 61 0a 0a /),
    });
  });
});
