import type { Path } from "../template/positions.ts";
import { isMap, type Value } from "../value.ts";
import { parseSubText } from "./sub-text.ts";

/** A mention of a resource, a parameter or a pseudo parameter. */
export interface Reference {
  /** What is named: `Ref` and `Fn::Sub` may name parameters too. */
  readonly name: string;
  /** The attribute of `Fn::GetAtt`, or of `${Name.Attribute}`; absent for plain references. */
  readonly attribute?: string;
  /** Where the function stands. */
  readonly path: Path;
  readonly by: "Ref" | "Fn::GetAtt" | "Fn::Sub";
}

/** All references in a value, in the order in which they stand. */
export function referencesIn(value: Value | undefined, path: Path = []): Reference[] {
  const found: Reference[] = [];
  visit(value, path, found);
  return found;
}

/** The parts of an `Fn::GetAtt` in either form: logical id and attribute. */
export function getAttParts(
  body: Value | undefined,
): { readonly logicalId: string; readonly attribute: Value } | undefined {
  if (typeof body === "string") {
    const dot = body.indexOf(".");
    return dot < 1 ? undefined : { logicalId: body.slice(0, dot), attribute: body.slice(dot + 1) };
  }
  if (!Array.isArray(body) || body.length < 2 || typeof body[0] !== "string") return undefined;
  const rest = body.slice(1);
  const attribute = rest.length === 1 ? (rest[0] ?? null) : rest.map(String).join(".");
  return { logicalId: body[0], attribute };
}

function visit(value: Value | undefined, path: Path, found: Reference[]): void {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) visit(item, [...path, index], found);
    return;
  }
  if (!isMap(value)) return;
  const keys = Object.keys(value);
  const [key] = keys;
  if (keys.length === 1 && key !== undefined) {
    const body = value[key];
    if (key === "Ref" && typeof body === "string") {
      found.push({ name: body, path, by: "Ref" });
      return;
    }
    if (key === "Fn::GetAtt") {
      const parts = getAttParts(body);
      if (parts !== undefined) {
        const attribute = typeof parts.attribute === "string" ? { attribute: parts.attribute } : {};
        found.push({ name: parts.logicalId, ...attribute, path, by: "Fn::GetAtt" });
        visit(parts.attribute, path, found);
      }
      return;
    }
    if (key === "Fn::Sub") visitSub(body, path, found);
  }
  for (const [name, inner] of Object.entries(value)) visit(inner, [...path, name], found);
}

function visitSub(body: Value | undefined, path: Path, found: Reference[]): void {
  const [text, variables] = Array.isArray(body) ? body : [body];
  if (typeof text !== "string") return;
  const parts = parseSubText(text);
  if ("invalid" in parts) return;
  for (const part of parts) {
    if (!("variable" in part) || (isMap(variables) && Object.hasOwn(variables, part.variable))) continue;
    found.push({ ...splitVariable(part.variable), path, by: "Fn::Sub" });
  }
}

/** What a variable of `Fn::Sub` names: `${Name}` or `${Name.Attribute}`. */
export function splitVariable(variable: string): { readonly name: string; readonly attribute?: string } {
  const dot = variable.indexOf(".");
  return dot < 0 ? { name: variable } : { name: variable.slice(0, dot), attribute: variable.slice(dot + 1) };
}
