import { RuntimeApiError } from "./errors.ts";
import { Connection, parseAddress } from "./runtime-api/connection.ts";

/**
 * Registers this process as an internal extension and leaves a call to `event/next` open. With it Lambda sends SIGTERM
 * before it ends the environment, and grants 500 ms; without any extension it kills the process at once.
 *
 * It subscribes to no events: internal extensions may not ask for SHUTDOWN, and INVOKE would make every invocation wait.
 *
 * @returns the connection of the open call.
 * @throws {RuntimeApiError} if the registration is refused, for instance where the Extensions API does not exist.
 * @throws {RuntimeApiConnectionError} if it can't be reached.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
 */
export async function registerInternalExtension(address: string): Promise<Connection> {
  const { host, port } = parseAddress(address);
  const connection = new Connection(host, port);
  const body = JSON.stringify({ events: [] });
  const register = await connection.send(
    `POST /2020-01-01/extension/register HTTP/1.1\r\nHost: ${address}\r\nLambda-Extension-Name: sluice-shutdown\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  const identifier = register.headers["lambda-extension-identifier"];
  if (register.status !== 200 || identifier === undefined) {
    throw new RuntimeApiError("extension/register", register.status, register.body.toString());
  }
  // Says that the extension is ready. The answer comes with the end of the environment, if at all.
  connection
    .send(
      `GET /2020-01-01/extension/event/next HTTP/1.1\r\nHost: ${address}\r\nLambda-Extension-Identifier: ${identifier}\r\n\r\n`,
    )
    .catch(() => {
      // The environment is going away.
    });
  return connection;
}
