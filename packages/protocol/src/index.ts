export { isHeaderName, isHeaderValue } from "./header-syntax.ts";
export {
  type DecodedHttpPrelude,
  encodeHttpPrelude,
  type HttpPrelude,
  HttpPreludeDecoder,
  type HttpPreludeProblem,
  httpIntegrationContentType,
} from "./http-prelude.ts";
export { limits } from "./limits.ts";
export {
  categorizedErrorType,
  errorBodyTrailer,
  errorTypeTrailer,
  type FunctionErrorDocument,
  runtimeApiVersion,
} from "./runtime-api.ts";
