import { get, isGiven, isMap, type Value, type ValueMap } from "../value.ts";
import { invalidResource } from "./errors.ts";

/** An object in S3, as SAM writes it in a map. */
interface S3Location {
  readonly bucket: Value;
  readonly key: Value;
  readonly version?: Value | undefined;
}

/** Parses `s3://bucket/key`, with an optional `?versionId=`; `undefined` if it is not that. */
function parseS3Uri(uri: Value): S3Location | undefined {
  const match = typeof uri === "string" ? /^s3:\/\/([^/?#[\]]+)(\/[^?#]*)(?:\?([^#]*))?/.exec(uri) : null;
  if (match === null) return undefined;
  const [, bucket = "", key = "", query = ""] = match;
  const versions = new URLSearchParams(query).getAll("versionId");
  const version = versions.length === 1 ? versions[0] : undefined;
  return { bucket, key: key.replace(/^\/+/, ""), version: version === "" ? undefined : version };
}

/**
 * The `Code` or `Content` that an S3 location stands for.
 *
 * @throws {SamError} if it is neither an S3 URI nor a map with `Bucket` and `Key`. A local path is neither: SAM CLI
 *   uploads it before it sends the template.
 */
export function codeLocation(location: Value, logicalId: string, property: string): ValueMap {
  const { bucket, key, version } = locationOf(location, logicalId, property);
  const code: ValueMap = { S3Bucket: bucket, S3Key: key };
  if (version !== undefined) code["S3ObjectVersion"] = version;
  return code;
}

/** The `BodyS3Location` that a `DefinitionUri` stands for. */
export function bodyLocation(uri: Value, logicalId: string): ValueMap {
  const { bucket, key, version } = locationOf(uri, logicalId, "DefinitionUri");
  const body: ValueMap = { Bucket: bucket, Key: key };
  if (version !== undefined) body["Version"] = version;
  return body;
}

function locationOf(location: Value, logicalId: string, property: string): S3Location {
  if (isMap(location)) {
    const bucket = get(location, "Bucket");
    const key = get(location, "Key");
    if (isGiven(bucket) && isGiven(key)) return { bucket, key, version: get(location, "Version") };
    throw invalidResource(logicalId, `'${property}' requires Bucket and Key properties to be specified.`);
  }
  if (typeof location !== "string" && property !== "DefinitionUri") {
    throw invalidResource(logicalId, `'${property}' must be of type dict or string.`);
  }
  if (property !== "DefinitionUri" && hasSlashedDynamicReference(location)) {
    throw invalidResource(
      logicalId,
      `Unsupported dynamic reference detected in '${property}'. Please consider using alternative 'FunctionCode' object format.`,
    );
  }
  const parsed = parseS3Uri(location);
  if (parsed !== undefined) return parsed;
  throw invalidResource(
    logicalId,
    `'${property}' is not a valid S3 Uri of the form 's3://bucket/key' with optional versionId query parameter.`,
  );
}

/** A slash in a dynamic reference would be taken for the one between bucket and key. */
function hasSlashedDynamicReference(location: Value): boolean {
  const match = /\{\{resolve:(ssm|ssm-secure|secretsmanager):[a-zA-Z0-9_.\-/]+(:\d+)?\}\}/.exec(
    String(location),
  );
  return match?.[0].includes("/") ?? false;
}
