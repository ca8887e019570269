import {
  type CompiledTemplate,
  compileTemplate,
  type Diagnostic,
  isMap,
  loadTemplate,
  type SsmParameterValue,
  type Value,
  type ValueMap,
} from "../../cloudformation/index.ts";
import { adviceOn, resourceTypes, servedTypes } from "../resource-types.ts";
import { resolveDynamicReferences } from "./dynamic-references.ts";
import type { StackParameter } from "./stack-record.ts";

/** What a template is read with. */
export interface StackTemplateInput {
  /** As it was sent. */
  readonly text: string;
  readonly region: string;
  readonly accountId: string;
  readonly stackName: string;
  readonly stackId: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly notificationArns: readonly string[];
  /** The value that another stack exports. */
  readonly importValue: (name: string) => string | undefined;
  /** The value of a parameter of Systems Manager. */
  readonly ssmParameter: (name: string) => SsmParameterValue | undefined;
}

/** A template that a stack can be made of. */
export interface StackTemplate {
  readonly compiled: CompiledTemplate;
  /** Plain CloudFormation; the template itself where it declares no transform. */
  readonly processed: string;
  readonly description: string | undefined;
  readonly parameters: readonly StackParameter[];
  /** Names of the exports that it uses. */
  readonly imports: readonly string[];
  readonly transforms: readonly string[];
}

/** A stack can't be made of the template. */
export class StackTemplateError extends Error {
  /** Whether CloudFormation finds out while it makes the change set, and not before. */
  readonly isFoundLater: boolean;

  constructor(message: string, isFoundLater: boolean) {
    super(message);
    this.isFoundLater = isFoundLater;
  }
}

/** What is told of a template that doesn't matter here: functions are built before they are sent. */
const ofBuilds: ReadonlySet<string> = new Set(["build-properties"]);

/**
 * Reads a template as CloudFormation does when a change set is made of it.
 * @throws {StackTemplateError} if no stack can be made of it.
 */
export function readStackTemplate(input: StackTemplateInput): StackTemplate {
  const { text, region, accountId, stackName, stackId, notificationArns } = input;
  const imports = new Set<string>();
  const { compiled: unresolved, diagnostics } = compileTemplate(text, "template", {
    stack: { region, accountId, stackName, stackId, partition: "aws", notificationArns },
    overrides: input.parameters,
    localPaths: false,
    importValue: (name) => {
      imports.add(name);
      return input.importValue(name);
    },
    ssmParameter: input.ssmParameter,
  });
  const {
    compiled,
    missing = [],
    secure = [],
  } = unresolved === undefined ? {} : resolveDynamicReferences(unresolved, input.ssmParameter);
  const transforms = transformsOf(compiled?.source.template, text);
  const errors = diagnostics.filter(({ severity, code }) => severity === "error" && !ofBuilds.has(code));
  // Types that nobody knows are told below, all at once.
  const others = errors.filter(({ code }) => code !== "unknown-resource-type");
  const first = refusalOf(others, text, transforms.length > 0);
  if (first !== undefined) throw first;
  if (compiled === undefined)
    throw new StackTemplateError("Template format error: unsupported structure.", false);
  const unserved = new Set(
    [...compiled.graph.nodes.values()].map(({ type }) => type).filter((type) => !isServed(type)),
  );
  if (unserved.size > 0) {
    throw new StackTemplateError(
      `Template format error: Unrecognized resource types: [${[...unserved].join(", ")}]. This platform serves ${servedTypes}, and the SAM types that expand to them. Take the others out, or deploy the stack to AWS.${adviceOn(unserved)}`,
      transforms.length > 0,
    );
  }
  if (compiled.graph.nodes.size === 0) {
    throw new StackTemplateError(
      "Template format error: At least one Resources member must be defined.",
      false,
    );
  }
  if (missing.length > 0) {
    throw new StackTemplateError(
      `Unable to fetch parameters [${missing.join(",")}] from parameter store for this account.`,
      true,
    );
  }
  if (secure.length > 0) {
    throw new StackTemplateError(
      `Non-secure ssm prefix was used for secure parameter: [${secure.join(",")}]`,
      true,
    );
  }
  const description = compiled.source.template["Description"];
  return {
    compiled,
    processed: transforms.length > 0 ? JSON.stringify(compiled.processed) : text,
    description: typeof description === "string" ? description : undefined,
    parameters: parametersOf(compiled, input.parameters),
    imports: [...imports],
    transforms,
  };
}

