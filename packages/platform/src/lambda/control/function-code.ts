import type { ValueMap } from "../../cloudformation/index.ts";
import { AwsServiceError } from "../../service-error.ts";
import type { ObjectStore } from "../../stack/object-store.ts";
import type { ResourceContent } from "../../stack/resource-type.ts";
import type { CallContext } from "../../wire/service-api.ts";
import { InvalidZipError } from "../code/unpack-zip.ts";
import type { ControlPlane } from "./control-plane.ts";
import { invalidParameter } from "./refusals.ts";

/** Where a request has code: bytes, or an object in S3. */
export interface CodeInput {
  readonly ZipFile?: Uint8Array | undefined;
  readonly S3Bucket?: string | undefined;
  readonly S3Key?: string | undefined;
  readonly S3ObjectVersion?: string | undefined;
}

/** Code that was fetched and unpacked, and the property that says where it was. */
export interface FetchedCode {
  readonly content: ResourceContent;
  readonly location: ValueMap;
}

/**
 * Largest archive that a request may hold, in bytes.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
const zippedBytes = 52_428_800;

/**
 * Fetches code and keeps it.
 * @throws {AwsServiceError} if there is none, the caller may not read it, or it can't be unpacked or is too large.
 */
export async function fetchCode(
  { options }: ControlPlane,
  input: CodeInput,
  context: CallContext,
): Promise<FetchedCode> {
  const { ZipFile: bytes, S3Bucket: bucket, S3Key: key, S3ObjectVersion: version } = input;
  if (bytes !== undefined && (bucket !== undefined || key !== undefined)) {
    throw invalidParameter("Please do not provide other FunctionCode parameters when providing a ZipFile.");
  }
  if (bytes !== undefined) {
    if (bytes.byteLength > zippedBytes) {
      throw new AwsServiceError(
        "RequestEntityTooLargeException",
        413,
        `Zipped size must be smaller than ${zippedBytes} bytes`,
      );
    }
    return { content: await keep(options.packages, bytes), location: {} };
  }
  if (bucket === undefined || key === undefined) {
    throw invalidParameter("Please provide a source for function code.");
  }
  const archive = await readObject(options.objects(context), bucket, key, version);
  const location = {
    S3Bucket: bucket,
    S3Key: key,
    ...(version === undefined ? {} : { S3ObjectVersion: version }),
  };
  return { content: await keep(options.packages, archive), location };
}

async function keep(
  packages: ControlPlane["options"]["packages"],
  archive: Uint8Array,
): Promise<ResourceContent> {
  try {
    return { package: await packages.store(archive) };
  } catch (error) {
    if (error instanceof InvalidZipError) throw invalidParameter(error.awsAnswer);
    throw error;
  }
}

async function readObject(
  objects: Pick<ObjectStore, "read">,
  bucket: string,
  key: string,
  version: string | undefined,
): Promise<Uint8Array> {
  try {
    return await objects.read(bucket, key, version);
  } catch (error) {
    if (!(error instanceof AwsServiceError)) throw error;
    const answer = `S3 Error Code: ${error.code}. S3 Error Message: ${error.message}`;
    if (error.code !== "AccessDenied") throw invalidParameter(`Error occurred while GetObject. ${answer}`);
    throw new AwsServiceError(
      "AccessDeniedException",
      403,
      `Your access has been denied by S3, please make sure your request credentials have permission to GetObject for ${bucket}/${key}. ${answer}`,
    );
  }
}
