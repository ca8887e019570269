import type { StackTemplate } from "../intrinsics/instantiate.ts";
import { referencesIn } from "../intrinsics/references.ts";
import type { Path } from "../template/positions.ts";
import type { Value } from "../value.ts";
import { type Diagnostic, diagnosticAt, type Position } from "./diagnostic.ts";
import { typeAttributes } from "./known-names.ts";
import { nearest } from "./spelling.ts";

/**
 * Attributes that `Fn::GetAtt` or `${Name.Attribute}` name and that the resource's type does not have.
 *
 * @returns also the resources that name them.
 */
export function checkAttributes(
  stack: StackTemplate,
  originOf: (logicalId: string) => string,
  positionOf: (path: Path) => Position,
): { readonly diagnostics: readonly Diagnostic[]; readonly faulty: ReadonlySet<string> } {
  const outputs = [...stack.outputs, ...stack.brokenOutputs.map(({ part }) => part)];
  const types = new Map(stack.declaredResources.map(({ logicalId, type }) => [logicalId, type]));
  const diagnostics: Diagnostic[] = [];
  const faulty = new Set<string>();
  const visit = (value: Value | undefined, path: Path, from: string | undefined): void => {
    for (const { name, attribute, path: at } of referencesIn(value, path)) {
      const type = types.get(name);
      if (attribute === undefined || type === undefined || !Object.hasOwn(typeAttributes, type)) continue;
      const known = typeAttributes[type] ?? [];
      if (known.includes(attribute)) continue;
      if (from !== undefined) faulty.add(from);
      const meant = nearest(attribute, known);
      const logicalId = from === undefined ? {} : { logicalId: originOf(from) };
      diagnostics.push(
        diagnosticAt(positionOf(at), {
          severity: "error",
          code: "unknown-attribute",
          message: `\`${name}\` is an \`${type}\`, which has no attribute \`${attribute}\`. CloudFormation answers \`Template error: resource ${name} does not support attribute type ${attribute} in Fn::GetAtt\`.`,
          hint: meant === undefined ? attributesText(known) : `Did you mean \`${name}.${meant}\`?`,
          ...logicalId,
        }),
      );
    }
  };
  for (const resource of stack.declaredResources) {
    visit(resource.properties, ["Resources", originOf(resource.logicalId), "Properties"], resource.logicalId);
  }
  for (const { name, value } of outputs) visit(value, ["Outputs", name, "Value"], undefined);
  return { diagnostics, faulty };
}

function attributesText(known: readonly string[]): string {
  return known.length === 0 ? "It has none; use `!Ref`." : `It has ${known.join(", ")}.`;
}
