/**
 * Starts the function that `_HANDLER` names, as the managed Node.js runtimes do: `node bootstrap.js`.
 *
 * With `AWS_LAMBDA_RUNTIME_API` it polls that Runtime API; without it, it serves `POST http://127.0.0.1:7000/invoke`.
 * A function that can't be started is reported as an init error, and the process exits with 1.
 *
 * `SLUICE_PIPELINING` says that the Runtime API reads ahead, and where: `tcp`, or `unix:` and the name of a socket in
 * Linux's abstract namespace. The function never sees the variable.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html
 */
import "./awslambda.ts";
import { loadHandler } from "./bootstrap/function-handler.ts";
import { serve, serveLocally } from "./runtime.ts";
import type { ConnectTo } from "./runtime-api/client.ts";
import { PipeliningConnection } from "./runtime-api/pipelining-connection.ts";

const address = process.env["AWS_LAMBDA_RUNTIME_API"];
const source = () => loadHandler(process.env);
await (address === undefined ? serveLocally(source) : serve(address, source, { connectTo: pipelining() }));

function pipelining(): ConnectTo | undefined {
  const where = process.env["SLUICE_PIPELINING"];
  delete process.env["SLUICE_PIPELINING"];
  if (where === undefined) return undefined;
  const unixName = where.startsWith("unix:") ? where.slice("unix:".length) : undefined;
  process.on("exit", PipeliningConnection.flush);
  process.on("uncaughtException", PipeliningConnection.askNoMore);
  return (...parameters) => new PipeliningConnection(unixName, ...parameters);
}
