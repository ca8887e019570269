export { nearest } from "./cloudformation/diagnostics/spelling.ts";
export {
  compileTemplate,
  type Diagnostic,
  hasErrors,
  type LocalFunction,
  localFunctions,
  type Position,
  type Severity,
} from "./cloudformation/index.ts";
export type { Endpoint } from "./endpoints.ts";
export { ListenError } from "./front-door/http-server.ts";
export type { InvocationTrace } from "./lambda/lambda-service.ts";
export {
  localAccountId,
  Platform,
  type PlatformEvent,
  type PlatformOptions,
  TemplateError,
} from "./platform.ts";
export { CredentialsFileError, loadOrCreateCredentials, type StoredCredentials } from "./signature/index.ts";
export { NewerStateError, StateFileError } from "./state/database.ts";
export { type RunningPlatform, readRunningPlatform, stateFolderOf } from "./state/state-folder.ts";
