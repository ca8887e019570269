import { get, isFilledMap, isGiven, isMap, type Value, type ValueMap } from "../../value.ts";
import { invalidResource } from "../errors.ts";
import { isIntrinsic } from "../intrinsic-forms.ts";
import { expectMap } from "../property-schema.ts";
import { shown, typeName } from "../text.ts";

const members = ["ResponseParameters", "ResponseTemplates", "StatusCode"];
const parameterPrefixes: Readonly<Record<string, string>> = {
  Headers: "header.",
  Paths: "path.",
  QueryStrings: "querystring.",
};

/**
 * Checks one of an API's `GatewayResponses`.
 *
 * @returns What builds it in OpenAPI's form, once all of them have been checked.
 * @throws {SamError} for a member that is unknown or of the wrong type.
 */
export function gatewayResponse(logicalId: string, type: string, response: Value): () => ValueMap {
  if (isIntrinsic(response)) {
    throw invalidResource(
      logicalId,
      "Unable to set GatewayResponses attribute because intrinsic functions are not supported for this field.",
    );
  }
  if (!isMap(response)) {
    throw invalidResource(
      logicalId,
      `Invalid property type '${typeName(response)}' for GatewayResponses. Expected an object of type 'GatewayResponse'.`,
    );
  }
  const unknown = Object.keys(response).find((key) => !members.includes(key));
  if (unknown !== undefined) {
    throw invalidResource(
      logicalId,
      `Invalid property '${unknown}' in 'GatewayResponses' property '${type}'.`,
    );
  }
  return () => build(logicalId, type, response);
}

function build(logicalId: string, type: string, response: ValueMap): ValueMap {
  const parameters = get(response, "ResponseParameters");
  const path = `GatewayResponses.${type}.ResponseParameters`;
  const checked = isGiven(parameters) ? expectMap(parameters, { id: logicalId }, path) : {};
  const unknown = Object.keys(checked).find((key) => !Object.hasOwn(parameterPrefixes, key));
  if (unknown !== undefined)
    throw invalidResource(logicalId, `Invalid gateway response parameter '${unknown}'`);
  const status = get(response, "StatusCode");
  if (isGiven(status) && !/^[0-9]{1,3}$/.test(shown(status))) {
    throw invalidResource(logicalId, "Property 'StatusCode' must be numeric");
  }
  const templates = get(response, "ResponseTemplates");
  const result: ValueMap = {
    responseParameters: prefixed(logicalId, checked),
    responseTemplates: isFilledMap(templates) ? templates : {},
  };
  if (status !== undefined && status !== null && shown(status) !== "") result["statusCode"] = shown(status);
  return result;
}

function prefixed(logicalId: string, parameters: ValueMap): ValueMap {
  const result: ValueMap = {};
  for (const [kind, prefix] of Object.entries(parameterPrefixes)) {
    const values = expectMap(get(parameters, kind) ?? {}, { id: logicalId }, `ResponseParameters.${kind}`);
    for (const [name, value] of Object.entries(values)) result[`gatewayresponse.${prefix}${name}`] = value;
  }
  return result;
}
