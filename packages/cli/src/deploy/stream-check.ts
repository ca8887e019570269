import { signedFetch } from "@sluice/platform";
import type { SigningCredentials } from "./aws.ts";

/** What a deployed endpoint answered. */
export interface StreamCheck {
  readonly output: string;
  readonly url: string;
  readonly status?: number;
  /** From the request on, in milliseconds. */
  readonly firstByteMs?: number;
  /** Pieces that came apart from each other. */
  readonly pieces?: number;
  readonly bytes?: number;
  /** From the first byte to the last that was waited for, in milliseconds. */
  readonly overMs?: number;
  /** Why there is no answer. */
  readonly error?: string;
}

/** How long an endpoint may take, and how much it may send, before what has come is enough. */
const limits = { timeMs: 15_000, bytes: 1_000_000 };

/** Bytes that come together are one piece, though the network may have cut them. */
const togetherMs = 20;

/** Outputs that are addresses of APIs and function URLs, AWS's or a platform's. */
export function streamEndpoints(outputs: readonly { readonly name: string; readonly value: string }[]) {
  return outputs.filter(({ value }) => /^https?:\/\/[^{}]*(execute-api|lambda-url)[^{}]*$/.test(value));
}

/** Calls an endpoint with a signed GET, and tells how the answer came. */
export async function checkStream(
  output: string,
  url: string,
  signatory: { readonly region: string; readonly credentials: SigningCredentials },
): Promise<StreamCheck> {
  const service = url.includes("lambda-url") ? "lambda" : "execute-api";
  const { sessionToken, ...keys } = signatory.credentials;
  const credentials = sessionToken === undefined ? keys : { ...keys, sessionToken };
  const timeout = AbortSignal.timeout(limits.timeMs);
  const startedMs = performance.now();
  try {
    const request = new Request(url, { signal: timeout, redirect: "manual" });
    const response = await signedFetch(request, service, { region: signatory.region, credentials });
    return { output, url, status: response.status, ...(await measure(response, startedMs)) };
  } catch (error) {
    const { message, cause } = error as Error;
    return { output, url, error: cause instanceof Error ? cause.message : message };
  }
}

async function measure(response: Response, startedMs: number) {
  let pieces = 0;
  let bytes = 0;
  let firstMs = 0;
  let lastMs = 0;
  try {
    for await (const chunk of response.body ?? []) {
      const nowMs = performance.now();
      if (pieces === 0) firstMs = nowMs;
      if (pieces === 0 || nowMs - lastMs > togetherMs) pieces += 1;
      lastMs = nowMs;
      bytes += chunk.length;
      if (bytes > limits.bytes) break;
    }
  } catch (error) {
    if (pieces === 0) throw error;
    // It streams longer than is worth waiting for.
  }
  if (pieces === 0) return { pieces, bytes };
  return { pieces, bytes, firstByteMs: firstMs - startedMs, overMs: lastMs - firstMs };
}

/** In a line or two, with what to look at if it does not stream. */
export function describeCheck({ output, url, ...answer }: StreamCheck): string {
  const { status, firstByteMs, pieces, overMs, error } = answer;
  const head = `${output}  GET ${url}\n  `;
  if (error !== undefined || status === undefined) return `${head}no answer: ${error}\n`;
  if (firstByteMs === undefined || pieces === undefined) return `${head}${status}, without a body\n`;
  const times = `${status}, first byte after ${Math.round(firstByteMs)} ms`;
  if (status >= 400) return `${head}${times}. It may want another method, path or credentials.\n`;
  if (pieces > 1) {
    return `${head}${times}, ${pieces} pieces over ${((overMs ?? 0) / 1000).toFixed(1)} s: it streams\n`;
  }
  return `${head}${times}, in one piece: either the function writes once, or something collects what it writes.\n  Look at InvokeMode: RESPONSE_STREAM of its URL, or responseTransferMode: STREAM of its integration.\n`;
}
