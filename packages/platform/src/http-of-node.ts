import type { ClientRequest } from "node:http";
import type { RequestOptions } from "node:https";

/**
 * Node's HTTP. An import of it, unlike this, evaluates every one of its exports, `WebSocket` among them, and with that all
 * of undici, for nothing: that is a twentieth of what the platform does before its first answer.
 */
export const { Agent, createServer, request } = process.getBuiltinModule("node:http");

/** As Node's HTTPS does, which is loaded with its first use. */
export function requestSecurely(url: URL, options: RequestOptions): ClientRequest {
  return process.getBuiltinModule("node:https").request(url, options);
}
