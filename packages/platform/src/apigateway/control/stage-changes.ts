import type { PatchOperation } from "@aws-sdk/client-api-gateway";
import type { ValueMap } from "../../cloudformation/index.ts";
import { record } from "../../json-value.ts";
import type { Properties } from "./api-plane.ts";
import { type Change, readChanges } from "./patch.ts";
import { badRequest } from "./refusals.ts";

/** Where a method setting stands in a path of a change, and as a property of CloudFormation. */
const settingNames: Readonly<Record<string, readonly [property: string, kind: "number" | "flag" | "text"]>> =
  {
    "metrics/enabled": ["MetricsEnabled", "flag"],
    "logging/dataTrace": ["DataTraceEnabled", "flag"],
    "logging/loglevel": ["LoggingLevel", "text"],
    "throttling/burstLimit": ["ThrottlingBurstLimit", "number"],
    "throttling/rateLimit": ["ThrottlingRateLimit", "number"],
    "caching/ttlInSeconds": ["CacheTtlInSeconds", "number"],
    "caching/enabled": ["CachingEnabled", "flag"],
    "caching/dataEncrypted": ["CacheDataEncrypted", "flag"],
    "caching/requireAuthorizationForCacheControl": ["RequireAuthorizationForCacheControl", "flag"],
    "caching/unauthorizedCacheControlHeaderStrategy": ["UnauthorizedCacheControlHeaderStrategy", "text"],
  };

const plainNames: Readonly<Record<string, readonly [property: string, kind: "text" | "flag"]>> = {
  deploymentId: ["DeploymentId", "text"],
  description: ["Description", "text"],
  cacheClusterEnabled: ["CacheClusterEnabled", "flag"],
  cacheClusterSize: ["CacheClusterSize", "text"],
  clientCertificateId: ["ClientCertificateId", "text"],
  tracingEnabled: ["TracingEnabled", "flag"],
  documentationVersion: ["DocumentationVersion", "text"],
};

type Setting = ValueMap;

/**
 * The properties of a stage that changes give other values.
 *
 * @param before - properties of `AWS::ApiGateway::Stage`.
 * @param checkDeployment - throws if there is no such deployment.
 * @throws {AwsServiceError} as API Gateway does.
 * @see https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html#UpdateStage-Patch
 */
export function changedStage(
  before: ValueMap,
  operations: readonly PatchOperation[] | undefined,
  checkDeployment: (id: string | undefined) => void,
): Properties {
  const changed: Record<string, ValueMap[string] | undefined> = {};
  const { MethodSettings: listed } = before;
  let settings = (Array.isArray(listed) ? listed : []).map((each) => record(each) as Setting);
  let log = record(before["AccessLogSetting"]) as ValueMap;
  const variables = { ...record(before["Variables"]) } as ValueMap;
  for (const change of readChanges(operations)) {
    const { op, path, steps, value } = change;
    const [first = "", second = "", ...rest] = steps;
    const plain = steps.length === 1 ? plainNames[first] : undefined;
    if (plain !== undefined) {
      const [property, kind] = plain;
      if (first === "deploymentId") checkDeployment(value);
      changed[property] = op === "remove" ? undefined : kind === "flag" ? value === "true" : (value ?? "");
    } else if (first === "variables" && steps.length === 2) {
      if (op === "remove") delete variables[second];
      else variables[second] = checkedVariable(value ?? "");
      changed["Variables"] = variables;
    } else if (first === "accessLogSettings") {
      log = changedLog(log, change);
      changed["AccessLogSetting"] = Object.keys(log).length === 0 ? undefined : log;
    } else if (steps.length === 2 && op === "remove") {
      settings = withoutSetting(settings, first, second);
      changed["MethodSettings"] = settings.length === 0 ? undefined : settings;
    } else {
      const named = steps.length === 4 ? settingNames[rest.join("/")] : undefined;
      if (named === undefined) throw invalidPath(path);
      settings = withSetting(settings, [first, second], named, change);
      changed["MethodSettings"] = settings;
    }
  }
  return changed;
}

