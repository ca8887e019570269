import { get, isGiven, isMap, type Value, type ValueMap } from "../../../value.ts";
import { invalidEvent } from "../../errors.ts";
import { isIntrinsic } from "../../intrinsic-forms.ts";
import type { RestBody } from "../../openapi/rest-body.ts";
import {
  addRequestParameters,
  type RequestParameter,
  setRequestModel,
  setRequestValidator,
} from "../../openapi/rest-requests.ts";
import { expectMap } from "../../property-schema.ts";
import { shown } from "../../text.ts";
import type { ApiMethod } from "./api-auth.ts";

/**
 * Gives an event's method its request model, validators and parameters.
 *
 * @throws {SamError} if the API does not define the model, or a parameter is not in API Gateway's spelling.
 */
export function addEventRequest(body: RestBody, method: ApiMethod, properties: ValueMap): void {
  const model = get(properties, "RequestModel");
  if (isGiven(model))
    addModel(body, method, expectMap(model, { id: method.eventId, isEvent: true }, "RequestModel"));
  const parameters = get(properties, "RequestParameters");
  if (!isGiven(parameters) || !Array.isArray(parameters)) return;
  const parsed = parameters.map((parameter) => requestParameter(method.eventId, parameter));
  addRequestParameters(body, method.path, method.method, parsed);
}

function addModel(body: RestBody, method: ApiMethod, request: ValueMap): void {
  const { api, eventId, path } = method;
  const model = get(request, "Model");
  if (!isGiven(model)) return;
  const unable = `RequestModel [${shown(model)}] on API method [${method.method}] for path [${path}]`;
  const refuse = (why: string): Error => invalidEvent(eventId, `Unable to set ${unable} because ${why}`);
  const models = get(api.properties, "Models");
  if (!isGiven(models)) throw refuse("the related API does not define any Models.");
  if (!isIntrinsic(models) && !isMap(models))
    throw refuse("the related API Models defined is of invalid type.");
  if (typeof model !== "string") throw refuse("the related API does not contain valid Models.");
  if (!isGiven(get(models, model))) throw refuse("it wasn't defined in the API's Models.");
  setRequestModel(body, path, method.method, model, get(request, "Required"));

  const validatesBody = get(request, "ValidateBody") ?? undefined;
  const validatesParameters = get(request, "ValidateParameters") ?? undefined;
  if (validatesBody === undefined && validatesParameters === undefined) return;
  const [ofBody, ofParameters] = [validatesBody ?? false, validatesParameters ?? false];
  if (typeof ofBody !== "boolean" || typeof ofParameters !== "boolean") {
    throw invalidEvent(
      eventId,
      `Unable to set Validator to ${unable} ValidateBody and ValidateParameters must be a boolean type, strings or intrinsics are not supported.`,
    );
  }
  setRequestValidator(body, path, method.method, ofBody, ofParameters);
}

function requestParameter(eventId: string, parameter: Value): RequestParameter {
  const refuse = (why: string): Error =>
    invalidEvent(eventId, `Invalid value for 'RequestParameters' property. ${why}`);
  const [name, settings] = isMap(parameter) ? (Object.entries(parameter)[0] ?? []) : [parameter, {}];
  if (typeof name !== "string") throw refuse("Property must be either a string or an object");
  if (!/^method\.request\.(querystring|path|header)\./.test(name)) {
    throw refuse(
      "Keys must be in the format 'method.request.[querystring|path|header].{value}', e.g 'method.request.header.Authorization'.",
    );
  }
  if (!isMap(settings) || !Object.keys(settings).every((key) => key === "Required" || key === "Caching")) {
    throw refuse("Values must be an object, e.g { Required: true, Caching: false }");
  }
  return {
    name,
    isRequired: get(settings, "Required") ?? false,
    isCached: get(settings, "Caching") ?? false,
  };
}
