import { type ParameterValues, resolveParameterRefs } from "../sam/parameter-refs.ts";
import { functionType } from "../sam/types.ts";
import type { Path, SourcePositions } from "../template/positions.ts";
import { get, getMap, getString, isMap, type Value, type ValueMap } from "../value.ts";
import { type Diagnostic, diagnosticAt, type Finding } from "./diagnostic.ts";

/** What checks can ask about a template. */
export interface CheckInput {
  readonly template: ValueMap;
  readonly positions: SourcePositions;
  /** Values of parameters, defaults included. */
  readonly parameters: ParameterValues;
  /** Whether a path, relative to the template's folder, exists. Without it, paths are not looked at. */
  readonly pathExists?: (path: string) => boolean;
}

/** A value of the template and where it stands. */
export interface Located {
  readonly value: Value;
  readonly path: Path;
}

/** Collects what checks find in a template as it was written. */
export class Check {
  readonly diagnostics: Diagnostic[] = [];
  readonly template: ValueMap;
  readonly pathExists: ((path: string) => boolean) | undefined;
  readonly #positions: SourcePositions;
  readonly #parameters: ParameterValues;

  constructor({ template, positions, parameters, pathExists }: CheckInput) {
    this.template = template;
    this.pathExists = pathExists;
    this.#positions = positions;
    this.#parameters = parameters;
  }

  /** Reports something at the key at `path`. */
  report(path: Path, finding: Finding): void {
    const logicalId =
      finding.logicalId ?? (path[0] === "Resources" && path.length > 1 ? String(path[1]) : undefined);
    this.diagnostics.push(diagnosticAt(this.#positions.key(path), { ...finding, logicalId }));
  }

  /** The resources of some types, by logical id. */
  resources(...types: readonly string[]): [string, ValueMap][] {
    return Object.entries(getMap(this.template, "Resources") ?? {}).filter(
      (entry): entry is [string, ValueMap] => {
        const [, resource] = entry;
        return isMap(resource) && (types.length === 0 || types.includes(getString(resource, "Type") ?? ""));
      },
    );
  }

  /** A property of a resource; for SAM functions, `Globals` counts too. */
  property(logicalId: string, name: string): Located | undefined {
    const own = get(this.template, "Resources", logicalId, "Properties", name);
    if (own !== undefined) return { value: own, path: ["Resources", logicalId, "Properties", name] };
    if (get(this.template, "Resources", logicalId, "Type") !== functionType) return undefined;
    const global = get(this.template, "Globals", "Function", name);
    return global === undefined ? undefined : { value: global, path: ["Globals", "Function", name] };
  }

  /** A value with references to parameters replaced. */
  known(value: Value): Value {
    return resolveParameterRefs(value, this.#parameters);
  }

  /** The number that a value is, also where a parameter or a text says it; `undefined` for all else. */
  number(value: Value | undefined): number | undefined {
    const known = value === undefined ? undefined : this.known(value);
    const isText = typeof known === "string" && known.trim() !== "";
    const number = typeof known === "number" || isText ? Number(known) : Number.NaN;
    return Number.isNaN(number) ? undefined : number;
  }

  /** The text that a value is, also where a parameter says it. */
  text(value: Value | undefined): string | undefined {
    const known = value === undefined ? undefined : this.known(value);
    return typeof known === "string" ? known : undefined;
  }
}
