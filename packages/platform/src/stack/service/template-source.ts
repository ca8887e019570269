import { AwsServiceError } from "../../service-error.ts";
import type { ObjectStore } from "../object-store.ts";
import { validationError } from "./stack-errors.ts";

/** Most bytes of a template that is sent with the request, and of one in S3. */
const bodyBytes = 51_200;
const objectBytes = 1_000_000;

/** Where a template is. */
export interface TemplateLocation {
  readonly TemplateBody?: string | undefined;
  readonly TemplateURL?: string | undefined;
}

/**
 * Reads the template that a request names, wherever it is; nothing if it names none.
 *
 * @param endpoint - the platform's own address, as the client knows it.
 * @throws {AwsServiceError} `ValidationError`.
 */
export async function readTemplate(
  { TemplateBody: body, TemplateURL: url }: TemplateLocation,
  objects: Pick<ObjectStore, "read">,
  endpoint: string,
): Promise<string | undefined> {
  if (body !== undefined && url !== undefined) {
    throw validationError("Either Template URL or Template Body must be specified, not both.");
  }
  if (body !== undefined) {
    if (Buffer.byteLength(body) > bodyBytes) {
      throw validationError(
        `1 validation error detected: Value at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to ${bodyBytes}`,
      );
    }
    return body;
  }
  if (url === undefined) return undefined;
  const { bucket, key, version } = objectOf(url, endpoint);
  try {
    const bytes = await objects.read(bucket, key, version);
    if (bytes.byteLength > objectBytes)
      throw validationError("Template may not exceed 1000000 bytes in size.");
    return Buffer.from(bytes).toString();
  } catch (error) {
    if (!(error instanceof AwsServiceError) || error.code === "ValidationError") throw error;
    const problem = error.code === "AccessDenied" ? "Access Denied" : error.message;
    throw validationError(
      `S3 error: ${problem}\nFor more information check http://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html`,
    );
  }
}

/** An object in S3. */
export interface ObjectLocation {
  readonly bucket: string;
  readonly key: string;
  readonly version: string | undefined;
}

/**
 * The object that a `TemplateURL` names, in any form that AWS takes. Tools that know an endpoint put that in front of
 * bucket and key: the platform knows itself by any name of this machine, and by its port where it is called by others.
 * @throws {AwsServiceError} `ValidationError` if it is none of these.
 */
export function objectOf(text: string, endpoint: string): ObjectLocation {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "s3:") {
    throw validationError(`S3 error: Domain name specified in ${url.hostname} is not a valid S3 domain`);
  }
  if (url?.protocol !== "http:" && url?.protocol !== "https:") {
    throw validationError("TemplateURL must be a supported URL.");
  }
  const version = url.searchParams.get("versionId") ?? undefined;
  const path = decodeURIComponent(url.pathname.slice(1));
  const s3 =
    /^(?:(.+)\.)?s3(?:[.-]dualstack)?(?:[.-][a-z]{2}(?:-[a-z]+)+-\d)?\.amazonaws\.com(?:\.cn)?$/.exec(
      url.hostname,
    );
  if (s3 === null && !isOwn(url, endpoint)) throw validationError("TemplateURL must be a supported URL.");
  if (s3?.[1] !== undefined) return { bucket: s3[1], key: path, version };
  const [bucket = "", ...key] = path.split("/");
  if (bucket === "" || key.join("/") === "") throw validationError("TemplateURL must be a supported URL.");
  return { bucket, key: key.join("/"), version };
}

function isOwn(url: URL, endpoint: string): boolean {
  const own = new URL(endpoint);
  if (url.host === own.host) return true;
  const isNearby = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\]|.+\.localhost)$/.test(url.hostname);
  return isNearby || portOf(url) === portOf(own);
}

function portOf({ port, protocol }: URL): string {
  return port === "" ? (protocol === "https:" ? "443" : "80") : port;
}
