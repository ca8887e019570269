import { isoBasic, parseRequestTime } from "./request-time.ts";
import type { Refuse, SignatureForm } from "./signature-fault.ts";
import { RequestParts, type SignedRequest } from "./signed-request.ts";

/** A signature as the request carries it, syntactically whole. */
export interface PresentedSignature {
  readonly form: SignatureForm;
  readonly algorithm: string;
  /** Access key id and scope, as sent. */
  readonly credential: string;
  /** Lower-case names, sorted. */
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  /** `YYYYMMDDTHHMMSSZ`. */
  readonly time: string;
  readonly timeMs: number;
  /** From `X-Amz-Expires` of a presigned URL. */
  readonly expiresSeconds: number | undefined;
  readonly sessionToken: string | undefined;
}

/** Whether a request carries a signature, or something in its place: the `Authorization` header or `X-Amz-Algorithm`. */
export function isSigned(request: SignedRequest): boolean {
  const parts = new RequestParts(request);
  return parts.header("authorization") !== undefined || isPresigned(parts);
}

/** What a request claims about its signature, without any check: enough to find the service that owns it. */
export interface ClaimedScope {
  readonly accessKeyId: string;
  /** Undefined for SigV4A, whose scope has no region. */
  readonly region: string | undefined;
  readonly service: string;
}

/** The credential scope that a request claims; undefined if it carries none. Nothing is verified. */
export function claimedScope(request: SignedRequest): ClaimedScope | undefined {
  const parts = new RequestParts(request);
  const credential =
    /^AWS4-\S+\s.*?\bCredential=([^\s,]+)/.exec(parts.header("authorization") ?? "")?.[1] ??
    parts.queryValues("X-Amz-Credential")[0];
  const elements = credential?.split("/") ?? [];
  const [accessKeyId, , third, fourth] = elements;
  if (accessKeyId === undefined || third === undefined || fourth === undefined) return undefined;
  return elements.length === 4
    ? { accessKeyId, region: undefined, service: third }
    : { accessKeyId, region: third, service: fourth };
}

/** Reads the signature of a request. Whatever is not well-formed is thrown as `refuse` puts it. */
export function readSignature(parts: RequestParts, refuse: Refuse): PresentedSignature {
  const authorizations = parts.headerValues("authorization");
  if (authorizations.length > 1) {
    throw refuse({ kind: "repeated", form: "header", part: "Authorization" });
  }
  const [authorization] = authorizations;
  if (isPresigned(parts)) {
    if (authorization !== undefined) throw refuse({ kind: "signed-twice" });
    return readQueryForm(parts, refuse);
  }
  if (authorization === undefined) {
    throw refuse({ kind: "unsigned", hasOlderSignature: parts.queryValues("AWSAccessKeyId").length > 0 });
  }
  return readHeaderForm(parts, authorization.trim(), refuse);
}

function isPresigned(parts: RequestParts): boolean {
  return parts.query.some(({ name }) => name === "X-Amz-Algorithm");
}

function readHeaderForm(parts: RequestParts, authorization: string, refuse: Refuse): PresentedSignature {
  const { algorithm, fields } = readFields(authorization, refuse);
  const credential = fields.get("Credential");
  const signature = fields.get("Signature");
  const signedHeaders = fields.get("SignedHeaders");
  const dateHeader = parts.header("x-amz-date") === undefined ? "date" : "x-amz-date";
  const date = parts.header(dateHeader);
  if (!credential || !signature || !signedHeaders || !date) {
    const missing = ["Credential", "Signature", "SignedHeaders"].filter((name) => !fields.get(name));
    throw refuse({
      kind: "incomplete-header",
      missing: date ? missing : [...missing, "Date"],
      authorization,
    });
  }
  const timeMs = parseRequestTime(date, dateHeader === "date" ? "iso-basic-or-http" : "iso-basic");
  if (timeMs === undefined) throw refuse({ kind: "date-format", form: "header", value: date });
  return {
    form: "header",
    algorithm,
    credential,
    signedHeaders: headerList(signedHeaders),
    signature,
    time: isoBasic(timeMs),
    timeMs,
    expiresSeconds: undefined,
    sessionToken: parts.header("x-amz-security-token"),
  };
}

/** `ALGORITHM Name=value, Name=value`: commas and blanks separate alike. */
function readFields(
  authorization: string,
  refuse: Refuse,
): { algorithm: string; fields: ReadonlyMap<string, string> } {
  const [algorithm, ...words] = authorization.split(/[\s,]+/).filter((word) => word !== "");
  if (algorithm === undefined) throw refuse({ kind: "empty-authorization" });
  const fields = new Map<string, string>();
  for (const word of words) {
    const equalSign = word.indexOf("=");
    if (equalSign === -1) throw refuse({ kind: "not-key-value", authorization });
    const name = word.slice(0, equalSign);
    if (fields.has(name)) throw refuse({ kind: "repeated", form: "header", part: name });
    fields.set(name, word.slice(equalSign + 1));
  }
  return { algorithm, fields };
}

function readQueryForm(parts: RequestParts, refuse: Refuse): PresentedSignature {
  const value = (name: string): string => {
    const [first, ...others] = parts.queryValues(name);
    if (others.length > 0) throw refuse({ kind: "repeated", form: "query", part: name });
    return first ?? "";
  };
  const required = {
    algorithm: value("X-Amz-Algorithm"),
    credential: value("X-Amz-Credential"),
    signature: value("X-Amz-Signature"),
    signedHeaders: value("X-Amz-SignedHeaders"),
    time: value("X-Amz-Date"),
  };
  if (Object.values(required).includes("")) {
    const missing = requiredParameters.filter((name) => value(name) === "");
    throw refuse({ kind: "incomplete-query", missing });
  }
  const timeMs = parseRequestTime(required.time, "iso-basic");
  if (timeMs === undefined) throw refuse({ kind: "date-format", form: "query", value: required.time });
  const expires = value("X-Amz-Expires");
  return {
    form: "query",
    ...required,
    signedHeaders: headerList(required.signedHeaders),
    timeMs,
    expiresSeconds: expires === "" ? undefined : expirySeconds(expires, refuse),
    sessionToken: value("X-Amz-Security-Token") || undefined,
  };
}

const requiredParameters = [
  "X-Amz-Algorithm",
  "X-Amz-Credential",
  "X-Amz-Signature",
  "X-Amz-SignedHeaders",
  "X-Amz-Date",
];

/**
 * Seven days: as long as the signing key lives.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
const maximumExpirySeconds = 604_800;

function expirySeconds(text: string, refuse: Refuse): number {
  if (!/^-?\d+$/.test(text)) throw refuse({ kind: "expires-format", problem: "not-a-number" });
  const seconds = Number(text);
  if (seconds < 0) throw refuse({ kind: "expires-format", problem: "negative" });
  if (seconds === 0) throw refuse({ kind: "expires-format", problem: "zero" });
  if (seconds > maximumExpirySeconds) throw refuse({ kind: "expires-format", problem: "too-long" });
  return seconds;
}

function headerList(text: string): string[] {
  return text
    .toLowerCase()
    .split(";")
    .filter((name) => name !== "")
    .sort();
}
