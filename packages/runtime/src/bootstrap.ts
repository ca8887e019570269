/**
 * Starts the function that `_HANDLER` names, as the managed Node.js runtimes do: `node bootstrap.js`.
 *
 * With `AWS_LAMBDA_RUNTIME_API` it polls that Runtime API; without it, it serves `POST http://127.0.0.1:7000/invoke`.
 * A function that can't be started is reported as an init error, and the process exits with 1.
 *
 * `SLUICE_PIPELINING` says that the Runtime API reads ahead; the function never sees the variable.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html
 */
import "./awslambda.ts";
import { loadHandler } from "./bootstrap/function-handler.ts";
import { serve, serveLocally } from "./runtime.ts";
import { Connection } from "./runtime-api/connection.ts";
import { PipeliningConnection } from "./runtime-api/pipelining-connection.ts";

const address = process.env["AWS_LAMBDA_RUNTIME_API"];
const source = () => loadHandler(process.env);
await (address === undefined
  ? serveLocally(source)
  : serve(address, source, { connectionType: connectionType() }));

function connectionType(): typeof Connection {
  const isPipelining = process.env["SLUICE_PIPELINING"] !== undefined;
  delete process.env["SLUICE_PIPELINING"];
  if (!isPipelining) return Connection;
  process.on("exit", PipeliningConnection.flush);
  process.on("uncaughtException", PipeliningConnection.askNoMore);
  return PipeliningConnection;
}
