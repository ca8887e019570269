import type * as client from "@aws-sdk/client-api-gateway";
import type { Method, MethodResponse } from "@aws-sdk/client-api-gateway";
import { record } from "../../json-value.ts";
import { apiKeyScheme } from "../../stack/rest-api-parts.ts";
import type { OperationsOf } from "../../wire/service-api.ts";
import { unfinished } from "../definition/rest-api.ts";
import type { ApiPlane, ApiView, Json } from "./api-plane.ts";
import { schemesOf } from "./authorizer-operations.ts";
import { changeOperation, type FoundOperation, requireOperation } from "./change-operation.ts";
import {
  authorizerId,
  integrationKey,
  methodKeys,
  methodResponse,
  methodShape,
  modelReference,
  operationsOf,
  responseOf,
  validatorId,
  validatorKey,
} from "./method-shape.ts";
import { modelsOf, validatorsOf } from "./model-operations.ts";
import { patched, readChanges } from "./patch.ts";
import { badRequest, conflict, notFound } from "./refusals.ts";

const validatorsRefusal = "Invalid Request Validator identifier specified";
const authorizerRefusal =
  "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer.";

const statusCodes = { pattern: String.raw`[1-5]\d\d` };

/** Methods, and what they answer. */
export function methodOperations(plane: ApiPlane) {
  return {
    GetMethod: (input) => shapeOf(requireOperation(plane, input)),
    PutMethod: (input) => {
      const { view, place } = plane.requirePlace(input.restApiId, input.resourceId);
      const httpMethod = (input.httpMethod ?? "").toUpperCase();
      if (!methodKeys.has(httpMethod)) {
        throw badRequest(
          "Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY",
        );
      }
      if (operationsOf(view, place).has(httpMethod)) {
        throw conflict("Method already exists for this resource");
      }
      const operation = { ...operationOf(view, input, {}), [unfinished]: true };
      return changeOperation(plane, { view, place, httpMethod }, operation);
    },
    UpdateMethod: (input) => {
      const found = requireOperation(plane, input);
      const method = patched(shapeOf(found), readChanges(input.patchOperations), {
        authorizationType: "text",
        authorizerId: "text",
        authorizationScopes: "list",
        apiKeyRequired: "flag",
        operationName: "text",
        requestParameters: "flags",
        requestModels: "map",
        requestValidatorId: "text",
      });
      return changeOperation(plane, found, operationOf(found.view, method, found.operation));
    },
    DeleteMethod: (input) => {
      changeOperation(plane, requireOperation(plane, input), undefined);
      return {};
    },
    GetMethodResponse: (input) => responseShape(requireOperation(plane, input), input.statusCode),
    PutMethodResponse: {
      constraints: { statusCode: statusCodes },
      run: (input) => {
        const found = requireOperation(plane, input);
        const { statusCode, responseModels, responseParameters } = input;
        checkModels(found.view, responseModels);
        return putResponse(plane, found, { statusCode, responseModels, responseParameters });
      },
    },
    UpdateMethodResponse: (input) => {
      const found = requireOperation(plane, input);
      const before = responseShape(found, input.statusCode);
      const after = patched(before, readChanges(input.patchOperations), {
        responseParameters: "flags",
        responseModels: "map",
      });
      return putResponse(plane, found, after);
    },
    DeleteMethodResponse: (input) => {
      const found = requireOperation(plane, input);
      const { statusCode = "" } = responseShape(found, input.statusCode);
      const { [statusCode]: _, ...responses } = record(found.operation["responses"]);
      changeOperation(plane, found, { ...found.operation, responses });
      return {};
    },
  } satisfies OperationsOf<typeof client>;
}

function shapeOf({ view, place, httpMethod, operation }: FoundOperation): Method {
  return methodShape(view, place, httpMethod, operation);
}

function responseShape({ operation }: FoundOperation, code: string | undefined): MethodResponse {
  const responses = record(operation["responses"]);
  if (code === undefined || !(code in responses)) throw notFound("Invalid Response status code specified");
  return methodResponse(code, record(responses[code]));
}

