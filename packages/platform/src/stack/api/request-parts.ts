import type { Parameter, Tag } from "@aws-sdk/client-cloudformation";
import type { Constraint } from "../../wire/constraint.ts";
import type { CallContext } from "../../wire/service-api.ts";
import type { ObjectStore } from "../object-store.ts";
import { validationError } from "../service/stack-errors.ts";
import type { StackRequest } from "../service/stack-request.ts";
import { readTemplate } from "../service/template-source.ts";

/** What requests that create or update a stack have in common. */
interface StackInput {
  readonly TemplateBody?: string | undefined;
  readonly TemplateURL?: string | undefined;
  readonly UsePreviousTemplate?: boolean | undefined;
  readonly Parameters?: readonly Parameter[] | undefined;
  readonly Capabilities?: readonly string[] | undefined;
  readonly Tags?: readonly Tag[] | undefined;
  readonly NotificationARNs?: readonly string[] | undefined;
  readonly RoleARN?: string | undefined;
  readonly ResourceTypes?: readonly string[] | undefined;
  readonly DeploymentConfig?: { readonly DisableRollback?: boolean | undefined } | undefined;
}

/** What names of stacks are made of where one is created. */
export const stackNameConstraint: Constraint = {
  length: [1, 128],
  pattern: "[a-zA-Z][-a-zA-Z0-9]*|arn:[-a-zA-Z0-9:/._+]*",
};

/** Reads the common part of a request, its template included. @throws {AwsServiceError} `ValidationError`. */
export async function stackRequest(
  input: StackInput,
  objects: Pick<ObjectStore, "read">,
  { endpoint }: CallContext,
): Promise<StackRequest> {
  const template = await readTemplate(input, objects, endpoint);
  if (template !== undefined && input.UsePreviousTemplate === true) {
    throw validationError("You cannot specify both usePreviousTemplate and Template Body/Template URL.");
  }
  const tags = input.Tags?.map(({ Key = "", Value = "" }) => ({ key: Key, value: Value }));
  return {
    template,
    parameters: (input.Parameters ?? []).map(({ ParameterKey, ParameterValue, UsePreviousValue }) => ({
      key: ParameterKey ?? "",
      value: ParameterValue,
      keepsPrevious: UsePreviousValue === true,
    })),
    tags,
    capabilities: input.Capabilities ?? [],
    notificationArns: input.NotificationARNs,
    roleArn: input.RoleARN,
    disableRollback: input.DeploymentConfig?.DisableRollback,
  };
}
