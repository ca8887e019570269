import { describe, expect, test } from "vitest";
import {
  authorization,
  expiring,
  type Given,
  invoke,
  longTerm,
  refusalOf,
  signedAtMs,
  temporary,
  withHeader,
  without,
} from "../../test/signature-case.ts";

const mismatch =
  "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";

describe("Lambda refuses", () => {
  test.each<[string, Given, string, string]>([
    [
      "no signature",
      { change: without("authorization") },
      "MissingAuthenticationTokenException",
      "Missing Authentication Token",
    ],
    [
      "an empty Authorization header",
      { change: authorization(() => "") },
      "IncompleteSignatureException",
      "Authorization header cannot be empty.",
    ],
    [
      "another scheme",
      { change: authorization(() => "Bearer x") },
      "IncompleteSignatureException",
      "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): 'uTem/WB082UJMN2ajD6lH6UChGpTAddMJSx2iu923No='.",
    ],
    [
      "a field without an equal sign",
      { change: authorization((v) => v.replace("Signature=", "Signature")) },
      "IncompleteSignatureException",
      "Invalid key=value pair (missing equal-sign) in Authorization header",
    ],
    [
      "missing fields, all in one message",
      { change: (request) => authorization(() => "AWS4-HMAC-SHA256")(without("x-amz-date")(request)) },
      "IncompleteSignatureException",
      "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. (Hashed with SHA-256 and encoded with Base64) Authorization=",
    ],
    [
      "a repeated field",
      { change: authorization((v) => `${v}, Signature=${"0".repeat(64)}`) },
      "IncompleteSignatureException",
      "Authorization header must have 'Signature' only once.",
    ],
    [
      "two Authorization headers",
      { change: (request) => ({ ...request, headers: [...request.headers, ...request.headers] }) },
      "IncompleteSignatureException",
      "Authorization header must have 'Authorization' only once.",
    ],
    [
      "a signature in the header and in the URL",
      { change: (request) => ({ ...request, rawQuery: `${request.rawQuery}&X-Amz-Algorithm=x` }) },
      "InvalidSignatureException",
      "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
    ],
    [
      "a presigned URL without its other parameters",
      { change: (request) => ({ ...without("authorization")(request), rawQuery: "X-Amz-Algorithm" }) },
      "IncompleteSignatureException",
      "AWS query-string parameters must include 'X-Amz-Algorithm'. AWS query-string parameters must include 'X-Amz-Credential'. AWS query-string parameters must include 'X-Amz-Signature'. AWS query-string parameters must include 'X-Amz-SignedHeaders'. AWS query-string parameters must include 'X-Amz-Date'. Re-examine the query-string parameters.",
    ],
    [
      "a repeated parameter of a presigned URL",
      {
        settings: { form: "query" },
        change: (request) => ({ ...request, rawQuery: `${request.rawQuery}&X-Amz-Signature=0` }),
      },
      "IncompleteSignatureException",
      "AWS query-string parameters must include 'X-Amz-Signature' only once.",
    ],
    [
      "a date that is none",
      { change: withHeader("X-Amz-Date", "20260231T120000Z") },
      "IncompleteSignatureException",
      "Date must be in ISO-8601 'basic format'. Got '20260231T120000Z'. See http://en.wikipedia.org/wiki/ISO_8601",
    ],
    [
      "a request that is too old",
      { nowMs: signedAtMs + 301_000 },
      "InvalidSignatureException",
      "Signature expired: 20260228T120000Z is now earlier than 20260228T120001Z (20260228T120501Z - 5 min.)",
    ],
    [
      "a request from the future",
      { nowMs: signedAtMs - 301_000 },
      "InvalidSignatureException",
      "Signature not yet current: 20260228T120000Z is still later than 20260228T115959Z (20260228T115459Z + 5 min.)",
    ],
    [
      "a presigned URL that has expired",
      { settings: { form: "query", expiresIn: 90 }, nowMs: signedAtMs + 91_000 },
      "InvalidSignatureException",
      "Signature expired: 20260228T120000Z is now earlier than 20260228T120001Z (20260228T120131Z - 90 sec.)",
    ],
    [
      "a presigned URL from the future",
      { settings: { form: "query" }, nowMs: signedAtMs - 301_000 },
      "InvalidSignatureException",
      "Signature not yet current: 20260228T120000Z is still later than",
    ],
    ...(
      [
        ["604801", "X-Amz-Expires must be less than a week (in seconds)"],
        ["0", "X-Amz-Expires must be at least 1 second"],
        ["-1", "X-Amz-Expires must be non-negative"],
        ["1e3", "X-Amz-Expires should be a number"],
      ] as const
    ).map(([expires, text]): [string, Given, string, string] => [
      `a presigned URL for ${expires} seconds`,
      {
        settings: { form: "query" },
        change: (request) => ({ ...request, rawQuery: request.rawQuery.replace("3600", expires) }),
      },
      "IncompleteSignatureException",
      text,
    ]),
    [
      "a host that is not signed",
      { change: authorization((v) => v.replace(";host", "")) },
      "InvalidSignatureException",
      "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
    ],
    [
      "an x-amz header that is not signed",
      { change: withHeader("X-Amz-Invocation-Type", "Event") },
      "InvalidSignatureException",
      "'x-amz-invocation-type' must be a 'SignedHeader' in the AWS Authorization.",
    ],
    [
      "SigV4A, by name",
      { change: authorization((v) => v.replace("AWS4-HMAC", "AWS4-ECDSA-P256")) },
      "IncompleteSignatureException",
      "Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256'. Sluice does not verify SigV4A; sign with SigV4 (AWS4-HMAC-SHA256) for one Region.",
    ],
    [
      "another algorithm",
      { change: authorization((v) => v.replace("SHA256", "SHA512")) },
      "IncompleteSignatureException",
      "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA512'.",
    ],
    [
      "a scope that is not whole",
      { change: authorization((v) => v.replace("/aws4_request", "")) },
      "IncompleteSignatureException",
      "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'AKIAIOSFODNN7EXAMPLE/20260228/us-east-1/lambda'",
    ],
    [
      "another Region",
      { region: "eu-west-3" },
      "InvalidSignatureException",
      "Credential should be scoped to a valid region, not 'us-east-1'.",
    ],
    [
      "a scope that is wrong in every part, in one message",
      {
        region: "eu-west-3",
        change: authorization((v) => v.replace("20260228/us-east-1/lambda/aws4_request", "20260227/b/c/d")),
      },
      "InvalidSignatureException",
      "Credential should be scoped to a valid region, not 'b'. Credential should be scoped to correct service: 'lambda'. Credential should be scoped with a valid terminator: 'aws4_request', not 'd'. Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20260227' != '20260228', from '20260228T120000Z'.",
    ],
    [
      "a key that it does not know",
      { settings: { credentials: { ...longTerm, accessKeyId: "AKIANOBODYKNOWSTHIS2" } } },
      "UnrecognizedClientException",
      "The security token included in the request is invalid.",
    ],
    [
      "temporary credentials without their token",
      { settings: { credentials: { ...longTerm, accessKeyId: temporary.accessKeyId } } },
      "UnrecognizedClientException",
      "The security token included in the request is invalid.",
    ],
    [
      "a wrong token",
      { settings: { credentials: { ...temporary, sessionToken: "IQoJb3+/wA=" } } },
      "UnrecognizedClientException",
      "The security token included in the request is invalid.",
    ],
    [
      "a token for a key that has none",
      { settings: { credentials: { ...temporary, accessKeyId: longTerm.accessKeyId } } },
      "UnrecognizedClientException",
      "The security token included in the request is invalid.",
    ],
    [
      "a token that has expired",
      { settings: { credentials: expiring }, nowMs: signedAtMs + 60_000 },
      "ExpiredTokenException",
      "The security token included in the request is expired",
    ],
    [
      "another secret",
      { settings: { credentials: { ...longTerm, secretAccessKey: "other" } } },
      "InvalidSignatureException",
      mismatch,
    ],
    [
      "a signature in capitals",
      { change: authorization((v) => v.replace(/[0-9a-f]+$/, (hex) => hex.toUpperCase())) },
      "InvalidSignatureException",
      mismatch,
    ],
    [
      "another encoding of the same path",
      {
        request: { ...invoke, path: "/a%20b" },
        settings: { service: "lambda" },
        change: (request) => ({ ...request, rawPath: "/a b" }),
      },
      "InvalidSignatureException",
      mismatch,
    ],
    ["another body", { body: Buffer.from("other") }, "InvalidSignatureException", mismatch],
    [
      "a body that claims to be unsigned",
      { request: { ...invoke, headers: { ...invoke.headers, "x-amz-content-sha256": "UNSIGNED-PAYLOAD" } } },
      "InvalidSignatureException",
      mismatch,
    ],
  ])("%s", async (_name, given, code, message) => {
    const error = await refusalOf(given);
    expect(error.message.startsWith(message), error.message).toBe(true);
    expect(error).toMatchObject({ code, status: 403 });
  });

  test("with short words, and keeps what it computed for the log", async () => {
    const error = await refusalOf({ change: (request) => ({ ...request, method: "PUT" }) });
    expect(error.message).toBe(mismatch);
    expect(error.fault).toMatchObject({
      kind: "mismatch",
      accessKeyId: longTerm.accessKeyId,
      canonicalRequest: expect.stringMatching(
        /^PUT\n\/2015-03-31\/functions\/hello\/invocations\nQualifier=live\n/,
      ),
      stringToSign: expect.stringMatching(
        /^AWS4-HMAC-SHA256\n20260228T120000Z\n20260228\/us-east-1\/lambda\/aws4_request\n/,
      ),
    });
  });
});

