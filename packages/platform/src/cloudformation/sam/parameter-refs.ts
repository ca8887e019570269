import { get, isMap, type Value, type ValueMap } from "../value.ts";
import { invalidDocument } from "./errors.ts";
import { shown } from "./text.ts";

/** What a reference may stand for while the transform runs: template parameters, `AWS::Region`, `AWS::Partition`. */
export type ParameterValues = Readonly<Record<string, Value>>;

/**
 * Replaces references to parameters, in `Ref` and in the text of `Fn::Sub`, at any depth.
 *
 * The transform runs before CloudFormation evaluates a template and looks at parameter values only where one of its
 * rules needs them; references to anything else stay as they are.
 */
export function resolveParameterRefs(value: Value, parameters: ParameterValues): Value {
  return rewrite(value, (map) => {
    const name = get(map, "Ref");
    if (typeof name === "string") return parameterValue(parameters, name) ?? map;
    return rewriteSub(map, (reference, variable) => parameterValue(parameters, variable) ?? reference);
  });
}

/** As {@link resolveParameterRefs}, and with `Fn::FindInMap` looked up in the template's mappings. */
export function resolveWithMappings(
  value: Value,
  parameters: ParameterValues,
  mappings: Value | undefined,
): Value {
  if (mappings !== undefined && !isMap(mappings)) {
    throw invalidDocument("'Mappings' or 'Parameters' is either null or not a valid dictionary.");
  }
  const resolved = resolveParameterRefs(value, parameters);
  if (mappings === undefined) return resolved;
  return rewrite(resolved, (map) => findInMap(map, mappings));
}

/** Calls `change` for every map with a single key, outermost first, and goes on into what it answers. */
export function rewrite(value: Value, change: (map: ValueMap) => Value): Value {
  const changed = isMap(value) && Object.keys(value).length === 1 ? change(value) : value;
  if (Array.isArray(changed)) return changed.map((item) => rewrite(item, change));
  if (!isMap(changed)) return changed;
  const result: ValueMap = {};
  for (const [key, inner] of Object.entries(changed)) result[key] = rewrite(inner, change);
  return result;
}

/**
 * Replaces references in the text of an `Fn::Sub`, of which `map` is one.
 *
 * @param replacement - Called with the whole reference (`${Name}`) and with what is between the braces.
 */
export function rewriteSub(map: ValueMap, replacement: (reference: string, name: string) => Value): ValueMap {
  const body = get(map, "Fn::Sub");
  if (typeof body === "string") return { "Fn::Sub": rewriteText(body, replacement) };
  if (!Array.isArray(body) || typeof body[0] !== "string") return map;
  return { "Fn::Sub": [rewriteText(body[0], replacement), ...body.slice(1)] };
}

function rewriteText(text: string, replacement: (reference: string, name: string) => Value): string {
  return text.replace(/\$\{([A-Za-z0-9.]+|AWS::[A-Z][A-Za-z]*)\}/g, (reference, name: string) => {
    const value = replacement(reference, name);
    if (typeof value === "string") return value;
    throw invalidDocument(
      `Invalid Fn::Sub variable value ${shown(value)}. Fn::Sub expects all variables to be strings.`,
    );
  });
}

function findInMap(map: ValueMap, mappings: ValueMap): Value {
  const found = get(map, "Fn::FindInMap");
  if (found === undefined) return map;
  if (!Array.isArray(found) || found.length !== 3) {
    throw invalidDocument(
      `Invalid FindInMap value ${shown(found)}. FindInMap expects an array with 3 values.`,
    );
  }
  const [name, first, second] = found;
  if (typeof name !== "string" || typeof first !== "string" || typeof second !== "string") return map;
  const level = get(mappings, name);
  const inner = get(level, first);
  if ((level !== undefined && !isMap(level)) || (inner !== undefined && !isMap(inner))) {
    throw invalidDocument(`Cannot use Fn::FindInMap on Mapping '${name}' which is not a a two-level map.`);
  }
  return get(inner, second) ?? map;
}

function parameterValue(parameters: ParameterValues, name: string): Value | undefined {
  return Object.hasOwn(parameters, name) ? parameters[name] : undefined;
}
