import type { ChangeSetSummary } from "@aws-sdk/client-cloudformation";
import { AwsServiceError } from "../../service-error.ts";
import { requireChangeSet, requireStack } from "../service/stack-lookup.ts";
import type { CloudFormationApiOptions, CloudFormationOperations } from "./cloudformation-api.ts";
import { pageOf } from "./paging.ts";
import { stackNameConstraint, stackRequest } from "./request-parts.ts";
import { changeSetShape } from "./stack-shapes.ts";

/** Change sets. */
export function changeSetOperations({ stacks, objects }: CloudFormationApiOptions): CloudFormationOperations {
  const { engine, changeSets } = stacks;
  return {
    CreateChangeSet: {
      constraints: {
        StackName: stackNameConstraint,
        ChangeSetName: { length: [1, 128], pattern: "[a-zA-Z][-a-zA-Z0-9]*" },
      },
      run: async (input, context) => {
        const { ChangeSetType: kind = "UPDATE", ChangeSetName = "", StackName = "" } = input;
        // ImportExistingResources asks for nothing where no name is taken, and the CDK always sends it. Where one is taken,
        // the deployment tells.
        if (kind === "IMPORT") {
          throw new AwsServiceError(
            "ValidationError",
            400,
            "This platform does not import resources into stacks. Let the template create them.",
          );
        }
        if (input.IncludeNestedStacks === true) {
          context.note("Nested stacks are not served, so that IncludeNestedStacks has no effect.");
        }
        const request = await stackRequest(input, objects(context), context);
        const { id, stackId } = changeSets.create({
          ...request,
          name: ChangeSetName,
          stackNameOrId: StackName,
          kind,
          note: input.Description,
          onFailure: input.OnStackFailure,
        });
        return { Id: id, StackId: stackId };
      },
    },
    DescribeChangeSet: ({
      ChangeSetName = "",
      StackName,
      NextToken,
      IncludePropertyValues: hasValues = false,
    }) => {
      const changeSet = requireChangeSet(engine, ChangeSetName, StackName);
      const { items, next } = pageOf(changeSet.changes, `DescribeChangeSet ${changeSet.id}`, NextToken);
      return { ...changeSetShape(changeSet, items, hasValues), NextToken: next };
    },
    ExecuteChangeSet: ({ ChangeSetName = "", StackName, DisableRollback, ClientRequestToken }) => {
      changeSets.execute(ChangeSetName, StackName, {
        disableRollback: DisableRollback,
        clientToken: ClientRequestToken,
      });
      return {};
    },
    DeleteChangeSet: ({ ChangeSetName = "", StackName }) => {
      changeSets.delete(ChangeSetName, StackName);
      return {};
    },
    ListChangeSets: ({ StackName = "", NextToken }) => {
      const { id } = requireStack(engine, StackName, "in brackets");
      const { items, next } = pageOf(engine.store.changeSets(id), `ListChangeSets ${id}`, NextToken);
      return {
        Summaries: items.map(
          (changeSet): ChangeSetSummary => ({
            StackId: changeSet.stackId,
            StackName: changeSet.stackName,
            ChangeSetId: changeSet.id,
            ChangeSetName: changeSet.name,
            ExecutionStatus: changeSet.executionStatus as ChangeSetSummary["ExecutionStatus"],
            Status: changeSet.status as ChangeSetSummary["Status"],
            StatusReason: changeSet.statusReason,
            CreationTime: new Date(changeSet.createdMs),
            Description: changeSet.note,
            IncludeNestedStacks: false,
          }),
        ),
        NextToken: next,
      };
    },
  };
}
