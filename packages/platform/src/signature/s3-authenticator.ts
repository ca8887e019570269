/**
 * What S3 answers to a request that is not well signed. It has an authenticator of its own.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */

import type { AwsServiceError } from "../service-error.ts";
import { isoBasic } from "./request-time.ts";
import { expiresText } from "./shared-authenticator.ts";
import type { ScopeFault, SignatureFault, SignatureForm } from "./signature-fault.ts";
import { SignatureRefusal } from "./signature-refusal.ts";

/** S3's answer to a fault. Members are the elements of the XML body besides `Code` and `Message`. */
export function s3AuthenticatorError(fault: SignatureFault): AwsServiceError {
  const [code, status, message, members] = explain(fault);
  return new SignatureRefusal(code, status, message, fault, members);
}

type Answer = readonly [code: string, status: number, message: string, members?: Record<string, unknown>];

function explain(fault: SignatureFault): Answer {
  switch (fault.kind) {
    case "unsigned":
      return fault.hasOlderSignature === true ? unsupportedVersion() : ["AccessDenied", 403, "Access Denied"];
    case "signed-twice":
      return [
        "InvalidArgument",
        400,
        "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified",
        { ArgumentName: "Authorization" },
      ];
    case "empty-authorization":
      return unsupportedType();
    case "not-key-value":
    case "incomplete-header":
      if (!fault.authorization.startsWith("AWS4-")) return unsupportedType();
      if (fault.kind === "incomplete-header" && fault.missing[0] === "Date") {
        return ["AccessDenied", 403, "AWS authentication requires a valid Date or x-amz-date header"];
      }
      return malformedHeader(
        "the authorization header requires three components: Credential, SignedHeaders, and Signature.",
      );
    case "repeated":
      // S3 documents no text for this; a signature of which one part is ignored must not pass.
      return malformed(fault.form, `${fault.part} must come once.`);
    case "incomplete-query":
      return queryParameters(
        "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
      );
    case "date-format":
      return fault.form === "query"
        ? queryParameters(`X-Amz-Date must be in the ISO8601 Long Format "yyyyMMdd'T'HHmmss'Z'"`)
        : ["AccessDenied", 403, "AWS authentication requires a valid Date or x-amz-date header"];
    case "expires-format":
      return queryParameters(expiresText[fault.problem]);
    case "too-early":
    case "too-late":
      return wrongTime(fault);
    case "headers-not-signed":
      return [
        "AccessDenied",
        403,
        "There were headers present in the request which were not signed",
        { HeadersNotSigned: fault.names.join(", ") },
      ];
    case "algorithm":
      return unsupportedAlgorithm(fault);
    case "credential-format":
      return malformed(
        fault.form,
        'the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".',
      );
    case "scope":
      return wrongScope(fault);
    case "unknown-key":
      return [
        "InvalidAccessKeyId",
        403,
        "The AWS Access Key Id you provided does not exist in our records.",
        { AWSAccessKeyId: fault.accessKeyId },
      ];
    case "wrong-token":
      return ["InvalidToken", 400, "The provided token is malformed or otherwise invalid."];
    case "expired-token":
      return ["ExpiredToken", 400, "The provided token has expired."];
    case "mismatch":
      return [
        "SignatureDoesNotMatch",
        403,
        "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
        {
          AWSAccessKeyId: fault.accessKeyId,
          StringToSign: fault.stringToSign,
          SignatureProvided: fault.signature,
          StringToSignBytes: spacedHex(fault.stringToSign),
          CanonicalRequest: fault.canonicalRequest,
          CanonicalRequestBytes: spacedHex(fault.canonicalRequest),
        },
      ];
    case "payload-mismatch":
      return [
        "XAmzContentSHA256Mismatch",
        400,
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
        { ClientComputedContentSHA256: fault.declared, S3ComputedContentSHA256: fault.computed },
      ];
    case "decoded-length-missing":
      return ["MissingContentLength", 411, "You must provide the Content-Length HTTP header."];
    case "payload-hash-missing":
      return ["InvalidRequest", 400, "Missing required header for this request: x-amz-content-sha256"];
    case "payload-hash-format":
      return [
        "InvalidArgument",
        400,
        "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER or a valid sha256 value.",
        { ArgumentName: "x-amz-content-sha256", ArgumentValue: fault.value },
      ];
    case "payload-hash-unsupported":
      return [
        "NotImplemented",
        501,
        `Sluice does not verify SigV4A, so not ${fault.value}; sign with SigV4 (AWS4-HMAC-SHA256) for one Region.`,
      ];
  }
}

