import { platformSigningName } from "../explain/explain-door.ts";
import type { Explanation } from "../explain/explanation.ts";
import type { IdentityReport } from "../explain/identity.ts";
import { type Signatory, signedFetch } from "./signed-fetch.ts";

/** The platform refused to answer: why, and what to do. */
export class PlatformQuestionError extends Error {
  /** Such as `NoSuchRequest`, or what is wrong with a signature. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * What became of a request to a running platform.
 *
 * @param platformUrl - without a slash at its end.
 * @param owner - the platform's own credentials.
 * @param requestId - from the headers of its answer; the request that was denied last unless given.
 * @throws {PlatformQuestionError} if it knows no such request.
 */
export async function explainRequest(
  platformUrl: string,
  owner: Signatory,
  requestId?: string,
): Promise<Explanation> {
  const name = requestId === undefined ? "last-denied" : encodeURIComponent(requestId);
  return (await ask(`${platformUrl}/requests/${name}`, owner)) as Explanation;
}

/**
 * Who signs with some credentials, as a running platform sees it.
 *
 * @throws {PlatformQuestionError} if it does not know them.
 */
export async function identify(platformUrl: string, signatory: Signatory): Promise<IdentityReport> {
  return (await ask(`${platformUrl}/identity`, signatory)) as IdentityReport;
}

async function ask(url: string, signatory: Signatory): Promise<unknown> {
  const response = await signedFetch(new Request(url), platformSigningName, signatory);
  const text = await response.text();
  if (response.status === 200) return JSON.parse(text);
  const { code, message } = readProblem(text);
  throw new PlatformQuestionError(code ?? String(response.status), message ?? text);
}

/** Whatever answers at the address may be no platform at all. */
function readProblem(text: string): { readonly code?: string; readonly message?: string } {
  try {
    return JSON.parse(text);
  } catch {
    return { code: "NotAPlatform", message: "What answers there is no Sluice platform." };
  }
}
