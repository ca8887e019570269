import type { StreamifyHandler } from "../compat/awslambda.ts";
import { fromStreamified } from "../compat/streamified.ts";
import { streamingTagOf } from "../compat/streaming-tag.ts";
import { CallbackHandlerDeprecatedError, HandlerNotFoundError } from "../errors.ts";
import { type Defined, definitionOf, type Handler } from "../handler.ts";
import { loadExport, parseHandlerName } from "./handler-loader.ts";
import {
  type CallbackFunction,
  fromCallbackFunction,
  fromFunction,
  type PlainFunction,
} from "./plain-function.ts";

/**
 * Loads the handler that `_HANDLER` names, below `LAMBDA_TASK_ROOT` (the current folder unless set).
 *
 * It may be one of this package's handlers, a function tagged by `awslambda.streamifyResponse`, an async function of
 * event and context, or a callback function where Lambda still has these.
 *
 * @throws the errors of `parseHandlerName` and `loadExport`.
 * @throws {HandlerNotFoundError} if the export is not a function.
 * @throws {MalformedStreamingHandlerError} if it is tagged for anything but a streamed response.
 * @throws {CallbackHandlerDeprecatedError} if it takes a callback and must not.
 */
export async function loadHandler(environment: NodeJS.ProcessEnv): Promise<Handler> {
  const name = environment["_HANDLER"];
  const value = await loadExport(environment["LAMBDA_TASK_ROOT"] ?? process.cwd(), parseHandlerName(name));
  if (typeof value !== "function") {
    throw new HandlerNotFoundError(`"${name}" is not a function: it is ${describeType(value)}.`);
  }
  // The definition is all that the runtime looks at.
  return toDefined(value, environment) as Handler;
}

function toDefined(value: object, environment: NodeJS.ProcessEnv): Defined {
  if (definitionOf(value) !== undefined) return value as Defined;
  const tag = streamingTagOf(value);
  if (tag !== undefined) return fromStreamified(value as StreamifyHandler<never>, tag);
  if ((value as CallbackFunction).length < 3) return fromFunction(value as PlainFunction);
  if (refusesCallbacks(environment)) throw new CallbackHandlerDeprecatedError();
  return fromCallbackFunction(value as CallbackFunction);
}

/** Node.js 24 and later have no callbacks, and Lambda Managed Instances have none on any Node.js. */
function refusesCallbacks(environment: NodeJS.ProcessEnv): boolean {
  if (environment["AWS_LAMBDA_MAX_CONCURRENCY"] !== undefined) return true;
  const [, version] = /^AWS_Lambda_nodejs(\d+)\.x$/.exec(environment["AWS_EXECUTION_ENV"] ?? "") ?? [];
  return version !== undefined && Number(version) >= 24;
}

function describeType(value: unknown): string {
  return value === null ? "null" : `of type ${typeof value}`;
}
