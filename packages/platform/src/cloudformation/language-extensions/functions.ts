import { functionName } from "../intrinsics/function-form.ts";
import { IntrinsicError } from "../intrinsics/intrinsic-error.ts";
import { nothingYet, resolve } from "../intrinsics/resolve.ts";
import type { StackScope } from "../intrinsics/scope.ts";
import type { Path } from "../template/positions.ts";
import { get, getMap, isMap, type Value, type ValueMap } from "../value.ts";
import { jsonText } from "./json-text.ts";

/** Sections whose values may have functions. */
const sections = ["Conditions", "Globals", "Outputs", "Resources"];
const policies = ["DeletionPolicy", "UpdateReplacePolicy"];

/**
 * Evaluates the functions that only `AWS::LanguageExtensions` knows, and functions in places where others can't stand.
 * The rest stays as it is.
 */
export function evaluateFunctions(
  template: ValueMap,
  scope: StackScope,
  onError: (error: IntrinsicError) => void,
): ValueMap {
  const evaluation = new Evaluation(scope, onError);
  const result = { ...template };
  for (const section of sections) {
    const value = get(template, section);
    if (value !== undefined) result[section] = evaluation.value(value, [section]);
  }
  for (const [logicalId, resource] of Object.entries(getMap(result, "Resources") ?? {})) {
    if (!isMap(resource)) continue;
    for (const name of policies) {
      const value = get(resource, name);
      if (isMap(value)) resource[name] = evaluation.known(value, ["Resources", logicalId, name]);
    }
  }
  return result;
}

class Evaluation {
  readonly #scope: StackScope;
  readonly #onError: (error: IntrinsicError) => void;

  constructor(scope: StackScope, onError: (error: IntrinsicError) => void) {
    this.#scope = scope;
    this.#onError = onError;
  }

  value(value: Value, path: Path): Value {
    if (Array.isArray(value)) return value.map((item, index) => this.value(item, [...path, index]));
    if (!isMap(value)) return value;
    const name = isMap(value) && Object.keys(value).length === 1 ? Object.keys(value)[0] : undefined;
    const argument = name === undefined ? null : (value[name] ?? null);
    switch (name) {
      case "Fn::Length":
        return this.#length(argument, [...path, name]);
      case "Fn::ToJsonString":
        return this.#json(argument, [...path, name]);
      case "Fn::FindInMap":
        return this.#findInMap(value, argument, [...path, name]);
      case "Ref":
        return isMap(argument) ? { Ref: this.known(argument, [...path, name]) } : value;
      case "Fn::GetAtt":
        return Array.isArray(argument) && argument.some(isMap)
          ? { "Fn::GetAtt": argument.map((part, index) => this.known(part, [...path, name, index])) }
          : value;
      default: {
        const entries = Object.entries(value).map(([key, inner]): [string, Value] => [
          key,
          this.value(inner, [...path, key]),
        ]);
        return Object.fromEntries(entries);
      }
    }
  }

  /** A text that must be known before any resource is made. */
  known(value: Value, path: Path): Value {
    const resolved = this.#resolved(this.value(value, path), path);
    if (typeof resolved === "string" || typeof resolved === "number") return resolved;
    this.#fail(path, "a text is needed here that is known before any resource is made");
    return "";
  }

  #length(argument: Value, path: Path): Value {
    const list = this.#resolved(this.value(argument, path), path);
    if (Array.isArray(list)) return list.length;
    this.#fail(path, "Fn::Length takes a list, or a function that gives one before any resource is made");
    return 0;
  }

  #json(argument: Value, path: Path): Value {
    const value = this.#resolved(this.value(argument, path), path);
    if (!Array.isArray(value) && (!isMap(value) || functionName(value) !== undefined)) {
      this.#fail(path, "Fn::ToJsonString takes a map or a list");
      return "";
    }
    return jsonText(value);
  }

  #findInMap(whole: ValueMap, argument: Value, path: Path): Value {
    if (!Array.isArray(argument)) return whole;
    const [name = null, first = null, second = null, options, ...more] = argument;
    const standard = get(options, "DefaultValue");
    if (argument.length > 3 && (standard === undefined || more.length > 0)) {
      this.#fail(path, "the fourth argument of Fn::FindInMap is a map with DefaultValue");
      return "";
    }
    const keys = [name, first, second].map((key, index) => this.known(key, [...path, index]));
    const found = get(this.#scope.mappings, ...keys.map(String));
    if (found !== undefined && !isMap(found)) return found;
    // Without a default, the mistake is told where lookups without this transform are.
    return standard === undefined
      ? { "Fn::FindInMap": keys }
      : this.value(standard, [...path, 3, "DefaultValue"]);
  }

  #resolved(value: Value, path: Path): Value | undefined {
    try {
      return resolve(value, this.#scope, nothingYet, path);
    } catch (error) {
      if (!(error instanceof IntrinsicError)) throw error;
      this.#onError(error);
      return undefined;
    }
  }

  #fail(path: Path, message: string): void {
    this.#onError(new IntrinsicError(path, message));
  }
}
