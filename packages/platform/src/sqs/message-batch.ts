import type { BatchResultErrorEntry } from "@aws-sdk/client-sqs";
import { AwsServiceError } from "../service-error.ts";

/** What a batch came to. */
export interface BatchResult<T> {
  readonly Successful: (T & { readonly Id: string })[];
  readonly Failed: BatchResultErrorEntry[];
}

/** Entries of one batch. */
const mostEntries = 10;

/**
 * Does something with each entry of a batch: one that fails doesn't keep the others from it.
 * @param codeOf - an error's code as the answer has it.
 * @throws {AwsServiceError} if it is no batch: empty, too long, or with ids that are wrong or not distinct.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
 */
export function runBatch<Entry extends { readonly Id?: string | undefined }, T extends object>(
  entries: readonly Entry[],
  run: (entry: Entry) => T,
  codeOf: (code: string) => string,
): BatchResult<T> {
  checkEntries(entries);
  const result: BatchResult<T> = { Successful: [], Failed: [] };
  for (const entry of entries) {
    const { Id = "" } = entry;
    try {
      result.Successful.push({ ...run(entry), Id });
    } catch (error) {
      if (!(error instanceof AwsServiceError)) throw error;
      result.Failed.push({ Id, SenderFault: true, Code: codeOf(error.code), Message: error.message });
    }
  }
  return result;
}

function checkEntries(entries: readonly { readonly Id?: string | undefined }[]): void {
  if (entries.length === 0) {
    throw new AwsServiceError("EmptyBatchRequest", 400, "There should be at least one entry in the request.");
  }
  if (entries.length > mostEntries) {
    throw new AwsServiceError(
      "TooManyEntriesInBatchRequest",
      400,
      `Maximum number of entries per request are ${mostEntries}. You have sent ${entries.length}.`,
    );
  }
  const ids = new Set<string>();
  for (const { Id = "" } of entries) {
    if (!/^[A-Za-z0-9_-]{1,80}$/.test(Id)) {
      throw new AwsServiceError(
        "InvalidBatchEntryId",
        400,
        "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.",
      );
    }
    if (ids.has(Id)) throw new AwsServiceError("BatchEntryIdsNotDistinct", 400, `Id ${Id} repeated.`);
    ids.add(Id);
  }
}
