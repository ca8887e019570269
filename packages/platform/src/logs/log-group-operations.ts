import type * as logsClient from "@aws-sdk/client-cloudwatch-logs";
import { AwsServiceError } from "../service-error.ts";
import type { Constraint } from "../wire/constraint.ts";
import type { OperationsOf, Right } from "../wire/service-api.ts";
import type { LogStore } from "./log-store.ts";
import { isRetention, retentions } from "./retention.ts";

/** How an input names its group. */
export interface GroupInput {
  readonly logGroupName?: string | undefined;
  readonly logGroupIdentifier?: string | undefined;
}

/** What AWS says of the name of a group; an ARN is none. */
export const groupConstraints = {
  logGroupName: { length: [1, 512], pattern: String.raw`[\.\-_/#A-Za-z0-9]+` },
} as const satisfies Record<string, Constraint>;

/**
 * Log groups: created, given a time to keep their events for, and deleted.
 * @param arnPrefix - `arn:aws:logs:{region}:{account}`.
 * @param rights - what it takes to do something to a group.
 */
export function logGroupOperations(
  store: LogStore,
  arnPrefix: string,
  rights: (input: GroupInput) => Right[],
) {
  return {
    CreateLogGroup: {
      constraints: groupConstraints,
      rights,
      run: ({ logGroupName = "", logGroupClass = "STANDARD", kmsKeyId, tags }) => {
        if (logGroupClass !== "STANDARD") {
          throw invalid(
            `Log groups of the class ${logGroupClass} are not served by this platform. Leave out logGroupClass.`,
          );
        }
        if (kmsKeyId !== undefined) {
          throw invalid("Logs are not encrypted by this platform. Leave out kmsKeyId.");
        }
        store.createGroup(logGroupName, tags === undefined ? {} : { tags });
        return {};
      },
    },
    DeleteLogGroup: {
      constraints: groupConstraints,
      rights,
      run: ({ logGroupName = "" }) => {
        store.deleteGroup(logGroupName);
        return {};
      },
    },
    PutRetentionPolicy: {
      constraints: groupConstraints,
      rights,
      run: ({ logGroupName = "", retentionInDays = 0 }) => {
        if (!isRetention(retentionInDays)) {
          throw invalid(
            `1 validation error detected: Value '${retentionInDays}' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: [${retentions}]`,
          );
        }
        store.changeGroup(logGroupName, { retentionDays: retentionInDays });
        return {};
      },
    },
    DeleteRetentionPolicy: {
      constraints: groupConstraints,
      rights,
      run: ({ logGroupName = "" }) => {
        store.changeGroup(logGroupName, {});
        return {};
      },
    },
    ListTagsForResource: {
      rights: ({ resourceArn = "" }) => rights({ logGroupIdentifier: resourceArn }),
      run: ({ resourceArn = "" }) => {
        const prefix = `${arnPrefix}:log-group:`;
        const name = resourceArn.startsWith(prefix)
          ? resourceArn.slice(prefix.length).replace(/:\*$/, "")
          : "";
        const group = store.groups().find((each) => each.name === name);
        if (group !== undefined) return { tags: { ...group.tags } };
        throw new AwsServiceError(
          "ResourceNotFoundException",
          400,
          "The specified log group does not exist.",
        );
      },
    },
  } satisfies OperationsOf<typeof logsClient>;
}

function invalid(message: string): AwsServiceError {
  return new AwsServiceError("InvalidParameterException", 400, message);
}