function malformed(form: SignatureForm, problem: string): Answer {
  return form === "header"
    ? malformedHeader(problem)
    : queryParameters(`Error parsing the X-Amz-Credential parameter; ${problem}`);
}

function malformedHeader(problem: string): Answer {
  return ["AuthorizationHeaderMalformed", 400, `The authorization header is malformed; ${problem}`];
}

function queryParameters(message: string): Answer {
  return ["AuthorizationQueryParametersError", 400, message];
}

function unsupportedType(): Answer {
  return ["InvalidArgument", 400, "Unsupported Authorization Type", { ArgumentName: "Authorization" }];
}

function unsupportedAlgorithm({ form, algorithm }: { form: SignatureForm; algorithm: string }): Answer {
  if (algorithm === "AWS4-ECDSA-P256-SHA256") {
    return [
      "NotImplemented",
      501,
      `Sluice does not verify SigV4A (${algorithm}); sign with SigV4 (AWS4-HMAC-SHA256) for one Region.`,
    ];
  }
  return form === "query"
    ? queryParameters('X-Amz-Algorithm only supports "AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256"')
    : unsupportedVersion();
}

function unsupportedVersion(): Answer {
  return [
    "InvalidRequest",
    400,
    "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
  ];
}

/** S3 names one fault at a time. */
function wrongScope({ form, region, service, terminator, date }: ScopeFault): Answer {
  if (date !== undefined) {
    return form === "header"
      ? malformedHeader(
          `Invalid credential date "${date.sent}". This date is not the same as X-Amz-Date: "${date.time.slice(0, 8)}".`,
        )
      : queryParameters(
          `Invalid credential date "${date.sent}". This date is not the same as X-Amz-Date: "${date.time.slice(0, 8)}".`,
        );
  }
  if (terminator !== undefined) {
    return malformed(form, `incorrect terminal "${terminator.sent}". This endpoint uses "aws4_request".`);
  }
  if (service !== undefined) {
    return malformed(
      form,
      `incorrect service "${service.sent}". This endpoint belongs to "${service.expected}".`,
    );
  }
  const [code, status, message] = malformed(
    form,
    `the region '${region?.sent}' is wrong; expecting '${region?.expected}'`,
  );
  return [code, status, message, { Region: region?.expected }];
}

function wrongTime(fault: Extract<SignatureFault, { kind: "too-early" | "too-late" }>): Answer {
  const { timeMs, nowMs, allowedSeconds, isPresignedExpiry } = fault;
  if (isPresignedExpiry) {
    return [
      "AccessDenied",
      403,
      "Request has expired",
      {
        "X-Amz-Expires": allowedSeconds,
        Expires: isoSeconds(timeMs + allowedSeconds * 1000),
        ServerTime: isoSeconds(nowMs),
      },
    ];
  }
  return [
    "RequestTimeTooSkewed",
    403,
    "The difference between the request time and the current time is too large.",
    {
      RequestTime: isoBasic(timeMs),
      ServerTime: isoSeconds(nowMs),
      MaxAllowedSkewMilliseconds: allowedSeconds * 1000,
    },
  ];
}

function isoSeconds(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 19)}Z`;
}

function spacedHex(text: string): string {
  return Buffer.from(text, "latin1")
    .toString("hex")
    .replace(/..(?=.)/g, "$& ");
}
