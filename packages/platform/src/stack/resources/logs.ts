import { isRetention, type LogGroupSettings, type LogStore, retentions } from "../../logs/index.ts";
import {
  AlreadyExistsError,
  type CreatedResource,
  type CreationContext,
  optionalText,
  ResourceError,
  type ResourceProvider,
  type ResourceServices,
  type ResourceWarning,
} from "../resource-type.ts";
import type { StackModel } from "../stack-model.ts";

/** `AWS::Logs::LogGroup`. CloudWatch Logs keeps it. */
export function createLogGroup(context: CreationContext): CreatedResource {
  const { properties, node, region, accountId, model } = context;
  const name = optionalText(properties, "LogGroupName") ?? context.nameFor(node.logicalId, 512);
  if (model.logGroups.has(name)) throw alreadyExists(name);
  const days = optionalText(properties, "RetentionInDays");
  if (days !== undefined && !isRetention(Number(days))) {
    throw new ResourceError(`RetentionInDays is ${days}; CloudWatch Logs takes ${retentions}.`);
  }
  model.logGroups.set(name, { logicalId: node.logicalId, physicalId: name, properties });
  const warnings = Object.entries(withoutEffect).flatMap(([property, what]): ResourceWarning[] =>
    properties[property] === undefined
      ? []
      : [
          {
            properties: [property],
            message: `${property} of ${node.logicalId} has no effect on this platform: ${what}.`,
          },
        ],
  );
  const Arn = `arn:aws:logs:${region}:${accountId}:log-group:${name}:*`;
  return { ref: name, attributes: { Arn }, warnings };
}

/** Keeps log groups in CloudWatch Logs. */
export function logGroupProvider({ logs }: ResourceServices): ResourceProvider | undefined {
  if (logs === undefined) return undefined;
  return {
    put: ({ physicalId, properties }, before) => {
      if (logs.has(physicalId)) {
        if (before === undefined) throw alreadyExists(physicalId);
        logs.changeGroup(physicalId, settingsOf(properties));
      } else logs.createGroup(physicalId, settingsOf(properties));
    },
    remove: ({ physicalId }) => {
      if (logs.has(physicalId)) logs.deleteGroup(physicalId);
    },
  };
}

/** Makes the log groups of a template that is run from its file. What is in them stays. */
export function makeLogGroups(model: StackModel, logs: LogStore): void {
  for (const { physicalId, properties } of model.logGroups.values()) {
    if (logs.has(physicalId)) logs.changeGroup(physicalId, settingsOf(properties));
    else logs.createGroup(physicalId, settingsOf(properties));
  }
}

const withoutEffect = {
  DataProtectionPolicy: "nothing in the log is masked",
  KmsKeyId: "the log is kept as it is",
};

function settingsOf(properties: CreationContext["properties"]): LogGroupSettings {
  const days = optionalText(properties, "RetentionInDays");
  const tags = Array.isArray(properties["Tags"]) ? properties["Tags"] : [];
  return {
    retentionDays: days === undefined ? undefined : Number(days),
    tags: Object.fromEntries(
      tags.map((tag) => {
        const { Key, Value } = Object(tag) as Record<string, unknown>;
        return [String(Key), String(Value)];
      }),
    ),
  };
}

function alreadyExists(name: string): AlreadyExistsError {
  return new AlreadyExistsError(
    `Resource of type 'AWS::Logs::LogGroup' with identifier '{"/properties/LogGroupName":"${name}"}' already exists.`,
  );
}
