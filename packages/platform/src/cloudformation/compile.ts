import { checkAttributes } from "./diagnostics/check-attributes.ts";
import { checkTemplate } from "./diagnostics/check-template.ts";
import { type Diagnostic, diagnosticAt, type Position, sortedDiagnostics } from "./diagnostics/diagnostic.ts";
import { intrinsicHint } from "./diagnostics/intrinsic-hint.ts";
import { transformDiagnostics } from "./diagnostics/transform-diagnostics.ts";
import { buildGraph, type ResourceGraph } from "./graph.ts";
import { instantiate, type StackInput, type StackTemplate } from "./intrinsics/instantiate.ts";
import type { IntrinsicError } from "./intrinsics/intrinsic-error.ts";
import { extendLanguage } from "./language-extensions/index.ts";
import { type ArtifactKey, type LocalArtifact, packageLocally } from "./local-artifacts.ts";
import { includeLocally, type ReadText } from "./local-includes.ts";
import { expandable } from "./sam/expandable.ts";
import { type SamTransformOptions, transformSam, usesSam } from "./sam/transform.ts";
import { type LoadedTemplate, loadTemplate } from "./template/load.ts";
import type { Path } from "./template/positions.ts";
import { get, getMap, isMap, type Value, type ValueMap } from "./value.ts";

export interface CompileOptions extends StackInput, Pick<SamTransformOptions, "managedPolicyArn" | "nowMs"> {
  /** Whether a path, relative to the template's folder, exists. Without it, paths are not looked at. */
  readonly pathExists?: (path: string) => boolean;
  /** Reads files that the template includes; without it, including is refused. */
  readonly readText?: ReadText;
  /**
   * Whether paths on disk may stand where AWS wants objects in S3, as before `sam package`; true by default. Without,
   * they are refused, as AWS does.
   */
  readonly localPaths?: boolean;
  /** Makes the key of a local file or folder that the template names; by default it is the path. */
  readonly artifactKey?: ArtifactKey;
}

/** A template as far as it can be taken before a resource exists. */
export interface CompiledTemplate {
  readonly source: LoadedTemplate;
  /** Plain CloudFormation: what AWS calls the processed template. */
  readonly processed: ValueMap;
  readonly stack: StackTemplate;
  readonly graph: ResourceGraph;
  /** Local files and folders that the template names; the processed template has keys in their place. */
  readonly artifacts: readonly LocalArtifact[];
  /** Local files that were put into the template. */
  readonly includes: readonly string[];
}

/**
 * Takes a template from its text to a resource graph, and tells all mistakes that it sees.
 *
 * @param file - The name that positions carry.
 * @returns No compiled template when the file cannot be read or the SAM transform can do nothing with it. With other
 *   errors there is one, where resources that can't be transformed are as they were, for tools that want to go on; a stack should
 *   only be made of it when no diagnostic is an error.
 */
export function compileTemplate(
  text: string,
  file: string,
  options: CompileOptions,
): { readonly compiled?: CompiledTemplate; readonly diagnostics: readonly Diagnostic[] } {
  const { loaded: written, diagnostics: reading } = loadTemplate(text, file);
  if (written === undefined) return { diagnostics: sortedDiagnostics(reading) };
  const including = includeLocally(written, options.readText);
  const { loaded } = including;
  const extended = extendLanguage(loaded, options);
  const loading = [...reading, ...including.diagnostics, ...extended.diagnostics];
  const { template, positions } = extended.loaded;
  const parameters = { ...defaultsOf(template), ...options.overrides };
  const { pathExists } = options;
  const checks = checkTemplate({ template, positions, parameters, ...(pathExists ? { pathExists } : {}) });
  const diagnostics = [...loading, ...checks];

  const packaged =
    options.localPaths === false
      ? { template, artifacts: [] }
      : packageLocally(template, options.artifactKey);
  const { expanded, causes, leftOut, isLeftOut } = expandable(packaged.template, (each) =>
    expand(each, options),
  );
  diagnostics.push(...transformDiagnostics(causes, positions, checks));
  if (expanded === undefined) return { diagnostics: sortedDiagnostics(diagnostics) };
  const originOf = (logicalId: string): string => expanded.origins.get(logicalId) ?? logicalId;
  const positionOf = (path: Path): Position => positions.key(path);
  const stack = instantiate(expanded.template, options);
  diagnostics.push(
    ...stack.errors.map((error) => intrinsicDiagnostic(error, template, originOf, positionOf)),
  );
  const attributes = checkAttributes(stack, originOf, positionOf);
  const { graph, diagnostics: references } = buildGraph(
    stack,
    { originOf, positionOf, leftOut, isLeftOut },
    attributes.faulty,
  );
  diagnostics.push(...references, ...attributes.diagnostics);
  const sorted = sortedDiagnostics(diagnostics);
  if (leftOut.size > 0 && leftOut.size === graph.nodes.size) return { diagnostics: sorted };
  const { template: processed } = expanded;
  return {
    compiled: {
      source: loaded,
      processed,
      stack,
      graph,
      artifacts: packaged.artifacts,
      includes: including.files,
    },
    diagnostics: sorted,
  };
}

function expand(template: ValueMap, options: CompileOptions): ReturnType<typeof transformSam> {
  if (!usesSam(template)) return { ok: true, template, origins: new Map() };
  const { stack, overrides, managedPolicyArn, nowMs } = options;
  return transformSam(template, {
    region: stack.region,
    ...(overrides === undefined ? {} : { parameters: overrides }),
    ...(managedPolicyArn === undefined ? {} : { managedPolicyArn }),
    ...(nowMs === undefined ? {} : { nowMs }),
  });
}

function intrinsicDiagnostic(
  error: IntrinsicError,
  template: ValueMap,
  originOf: (logicalId: string) => string,
  positionOf: (path: Path) => Position,
): Diagnostic {
  const [section, name, ...rest] = error.path;
  const isResource = section === "Resources" && name !== undefined;
  const origin = isResource ? originOf(String(name)) : name;
  const path = section === undefined || origin === undefined ? error.path : [section, origin, ...rest];
  return diagnosticAt(positionOf(path), {
    severity: "error",
    code: "intrinsic-function",
    message: error.message,
    hint: intrinsicHint(path, template),
    ...(isResource ? { logicalId: String(origin) } : {}),
  });
}

function defaultsOf(template: ValueMap): Record<string, Value> {
  const defaults: Record<string, Value> = {};
  for (const [name, definition] of Object.entries(getMap(template, "Parameters") ?? {})) {
    const value = get(definition, "Default");
    if (value !== undefined && value !== null && !isMap(value)) defaults[name] = value;
  }
  return defaults;
}
