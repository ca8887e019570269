export { BuildError, type BuildProblem } from "./build-error.ts";
export { type BuildPropertyProblem, buildPropertyNames, readBuildProperties } from "./build-properties.ts";
export { type BuiltFunction, buildFunction, type FunctionSource } from "./function-build.ts";
export {
  encodePackageMarker,
  type PackageMarker,
  packageMarkerPath,
  readPackageMarker,
} from "./package-marker.ts";
