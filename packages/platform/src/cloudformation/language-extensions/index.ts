import { type Diagnostic, diagnosticAt } from "../diagnostics/diagnostic.ts";
import { evaluateConditions } from "../intrinsics/conditions.ts";
import { type StackInput, unconditionalScope } from "../intrinsics/instantiate.ts";
import type { IntrinsicError } from "../intrinsics/intrinsic-error.ts";
import { resolveParameters } from "../intrinsics/parameters.ts";
import { samTransformName } from "../sam/transform.ts";
import type { LoadedTemplate } from "../template/load.ts";
import { get, getMap, type ValueMap } from "../value.ts";
import { LoopExpansion } from "./for-each.ts";
import { evaluateFunctions } from "./functions.ts";

/** The name by which a template asks for this transform. */
const languageExtensionsName = "AWS::LanguageExtensions";

/** A template with loops written out, and what is wrong with it. */
export interface ExtendedTemplate {
  readonly loaded: LoadedTemplate;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Does what CloudFormation's transform `AWS::LanguageExtensions` does, where a template asks for it: loops are written out,
 * lengths, JSON texts and lookups with a default are evaluated, as are the functions in policies.
 *
 * @param loaded - Not changed.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-languageextensions.html
 */
export function extendLanguage(loaded: LoadedTemplate, input: StackInput): ExtendedTemplate {
  const transforms = transformsOf(loaded.template);
  const place = transforms.indexOf(languageExtensionsName);
  if (place < 0) return { loaded, diagnostics: [] };
  const sam = transforms.indexOf(samTransformName);
  if (sam >= 0 && sam < place) {
    const message = `\`${languageExtensionsName}\` must be listed before \`${samTransformName}\`: transforms work in the order of the list.`;
    const hint = `Write \`Transform: [${languageExtensionsName}, ${samTransformName}]\`.`;
    return { loaded, diagnostics: [diagnostic(loaded, ["Transform"], message, hint)] };
  }
  const rest = transforms.filter((name) => name !== languageExtensionsName);
  // What is wrong with parameters is told when the stack is made of them.
  const parameters = resolveParameters(getMap(loaded.template, "Parameters") ?? {}, input).values;
  const scope = unconditionalScope(loaded.template, input, parameters);
  const errors: IntrinsicError[] = [];
  const loops = new LoopExpansion(scope, (error) => errors.push(error));
  const template: ValueMap = { ...loops.expand(loaded.template) };
  delete template["Transform"];
  if (rest.length > 0) template["Transform"] = rest;
  const conditions = evaluateConditions(getMap(template, "Conditions") ?? {}, scope);
  const known = { ...scope, conditions: conditions.values };
  const evaluated = evaluateFunctions(template, known, (error) => errors.push(error));
  const positions = loaded.positions.withOrigins(loops.origins);
  return {
    loaded: { template: evaluated, positions },
    diagnostics: errors.map(({ path, message }) => diagnostic({ ...loaded, positions }, path, message)),
  };
}

function transformsOf(template: ValueMap): string[] {
  const transform = get(template, "Transform");
  const list = Array.isArray(transform) ? transform : [transform];
  return list.filter((each): each is string => typeof each === "string");
}

function diagnostic(
  loaded: LoadedTemplate,
  path: IntrinsicError["path"],
  message: string,
  hint?: string,
): Diagnostic {
  const [section, name] = path;
  const isResource = section === "Resources" && name !== undefined;
  return diagnosticAt(loaded.positions.key(path), {
    severity: "error",
    code: "language-extensions",
    message: `Transform ${languageExtensionsName} failed with: ${message}`,
    ...(hint === undefined ? {} : { hint }),
    ...(isResource ? { logicalId: String(name) } : {}),
  });
}
