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

/** A resource or output with a mistake in it, as far as it could be resolved. */
export interface BrokenPart<Part> {
  readonly part: Part;
  /** Whether it is known to be in the stack; not so when its condition is the mistake. */
  readonly isWanted: boolean;
}

/** A template as one stack has it: parameters known, conditions decided. */
export interface StackTemplate {
  readonly scope: StackScope;
  readonly resources: readonly StackResource[];
  /** The same and those that are broken, in the order of the template. */
  readonly declaredResources: readonly StackResource[];
  readonly outputs: readonly StackOutput[];
  /** Resources that the template has and the stack has not, since their condition is false. */
  readonly excluded: ReadonlySet<string>;
  /** Resources that are left out since there is a mistake in them; the type is empty where there is none. */
  readonly broken: ReadonlyMap<string, BrokenPart<StackResource>>;
  /** Outputs that are left out since there is a mistake in them. */
  readonly brokenOutputs: readonly BrokenPart<StackOutput>[];
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

/** What is known of a stack before its conditions are decided. */
export function unconditionalScope(
  template: ValueMap,
  input: StackInput,
  parameters: StackScope["parameters"],
): StackScope {
  return {
    parameters,
    pseudoParameters: pseudoParameters(input.stack),
    mappings: getMap(template, "Mappings") ?? {},
    conditions: new Map(),
    importValue: input.importValue ?? (() => undefined),
    availabilityZones: input.availabilityZones ?? firstZones,
  };
}

/**
 * Resolves what can be resolved of a plain template before any resource exists.
 *
 * All mistakes are collected; a resource or output with one is left out.
 */
export function instantiate(template: ValueMap, input: StackInput): StackTemplate {
  const parameters = resolveParameters(getMap(template, "Parameters") ?? {}, input);
  const scope = unconditionalScope(template, input, parameters.values);
  const conditions = evaluateConditions(getMap(template, "Conditions") ?? {}, scope);
  const build = new Build({ ...scope, conditions: conditions.values });
  build.errors.push(...parameters.errors, ...conditions.errors);
  for (const [id, resource] of Object.entries(getMap(template, "Resources") ?? {}))
    build.resource(id, resource);
  for (const [name, output] of Object.entries(getMap(template, "Outputs") ?? {})) build.output(name, output);
  return {
    scope: build.scope,
    resources: build.resources,
    declaredResources: build.declaredResources,
    outputs: build.outputs,
    excluded: build.excluded,
    broken: build.broken,
    brokenOutputs: build.brokenOutputs,
    hiddenParameters: parameters.hidden,
    errors: build.errors,
  };
}

class Build {
  readonly scope: StackScope;
  readonly resources: StackResource[] = [];
  readonly declaredResources: StackResource[] = [];
  readonly outputs: StackOutput[] = [];
  readonly excluded = new Set<string>();
  readonly broken = new Map<string, BrokenPart<StackResource>>();
  readonly brokenOutputs: BrokenPart<StackOutput>[] = [];
  readonly errors: IntrinsicError[] = [];

  constructor(scope: StackScope) {
    this.scope = scope;
  }

  resource(logicalId: string, resource: Value): void {
    const path = ["Resources", logicalId];
    const before = this.errors.length;
    const type = getString(resource, "Type");
    if (type === undefined) {
      this.#fail(
        path,
        `Template format error: [/Resources/${logicalId}] Every Resources object must contain a Type member.`,
      );
    }
    const holds = this.#holds(resource, path);
    if (holds === false) {
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
    const part = {
      logicalId,
      type: type ?? "",
      properties: isMap(properties) ? properties : {},
      dependsOn: this.#dependencies(get(resource, "DependsOn"), path),
      attributes,
      metadata: getMap(resource, "Metadata") ?? {},
    };
    this.declaredResources.push(part);
    if (this.errors.length === before) this.resources.push(part);
    else this.broken.set(logicalId, { part, isWanted: holds === true });
  }

  output(name: string, output: Value): void {
    const path = ["Outputs", name];
    const before = this.errors.length;
    if (!isMap(output) || !has(output, "Value")) {
      this.#fail(path, `Template format error: Output ${name} is malformed: it must have a Value.`);
      return;
    }
    const holds = this.#holds(output, path);
    if (holds === false) return;
    const value = this.#resolved(get(output, "Value") ?? "", [...path, "Value"]);
    if (value === undefined) return;
    const description = this.#resolved(get(output, "Description") ?? null, [...path, "Description"]);
    const exportName = this.#resolved(get(output, "Export", "Name") ?? null, [...path, "Export", "Name"]);
    const part = {
      name,
      value,
      ...(typeof description === "string" ? { description } : {}),
      ...(exportName === undefined || exportName === null ? {} : { exportName }),
    };
    if (this.errors.length === before) this.outputs.push(part);
    else this.brokenOutputs.push({ part, isWanted: holds === true });
  }

  #resolved(value: Value, path: Path): Value | undefined {
    return resolve(value, this.scope, nothingYet, path, (error) => this.errors.push(error));
  }

  /** Whether the condition holds, if it is known. */
  #holds(holder: Value, path: Path): boolean | undefined {
    const condition = get(holder, "Condition");
    if (condition === undefined || condition === null) return true;
    const holds = typeof condition === "string" ? this.scope.conditions.get(condition) : undefined;
    if (holds === undefined) {
      this.#fail(
        [...path, "Condition"],
        `Template format error: Unresolved condition dependency ${String(condition)} in the ${String(path[0])} block of the template`,
      );
    }
    return holds;
  }

  #dependencies(value: Value | undefined, path: Path): string[] {
    const list = value === undefined || value === null ? [] : Array.isArray(value) ? value : [value];
    const names = list.filter((item) => typeof item === "string");
    if (names.length < list.length) {
      this.#fail(
        [...path, "DependsOn"],
        "Template format error: DependsOn must be a logical id or a list of logical ids.",
      );
    }
    return names;
  }

  #fail(path: Path, message: string): void {
    this.errors.push(new IntrinsicError(path, message));
  }
}
