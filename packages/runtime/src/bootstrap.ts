/**
 * Starts the function that `_HANDLER` names, as the managed Node.js runtimes do: `node bootstrap.js`.
 *
 * With `AWS_LAMBDA_RUNTIME_API` it polls that Runtime API; without it, it serves `POST http://127.0.0.1:7000/invoke`.
 * A function that can't be started is reported as an init error, and the process exits with 1.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html
 */
import "./awslambda.ts";
import { loadHandler } from "./bootstrap/function-handler.ts";
import { serve, serveLocally } from "./runtime.ts";

const address = process.env["AWS_LAMBDA_RUNTIME_API"];
const source = () => loadHandler(process.env);
await (address === undefined ? serveLocally(source) : serve(address, source));
