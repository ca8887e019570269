import type { Path } from "../template/positions.ts";
import { isMap, type Value, type ValueMap } from "../value.ts";
import { functionName, isResolved } from "./function-form.ts";
import { applyFunction, refusedFunctions } from "./functions.ts";
import { IntrinsicError } from "./intrinsic-error.ts";
import { getAttParts, splitVariable } from "./references.ts";
import type { StackScope } from "./scope.ts";
import { parseSubText } from "./sub-text.ts";

/** What references to resources stand for; `undefined` says "not known yet", and the reference stays as it is. */
export interface ResourceLookup {
  /** @throws Whatever says that there is no such resource. */
  readonly ref: (logicalId: string, path: Path) => Value | undefined;
  readonly getAtt: (logicalId: string, attribute: string, path: Path) => Value | undefined;
}

/** Knows no resource: what can be resolved before any exists. */
export const nothingYet: ResourceLookup = { ref: () => undefined, getAtt: () => undefined };

/**
 * Evaluates the intrinsic functions in a value.
 *
 * Functions whose arguments are all known are replaced by their results; others stay, with those of their arguments
 * that are known. So the first pass needs no resources ({@link nothingYet}), and the result can be resolved again when
 * there are some.
 *
 * @param path - Where the value stands in the template.
 * @param onError - Told of each function that can never be evaluated; it stays as it is, and the others are looked at.
 * @returns `undefined` when the value is `AWS::NoValue`.
 * @throws {IntrinsicError} for the first such function, without `onError`.
 */
export function resolve(
  value: Value,
  scope: StackScope,
  resources: ResourceLookup,
  path: Path = [],
  onError?: (error: IntrinsicError) => void,
): Value | undefined {
  return new Resolver(scope, resources, onError).resolve(value, path);
}

class Resolver {
  readonly #scope: StackScope;
  readonly #resources: ResourceLookup;
  readonly #onError: ((error: IntrinsicError) => void) | undefined;

  constructor(
    scope: StackScope,
    resources: ResourceLookup,
    onError: ((error: IntrinsicError) => void) | undefined,
  ) {
    this.#scope = scope;
    this.#resources = resources;
    this.#onError = onError;
  }

  resolve(value: Value, path: Path): Value | undefined {
    if (Array.isArray(value)) return this.#list(value, path);
    if (!isMap(value)) return value;
    const name = functionName(value);
    if (name === undefined) return this.#map(value, path);
    const body = value[name] ?? null;
    switch (name) {
      case "Ref":
        return this.#ref(String(body), path);
      case "Fn::GetAtt":
        return this.#getAtt(value, body, path);
      case "Fn::Sub":
        return this.#sub(value, body, path);
      case "Fn::If":
        return this.#if(body, path);
      default:
        return this.#apply(name, body, path);
    }
  }

  #fail(path: Path, message: string): void {
    const error = new IntrinsicError(path, message);
    if (this.#onError === undefined) throw error;
    this.#onError(error);
  }

  #list(list: readonly Value[], path: Path): Value[] {
    return list.flatMap((item, index) => {
      const resolved = this.resolve(item, [...path, index]);
      return resolved === undefined ? [] : [resolved];
    });
  }

  #map(map: ValueMap, path: Path): ValueMap {
    const result: ValueMap = {};
    for (const [key, inner] of Object.entries(map)) {
      const resolved = this.resolve(inner, [...path, key]);
      if (resolved !== undefined) result[key] = resolved;
    }
    return result;
  }

  #ref(name: string, path: Path): Value | undefined {
    if (name === "AWS::NoValue") return undefined;
    const { parameters, pseudoParameters } = this.#scope;
    const known = parameters.get(name) ?? pseudoParameters.get(name);
    return known ?? this.#resources.ref(name, path) ?? { Ref: name };
  }

  #getAtt(whole: ValueMap, body: Value, path: Path): Value {
    const parts = getAttParts(body);
    if (parts === undefined) {
      this.#fail(
        path,
        "Template error: every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute",
      );
      return whole;
    }
    const attribute = this.resolve(parts.attribute, path);
    if (typeof attribute !== "string") return whole;
    return (
      this.#resources.getAtt(parts.logicalId, attribute, path) ?? {
        "Fn::GetAtt": [parts.logicalId, attribute],
      }
    );
  }

  #sub(whole: ValueMap, body: Value, path: Path): Value {
    const [text, variables = {}, ...more] = Array.isArray(body) ? body : [body];
    if (typeof text !== "string" || !isMap(variables) || more.length > 0) {
      this.#fail(
        path,
        "Template error: One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a string as first argument, and an optional second argument to specify a mapping of values to replace in the string",
      );
      return whole;
    }
    const parts = parseSubText(text);
    if ("invalid" in parts) {
      this.#fail(
        path,
        `Template error: variable names in Fn::Sub syntax must contain only alphanumeric characters, underscores, periods, and colons (here: \`${parts.invalid}\`)`,
      );
      return whole;
    }
    const pieces = parts.map((part) =>
      "variable" in part ? this.#variable(part.variable, variables, path) : part.text,
    );
    if (pieces.every((piece) => typeof piece !== "object" || piece === null))
      return pieces.map(String).join("");
    // Those that are not known yet stay, as an Fn::Join.
    if (pieces.some((piece) => Array.isArray(piece) || (isMap(piece) && isResolved(piece)))) {
      this.#fail(path, "Template error: Fn::Sub expects all variables to be strings");
    }
    return { "Fn::Join": ["", pieces] };
  }

  #variable(name: string, variables: ValueMap, path: Path): Value {
    if (Object.hasOwn(variables, name)) {
      return this.resolve(variables[name] ?? null, [...path, "Fn::Sub", 1, name]) ?? "";
    }
    const split = splitVariable(name);
    if (split.attribute === undefined) return this.#ref(split.name, path) ?? "";
    const { attribute } = split;
    return this.#resources.getAtt(split.name, attribute, path) ?? { "Fn::GetAtt": [split.name, attribute] };
  }

  #if(body: Value, path: Path): Value | undefined {
    if (!Array.isArray(body) || body.length !== 3) {
      this.#fail(
        path,
        "Template error: Fn::If requires a list argument with three elements: the condition, and a value for true and one for false",
      );
      return { "Fn::If": body };
    }
    const [condition = null, then = null, otherwise = null] = body;
    const holds = typeof condition === "string" ? this.#scope.conditions.get(condition) : undefined;
    const ifTrue = () => this.resolve(then, [...path, "Fn::If", 1]);
    const ifFalse = () => this.resolve(otherwise, [...path, "Fn::If", 2]);
    if (holds !== undefined) return holds ? ifTrue() : ifFalse();
    this.#fail(path, `Template error: unresolved condition dependency ${String(condition)} in Fn::If`);
    return { "Fn::If": [condition, ifTrue() ?? null, ifFalse() ?? null] };
  }

  #apply(name: string, body: Value, path: Path): Value {
    const refusal = refusedFunctions.get(name);
    if (refusal !== undefined) {
      this.#fail(path, `${name} is not supported here. ${refusal}`);
      // What is in it may name what only it knows.
      return { [name]: "" };
    }
    const argument = this.resolve(body, [...path, name]) ?? "";
    try {
      return applyFunction(name, argument, this.#scope, path) ?? { [name]: argument };
    } catch (error) {
      if (!(error instanceof IntrinsicError) || this.#onError === undefined) throw error;
      this.#onError(error);
      return { [name]: argument };
    }
  }
}
