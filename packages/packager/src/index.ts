export { archiveFolder } from "./archive/folder-archive.ts";
export {
  type ArchiveRequest,
  archiveFunction,
  type FunctionArchive,
} from "./archive/function-archive.ts";
export { cacheFolderOf } from "./archive/node-binary.ts";
export { packageLimits } from "./archive/package-limits.ts";
export { TypeChecker } from "./archive/type-check.ts";
export { BuildError, type BuildProblem } from "./build-error.ts";
export { type BuildPropertyProblem, buildPropertyNames, readBuildProperties } from "./build-properties.ts";
export { type BuiltFunction, buildFunction } from "./function-build.ts";
export { type FunctionSource, startBuilder } from "./function-bundle.ts";
export {
  encodePackageMarker,
  type PackageMarker,
  packageMarkerPath,
  readPackageMarker,
} from "./package-marker.ts";
export { readSluiceMetadata } from "./sluice-metadata.ts";
