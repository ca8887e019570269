import { isResolved } from "../intrinsics/function-form.ts";
import { IntrinsicError } from "../intrinsics/intrinsic-error.ts";
import { nothingYet, resolve } from "../intrinsics/resolve.ts";
import type { StackScope } from "../intrinsics/scope.ts";
import type { Path } from "../template/positions.ts";
import { has, isMap, type Value, type ValueMap } from "../value.ts";

const prefix = "Fn::ForEach::";
/** The sections in which loops may stand. */
const sections = ["Conditions", "Outputs", "Resources"];
const layout =
  "Fn::ForEach layout is incorrect: it takes a list of an identifier, a collection, and a map with the identifier in its keys";

/**
 * Writes the loops of a template out.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html
 */
export class LoopExpansion {
  /** Where in the template each made condition, output and resource is written, by `Section/Name`. */
  readonly origins = new Map<string, Path>();
  readonly #scope: StackScope;
  readonly #onError: (error: IntrinsicError) => void;

  constructor(scope: StackScope, onError: (error: IntrinsicError) => void) {
    this.#scope = scope;
    this.#onError = onError;
  }

  expand(template: ValueMap): ValueMap {
    const expanded = Object.entries(template).map(([name, section]): [string, Value] => [
      name,
      sections.includes(name) ? this.#value(section, [name]) : section,
    ]);
    return Object.fromEntries(expanded);
  }

  #value(value: Value, path: Path): Value {
    if (Array.isArray(value)) return value.map((item, index) => this.#value(item, [...path, index]));
    if (!isMap(value)) return value;
    const result: ValueMap = {};
    const add = (key: string, inner: Value, at: Path): void => {
      if (has(result, key)) this.#fail(at, `Fn::ForEach makes \`${key}\`, which is there already`);
      else result[key] = inner;
    };
    for (const [key, inner] of Object.entries(value)) {
      const at = [...path, key];
      if (!key.startsWith(prefix)) {
        add(key, this.#value(inner, at), at);
        continue;
      }
      for (const [made, content, origin] of this.#loop(inner, at)) {
        if (path.length === 1) this.origins.set(`${path[0]}/${made}`, origin);
        add(made, content, at);
      }
    }
    return result;
  }

  /** What a loop makes: keys, their values, and where the template has them. */
  #loop(loop: Value, path: Path): [string, Value, Path][] {
    const [identifier, collection, body, ...more] = Array.isArray(loop) ? loop : [];
    if (typeof identifier !== "string" || collection === undefined || !isMap(body) || more.length > 0) {
      this.#fail(path, layout);
      return [];
    }
    return this.#items(collection, [...path, 1]).flatMap((item) =>
      Object.entries(body).flatMap(([key, inner]): [string, Value, Path][] => {
        const origin = [...path, 2, key];
        const made = replaced(key, identifier, item);
        const content = replaced(inner, identifier, item);
        if (made.startsWith(prefix)) return this.#loop(content, origin);
        if (made === key) {
          const text = `\`${key}\` in Fn::ForEach must have \`\${${identifier}}\` in it`;
          this.#fail(origin, text);
          return [];
        }
        return [[made, this.#value(content, origin), origin]];
      }),
    );
  }

  #items(collection: Value, path: Path): string[] {
    let items: Value | undefined;
    try {
      items = resolve(collection, this.#scope, nothingYet, path);
    } catch (error) {
      if (!(error instanceof IntrinsicError)) throw error;
      this.#onError(error);
      return [];
    }
    // A list in a collection is one of a parameter that an item names.
    const list = Array.isArray(items) ? items.flat() : [];
    if (Array.isArray(items) && list.every((item) => typeof item !== "object" && isResolved(item))) {
      return list.map(String);
    }
    this.#fail(
      path,
      "The collection of Fn::ForEach must be a list of texts, known before any resource is made",
    );
    return [];
  }

  #fail(path: Path, message: string): void {
    this.#onError(new IntrinsicError(path, message));
  }
}

/** The same with an item in place of the identifier: in texts, in keys, and where `Ref` names it. */
function replaced(value: string, identifier: string, item: string): string;
function replaced(value: Value, identifier: string, item: string): Value;
function replaced(value: Value, identifier: string, item: string): Value {
  if (typeof value === "string") {
    return value
      .replaceAll(`\${${identifier}}`, () => item)
      .replaceAll(`&{${identifier}}`, () => item.replaceAll(/[^A-Za-z0-9]/g, ""));
  }
  if (Array.isArray(value)) return value.map((each) => replaced(each, identifier, item));
  if (!isMap(value)) return value;
  if (Object.keys(value).length === 1 && value["Ref"] === identifier) return item;
  const entries = Object.entries(value).map(([key, inner]): [string, Value] => [
    replaced(key, identifier, item),
    replaced(inner, identifier, item),
  ]);
  return Object.fromEntries(entries);
}
