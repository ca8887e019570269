/**
 * A `bootstrap` that speaks the Runtime API by hand, so that it can do so badly.
 *
 * @param handle - the body of an async function that is called with each event: `(event, id)`, as many times at once as
 * the environment wants. In its scope are
 * `next()`, `respond(id, body, headers)`, `fail(id, body, headers)`, `call(method, path, body, headers)`,
 * `stream(id, headers)`: a socket to which the head of a chunked response was written, `chunk(text)` for it,
 * `answered(socket)`, and `gate(name)`, which waits for the test.
 * @param init - runs before the first call to `next`.
 */
export function rawRuntime(handle: string, init = ""): string {
  return `#!${process.execPath}
${client}
const main = async () => {
  ${init}
  const work = async () => {
    for (;;) {
      const event = await next();
      const id = event.headers["lambda-runtime-aws-request-id"];
      await (async (event, id) => {
        ${handle}
      })(event, id);
    }
  };
  await Promise.all(Array.from({ length: Number(process.env.AWS_LAMBDA_MAX_CONCURRENCY ?? 1) }, work));
};
main().catch((error) => { console.error(error.stack); process.exit(70); });
`;
}

/**
 * An external extension that speaks the Extensions API by hand.
 *
 * @param code - the body of an async function. In its scope are `register(events)`, which answers what the platform
 * answered, `event()`, which waits for the next event, `report(kind, type)` for an error, and what a {@link rawRuntime} has.
 */
export function rawExtension(code: string): string {
  return `#!${process.execPath}
${client}
const name = require("node:path").basename(__filename);
const extension = "/2020-01-01/extension/";
let identity = {};
const register = async (events, headers = {}) => {
  const answer = await call("POST", extension + "register", JSON.stringify({ events }), { "Lambda-Extension-Name": name, ...headers });
  identity = { "Lambda-Extension-Identifier": answer.headers["lambda-extension-identifier"] ?? "" };
  return answer;
};
const event = async () => JSON.parse((await call("GET", extension + "event/next", undefined, identity)).body);
const report = (kind, type) => call("POST", extension + kind + "/error", "{}", { ...identity, "Lambda-Extension-Function-Error-Type": type });
const subscribe = (body) => call("PUT", "/2022-07-01/telemetry", JSON.stringify(body), identity);
const main = async () => {
  ${code}
};
main().catch((error) => { console.error(error.stack); process.exit(70); });
`;
}

/** Answers every event with itself. */
export const echo = `await respond(id, event.body, { "Content-Type": "application/json" });`;

const client = `
const http = require("node:http");
const net = require("node:net");
const { spawn } = require("node:child_process");
const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
const prefix = "/2018-06-01/runtime/invocation/";
const call = (method, path, body, headers) => new Promise((resolve, reject) => {
  const request = http.request({ host, port, method, path, headers, agent }, (response) => {
    const pieces = [];
    response.on("data", (piece) => pieces.push(piece));
    response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(pieces) }));
  });
  request.on("error", reject);
  request.end(body);
});
const next = () => call("GET", prefix + "next");
const respond = (id, body, headers) => call("POST", prefix + id + "/response", body, headers);
const fail = (id, body, headers) => call("POST", prefix + id + "/error", body, headers);
const chunk = (text) => Buffer.byteLength(text).toString(16) + "\\r\\n" + text + "\\r\\n";
const stream = (id, headers = "") => {
  const socket = net.connect(Number(port), host);
  socket.setNoDelay(true);
  socket.write("POST " + prefix + id + "/response HTTP/1.1\\r\\nHost: " + host + "\\r\\n" +
    "Lambda-Runtime-Function-Response-Mode: streaming\\r\\nTransfer-Encoding: chunked\\r\\n" +
    "Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\\r\\n" + headers + "\\r\\n");
  return socket;
};
const gate = (name) => new Promise((resolve, reject) => {
  const socket = net.connect(Number(process.env.GATE), "127.0.0.1", () => socket.write(name));
  socket.once("data", resolve).once("error", reject);
});
const answered = (socket) => new Promise((resolve) => socket.once("data", (bytes) => resolve(bytes.toString())));
`;
