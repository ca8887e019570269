import {
  type CompiledTemplate,
  isMap,
  type SsmParameterValue,
  type Value,
} from "../../cloudformation/index.ts";

/**
 * Puts values of Systems Manager in the places of `{{resolve:ssm:name}}` and `{{resolve:ssm:name:version}}` in properties.
 * References to other services stay as they are.
 *
 * @param findValue - the value of a parameter, or of the version that follows its name after a colon.
 * @returns names of parameters that are not there, and of those that are secret, besides.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-ssm.html
 */
export function resolveDynamicReferences(
  compiled: CompiledTemplate,
  findValue: (reference: string) => SsmParameterValue | undefined,
): {
  readonly compiled: CompiledTemplate;
  readonly missing: readonly string[];
  readonly secure: readonly string[];
} {
  const missing = new Set<string>();
  const secure = new Set<string>();
  const inText = (text: string) =>
    text.replace(/\{\{resolve:ssm:([a-zA-Z0-9_.\-/]+(?::\d+)?)\}\}/g, (whole, reference: string) => {
      const found = findValue(reference);
      if (found === undefined) missing.add(reference);
      else if (found.isSecure) secure.add(reference);
      return found?.value ?? whole;
    });
  const inValue = (value: Value): Value => {
    if (typeof value === "string") return inText(value);
    if (Array.isArray(value)) return value.map(inValue);
    if (!isMap(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, inValue(inner)]));
  };
  const nodes = new Map(
    [...compiled.graph.nodes].map(([id, node]) => [
      id,
      { ...node, properties: inValue(node.properties) as typeof node.properties },
    ]),
  );
  return {
    compiled: { ...compiled, graph: { ...compiled.graph, nodes } },
    missing: [...missing],
    secure: [...secure],
  };
}
