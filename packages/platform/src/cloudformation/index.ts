export { type CompiledTemplate, compileTemplate } from "./compile.ts";
export {
  type Diagnostic,
  hasErrors,
  type Position,
  type Severity,
  sortedDiagnostics,
} from "./diagnostics/diagnostic.ts";
export { nearest } from "./diagnostics/spelling.ts";
export type { ResourceNode } from "./graph.ts";
export { isResolved } from "./intrinsics/function-form.ts";
export { IntrinsicError } from "./intrinsics/intrinsic-error.ts";
export type { SsmParameterValue } from "./intrinsics/parameters.ts";
export { type ResourceLookup, resolve } from "./intrinsics/resolve.ts";
export type { StackScope } from "./intrinsics/scope.ts";
export { localBucket } from "./local-artifacts.ts";
export { type LocalFunction, localFunctions } from "./local-functions.ts";
export { loadTemplate } from "./template/load.ts";
export { isEqual, isMap, type Value, type ValueMap } from "./value.ts";
