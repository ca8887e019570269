import { get, isGiven, isMap, type Value, type ValueMap } from "../../value.ts";
import { invalidResource } from "../errors.ts";
import { isIntrinsic } from "../intrinsic-forms.ts";
import {
  addDescription,
  addHttpCors,
  addTags,
  hasDefaultTitle,
  isHttpBody,
  openHttpBody,
  setHttpEndpointDisabled,
  setInfo,
} from "../openapi/http-body.ts";
import { addHttpAuth } from "./auth.ts";
import type { HttpApiSource } from "./http-api.ts";

const corsKeys = [
  "AllowMethods",
  "AllowHeaders",
  "AllowOrigins",
  "MaxAge",
  "ExposeHeaders",
  "AllowCredentials",
];

/** Puts into an HTTP API's body what its properties say. Each step sees what the one before made. */
export function editHttpBody(api: HttpApiSource, body: ValueMap | undefined): ValueMap | undefined {
  let current = withCors(api, body);
  current = addHttpAuth(api, current);
  current = withTags(api, current);
  current = withEndpointSwitch(api, current);
  current = withTitle(api, current);
  return withDescription(api, current);
}

function withCors(api: HttpApiSource, body: ValueMap | undefined): ValueMap | undefined {
  const given = get(api.properties, "CorsConfiguration");
  if (!isGiven(given)) return body;
  if (body === undefined) {
    throw invalidResource(
      api.logicalId,
      "Cors works only with inline OpenApi specified in 'DefinitionBody' property.",
    );
  }
  const cors = corsOf(api.logicalId, given);
  if (!isHttpBody(body)) {
    throw invalidResource(
      api.logicalId,
      "Unable to add Cors configuration because 'DefinitionBody' does not contain a valid OpenApi definition.",
    );
  }
  const origins = cors["AllowOrigins"];
  if (
    cors["AllowCredentials"] === true &&
    Array.isArray(origins) &&
    origins.length === 1 &&
    origins[0] === "*"
  ) {
    throw invalidResource(
      api.logicalId,
      `Unable to add Cors configuration because 'AllowCredentials' can not be true when 'AllowOrigin' is "'*'" or not set.`,
    );
  }
  const opened = openHttpBody(body);
  addHttpCors(opened, cors);
  return opened.document;
}

function corsOf(logicalId: string, given: Value): ValueMap {
  if (typeof given === "boolean") return { AllowOrigins: ["*"] };
  if (isIntrinsic(given)) return { AllowOrigins: given };
  if (!isMap(given)) throw invalidResource(logicalId, "Invalid value for 'Cors' property.");
  const unknown = Object.keys(given).find((key) => !corsKeys.includes(key));
  if (unknown !== undefined)
    throw invalidResource(logicalId, `Invalid key '${unknown}' for 'Cors' property.`);
  return given;
}

function withTags(api: HttpApiSource, body: ValueMap | undefined): ValueMap | undefined {
  const given = get(api.properties, "Tags");
  if (body === undefined) {
    if (!isGiven(given)) return body;
    throw invalidResource(
      api.logicalId,
      "Tags works only with inline OpenApi specified in the 'DefinitionBody' property.",
    );
  }
  if (!isHttpBody(body)) {
    if (!isGiven(given)) return body;
    throw invalidResource(
      api.logicalId,
      "Unable to add `Tags` because 'DefinitionBody' does not contain a valid OpenApi definition.",
    );
  }
  const tags = { ...(isMap(given) ? given : {}), "httpapi:createdBy": "SAM" };
  api.properties["Tags"] = tags;
  const opened = openHttpBody(body);
  addTags(opened, tags);
  return opened.document;
}

function withEndpointSwitch(api: HttpApiSource, body: ValueMap | undefined): ValueMap | undefined {
  const isDisabled = get(api.properties, "DisableExecuteApiEndpoint") ?? undefined;
  if (isDisabled === undefined) return body;
  if (body === undefined) {
    throw invalidResource(
      api.logicalId,
      "DisableExecuteApiEndpoint works only within 'DefinitionBody' property.",
    );
  }
  const opened = openHttpBody(body);
  setHttpEndpointDisabled(opened, isDisabled);
  return opened.document;
}

function withTitle(api: HttpApiSource, body: ValueMap | undefined): ValueMap | undefined {
  const name = get(api.properties, "Name");
  if (!isGiven(name)) return body;
  const info = infoOf(api, body, "Name", ".");
  if (!hasDefaultTitle(get(info, "title"))) throw alreadyDefined(api, "Name");
  const opened = openHttpBody(body);
  setInfo(opened, "title", name);
  return opened.document;
}

function withDescription(api: HttpApiSource, body: ValueMap | undefined): ValueMap | undefined {
  const description = get(api.properties, "Description");
  if (!isGiven(description)) return body;
  const info = infoOf(api, body, "Description", "'.");
  if (isGiven(get(info, "description"))) throw alreadyDefined(api, "Description");
  const opened = openHttpBody(body);
  addDescription(opened, description);
  return opened.document;
}

function infoOf(
  api: HttpApiSource,
  body: ValueMap | undefined,
  property: string,
  end: string,
): Value | undefined {
  if (body === undefined) {
    throw invalidResource(
      api.logicalId,
      `${property} works only with inline OpenApi specified in the 'DefinitionBody' property.`,
    );
  }
  const info = get(body, "info") ?? undefined;
  if (info !== undefined && !isMap(info)) {
    throw invalidResource(
      api.logicalId,
      `Invalid 'DefinitionBody': The value of 'info' should be a map${end}`,
    );
  }
  return info;
}

function alreadyDefined(api: HttpApiSource, property: string): Error {
  return invalidResource(
    api.logicalId,
    `Unable to set ${property} because it is already defined within inline OpenAPI specified in the 'DefinitionBody' property.`,
  );
}
