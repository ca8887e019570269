import type { Path } from "../template/positions.ts";
import { get, getMap, getString, has, isMap, type Value, type ValueMap } from "../value.ts";
import { evaluateConditions } from "./conditions.ts";
import { IntrinsicError } from "./intrinsic-error.ts";
import { type ParameterInput, resolveParameters } from "./parameters.ts";
import { nothingYet, resolve } from "./resolve.ts";
import { firstZones, pseudoParameters, type StackIdentity, type StackScope } from "./scope.ts";

/** A resource of a stack, with everything resolved that needs no other resource. */
export interface StackResource {
  readonly logicalId: string;
  readonly type: string;
  readonly properties: ValueMap;
  /** The resources that `DependsOn` names. */
  readonly dependsOn: readonly string[];
  /** `DeletionPolicy`, `UpdateReplacePolicy`, `UpdatePolicy`, `CreationPolicy`, as far as they are given. */
  readonly attributes: ValueMap;
  readonly metadata: ValueMap;
}

/** An output of a stack; its value may have references to resources. */
export interface StackOutput {
  readonly name: string;
  readonly value: Value;
  readonly description?: string;
  /** The name under which other stacks can import the value; it may have references too. */
  readonly exportName?: Value;
}

/** A template as one stack has it: parameters known, conditions decided. */
export interface StackTemplate {
  readonly scope: StackScope;
  readonly resources: readonly StackResource[];
  readonly outputs: readonly StackOutput[];
  /** Resources that the template has and the stack has not, since their condition is false. */
  readonly excluded: ReadonlySet<string>;
  /** Resources that are left out since there is a mistake in them. */
  readonly broken: ReadonlySet<string>;
  /** Parameters whose value must not be shown. */
  readonly hiddenParameters: ReadonlySet<string>;
  readonly errors: readonly IntrinsicError[];
}

export interface StackInput extends ParameterInput {
  readonly stack: StackIdentity;
  /** The value that another stack exports under a name. */
  readonly importValue?: (name: string) => Value | undefined;
  readonly availabilityZones?: (region: string) => readonly string[];
}

const attributeNames = ["DeletionPolicy", "UpdateReplacePolicy", "UpdatePolicy", "CreationPolicy"];

/**
 * Resolves what can be resolved of a plain template before any resource exists.
 *
 * All mistakes are collected; a resource or output with one is left out.
 */
export function instantiate(template: ValueMap, input: StackInput): StackTemplate {
  const parameters = resolveParameters(getMap(template, "Parameters") ?? {}, input);
  const scope: StackScope = {
    parameters: parameters.values,
    pseudoParameters: pseudoParameters(input.stack),
    mappings: getMap(template, "Mappings") ?? {},
    conditions: new Map(),
    importValue: input.importValue ?? (() => undefined),
    availabilityZones: input.availabilityZones ?? firstZones,
  };
  const conditions = evaluateConditions(getMap(template, "Conditions") ?? {}, scope);
  const build = new Build({ ...scope, conditions: conditions.values });
  build.errors.push(...parameters.errors, ...conditions.errors);
  for (const [id, resource] of Object.entries(getMap(template, "Resources") ?? {}))
    build.resource(id, resource);
  for (const [name, output] of Object.entries(getMap(template, "Outputs") ?? {})) build.output(name, output);
  return {
    scope: build.scope,
    resources: build.resources,
    outputs: build.outputs,
    excluded: build.excluded,
    broken: build.broken,
    hiddenParameters: parameters.hidden,
    errors: build.errors,
  };
}

class Build {
  readonly scope: StackScope;
  readonly resources: StackResource[] = [];
  readonly outputs: StackOutput[] = [];
  readonly excluded = new Set<string>();
  readonly broken = new Set<string>();
  readonly errors: IntrinsicError[] = [];

  constructor(scope: StackScope) {
    this.scope = scope;
  }

  resource(logicalId: string, resource: Value): void {
    const path = ["Resources", logicalId];
    const isFine = this.#collect(() => {
      const type = getString(resource, "Type");
      if (type === undefined || !isMap(resource)) {
        throw new IntrinsicError(
          path,
          `Template format error: [/Resources/${logicalId}] Every Resources object must contain a Type member.`,
        );
      }
      if (!this.#holds(resource, path)) {
        this.excluded.add(logicalId);
        return;
      }
      const properties = this.#resolved(get(resource, "Properties") ?? {}, [...path, "Properties"]);
      const attributes: ValueMap = {};
      for (const name of attributeNames) {
        const value = get(resource, name);
        const known = value === undefined ? undefined : this.#resolved(value, [...path, name]);
        if (known !== undefined) attributes[name] = known;
      }
      this.resources.push({
        logicalId,
        type,
        properties: isMap(properties) ? properties : {},
        dependsOn: dependencies(get(resource, "DependsOn"), path),
        attributes,
        metadata: getMap(resource, "Metadata") ?? {},
      });
    });
    if (!isFine) this.broken.add(logicalId);
  }

  output(name: string, output: Value): void {
    const path = ["Outputs", name];
    this.#collect(() => {
      if (!isMap(output) || !has(output, "Value")) {
        throw new IntrinsicError(
          path,
          `Template format error: Output ${name} is malformed: it must have a Value.`,
        );
      }
      if (!this.#holds(output, path)) return;
      const value = this.#resolved(get(output, "Value") ?? "", [...path, "Value"]);
      if (value === undefined) return;
      const description = this.#resolved(get(output, "Description") ?? null, [...path, "Description"]);
      const exportName = this.#resolved(get(output, "Export", "Name") ?? null, [...path, "Export", "Name"]);
      this.outputs.push({
        name,
        value,
        ...(typeof description === "string" ? { description } : {}),
        ...(exportName === undefined || exportName === null ? {} : { exportName }),
      });
    });
  }

  #resolved(value: Value, path: Path): Value | undefined {
    return resolve(value, this.scope, nothingYet, path);
  }

  #holds(holder: ValueMap, path: Path): boolean {
    const condition = get(holder, "Condition");
    if (condition === undefined || condition === null) return true;
    const holds = typeof condition === "string" ? this.scope.conditions.get(condition) : undefined;
    if (holds !== undefined) return holds;
    throw new IntrinsicError(
      [...path, "Condition"],
      `Template format error: Unresolved condition dependency ${String(condition)} in the ${String(path[0])} block of the template`,
    );
  }

  #collect(work: () => void): boolean {
    try {
      work();
      return true;
    } catch (error) {
      if (!(error instanceof IntrinsicError)) throw error;
      this.errors.push(error);
      return false;
    }
  }
}

function dependencies(value: Value | undefined, path: Path): string[] {
  const list = value === undefined || value === null ? [] : Array.isArray(value) ? value : [value];
  return list.map((item) => {
    if (typeof item === "string") return item;
    throw new IntrinsicError(
      [...path, "DependsOn"],
      "Template format error: DependsOn must be a logical id or a list of logical ids.",
    );
  });
}
