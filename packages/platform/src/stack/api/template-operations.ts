import type { Capability, ParameterDeclaration } from "@aws-sdk/client-cloudformation";
import { compileTemplate, loadTemplate, type ValueMap } from "../../cloudformation/index.ts";
import type { CallContext } from "../../wire/service-api.ts";
import { capabilityNeed } from "../service/capabilities.ts";
import { validationError } from "../service/stack-errors.ts";
import { requireChangeSet, requireStack } from "../service/stack-lookup.ts";
import { formatProblem, transformsOf } from "../service/stack-template.ts";
import { readTemplate, type TemplateLocation } from "../service/template-source.ts";
import type { CloudFormationApiOptions, CloudFormationOperations } from "./cloudformation-api.ts";

/** Templates: those that stacks are made of, and those that are only looked at. */
export function templateOperations({ stacks, objects }: CloudFormationApiOptions): CloudFormationOperations {
  const { engine } = stacks;
  const sent = async (input: TemplateLocation, context: CallContext): Promise<string> => {
    const text = await readTemplate(input, objects(context), context.endpoint);
    if (text === undefined) throw validationError("Either Template URL or Template Body must be specified.");
    return text;
  };
  return {
    GetTemplate: ({ StackName, ChangeSetName, TemplateStage: stage = "Original" }) => {
      if (ChangeSetName === undefined && StackName === undefined) {
        throw validationError("StackName is required if ChangeSetName is not specified.");
      }
      if (ChangeSetName !== undefined && StackName === undefined && !ChangeSetName.startsWith("arn:")) {
        throw validationError("StackName is a required parameter.");
      }
      const { template, processed } =
        ChangeSetName === undefined
          ? requireStack(engine, StackName ?? "")
          : requireChangeSet(engine, ChangeSetName, StackName);
      return {
        TemplateBody: stage === "Processed" ? processed : template,
        StagesAvailable: ["Original", "Processed"],
      };
    },
    GetTemplateSummary: async (input, context) => {
      const { StackName } = input;
      if (StackName === undefined) return summaryOf(await sent(input, context));
      const { status, template } = requireStack(engine, StackName);
      if (status !== "REVIEW_IN_PROGRESS") return summaryOf(template);
      throw validationError("GetTemplateSummary cannot be called on REVIEW_IN_PROGRESS stacks.");
    },
    ValidateTemplate: async (input, context) => {
      const { Parameters, Description, Capabilities, CapabilitiesReason, DeclaredTransforms } = summaryOf(
        await sent(input, context),
      );
      return {
        Parameters: Parameters.map(({ ParameterKey, DefaultValue, NoEcho, Description: text }) => ({
          ParameterKey,
          DefaultValue,
          NoEcho,
          Description: text,
        })),
        Description,
        Capabilities,
        CapabilitiesReason,
        DeclaredTransforms,
      };
    },
  };
}

/** What can be said of a template before a stack is made of it. @throws {AwsServiceError} `ValidationError`. */
function summaryOf(text: string) {
  const problem = formatProblem(text);
  if (problem !== undefined) throw validationError(problem);
  const template = loadTemplate(text, "template").loaded?.template ?? {};
  const resources = Object.entries(map(template["Resources"])).map(([logicalId, resource]) => ({
    logicalId,
    type: String(map(resource)["Type"] ?? ""),
  }));
  const types = [...new Set(resources.map(({ type }) => type))];
  const need = capabilityNeed(expandedResources(text));
  const description = template["Description"];
  const version = template["AWSTemplateFormatVersion"];
  const transforms = transformsOf(template, text);
  return {
    Parameters: Object.entries(map(template["Parameters"])).map(([key, definition]) =>
      parameterDeclaration(key, map(definition)),
    ),
    Description: typeof description === "string" ? description : undefined,
    Capabilities: need === undefined ? undefined : [need.capability as Capability],
    CapabilitiesReason:
      need === undefined
        ? undefined
        : `The following resource(s) require capabilities: [${need.types.join(", ")}]`,
    ResourceTypes: types,
    Version: version === undefined ? undefined : String(version),
    Metadata: template["Metadata"] === undefined ? undefined : JSON.stringify(template["Metadata"]),
    DeclaredTransforms: transforms.length === 0 ? undefined : [...transforms],
    ResourceIdentifierSummaries: types.map((type) => ({
      ResourceType: type,
      LogicalResourceIds: resources.flatMap((each) => (each.type === type ? [each.logicalId] : [])),
    })),
  };
}

/** The resources that a template comes to, as far as that can be told without values for its parameters. */
function expandedResources(text: string): Iterable<{ readonly type: string; readonly properties: ValueMap }> {
  const { compiled } = compileTemplate(text, "template", {
    stack: { region: "us-east-1", accountId: "", stackName: "", stackId: "", partition: "aws" },
    localPaths: false,
  });
  return compiled?.graph.nodes.values() ?? [];
}

function parameterDeclaration(key: string, definition: ValueMap): ParameterDeclaration {
  const allowed = definition["AllowedValues"];
  const standard = definition["Default"];
  const text = definition["Description"];
  return {
    ParameterKey: key,
    ParameterType: String(definition["Type"] ?? "String"),
    DefaultValue:
      standard === undefined ? undefined : Array.isArray(standard) ? standard.join(",") : String(standard),
    NoEcho: String(definition["NoEcho"]) === "true",
    Description: typeof text === "string" ? text : undefined,
    ParameterConstraints: Array.isArray(allowed) ? { AllowedValues: allowed.map(String) } : {},
  };
}

function map(value: unknown): ValueMap {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as ValueMap) : {};
}
