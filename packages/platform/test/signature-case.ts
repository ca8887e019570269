import { expect } from "vitest";
import { AwsServiceError } from "../src/service-error.ts";
import {
  SignatureRefusal,
  type SignedRequest,
  type SigningCredentials,
  verifySignature,
} from "../src/signature/index.ts";
import { sha256Hex } from "../src/signature/signing-key.ts";
import { type SigningSettings, signWithSdk, type UnsignedRequest } from "./sdk-signer.ts";

export const signedAtMs = Date.UTC(2026, 1, 28, 12, 0, 0);
export const longTerm = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
};
export const temporary = {
  accessKeyId: "ASIAIOSFODNN7EXAMPLE",
  secretAccessKey: longTerm.secretAccessKey,
  sessionToken: "IQoJb3+/w==",
};
export const expiring = {
  ...temporary,
  accessKeyId: "ASIAEXPIRINGEXAMPLE7",
  expiresAtMs: signedAtMs + 60_000,
};
export const body = Buffer.from('{"name":"é"}');
export const invoke: UnsignedRequest = {
  method: "POST",
  path: "/2015-03-31/functions/hello/invocations",
  query: { Qualifier: "live" },
  headers: { host: "127.0.0.1:7000", "content-type": "application/json" },
  body,
};

/** A request, how it is signed, what happens to it on its way, and what it is verified against. */
export interface Given {
  readonly settings?: Partial<SigningSettings>;
  readonly request?: UnsignedRequest;
  /** What happens to the request on its way. */
  readonly change?: (request: SignedRequest) => SignedRequest;
  readonly service?: string;
  readonly region?: string;
  readonly nowMs?: number;
  readonly body?: Uint8Array;
}

/** Signs and verifies, at the time of signing unless told otherwise. */
export async function verify(given: Given = {}) {
  const service = given.service ?? given.settings?.service ?? "lambda";
  const settings = { service, credentials: longTerm, timeMs: signedAtMs, ...given.settings };
  const signed = await signWithSdk(given.request ?? invoke, settings);
  const request = given.change?.(signed) ?? signed;
  return verifySignature(request, {
    service,
    region: given.region ?? "us-east-1",
    credentials: (id): SigningCredentials | undefined =>
      [longTerm, temporary, expiring].find(({ accessKeyId }) => accessKeyId === id),
    nowMs: given.nowMs ?? signedAtMs,
  });
}

/** The error that a request, or its body, is refused with. */
export async function refusalOf(given: Given): Promise<SignatureRefusal> {
  try {
    const result = await verify(given);
    result.verifyBody(sha256Hex(given.body ?? given.request?.body ?? body));
  } catch (error) {
    expect(error).toBeInstanceOf(AwsServiceError);
    if (error instanceof SignatureRefusal) return error;
    throw error;
  }
  throw new Error("The request was accepted.");
}

export function authorization(change: (value: string) => string): (request: SignedRequest) => SignedRequest {
  return (request) => ({
    ...request,
    headers: request.headers.map(([name, value]) => [name, name === "authorization" ? change(value) : value]),
  });
}

export function renamed(change: (name: string) => string): (request: SignedRequest) => SignedRequest {
  return (request) => ({
    ...request,
    headers: request.headers.map(([name, value]) => [change(name), value]),
  });
}

export function without(header: string): (request: SignedRequest) => SignedRequest {
  return (request) => ({ ...request, headers: request.headers.filter(([name]) => name !== header) });
}

export function withHeader(header: string, value: string): (request: SignedRequest) => SignedRequest {
  return (request) => ({
    ...request,
    headers: [...without(header.toLowerCase())(request).headers, [header, value]],
  });
}
