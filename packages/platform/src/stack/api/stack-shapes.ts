import type {
  Change,
  DescribeChangeSetOutput,
  Parameter,
  ResourceAttribute,
  ResourceChangeDetail,
  ResourceStatus,
  StackEvent as SdkStackEvent,
  Stack,
  StackResource,
  StackStatus,
} from "@aws-sdk/client-cloudformation";
import type {
  ChangeSetRecord,
  PlannedChange,
  ResourceRow,
  StackEvent,
  StackParameter,
  StackRecord,
} from "../service/stack-record.ts";

/** A stack as CloudFormation describes it. @param addressOf - what to make of an output's value. */
export function stackShape(stack: StackRecord, addressOf: (value: string) => string): Stack {
  return {
    StackId: stack.id,
    StackName: stack.name,
    ...(stack.changeSetId === undefined || stack.status === "DELETE_COMPLETE"
      ? {}
      : { ChangeSetId: stack.changeSetId }),
    Description: stack.description,
    Parameters: parameterShapes(stack.parameters),
    CreationTime: new Date(stack.createdMs),
    DeletionTime: stack.deletedMs === undefined ? undefined : new Date(stack.deletedMs),
    LastUpdatedTime: stack.updatedMs === undefined ? undefined : new Date(stack.updatedMs),
    RollbackConfiguration: {},
    StackStatus: stack.status as StackStatus,
    StackStatusReason: stack.statusReason,
    DisableRollback: stack.disableRollback,
    NotificationARNs: [...stack.notificationArns],
    TimeoutInMinutes: stack.timeoutMinutes,
    Capabilities: [...stack.capabilities] as Stack["Capabilities"] & object,
    Outputs: stack.outputs.map(({ key, value, description, exportName }) => ({
      OutputKey: key,
      OutputValue: addressOf(value),
      Description: description,
      ExportName: exportName,
    })),
    RoleARN: stack.roleArn,
    Tags: stack.tags.map(({ key, value }) => ({ Key: key, Value: value })),
    // SAM CLI reads it without asking whether it is there.
    EnableTerminationProtection: stack.isProtected,
    DriftInformation: { StackDriftStatus: "NOT_CHECKED" },
  };
}

function parameterShapes(parameters: readonly StackParameter[]): Parameter[] {
  return parameters.map(({ key, value, isHidden }) => ({
    ParameterKey: key,
    ParameterValue: isHidden ? "****" : value,
  }));
}

export function eventShape(event: StackEvent): SdkStackEvent {
  return {
    StackId: event.stackId,
    EventId: event.eventId,
    StackName: event.stackName,
    LogicalResourceId: event.logicalId,
    PhysicalResourceId: event.physicalId,
    ResourceType: event.type,
    Timestamp: new Date(event.timestampMs),
    ResourceStatus: event.status as ResourceStatus,
    ResourceStatusReason: event.reason,
    ResourceProperties: event.properties === undefined ? undefined : JSON.stringify(event.properties),
    ClientRequestToken: event.clientToken,
  };
}

/** What all descriptions of a resource have in common. */
export function resourceShape(
  stack: StackRecord,
  row: ResourceRow,
): Omit<StackResource, "Timestamp" | "ResourceStatus"> & {
  LogicalResourceId: string;
  ResourceType: string;
  ResourceStatus: ResourceStatus;
} {
  return {
    StackName: stack.name,
    StackId: stack.id,
    LogicalResourceId: row.logicalId,
    PhysicalResourceId: row.physicalId,
    ResourceType: row.type,
    ResourceStatus: row.status as ResourceStatus,
    ResourceStatusReason: row.statusReason,
    DriftInformation: { StackResourceDriftStatus: "NOT_CHECKED" },
  };
}

/** A change set with those of its changes that a page has. */
export function changeSetShape(
  changeSet: ChangeSetRecord,
  changes: readonly PlannedChange[],
  hasValues: boolean,
): DescribeChangeSetOutput {
  return {
    ChangeSetName: changeSet.name,
    ChangeSetId: changeSet.id,
    StackId: changeSet.stackId,
    StackName: changeSet.stackName,
    Description: changeSet.note,
    Parameters: parameterShapes(changeSet.parameters),
    CreationTime: new Date(changeSet.createdMs),
    ExecutionStatus: changeSet.executionStatus as DescribeChangeSetOutput["ExecutionStatus"],
    Status: changeSet.status as DescribeChangeSetOutput["Status"],
    StatusReason: changeSet.statusReason,
    NotificationARNs: [...changeSet.notificationArns],
    RollbackConfiguration: {},
    Capabilities: [...changeSet.capabilities] as DescribeChangeSetOutput["Capabilities"],
    Tags: changeSet.tags.map(({ key, value }) => ({ Key: key, Value: value })),
    Changes: changes.map((change) => changeShape(change, hasValues)),
    IncludeNestedStacks: false,
    OnStackFailure: changeSet.onFailure as DescribeChangeSetOutput["OnStackFailure"],
  };
}

const tagsDetail: ResourceChangeDetail = {
  Target: { Attribute: "Tags", RequiresRecreation: "Never" },
  Evaluation: "Static",
  ChangeSource: "DirectModification",
};

function changeShape(change: PlannedChange, hasValues: boolean): Change {
  const {
    action,
    logicalId,
    type,
    physicalId,
    replacement,
    policyAction,
    details,
    changesTags,
    before,
    after,
  } = change;
  const scopes: ResourceAttribute[] = [];
  if (details.length > 0) scopes.push("Properties");
  if (changesTags === true) scopes.push("Tags");
  const context = (properties: PlannedChange["before"]) =>
    hasValues && properties !== undefined ? JSON.stringify({ Properties: properties }) : undefined;
  return {
    Type: "Resource",
    ResourceChange: {
      PolicyAction: policyAction as "Delete" | undefined,
      Action: action,
      LogicalResourceId: logicalId,
      PhysicalResourceId: physicalId,
      ResourceType: type,
      Replacement: replacement,
      Scope: action === "Modify" && scopes.length === 0 ? ["Metadata"] : scopes,
      Details: [
        ...details.map(
          ({ name, needsReplacement, isStatic }): ResourceChangeDetail => ({
            Target: {
              Attribute: "Properties",
              Name: name,
              RequiresRecreation: needsReplacement ? "Always" : "Never",
            },
            Evaluation: isStatic ? "Static" : "Dynamic",
            ChangeSource: "DirectModification",
          }),
        ),
        ...(changesTags === true ? [tagsDetail] : []),
      ],
      BeforeContext: context(before),
      AfterContext: context(after),
    },
  };
}
