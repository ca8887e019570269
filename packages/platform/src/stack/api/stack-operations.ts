import type { StackSummary } from "@aws-sdk/client-cloudformation";
import { pageToken } from "../../logs/page-token.ts";
import { validationError } from "../service/stack-errors.ts";
import { requireStack } from "../service/stack-lookup.ts";
import type { OnFailure } from "../service/stack-operations.ts";
import type { CloudFormationApiOptions, CloudFormationOperations } from "./cloudformation-api.ts";
import { withLocalAddresses } from "./local-outputs.ts";
import { pageOf, positionOf } from "./paging.ts";
import { stackNameConstraint, stackRequest } from "./request-parts.ts";
import { eventShape, stackShape } from "./stack-shapes.ts";

/**
 * How long a description of a stack waits for an operation under way, in milliseconds. Waiters of SAM CLI and the AWS CLI
 * look once and then again after 30 s.
 */
const waitMs = 5000;

/** As many events as are given at once. */
const eventPage = 100;

/** Stacks: what begins and ends them, and what they are. */
export function stackOperations({
  stacks,
  objects,
  model,
  addressBook,
  showsLocalAddresses,
}: CloudFormationApiOptions): CloudFormationOperations {
  const { engine } = stacks;
  return {
    CreateStack: {
      constraints: { StackName: stackNameConstraint },
      run: async (input, context) => {
        const {
          OnFailure: onFailure,
          DisableRollback: disableRollback,
          ClientRequestToken: clientToken,
        } = input;
        if (onFailure !== undefined && disableRollback !== undefined) {
          throw validationError("You can specify either DisableRollback or OnFailure, but not both.");
        }
        const request = await stackRequest(input, objects(context), context);
        const id = stacks.create(
          input.StackName ?? "",
          {
            ...request,
            disableRollback: disableRollback ?? request.disableRollback,
            timeoutMinutes: input.TimeoutInMinutes,
          },
          {
            onFailure: (onFailure ?? "ROLLBACK") as OnFailure,
            isProtected: input.EnableTerminationProtection ?? false,
            ...(clientToken === undefined ? {} : { clientToken }),
          },
        );
        return { StackId: id };
      },
    },
    UpdateStack: async (input, context) => {
      const request = await stackRequest(input, objects(context), context);
      if (request.template === undefined && input.UsePreviousTemplate !== true) {
        throw validationError("Either Template URL or Template Body must be specified.");
      }
      const { StackName = "", DisableRollback: disableRollback = request.disableRollback } = input;
      return { StackId: stacks.update(StackName, { ...request, disableRollback }, input.ClientRequestToken) };
    },
    DeleteStack: ({ StackName = "", RetainResources = [], ClientRequestToken }) => {
      stacks.delete(StackName, RetainResources, ClientRequestToken);
      return {};
    },
    RollbackStack: ({ StackName = "" }) => ({ StackId: stacks.rollBack(StackName) }),
    CancelUpdateStack: ({ StackName = "" }) => {
      stacks.cancelUpdate(StackName);
      return {};
    },
    UpdateTerminationProtection: ({ StackName = "", EnableTerminationProtection: isProtected = false }) => {
      const stack = requireStack(engine, StackName);
      engine.store.putStack({ ...stack, isProtected });
      return { StackId: stack.id };
    },
    DescribeStacks: async ({ StackName, NextToken }, { signal }) => {
      if (StackName !== undefined) await stacks.settled(requireStack(engine, StackName).id, waitMs, signal);
      const found =
        StackName === undefined
          ? engine.stacks().filter(({ status }) => status !== "DELETE_COMPLETE")
          : [requireStack(engine, StackName)];
      const { items, next } = pageOf(found.toReversed(), "DescribeStacks", NextToken);
      const served = showsLocalAddresses ? model() : undefined;
      const addressOf = (value: string) =>
        served === undefined ? value : withLocalAddresses(value, served, addressBook());
      return { Stacks: items.map((stack) => stackShape(stack, addressOf)), NextToken: next };
    },
    ListStacks: ({ NextToken, StackStatusFilter: wanted = [] }) => {
      const found = engine
        .stacks()
        .filter(({ status }) => wanted.length === 0 || wanted.some((each) => each === status));
      const { items, next } = pageOf(found.toReversed(), `ListStacks ${wanted.join(",")}`, NextToken);
      return {
        StackSummaries: items.map(
          (stack): StackSummary => ({
            StackId: stack.id,
            StackName: stack.name,
            TemplateDescription: stack.description,
            CreationTime: new Date(stack.createdMs),
            LastUpdatedTime: stack.updatedMs === undefined ? undefined : new Date(stack.updatedMs),
            DeletionTime: stack.deletedMs === undefined ? undefined : new Date(stack.deletedMs),
            StackStatus: stack.status as StackSummary["StackStatus"],
            StackStatusReason: stack.statusReason,
            DriftInformation: { StackDriftStatus: "NOT_CHECKED" },
          }),
        ),
        NextToken: next,
      };
    },
    DescribeStackEvents: ({ StackName, NextToken }) => {
      if (StackName === undefined) throw validationError("StackName must be specified.");
      const { id } = requireStack(engine, StackName, "in brackets");
      const query = `DescribeStackEvents ${id}`;
      const before = NextToken === undefined ? Number.MAX_SAFE_INTEGER : Number(positionOf(query, NextToken));
      const events = engine.store.events(id, before, eventPage + 1);
      const last = events[eventPage - 1];
      return {
        StackEvents: events.slice(0, eventPage).map(eventShape),
        NextToken: events.length > eventPage ? pageToken(query, String(last?.timestampMs)) : undefined,
      };
    },
  };
}