function putResponse(plane: ApiPlane, found: FoundOperation, response: MethodResponse): MethodResponse {
  const { operation, view } = found;
  const { statusCode = "" } = response;
  const responses = {
    ...record(operation["responses"]),
    [statusCode]: responseOf(response, view.document["swagger"] !== undefined),
  };
  const after = changeOperation(plane, found, { ...operation, responses });
  return after.methodResponses?.[statusCode] ?? {};
}

/**
 * A method in the words of the document, with what it keeps of what it was before: integration and responses.
 * @throws {AwsServiceError} if it refers to something that the API has not.
 */
function operationOf(view: ApiView, method: Method, before: Json): Json {
  const isSwagger = view.document["swagger"] !== undefined;
  checkModels(view, method.requestModels);
  const kept = [integrationKey, "responses", unfinished, "summary", "description", "tags"].flatMap((key) =>
    key in before ? [[key, before[key]] as const] : [],
  );
  const models = Object.entries(method.requestModels ?? {});
  const validator = validatorName(view, method.requestValidatorId);
  return {
    responses: {},
    ...Object.fromEntries(kept),
    ...securityOf(view, method),
    ...(method.operationName ? { operationId: method.operationName } : {}),
    ...(isSwagger && models.length > 0 ? { consumes: models.map(([type]) => type) } : {}),
    parameters: [
      ...parametersOf(method),
      ...(isSwagger ? models.slice(0, 1) : []).map(([, name]) => ({
        in: "body",
        name,
        required: true,
        schema: modelReference(name, true),
      })),
    ],
    ...(isSwagger || models.length === 0 ? {} : { requestBody: requestBodyOf(models) }),
    ...(validator === undefined ? {} : { [validatorKey]: validator }),
  };
}

function requestBodyOf(models: readonly (readonly [string, string])[]): Json {
  const content = models.map(([type, name]) => [type, { schema: modelReference(name, false) }]);
  return { required: true, content: Object.fromEntries(content) };
}

function securityOf(view: ApiView, method: Method): Json {
  const key = method.apiKeyRequired === true ? [{ [apiKeyScheme]: [] }] : [];
  const type = (method.authorizationType ?? "NONE").toUpperCase();
  if (type === "NONE" || type === "AWS_IAM") return { "x-amazon-apigateway-auth": { type }, security: key };
  if (type !== "CUSTOM" && type !== "COGNITO_USER_POOLS") {
    throw badRequest(
      "Invalid authorization type specified. Valid options are NONE, AWS_IAM, CUSTOM, COGNITO_USER_POOLS",
    );
  }
  const name = Object.keys(schemesOf(view)).find((each) => authorizerId(view, each) === method.authorizerId);
  if (name === undefined) throw badRequest(authorizerRefusal);
  return { security: [...key, { [name]: method.authorizationScopes ?? [] }] };
}

function parametersOf({ requestParameters }: Method): Json[] {
  const names = new Set<string>();
  return Object.entries(requestParameters ?? {}).map(([written, required]) => {
    const [, location, name] = /^method\.request\.(header|path|querystring)\.(.+)$/.exec(written) ?? [];
    if (location === undefined || name === undefined) {
      throw badRequest(
        `Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression parameter specified: ${written}]`,
      );
    }
    if (names.has(name)) {
      throw badRequest("Parameter names must be unique across querystring, header and path");
    }
    names.add(name);
    return {
      in: location === "querystring" ? "query" : location,
      name,
      required,
      schema: { type: "string" },
    };
  });
}

function validatorName(view: ApiView, id: string | undefined): string | undefined {
  if (id === undefined || id === "") return undefined;
  const name = Object.keys(validatorsOf(view)).find((each) => validatorId(view, each) === id);
  if (name === undefined) throw badRequest(validatorsRefusal);
  return name;
}

function checkModels(view: ApiView, models: Readonly<Record<string, string>> | undefined): void {
  const known = modelsOf(view);
  for (const name of Object.values(models ?? {})) {
    if (!Object.hasOwn(known, name)) throw badRequest(`Invalid model identifier specified: ${name}`);
  }
}
