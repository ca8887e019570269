import { validationError } from "../service/stack-errors.ts";
import { requireStack } from "../service/stack-lookup.ts";
import type { ResourceRow, StackRecord } from "../service/stack-record.ts";
import type { CloudFormationApiOptions, CloudFormationOperations } from "./cloudformation-api.ts";
import { pageOf } from "./paging.ts";
import { resourceShape } from "./stack-shapes.ts";

/** The resources of stacks. */
export function resourceOperations({ stacks }: CloudFormationApiOptions): CloudFormationOperations {
  const { engine } = stacks;
  /** What it has, and what an operation under way makes of that. */
  const rowsOf = ({ deployment, pending }: StackRecord): ResourceRow[] => {
    const rows = [...engine.store.resources(deployment), ...engine.store.resources(pending)];
    return [...new Map(rows.map((row) => [row.logicalId, row])).values()].sort((one, other) =>
      one.logicalId < other.logicalId ? -1 : 1,
    );
  };
  const metadataOf = (row: ResourceRow) =>
    Object.keys(row.metadata).length === 0 ? undefined : JSON.stringify(row.metadata);
  return {
    DescribeStackResources: ({ StackName, LogicalResourceId, PhysicalResourceId }) => {
      if (StackName !== undefined && PhysicalResourceId !== undefined) {
        throw validationError("StackName and PhysicalResourceId can't be specified together.");
      }
      let stack: StackRecord | undefined;
      if (StackName !== undefined) stack = requireStack(engine, StackName);
      else if (PhysicalResourceId !== undefined) {
        stack = engine
          .stacks()
          .find((each) => engine.rows(each).some(({ physicalId }) => physicalId === PhysicalResourceId));
        if (stack === undefined) throw validationError(`Stack for ${PhysicalResourceId} does not exist`);
      } else throw validationError("Either StackName or PhysicalResourceId must be specified.");
      const found = stack;
      const rows = rowsOf(found).filter(
        ({ logicalId }) => LogicalResourceId === undefined || logicalId === LogicalResourceId,
      );
      return {
        StackResources: rows.map((row) => ({
          ...resourceShape(found, row),
          Timestamp: new Date(row.updatedMs),
        })),
      };
    },
    DescribeStackResource: ({ StackName = "", LogicalResourceId = "" }) => {
      const stack = requireStack(engine, StackName);
      const row = rowsOf(stack).find(({ logicalId }) => logicalId === LogicalResourceId);
      if (row === undefined) {
        throw validationError(`Resource ${LogicalResourceId} does not exist for stack ${StackName}`);
      }
      return {
        StackResourceDetail: {
          ...resourceShape(stack, row),
          LastUpdatedTimestamp: new Date(row.updatedMs),
          Metadata: metadataOf(row),
        },
      };
    },
    ListStackResources: ({ StackName = "", NextToken }) => {
      const stack = requireStack(engine, StackName);
      const { items, next } = pageOf(rowsOf(stack), `ListStackResources ${stack.id}`, NextToken);
      return {
        StackResourceSummaries: items.map((row) => {
          const { StackName: _name, StackId: _id, ...shape } = resourceShape(stack, row);
          return { ...shape, LastUpdatedTimestamp: new Date(row.updatedMs) };
        }),
        NextToken: next,
      };
    },
  };
}
