import type { Value, ValueMap } from "../../cloudformation/index.ts";
import type { ResourceContent } from "../resource-type.ts";

/** A parameter of a stack with its value. */
export interface StackParameter {
  readonly key: string;
  /** As it was given, or the default. */
  readonly value: string;
  /** Whether it must not be shown. */
  readonly isHidden: boolean;
}

export interface StackTag {
  readonly key: string;
  readonly value: string;
}

/** What a stack is made from: what an update changes, and a rollback brings back. */
export interface StackSettings {
  /** As it was sent; empty for a stack that was never executed. */
  readonly template: string;
  /** Plain CloudFormation, in JSON; the template itself if it declares no transform. */
  readonly processed: string;
  readonly description?: string | undefined;
  readonly parameters: readonly StackParameter[];
  readonly tags: readonly StackTag[];
  readonly capabilities: readonly string[];
  readonly notificationArns: readonly string[];
  readonly roleArn?: string | undefined;
  readonly disableRollback: boolean;
  readonly timeoutMinutes?: number | undefined;
  readonly changeSetId?: string | undefined;
}

export interface StackOutput {
  readonly key: string;
  readonly value: string;
  readonly description?: string | undefined;
  readonly exportName?: string | undefined;
}

/** A stack as it is kept. */
export interface StackRecord extends StackSettings {
  /** ARN. */
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly statusReason?: string | undefined;
  readonly createdMs: number;
  readonly updatedMs?: number | undefined;
  readonly deletedMs?: number | undefined;
  readonly isProtected: boolean;
  readonly outputs: readonly StackOutput[];
  /** Names of exports that it uses. */
  readonly imports: readonly string[];
  /** The resources that it has: those under this name. */
  readonly deployment?: string | undefined;
  /** The resources that an operation under way makes. */
  readonly pending?: string | undefined;
  /** The resources of before, of which some are still to be removed. */
  readonly leaving?: string | undefined;
  /** What it was before updates that failed and were left as they were; an update that succeeds ends that. */
  readonly stable?: StableState | undefined;
  /** The process that works on it, if one does. */
  readonly owner?: string | undefined;
}

/** What a rollback of updates brings back that failed and were left as they were. */
export interface StableState {
  readonly settings: StackSettings;
  readonly deployment: string | undefined;
  /** The resources of failed updates since then, but for the last one, whose resources the stack has. */
  readonly failed: readonly string[];
}

/** How a resource of a deployment came to be. */
export type ResourceOrigin = "created" | "updated" | "replaced" | "kept";

/** A resource as it is kept: enough to make it a part of a model again. */
export interface ResourceRow {
  /** Whose it is; empty for one that no stack has any more. */
  readonly deployment: string;
  readonly logicalId: string;
  /** In the order of creation. */
  readonly position: number;
  readonly stackName: string;
  readonly type: string;
  /** What `Ref` gives; empty until it is known. */
  readonly physicalId: string;
  /** Of the stack that made it, and the tags that this had then; absent where none did, or an older platform. */
  readonly stackId?: string | undefined;
  readonly stackTags?: Readonly<Record<string, string>> | undefined;
  /** Every intrinsic function resolved, without what it has of the stack's tags. */
  readonly properties: ValueMap;
  /** Properties that were changed by the API of their service since then; null for what was taken away. */
  readonly drift?: ValueMap | undefined;
  readonly attributes: Readonly<Record<string, Value>>;
  readonly metadata: ValueMap;
  readonly content?: ResourceContent | undefined;
  /** Ids and names that were made up for it. */
  readonly assigned: ValueMap;
  readonly dependencies: readonly string[];
  /** The resource of the template that it was generated from. */
  readonly templateId: string;
  readonly deletionPolicy?: string | undefined;
  readonly updateReplacePolicy?: string | undefined;
  readonly origin: ResourceOrigin;
  readonly status: string;
  readonly statusReason?: string | undefined;
  /** Where it was made by the API of its service: the Region that it is in, and when that was. */
  readonly region?: string | undefined;
  readonly createdMs?: number | undefined;
  readonly updatedMs: number;
}

/** A change that a change set would make. */
export interface PlannedChange {
  readonly action: "Add" | "Modify" | "Remove";
  readonly logicalId: string;
  readonly type: string;
  readonly physicalId?: string | undefined;
  readonly replacement?: "True" | "False" | "Conditional" | undefined;
  /** What becomes of what is there. */
  readonly policyAction?: string | undefined;
  /** Properties that change. */
  readonly details: readonly {
    readonly name: string;
    readonly needsReplacement: boolean;
    /** Whether it is known before the deployment that it changes. */
    readonly isStatic: boolean;
  }[];
  /** Whether the stack's tags change, which it has too. */
  readonly changesTags?: boolean | undefined;
  readonly before?: ValueMap | undefined;
  readonly after?: ValueMap | undefined;
}

export interface ChangeSetRecord extends StackSettings {
  /** ARN. */
  readonly id: string;
  readonly name: string;
  readonly stackId: string;
  readonly stackName: string;
  readonly kind: "CREATE" | "UPDATE";
  readonly note?: string | undefined;
  readonly status: string;
  readonly statusReason?: string | undefined;
  readonly executionStatus: string;
  readonly createdMs: number;
  readonly changes: readonly PlannedChange[];
  readonly onFailure?: string | undefined;
}

/** Something that happened to a stack or a resource of it. */
export interface StackEvent {
  readonly stackId: string;
  readonly stackName: string;
  readonly eventId: string;
  readonly logicalId: string;
  readonly physicalId: string;
  readonly type: string;
  readonly timestampMs: number;
  readonly status: string;
  readonly reason?: string | undefined;
  readonly properties?: ValueMap | undefined;
  readonly clientToken?: string | undefined;
}
