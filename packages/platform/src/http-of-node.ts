/**
 * Node's HTTP. An import of it, unlike this, evaluates every one of its exports, `WebSocket` among them, and with that all
 * of undici: a seventh of the time that the platform takes to start.
 */
export const { Agent, createServer, request } = process.getBuiltinModule("node:http");
