export type { TimedChunk } from "@sluice/protocol";
export type { InvocationStream } from "./client/invocation-stream.ts";
export type { PlatformApi } from "./client/platform-api.ts";
export type { SignedRequestInit } from "./client/platform-client.ts";
export {
  type FunctionCallOptions,
  InvokeRefusedError,
  type PlatformFunction,
} from "./client/platform-function.ts";
export { explainRequest, identify, PlatformQuestionError } from "./client/platform-questions.ts";
export { type ReceivedResponse, receive } from "./client/received-response.ts";
export { type Signatory, signedFetch } from "./client/signed-fetch.ts";
export { nearest } from "./cloudformation/diagnostics/spelling.ts";
export {
  type Diagnostic,
  hasErrors,
  type LocalFunction,
  localFunctions,
  type Position,
  type Severity,
} from "./cloudformation/index.ts";
export type { Endpoint } from "./endpoints.ts";
export type { Cure } from "./explain/cure.ts";
export type { ExplainedDecision, ExplainedStep, Explanation } from "./explain/explanation.ts";
export type { IdentityReport } from "./explain/identity.ts";
export { ListenError } from "./front-door/http-server.ts";
export type { Clock, InvocationReport } from "./lambda/environment/index.ts";
export type { InvocationTrace } from "./lambda/followed-invocation.ts";
export { Platform } from "./platform.ts";
export type { PlatformLimits } from "./platform-limits.ts";
export {
  type DebugOptions,
  localAccountId,
  NoSuchFunctionError,
  type PlatformEvent,
  type PlatformOptions,
  TemplateError,
} from "./platform-options.ts";
export {
  CredentialsFileError,
  loadOrCreateAccessKey,
  loadOrCreateCredentials,
  type StoredCredentials,
} from "./signature/index.ts";
export { checkTemplate } from "./stack/template-deployment.ts";
export { compileTemplateFile } from "./stack/template-file.ts";
export { NewerStateError, StateFileError } from "./state/database.ts";
export { type RunningPlatform, readRunningPlatform, stateFolderOf } from "./state/state-folder.ts";
export { TestClock } from "./test-clock.ts";
export type { InvocationError, InvocationRecord } from "./trace/invocation-record.ts";
