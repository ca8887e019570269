/**
 * Importing this module installs the `awslambda` global of the managed Node.js runtimes, so that code written for them
 * runs on ours. Import it before that code. `@sluice/runtime/bootstrap` does so by itself.
 *
 * Under a managed runtime it changes nothing and exports the runtime's own.
 */
import { type AwsLambda, type AwsLambdaScope, installAwsLambda } from "./compat/awslambda.ts";

export type {
  AwsLambda,
  HttpResponseStream,
  StreamifyHandler,
  StreamifyOptions,
} from "./compat/awslambda.ts";
export type { InvokeContext, InvokeStore } from "./compat/invoke-store.ts";
export type { ManagedContext } from "./compat/managed-context.ts";
export type { NodeResponseStream } from "./compat/node-response-stream.ts";

/** The global, typed. Also there where `AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA` keeps it from being global. */
export const awslambda: AwsLambda = installAwsLambda(process.env, globalThis as AwsLambdaScope);