describe("the other families", () => {
  const faults: Record<string, Given> = {
    missing: { change: without("authorization") },
    incomplete: { change: authorization((v) => v.replace("/aws4_request", "")) },
    invalid: { settings: { credentials: { ...longTerm, secretAccessKey: "other" } } },
    unknown: { settings: { credentials: { ...longTerm, accessKeyId: "AKIANOBODYKNOWSTHIS2" } } },
    expired: { settings: { credentials: expiring }, nowMs: signedAtMs + 60_000 },
    bearer: { change: authorization(() => "Bearer x") },
  };
  test.each([
    ["execute-api", "missing", 403, "MissingAuthenticationTokenException"],
    ["execute-api", "incomplete", 403, "IncompleteSignatureException"],
    ["execute-api", "invalid", 403, "InvalidSignatureException"],
    ["execute-api", "unknown", 403, "UnrecognizedClientException"],
    ["execute-api", "expired", 403, "ExpiredTokenException"],
    ["execute-api", "bearer", 403, "IncompleteSignatureException"],
    ["logs", "missing", 400, "MissingAuthenticationTokenException"],
    ["logs", "incomplete", 400, "IncompleteSignatureException"],
    ["logs", "invalid", 400, "InvalidSignatureException"],
    ["logs", "unknown", 400, "UnrecognizedClientException"],
    ["logs", "expired", 400, "ExpiredTokenException"],
    ["logs", "bearer", 400, "MissingAuthenticationTokenException"],
    ["cloudformation", "missing", 403, "MissingAuthenticationToken"],
    ["cloudformation", "incomplete", 400, "IncompleteSignature"],
    ["cloudformation", "invalid", 403, "SignatureDoesNotMatch"],
    ["cloudformation", "unknown", 403, "InvalidClientTokenId"],
    ["cloudformation", "expired", 403, "ExpiredToken"],
    ["cloudformation", "bearer", 403, "MissingAuthenticationToken"],
    ["s3", "missing", 403, "AccessDenied"],
    ["s3", "incomplete", 400, "AuthorizationHeaderMalformed"],
    ["s3", "invalid", 403, "SignatureDoesNotMatch"],
    ["s3", "unknown", 403, "InvalidAccessKeyId"],
    ["s3", "expired", 400, "ExpiredToken"],
    ["s3", "bearer", 400, "InvalidArgument"],
  ] as const)("%s, %s: %i %s", async (service, fault, status, code) => {
    expect(await refusalOf({ ...faults[fault], service })).toMatchObject({ status, code });
  });

  test("execute-api tells what it would have signed", async () => {
    const error = await refusalOf({ ...faults["invalid"], service: "execute-api" });
    expect(error.message).toContain(
      `${mismatch}\n\nThe Canonical String for this request should have been\n'POST\n/2015-03-31/functions/hello/invocations\n`,
    );
    expect(error.message).toMatch(/\n\nThe String-to-Sign should have been\n'AWS4-HMAC-SHA256\n[^']+'\n$/);
  });
});
