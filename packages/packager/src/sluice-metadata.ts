import { BuildError } from "./build-error.ts";

/**
 * What a function's `Metadata` says to Sluice alone, under the key `Sluice`. CloudFormation and SAM take any metadata, so a
 * template with it works everywhere.
 */
export interface SluiceMetadata {
  /** Files and folders that go along as they are, relative to where entry points are. */
  readonly include: readonly string[];
  /** The Node.js that a package for an OS-only runtime carries. */
  readonly nodeVersion: string | undefined;
  /** Whether such a package has what V8 compiles at its start. */
  readonly compileCache: boolean;
}

/** Reads `Metadata.Sluice` of a function. @throws {BuildError} naming what can't be used. */
export function readSluiceMetadata(
  logicalId: string,
  metadata: Readonly<Record<string, unknown>>,
): SluiceMetadata {
  const own = metadata["Sluice"] ?? {};
  if (typeof own !== "object" || Array.isArray(own)) throw refusal(logicalId, "", own, "a map");
  const { CompileCache = false, Include, NodeVersion, ...others } = own as Record<string, unknown>;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    throw new BuildError(
      `Metadata.Sluice of ${logicalId} has no property ${unknown}. It takes CompileCache, Include and NodeVersion.`,
    );
  }
  const include = Include ?? [];
  if (!Array.isArray(include) || !include.every((path) => typeof path === "string" && path !== "")) {
    throw refusal(logicalId, ".Include", Include, "a list of paths, such as [assets/]");
  }
  if (NodeVersion !== undefined && typeof NodeVersion !== "string") {
    throw refusal(logicalId, ".NodeVersion", NodeVersion, 'a whole version, such as "24.21.0"');
  }
  if (typeof CompileCache !== "boolean") {
    throw refusal(logicalId, ".CompileCache", CompileCache, "true or false");
  }
  return { include, nodeVersion: NodeVersion, compileCache: CompileCache };
}

function refusal(logicalId: string, name: string, value: unknown, wanted: string): BuildError {
  return new BuildError(
    `Metadata.Sluice${name} of ${logicalId} is ${JSON.stringify(value)}; give ${wanted}.`,
  );
}
