import type { Properties } from "./properties.ts";
import type { Statement, StatementContext } from "./statement.ts";

/** What a label consists of. */
export const labelName = { most: 1024, pattern: /^[0-9A-Za-z_\-:]+$/ };

/**
 * Reads a `LabelMatchStatement`: a label or namespace by its last parts, among those of the rule's own web ACL or rule
 * group unless it begins with the prefix of another.
 * @see https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-label-match.html
 */
export function readLabelMatch(holder: Properties, name: string, context: StatementContext): Statement {
  const properties = holder.object(name, ["Key", "Scope"]);
  const key = properties.text("Key", labelName);
  const scope = properties.oneOf("Scope", ["LABEL", "NAMESPACE"]);
  const { labelNamespace } = context;
  const isMatch = (label: string): boolean => {
    if (key.startsWith("awswaf:")) {
      return scope === "LABEL" ? label === key : label.startsWith(key.endsWith(":") ? key : `${key}:`);
    }
    if (!label.startsWith(labelNamespace)) return false;
    const local = label.slice(labelNamespace.length);
    const parts = local.split(":");
    if (scope === "LABEL") return `:${local}`.endsWith(`:${key}`);
    return `:${parts.slice(0, -1).join(":")}:`.includes(`:${key.replace(/:$/, "")}:`);
  };
  return { capacity: 1, matches: ({ labels }) => [...labels].some(isMatch) };
}
