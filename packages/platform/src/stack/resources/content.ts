import { loadTemplate, type ValueMap } from "../../cloudformation/index.ts";
import { InvalidZipError } from "../../lambda/code/unpack-zip.ts";
import { AwsServiceError } from "../../service-error.ts";
import { type ContentSource, optionalText, type ResourceContent, ResourceError } from "../resource-type.ts";

/** Fetches the code of `AWS::Lambda::Function`: an archive in S3, or text in the template. */
export function fetchFunctionCode(properties: ValueMap, source: ContentSource): Promise<ResourceContent> {
  const code = map(properties["Code"]);
  const inline = optionalText(code, "ZipFile");
  if (inline === undefined) return fetchPackage(code, source);
  // AWS names the file of inline code `index`.
  const extension = optionalText(properties, "Runtime")?.startsWith("python") ? "py" : "js";
  return source.packages.storeInline(`index.${extension}`, inline).then((stored) => ({ package: stored }));
}

/** Fetches the content of `AWS::Lambda::LayerVersion`. */
export function fetchLayerContent(properties: ValueMap, source: ContentSource): Promise<ResourceContent> {
  return fetchPackage(map(properties["Content"]), source);
}

/** Fetches the body of a REST or HTTP API where that is a file in S3, in JSON or YAML. */
export async function fetchApiBody(properties: ValueMap, source: ContentSource): Promise<ResourceContent> {
  const location = properties["BodyS3Location"];
  if (location === undefined || location === null) return {};
  const { bucket, key, version } = locationIn(map(location), "Bucket", "Key", "Version", "BodyS3Location");
  const bytes = await read(source, bucket, key, version);
  const { loaded, diagnostics } = loadTemplate(Buffer.from(bytes).toString(), key);
  if (loaded !== undefined) return { body: loaded.template };
  throw new ResourceError(
    `BodyS3Location names ${bucket}/${key}: ${diagnostics[0]?.message ?? "no definition"}`,
  );
}

async function fetchPackage(location: ValueMap, source: ContentSource): Promise<ResourceContent> {
  const { bucket, key, version } = locationIn(location, "S3Bucket", "S3Key", "S3ObjectVersion", "Code");
  const archive = await read(source, bucket, key, version);
  try {
    return { package: await source.packages.store(archive) };
  } catch (error) {
    if (!(error instanceof InvalidZipError)) throw error;
    const hint = error.hint === undefined ? "" : ` ${error.hint}`;
    throw new ResourceError(`${error.awsAnswer} s3://${bucket}/${key} ${error.message}.${hint}`);
  }
}

function locationIn(
  location: ValueMap,
  bucketName: string,
  keyName: string,
  versionName: string,
  what: string,
) {
  const bucket = optionalText(location, bucketName);
  const key = optionalText(location, keyName);
  if (bucket === undefined || key === undefined) {
    throw new ResourceError(`${what} needs ${bucketName} and ${keyName}.`);
  }
  return { bucket, key, version: optionalText(location, versionName) };
}

async function read(
  { objects }: ContentSource,
  bucket: string,
  key: string,
  version: string | undefined,
): Promise<Uint8Array> {
  try {
    return await objects.read(bucket, key, version);
  } catch (error) {
    if (!(error instanceof AwsServiceError)) throw error;
    throw new ResourceError(
      `Error occurred while GetObject. S3 Error Code: ${error.code}. S3 Error Message: ${error.message} (s3://${bucket}/${key})`,
    );
  }
}

function map(value: unknown): ValueMap {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as ValueMap) : {};
}
