export { BuildError, type BuildProblem } from "./build-properties.ts";
export { type BuiltFunction, buildFunction, describeProblem, type FunctionSource } from "./function-build.ts";
