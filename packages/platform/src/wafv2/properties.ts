import { WafError } from "./waf-error.ts";

/** Properties of one object in a template: each is read by its kind, and unknown ones are refused. */
export class Properties {
  /** As CloudFormation names places, such as `#/Rules/0/Statement`. */
  readonly place: string;
  readonly #values: Readonly<Record<string, unknown>>;

  /** @throws {WafError} if `value` is no object or has a property that is not in `known`. */
  constructor(value: unknown, place: string, known: readonly string[]) {
    if (!isObject(value)) {
      throw new WafError(`${place}: expected type: JSONObject, found: ${kindOf(value)}.`);
    }
    this.place = place;
    this.#values = value;
    for (const name of Object.keys(value)) {
      if (known.includes(name)) continue;
      const meant = known.find((candidate) => isLike(candidate, name));
      const hint = meant === undefined ? ` Known here: ${known.join(", ")}.` : ` Did you mean ${meant}?`;
      throw new WafError(`${place}: extraneous key [${name}] is not permitted.${hint}`);
    }
  }

  has(name: string): boolean {
    return this.#values[name] !== undefined && this.#values[name] !== null;
  }

  /** Those of the properties that are there. */
  get names(): readonly string[] {
    return Object.keys(this.#values).filter((name) => this.has(name));
  }

  required(name: string): unknown {
    if (this.has(name)) return this.#values[name];
    throw new WafError(`${this.place}: required key [${name}] not found.`);
  }

  at(name: string): string {
    return `${this.place}/${name}`;
  }

  object(name: string, known: readonly string[]): Properties {
    return new Properties(this.required(name), this.at(name), known);
  }

  optionalObject(name: string, known: readonly string[]): Properties | undefined {
    return this.has(name) ? this.object(name, known) : undefined;
  }

  /** Its values by names that are the template's own. */
  map(name: string): readonly (readonly [key: string, value: unknown])[] {
    if (!this.has(name)) return [];
    const value = this.required(name);
    if (isObject(value)) return Object.entries(value);
    throw new WafError(`${this.at(name)}: expected type: JSONObject, found: ${kindOf(value)}.`);
  }

  list(name: string): readonly unknown[] {
    if (!this.has(name)) return [];
    const value = this.required(name);
    if (Array.isArray(value)) return value;
    throw new WafError(`${this.at(name)}: expected type: JSONArray, found: ${kindOf(value)}.`);
  }

  /** @throws {WafError} if it is missing, no text, or does not fit. */
  text(name: string, limits: TextLimits = {}): string {
    const value = this.required(name);
    const text = typeof value === "number" || typeof value === "boolean" ? String(value) : value;
    if (typeof text !== "string") {
      throw new WafError(`${this.at(name)}: expected type: String, found: ${kindOf(value)}.`);
    }
    const { least = 1, most = Number.POSITIVE_INFINITY, pattern } = limits;
    if (text.length < least) {
      throw new WafError(`${this.at(name)}: expected minLength: ${least}, actual: ${text.length}.`);
    }
    if (text.length > most) {
      throw new WafError(`${this.at(name)}: expected maxLength: ${most}, actual: ${text.length}.`);
    }
    if (pattern !== undefined && !pattern.test(text)) {
      throw new WafError(`${this.at(name)}: string [${text}] does not match pattern ${pattern.source}.`);
    }
    return text;
  }

  optionalText(name: string, limits: TextLimits = {}): string | undefined {
    return this.has(name) ? this.text(name, limits) : undefined;
  }

  texts(name: string): readonly string[] {
    return this.list(name).map((value, index) => {
      if (typeof value === "string") return value;
      throw new WafError(`${this.at(name)}/${index}: expected type: String, found: ${kindOf(value)}.`);
    });
  }

  whole(name: string, least: number, most: number): number {
    const value = this.required(name);
    const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
    if (typeof number !== "number" || !Number.isInteger(number)) {
      throw new WafError(`${this.at(name)}: expected type: Integer, found: ${kindOf(value)}.`);
    }
    if (number >= least && number <= most) return number;
    throw new WafError(`${this.at(name)}: ${number} is not in the range ${least} to ${most}.`);
  }

  oneOf<const Choice extends string>(name: string, choices: readonly Choice[]): Choice {
    const value = this.required(name);
    const choice = choices.find((candidate) => candidate === value);
    if (choice !== undefined) return choice;
    throw new WafError(
      `${this.at(name)}: ${String(value)} is not a valid enum value. It is one of ${choices.join(", ")}.`,
    );
  }
}

interface TextLimits {
  readonly least?: number;
  readonly most?: number;
  readonly pattern?: RegExp;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "JSONArray";
  if (value === null || value === undefined) return "Null";
  if (typeof value === "object") return "JSONObject";
  return `${(typeof value)[0]?.toUpperCase()}${(typeof value).slice(1)}`;
}

/** Whether one name is a slip of the other: another case, or one letter too many, missing, changed or swapped. */
function isLike(name: string, other: string): boolean {
  const [a, b] = [name.toLowerCase(), other.toLowerCase()];
  if (a === b || a.replace(/s$/, "") === b.replace(/s$/, "")) return true;
  if (Math.abs(a.length - b.length) > 1 || Math.min(a.length, b.length) < 3) return false;
  let start = 0;
  while (start < a.length && a[start] === b[start]) start += 1;
  const [restA, restB] = [a.slice(start), b.slice(start)];
  if (restA.length === restB.length) {
    const isSwap = restA[0] === restB[1] && restA[1] === restB[0] && restA.slice(2) === restB.slice(2);
    return isSwap || restA.slice(1) === restB.slice(1);
  }
  return restA.length > restB.length ? restA.slice(1) === restB : restB.slice(1) === restA;
}
