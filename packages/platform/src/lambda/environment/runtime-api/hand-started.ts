import { isIP } from "node:net";
import { type Answer, refusal } from "./answer.ts";
import type { RequestHead } from "./request-parser.ts";

/** What a second process is told that asks for events of a function. The text is ours: AWS has one process only. */
export const secondProcess: Answer = refusal(
  409,
  "Runtime.AlreadyStarted",
  "Another process serves this function already. One can at a time: end it, and start this one again.",
);

/**
 * The refusal of a request that comes from a web page: the port stays the same, so that any page could guess it, and take
 * events away. Runtimes send none of these headers; and a page that had its own name resolved to this machine would be
 * known by that name.
 */
export function isForeign({ headers }: RequestHead): Answer | undefined {
  const host = (headers.get("host") ?? "").replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
  const isOwnName = host === "" || isIP(host) !== 0 || ownNames.test(host);
  if (isOwnName && !headers.has("origin") && !headers.has("sec-fetch-site")) return undefined;
  return refusal(403, "Runtime.Forbidden", "The Runtime API is not for web pages.");
}

/** This machine, as it calls itself, and as containers call it. */
const ownNames = /^(?:localhost|(?:.+\.)?localhost|host\.(?:docker|containers)\.internal)$/i;

/**
 * Whether the client opens a connection for each call, as a shell script with curl does: that one is closed says nothing
 * of the process then.
 */
export function isPerCall({ keepAlive, headers }: RequestHead): boolean {
  return !keepAlive || /^(?:curl|wget)\//i.test(headers.get("user-agent") ?? "");
}
