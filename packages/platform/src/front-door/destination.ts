import { isS3Host } from "../s3/virtual-host.ts";
import { claimedScope } from "../signature/index.ts";
import { isQuery } from "../wire/request-form.ts";
import { type HttpRequest, headerOf } from "./http-request.ts";

/** Whose request it is. */
export type Destination =
  | { readonly kind: "function-url"; readonly urlId: string; readonly rawPath: string; readonly host: string }
  | {
      readonly kind: "api";
      readonly apiId: string;
      /** With the stage in front, as sent. */
      readonly rawPath: string;
      readonly host: string;
    }
  /** Without a name, it is a form that isn't signed: its body tells whose it is. */
  | { readonly kind: "service"; readonly signingName: string | undefined }
  /** A location that Lambda's API gave. */
  | { readonly kind: "code"; readonly token: string }
  | { readonly kind: "local-invoke"; readonly functionName: string | undefined }
  | { readonly kind: "unknown" };

const functionUrlHost = /^([a-z0-9]+)\.lambda-url\.[a-z0-9-]+\.(?:on\.aws|localhost)$/;
const apiHost = /^([a-z0-9]+)\.execute-api\.(?:[a-z0-9-]+\.)?(?:amazonaws\.com|localhost)$/;

/**
 * Tells whose request it is: by host name first, since those requests carry the signature of their caller or none, then
 * by the reserved paths (a bucket can't be named with an underscore), then by the credential scope.
 */
export function findDestination(request: HttpRequest): Destination {
  const host = (headerOf(request, "host") ?? "").toLowerCase();
  const name = host.replace(/:\d+$/, "");
  const { rawPath } = request;

  const urlId = functionUrlHost.exec(name)?.[1];
  if (urlId !== undefined) return { kind: "function-url", urlId, rawPath, host };
  const apiId = apiHost.exec(name)?.[1];
  if (apiId !== undefined) return { kind: "api", apiId, rawPath, host };

  const urlPath = /^\/_lambda-url\/([A-Za-z0-9]+)(\/.*)?$/.exec(rawPath);
  if (urlPath?.[1] !== undefined) {
    return { kind: "function-url", urlId: urlPath[1].toLowerCase(), rawPath: urlPath[2] ?? "/", host };
  }
  const apiPath = /^\/_aws\/execute-api\/([A-Za-z0-9]+)(\/.*)?$/.exec(rawPath);
  if (apiPath?.[1] !== undefined) {
    return { kind: "api", apiId: apiPath[1].toLowerCase(), rawPath: apiPath[2] ?? "/", host };
  }
  // A bucket's host name has paths of its own.
  if (isS3Host(host)) return { kind: "service", signingName: "s3" };
  const code = /^\/_aws\/lambda\/code\/([0-9a-f-]+)$/.exec(rawPath)?.[1];
  if (code !== undefined) return { kind: "code", token: code };
  const invoke = /^\/invoke(?:\/([A-Za-z0-9_-]+(?::[A-Za-z0-9_$-]+)?))?$/.exec(rawPath);
  if (invoke !== null) return { kind: "local-invoke", functionName: invoke[1] };

  const signingName = signingNameOf(request);
  if (signingName !== undefined) return { kind: "service", signingName };
  return rawPath === "/" && isQuery(request)
    ? { kind: "service", signingName: undefined }
    : { kind: "unknown" };
}

/** Signing names by what precedes the operation in `X-Amz-Target`. */
const servicesByTarget: Readonly<Record<string, string>> = {
  AWSEvents: "events",
  AmazonEC2ContainerRegistry_V20150921: "ecr",
  AmazonSQS: "sqs",
  AmazonSSM: "ssm",
  GraniteServiceVersion20100801: "monitoring",
  Logs_20140328: "logs",
};

/** What S3's control plane is called here: its requests are signed for S3. */
export const s3Control = "s3-control";

/** Every one of these names the account, and none of S3 itself does. A bucket may have the name of the version. */
function isS3Control(request: HttpRequest): boolean {
  return request.rawPath.startsWith("/v20180820/") && headerOf(request, "x-amz-account-id") !== undefined;
}

/** The service in the credential scope of a signed request, or the one whose paths these are. */
function signingNameOf(request: HttpRequest): string | undefined {
  const service = claimedScope(request)?.service;
  if (service === "s3" && isS3Control(request)) return s3Control;
  if (service !== undefined) return service;
  // Unsigned, or signed badly: the target or the path still says who must refuse it.
  const target = headerOf(request, "x-amz-target") ?? "";
  const rpc = /^\/service\/([^/]+)\/operation\//.exec(request.rawPath)?.[1];
  const targeted = servicesByTarget[rpc ?? target.split(".")[0] ?? ""];
  if (targeted !== undefined) return targeted;
  // The version before SigV4: AWS's older clients sign URLs of S3 so.
  if (/(?:^|&)AWSAccessKeyId=/.test(request.rawQuery) && /(?:^|&)Signature=/.test(request.rawQuery))
    return "s3";
  if (/^AWS [^:]+:/.test(headerOf(request, "authorization") ?? "")) return "s3";
  if (
    /^\/20\d\d-\d\d-\d\d\/(?:account-settings|event-source-mappings|functions|layers|tags)(?:\/|-by|$)/.test(
      request.rawPath,
    )
  )
    return "lambda";
  return undefined;
}
