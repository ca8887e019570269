import type { Value, ValueMap } from "../../../packages/platform/src/cloudformation/index.ts";
import { isMap } from "../../../packages/platform/src/cloudformation/index.ts";

/**
 * How two processed templates differ, a line for each place; none if they say the same.
 *
 * The order of lists doesn't count except under `Layers`, nor does what the translator takes from a hash that only
 * Python can make: the ids of deployments.
 */
export function differences(expected: Value, actual: Value): string[] {
  return places(comparable(expected), comparable(actual), "");
}

function comparable(template: Value): Value {
  const resources = isMap(template) && isMap(template["Resources"]) ? template["Resources"] : {};
  const names = new Map<string, string>();
  for (const [id, resource] of Object.entries(resources)) {
    if (isMap(resource) && resource["Type"] === "AWS::ApiGateway::Deployment") {
      names.set(id, id.replace(/Deployment[0-9a-f]{10}$/, "Deployment#"));
    }
  }
  return sorted(renamed(template, names));
}

function renamed(value: Value, names: ReadonlyMap<string, string>): Value {
  if (typeof value === "string") {
    return names.get(value) ?? value.replace(/^(RestApi deployment id: )[0-9a-f]{40}$/, "$1#");
  }
  if (Array.isArray(value)) return value.map((item) => renamed(item, names));
  if (!isMap(value)) return value;
  const entries = Object.entries(value).map(([key, inner]): [string, Value] => [
    names.get(key) ?? key,
    renamed(inner, names),
  ]);
  return Object.fromEntries(entries);
}

function sorted(value: Value, key = ""): Value {
  if (Array.isArray(value)) {
    const items = value.map((item) => sorted(item));
    if (key === "Layers") return items;
    const byText = new Map(items.map((item) => [item, JSON.stringify(item)]));
    return items.toSorted((a, b) => ((byText.get(a) ?? "") < (byText.get(b) ?? "") ? -1 : 1));
  }
  if (!isMap(value)) return value;
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((name) => [name, sorted(value[name] ?? null, name)]));
}

function places(expected: Value | undefined, actual: Value | undefined, path: string): string[] {
  if (JSON.stringify(expected) === JSON.stringify(actual)) return [];
  if (isMap(expected) && isMap(actual)) {
    const keys = new Set([...Object.keys(expected), ...Object.keys(actual)]);
    return [...keys].flatMap((key) => places(expected[key], actual[key], `${path}/${key}`));
  }
  if (Array.isArray(expected) && Array.isArray(actual) && expected.length === actual.length) {
    return expected.flatMap((item, index) => places(item, actual[index], `${path}/${index}`));
  }
  return [`${path}: ${shown(expected)} expected, ${shown(actual)} made`];
}

function shown(value: Value | undefined): string {
  return (JSON.stringify(value) ?? "nothing").slice(0, 200);
}

/** Which SAM types and attributes a template has. */
export function samTypes(template: ValueMap | undefined): Set<string> {
  const types = new Set<string>();
  const resources = template?.["Resources"];
  for (const resource of Object.values(isMap(resources) ? resources : {})) {
    if (!isMap(resource)) continue;
    const type = resource["Type"];
    if (typeof type === "string" && type.startsWith("AWS::Serverless::")) types.add(type);
    if ("Connectors" in resource) types.add("AWS::Serverless::Connector");
  }
  return types;
}
