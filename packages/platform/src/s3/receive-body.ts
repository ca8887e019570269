import type { Readable } from "node:stream";
import { headerOf } from "../front-door/http-request.ts";
import { AwsServiceError } from "../service-error.ts";
import type { CallContext } from "../wire/service-api.ts";
import type { ChecksumAlgorithm } from "./checksum/checksum.ts";
import { type BodyClaims, checkClaims } from "./checksum/claims.ts";
import type { ContentStore, ReceivedContent } from "./content-store.ts";
import { s3Error } from "./s3-error.ts";

/** Most bytes of one request. @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
export const mostBodyBytes: number = 5 * 1024 ** 3;

/** What comes in with a request. */
export interface IncomingBody {
  readonly body: Readable;
  /** Without any framing. */
  readonly length: number | undefined;
  readonly claims: BodyClaims;
  /** Computed even if the request claims no checksum. */
  readonly algorithm?: ChecksumAlgorithm | undefined;
}

/**
 * Writes a request's body to disk and holds it to what the request says of it, and gives it to `use`. Whatever fails,
 * nothing is left of it.
 *
 * @throws {AwsServiceError} as S3 says it.
 */
export async function receiveBody<Result>(
  content: ContentStore,
  { body, length, claims, algorithm }: IncomingBody,
  { request, trailers }: CallContext,
  use: (received: ReceivedContent) => Result,
): Promise<Result> {
  if (length === undefined) {
    if (headerOf(request, "transfer-encoding") === undefined) throw s3Error("MissingContentLength");
    throw new AwsServiceError(
      "NotImplemented",
      501,
      "A header you provided implies functionality that is not implemented",
      { Header: "Transfer-Encoding" },
    );
  }
  if (length > mostBodyBytes) {
    throw s3Error("EntityTooLarge", { ProposedSize: length, MaxSizeAllowed: mostBodyBytes });
  }
  const received = await content.receive(body, {
    algorithm: claims.checksum?.algorithm ?? algorithm,
    limit: mostBodyBytes,
  });
  try {
    checkClaims(claims, received, trailers());
    return use(received);
  } catch (error) {
    await content.discard(received);
    throw error;
  }
}
