import type { Destination } from "./destination.ts";
import { type HttpRequest, headerOf } from "./http-request.ts";

/** Who is let in. */
export interface Admission {
  /** Address that others may use, if one is set. */
  readonly host: string | undefined;
  /** Whether signatures and policies are left unchecked. */
  readonly isUnsigned: boolean;
}

/** Keeps out who has no business here, whatever the request says. */
export function refusalOf(
  request: HttpRequest,
  { kind }: Destination,
  { host = "127.0.0.1", isUnsigned }: Admission,
): { readonly code: string; readonly message: string } | undefined {
  const name = headerOf(request, "host") ?? "";
  // Others may know this machine by any name; who is on it needs none but its own, whoever else is let in.
  const isNearby = isLoopbackAddress(host) || isLoopbackAddress(request.sourceIp);
  if (isNearby && !isTrustedHost(name) && name.replace(/:\d+$/, "") !== host) {
    const message = `"${name}" is not a name of this platform. A web page must not reach it under another one.`;
    return { code: "ForbiddenHost", message };
  }
  if ((kind === "local-invoke" || (kind === "service" && isUnsigned)) && isFromForeignPage(request)) {
    const message = `A page of ${headerOf(request, "origin")} may not run functions of this machine. Call them from a page of localhost, or through a function URL or an API.`;
    return { code: "ForbiddenOrigin", message };
  }
  if (kind === "local-invoke" && !isLoopbackAddress(request.sourceIp)) {
    const message =
      "/invoke takes no signature, so it answers this machine alone. Sign a request to the Lambda API instead.";
    return { code: "ForbiddenAddress", message };
  }
  return undefined;
}

/**
 * Whether a host name may reach the platform. A web page could otherwise have its own name point to this machine and
 * talk to it as its own origin.
 */
export function isTrustedHost(host: string | undefined): boolean {
  const name = (host ?? "").toLowerCase().replace(/:\d+$/, "");
  return isLoopbackName(name) || /\.(?:amazonaws\.com|api\.aws|on\.aws)$/.test(name);
}

/**
 * Whether a page of another site sent the request. Pages may send simple requests anywhere, so where no signature is
 * asked for, any page could run a function of this machine.
 * @see https://developer.mozilla.org/docs/Web/HTTP/Guides/CORS#simple_requests
 */
export function isFromForeignPage(request: HttpRequest): boolean {
  const origin = headerOf(request, "origin");
  if (origin === undefined) return false;
  const host = /^https?:\/\/([^/]+)$/.exec(origin.toLowerCase())?.[1] ?? "";
  return !isLoopbackName(host.replace(/:\d+$/, ""));
}

/** Whether an address, as a socket or an option has it, is this machine's own. */
export function isLoopbackAddress(address: string): boolean {
  return address === "::1" || address === "localhost" || /^127\.\d+\.\d+\.\d+$/.test(address);
}

function isLoopbackName(name: string): boolean {
  return ["127.0.0.1", "[::1]", "localhost"].includes(name) || name.endsWith(".localhost");
}
