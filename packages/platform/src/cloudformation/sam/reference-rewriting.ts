import { get, has, isMap, type Value, type ValueMap } from "../value.ts";
import { rewrite, rewriteSub } from "./parameter-refs.ts";

/** What `!Ref Logical.Property` stands for: the generated resource's logical id, by logical id and property. */
export type ReferableProperties = Map<string, Map<string, string>>;

/**
 * Rewrites references after the transform: to resources whose logical id got a hash (layers), and to properties of SAM
 * resources such as `Api.Stage` or `Function.Alias`, in `Ref`, `Fn::GetAtt`, `Fn::Sub` and `DependsOn`, in the whole
 * template, outputs included.
 */
export function rewriteReferences(
  template: ValueMap,
  changedIds: ReadonlyMap<string, string>,
  properties: ReferableProperties,
): ValueMap {
  const renamed =
    changedIds.size === 0 ? template : rewriteIds(rewriteDependsOn(template, changedIds), changedIds);
  return asMap(properties.size === 0 ? renamed : rewrite(renamed, (map) => toGenerated(map, properties)));
}

function rewriteIds(template: Value, changedIds: ReadonlyMap<string, string>): ValueMap {
  const result = rewrite(template, (map) => {
    const reference = get(map, "Ref");
    if (typeof reference === "string") {
      const changed = changedIds.get(reference);
      return changed === undefined ? map : { Ref: changed };
    }
    const attribute = attributePath(map);
    if (attribute !== undefined) {
      const changed = changedIds.get(attribute[0] ?? "");
      return changed === undefined ? map : { "Fn::GetAtt": [changed, ...attribute.slice(1)] };
    }
    return rewriteSub(map, (whole, name) => {
      const id = name.split(".")[0] ?? name;
      return whole.replace(id, changedIds.get(id) ?? id);
    });
  });
  return asMap(result);
}

function toGenerated(map: ValueMap, properties: ReferableProperties): Value {
  const reference = get(map, "Ref");
  if (typeof reference === "string") {
    const dot = reference.indexOf(".");
    const generated = properties.get(reference.slice(0, dot))?.get(reference.slice(dot + 1));
    return dot < 0 || generated === undefined ? map : { Ref: generated };
  }
  const attribute = attributePath(map);
  if (attribute !== undefined) {
    const generated = properties.get(attribute[0] ?? "")?.get(attribute[1] ?? "");
    return generated === undefined ? map : { "Fn::GetAtt": [generated, ...attribute.slice(2)] };
  }
  return rewriteSub(map, (whole, name) => {
    const [id = "", property = ""] = name.split(".");
    const generated = properties.get(id)?.get(property);
    return generated === undefined ? whole : whole.replace(`${id}.${property}`, generated);
  });
}

/** The dotted parts of an `Fn::GetAtt` in its list form. */
function attributePath(map: ValueMap): string[] | undefined {
  const parts = get(map, "Fn::GetAtt");
  if (!Array.isArray(parts) || parts.length < 2 || !parts.every((part) => typeof part === "string"))
    return undefined;
  return parts.join(".").split(".");
}

function rewriteDependsOn(value: Value, changedIds: ReadonlyMap<string, string>): Value {
  if (Array.isArray(value)) return value.map((item) => rewriteDependsOn(item, changedIds));
  if (!isMap(value)) return value;
  const result: ValueMap = {};
  for (const [key, inner] of Object.entries(value)) result[key] = rewriteDependsOn(inner, changedIds);
  if (has(value, "DependsOn")) {
    const current = (id: Value): Value => (typeof id === "string" ? (changedIds.get(id) ?? id) : id);
    const dependsOn = value["DependsOn"] ?? null;
    result["DependsOn"] = Array.isArray(dependsOn) ? dependsOn.map(current) : current(dependsOn);
  }
  return result;
}

function asMap(value: Value): ValueMap {
  return isMap(value) ? value : {};
}
