import type { Path } from "../template/positions.ts";
import { get, isEqual, isMap, type Value, type ValueMap } from "../value.ts";
import { isResolved } from "./function-form.ts";
import { IntrinsicError } from "./intrinsic-error.ts";
import { nothingYet, resolve } from "./resolve.ts";
import type { StackScope } from "./scope.ts";

/** What became of a template's conditions. */
export interface EvaluatedConditions {
  readonly values: ReadonlyMap<string, boolean>;
  readonly errors: readonly IntrinsicError[];
}

/**
 * Evaluates the `Conditions` of a template. They may name parameters, mappings and one another, but no resources.
 *
 * @param scope - Its conditions are not looked at.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/conditions-section-structure.html
 */
export function evaluateConditions(conditions: ValueMap, scope: StackScope): EvaluatedConditions {
  const evaluator = new Evaluator(conditions, scope);
  const errors: IntrinsicError[] = [];
  for (const name of Object.keys(conditions)) {
    try {
      evaluator.named(name, ["Conditions", name]);
    } catch (error) {
      if (!(error instanceof IntrinsicError)) throw error;
      errors.push(error);
    }
  }
  return { values: evaluator.values, errors };
}

class Evaluator {
  readonly values = new Map<string, boolean>();
  readonly #conditions: ValueMap;
  readonly #scope: StackScope;
  readonly #open = new Set<string>();

  constructor(conditions: ValueMap, scope: StackScope) {
    this.#conditions = conditions;
    this.#scope = { ...scope, conditions: this.values };
  }

  named(name: string, path: Path): boolean {
    const known = this.values.get(name);
    if (known !== undefined) return known;
    const condition = get(this.#conditions, name);
    if (condition === undefined) {
      throw new IntrinsicError(path, `Template error: the condition ${name} is not defined in Conditions`);
    }
    if (this.#open.has(name)) {
      throw new IntrinsicError(
        path,
        `Template error: Circular dependency between conditions: [${[...this.#open].join(", ")}]`,
      );
    }
    this.#open.add(name);
    try {
      const value = this.#evaluate(condition, ["Conditions", name]);
      this.values.set(name, value);
      return value;
    } finally {
      this.#open.delete(name);
    }
  }

  #evaluate(condition: Value, path: Path): boolean {
    if (typeof condition === "boolean") return condition;
    // The SAM transform writes the name of a condition alone where one usage plan is shared.
    if (typeof condition === "string") return this.named(condition, path);
    const [name, ...others] = isMap(condition) ? Object.keys(condition) : [];
    const body = isMap(condition) && name !== undefined ? (condition[name] ?? null) : null;
    if (name === undefined || others.length > 0) throw malformed(path);
    switch (name) {
      case "Condition":
        return isMap(body) ? this.#evaluate(body, path) : this.named(String(body), path);
      case "Fn::Not":
        return !this.#operands(body, path, name, 1, 1).some(Boolean);
      case "Fn::And":
        return this.#operands(body, path, name, 2, 10).every(Boolean);
      case "Fn::Or":
        return this.#operands(body, path, name, 2, 10).some(Boolean);
      case "Fn::Equals":
        return this.#equals(body, path);
      default:
        return this.#constant(condition, path);
    }
  }

  #operands(body: Value, path: Path, name: string, least: number, most: number): boolean[] {
    if (!Array.isArray(body) || body.length < least || body.length > most) {
      const count = least === most ? `exactly ${least}` : `${least} to ${most}`;
      throw new IntrinsicError(
        path,
        `Template error: every ${name} object requires a list of ${count} conditions.`,
      );
    }
    return body.map((operand, index) => this.#evaluate(operand, [...path, name, index]));
  }

  #equals(body: Value, path: Path): boolean {
    if (!Array.isArray(body) || body.length !== 2) {
      throw new IntrinsicError(
        path,
        "Template error: every Fn::Equals object requires a list of 2 string parameters.",
      );
    }
    const [left, right] = body.map((side, index) => this.#known(side, [...path, "Fn::Equals", index]));
    return isEqual(comparable(left), comparable(right));
  }

  /** A function that gives "true" or "false", such as `Fn::FindInMap`. */
  #constant(condition: Value, path: Path): boolean {
    const value = comparable(this.#known(condition, path));
    if (value === "true" || value === "false") return value === "true";
    throw malformed(path);
  }

  #known(value: Value, path: Path): Value | undefined {
    const resolved = resolve(value, this.#scope, nothingYet, path);
    if (isResolved(resolved)) return resolved;
    throw new IntrinsicError(
      path,
      "Template error: Conditions can only be based on parameters, pseudo parameters and mappings; this one names a resource, or nothing that exists",
    );
  }
}

/** CloudFormation compares text: 1 and "1", true and "true" are equal. */
function comparable(value: Value | undefined): Value {
  if (Array.isArray(value)) return value.map(comparable);
  if (isMap(value)) return value;
  return value === undefined || value === null ? "" : String(value);
}

function malformed(path: Path): IntrinsicError {
  return new IntrinsicError(
    path,
    "Template format error: a condition must be one of Fn::And, Fn::Equals, Fn::Not, Fn::Or or Condition",
  );
}