/** Names of the macros that a template declares. */
export function transformsOf(template: ValueMap | undefined, text: string): readonly string[] {
  if (template === undefined)
    return /AWS::Serverless-2016-10-31/.test(text) ? ["AWS::Serverless-2016-10-31"] : [];
  const transform = template["Transform"];
  const list = Array.isArray(transform) ? transform : [transform];
  return list.filter((each) => typeof each === "string");
}

/** What is wrong with the form of a template, if anything is. */
export function formatProblem(text: string): string | undefined {
  const { loaded, diagnostics } = loadTemplate(text, "template");
  const problem = refusalOf(
    diagnostics.filter(({ severity }) => severity === "error"),
    text,
    false,
  );
  if (problem !== undefined) return problem.message;
  const resources = loaded?.template["Resources"];
  if (resources === undefined || (isMap(resources) && Object.keys(resources).length === 0)) {
    return "Template format error: At least one Resources member must be defined.";
  }
  return undefined;
}

function isServed(type: string): boolean {
  return Object.hasOwn(resourceTypes, type);
}

function refusalOf(
  errors: readonly Diagnostic[],
  text: string,
  hasTransform: boolean,
): StackTemplateError | undefined {
  const [first] = errors;
  if (first === undefined) return undefined;
  const missing = errors.flatMap(
    ({ message }) => /^Parameters: \[(.*)\] must have values/.exec(message)?.[1] ?? [],
  );
  if (missing.length > 0)
    return new StackTemplateError(`Parameters: [${missing.join(", ")}] must have values`, false);
  const ofParameter = errors.find(({ message }) => /^Parameters?:? /.test(message));
  if (ofParameter !== undefined) return new StackTemplateError(ofParameter.message, false);
  const syntax = errors.find(({ code }) => code === "template-syntax");
  if (syntax !== undefined) {
    const language = text.trimStart().startsWith("{") ? "JSON" : "YAML";
    const place = `(line ${syntax.line}, column ${syntax.column})`;
    return new StackTemplateError(`Template format error: ${language} not well-formed. ${place}`, false);
  }
  const ofTransform = errors.filter(({ code }) => code === "sam-transform");
  if (ofTransform.length > 0) {
    const causes = ofTransform.map(({ message }) => message.replace(/ \(AWS: `.*`\)$/, ""));
    return new StackTemplateError(
      `Transform AWS::Serverless-2016-10-31 failed with: Invalid Serverless Application Specification document. Number of errors found: ${causes.length}. ${causes.join(" ")}`,
      true,
    );
  }
  return new StackTemplateError([...new Set(errors.map(awsText))].join(" "), hasTransform);
}

/** What CloudFormation says, where that is known, and what is wrong otherwise. */
function awsText({ message, hint }: Diagnostic): string {
  const answer = /CloudFormation (?:answers|refuses it with) `([^`]+)`/.exec(message)?.[1];
  return answer ?? (hint === undefined ? message : `${message} ${hint}`);
}

function parametersOf(
  { stack, source }: CompiledTemplate,
  given: Readonly<Record<string, string>>,
): StackParameter[] {
  const definitions = source.template["Parameters"] as ValueMap | undefined;
  return Object.entries(definitions ?? {}).map(([key, definition]) => {
    const standard = (definition as ValueMap)["Default"];
    const value = Object.hasOwn(given, key) ? (given[key] ?? "") : textOf(standard);
    return { key, value, isHidden: stack.hiddenParameters.has(key) };
  });
}

function textOf(value: Value | undefined): string {
  return Array.isArray(value) ? value.map(String).join(",") : String(value ?? "");
}