function withSetting(
  settings: readonly Setting[],
  [path, method]: readonly [string, string],
  [property, kind]: readonly [string, "number" | "flag" | "text"],
  { op, value = "", path: written }: Change,
): Setting[] {
  const known = settings.find((each) => isFor(each, path, method));
  // What is set for all methods is where a method's own settings begin.
  const ofAll = settings.find((each) => isFor(each, "*", "*"));
  const before = known ?? { ...ofAll, ResourcePath: propertyPath(path), HttpMethod: method };
  const { [property]: _, ...others } = before;
  const number = Number(value);
  if (op !== "remove" && kind === "number" && (value === "" || !Number.isFinite(number))) {
    throw badRequest(`Invalid method setting value for ${written}: ${value}`);
  }
  const read = kind === "number" ? number : kind === "flag" ? value === "true" : value;
  const after = op === "remove" ? others : { ...others, [property]: read };
  return known === undefined ? [...settings, after] : settings.map((each) => (each === known ? after : each));
}

function withoutSetting(settings: readonly Setting[], path: string, method: string): Setting[] {
  const left = settings.filter((each) => !isFor(each, path, method));
  if (left.length < settings.length) return left;
  throw badRequest(
    `Cannot remove method setting ${path.replaceAll("/", "~1")}/${method} because there is no method setting for this method `,
  );
}

function isFor({ ResourcePath: written, HttpMethod: name }: Setting, path: string, method: string): boolean {
  return String(written) === propertyPath(path) && String(name).toUpperCase() === method.toUpperCase();
}

/** The path of a resource as CloudFormation's properties have it: all slashes but the first are `~1`. */
function propertyPath(path: string): string {
  if (path === "*") return "/*";
  return path === "/" || path === "" ? "/" : `/${path.replaceAll("/", "~1")}`;
}

function changedLog(log: ValueMap, { op, steps, value = "" }: Change): ValueMap {
  const [, member, ...rest] = steps;
  if (op === "remove") {
    if (member === undefined) return {};
    throw badRequest(
      `Cannot remove method setting accessLogSettings/${member} because there is no method setting for this method `,
    );
  }
  if (rest.length > 0 || (member !== "destinationArn" && member !== "format")) {
    throw badRequest(
      "Invalid accessLogSettings path. Must be one of : [/accessLogSettings/destinationArn, /accessLogSettings/format]",
    );
  }
  if (value === "") throw badRequest("Access Log value must not be empty");
  return { ...log, [member === "format" ? "Format" : "DestinationArn"]: value };
}

function checkedVariable(value: string): string {
  if (/^[A-Za-z0-9\-._~:/?#&=,]*$/.test(value)) return value;
  throw badRequest("Stage variable values only allow A-Za-z0-9-._~:/?#&=,");
}

/** The list that API Gateway gives, as it was recorded. */
function invalidPath(path: string) {
  const ofMethod = (place: string, between: readonly [string, string, string]) =>
    `${place}/metrics/enabled, ${place}/logging/dataTrace, ${place}/logging/loglevel, ${place}/throttling/burstLimit${between[0]}${place}/throttling/rateLimit${between[1]}${place}/caching/ttlInSeconds, ${place}/caching/enabled, ${place}/caching/dataEncrypted, ${place}/caching/requireAuthorizationForCacheControl, ${place}/caching/unauthorizedCacheControlHeaderStrategy`;
  return badRequest(
    `Invalid method setting path: ${path}. Must be one of: [/deploymentId, /description, /cacheClusterEnabled, /cacheClusterSize, /clientCertificateId, /accessLogSettings, /accessLogSettings/destinationArn, /accessLogSettings/format, ${ofMethod("/{resourcePath}/{httpMethod}", ["", "", ""])}, ${ofMethod("/*/*", [" ", " ", ""])}, /variables/{variable_name}, /tracingEnabled]`,
  );
}
