import type * as client from "@aws-sdk/client-api-gateway";
import type { GatewayResponse, GatewayResponseType } from "@aws-sdk/client-api-gateway";
import { record } from "../../json-value.ts";
import type { OperationsOf } from "../../wire/service-api.ts";
import { type ApiPlane, type ApiView, type Json, within } from "./api-plane.ts";
import { pageOf } from "./paging.ts";
import { patched, readChanges } from "./patch.ts";
import { badRequest, notFound, refusing } from "./refusals.ts";
import { nameOf } from "./rest-api-operations.ts";

const responsesKey = "x-amazon-apigateway-gateway-responses";
const standardTemplates = { "application/json": '{"message":$context.error.messageString}' };

/**
 * What each type is answered with unless an API shapes it; none for those of whole classes.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
 */
const standardStatus: Readonly<Record<GatewayResponseType, string | undefined>> = {
  ACCESS_DENIED: "403",
  API_CONFIGURATION_ERROR: "500",
  AUTHORIZER_CONFIGURATION_ERROR: "500",
  AUTHORIZER_FAILURE: "500",
  BAD_REQUEST_BODY: "400",
  BAD_REQUEST_PARAMETERS: "400",
  DEFAULT_4XX: undefined,
  DEFAULT_5XX: undefined,
  EXPIRED_TOKEN: "403",
  INTEGRATION_FAILURE: "504",
  INTEGRATION_TIMEOUT: "504",
  INVALID_API_KEY: "403",
  INVALID_SIGNATURE: "403",
  MISSING_AUTHENTICATION_TOKEN: "403",
  QUOTA_EXCEEDED: "429",
  REQUEST_TOO_LARGE: "413",
  RESOURCE_NOT_FOUND: "404",
  THROTTLED: "429",
  UNAUTHORIZED: "401",
  UNSUPPORTED_MEDIA_TYPE: "415",
  WAF_FILTERED: "403",
};

const types = Object.keys(standardStatus) as GatewayResponseType[];

/** In the order in which API Gateway names them where a request has another one. */
const constraint = {
  values: [
    "REQUEST_TOO_LARGE",
    "RESOURCE_NOT_FOUND",
    "AUTHORIZER_CONFIGURATION_ERROR",
    "MISSING_AUTHENTICATION_TOKEN",
    "BAD_REQUEST_BODY",
    "INVALID_SIGNATURE",
    "INVALID_API_KEY",
    "BAD_REQUEST_PARAMETERS",
    "AUTHORIZER_FAILURE",
    "UNAUTHORIZED",
    "INTEGRATION_TIMEOUT",
    "ACCESS_DENIED",
    "DEFAULT_4XX",
    "DEFAULT_5XX",
    "WAF_FILTERED",
    "QUOTA_EXCEEDED",
    "THROTTLED",
    "API_CONFIGURATION_ERROR",
    "UNSUPPORTED_MEDIA_TYPE",
    "INTEGRATION_FAILURE",
    "EXPIRED_TOKEN",
  ],
};

/** What API Gateway answers itself. */
export function gatewayResponseOperations(plane: ApiPlane) {
  return {
    GetGatewayResponses: ({ restApiId, position }) => {
      const view = plane.require(restApiId);
      return pageOf(
        types.map((type) => shapeOf(plane, view, type)),
        { position, limit: types.length },
      );
    },
    GetGatewayResponse: {
      constraints: { responseType: constraint },
      run: ({ restApiId, responseType }) =>
        shapeOf(plane, plane.require(restApiId), responseType ?? "DEFAULT_4XX"),
    },
    PutGatewayResponse: {
      constraints: { responseType: constraint },
      run: ({ restApiId, responseType = "DEFAULT_4XX", ...response }) => {
        const view = plane.require(restApiId);
        return put(plane, view, responseType, response);
      },
    },
    UpdateGatewayResponse: {
      constraints: { responseType: constraint },
      run: ({ restApiId, responseType = "DEFAULT_4XX", patchOperations }) => {
        const view = plane.require(restApiId);
        const after = patched(shapeOf(plane, view, responseType), readChanges(patchOperations), {
          statusCode: "text",
          responseParameters: "map",
          responseTemplates: "map",
        });
        return put(plane, view, responseType, after);
      },
    },
    DeleteGatewayResponse: {
      constraints: { responseType: constraint },
      run: ({ restApiId, responseType = "DEFAULT_4XX" }) => {
        const view = plane.require(restApiId);
        if (ownOf(plane, view, responseType) === undefined) {
          throw notFound("Gateway response type not defined on api");
        }
        const made = resourceOf(plane, view, responseType);
        if (made !== undefined) {
          refusing(nameOf(view), () => {
            plane.resources.check(made);
            plane.keepDeployments(view);
            plane.resources.remove([made]);
          });
          return {};
        }
        plane.edit(view, (document) => {
          delete within(document, responsesKey)[responseType];
        });
        return {};
      },
    },
  } satisfies OperationsOf<typeof client>;
}

function put(
  plane: ApiPlane,
  view: ApiView,
  type: GatewayResponseType,
  { statusCode, responseParameters, responseTemplates }: GatewayResponse,
): GatewayResponse {
  if (resourceOf(plane, view, type) !== undefined) {
    throw badRequest(
      `The gateway response ${type} is a resource of a template, and is not changed by API on this platform. Change the template and deploy it.`,
    );
  }
  const after = plane.edit(view, (document) => {
    within(document, responsesKey)[type] = {
      ...(statusCode === undefined ? {} : { statusCode }),
      ...(responseParameters === undefined ? {} : { responseParameters }),
      ...(responseTemplates === undefined ? {} : { responseTemplates }),
    };
  });
  return shapeOf(plane, after, type);
}

/** A type's own response, before that of its class. */
function shapeOf(plane: ApiPlane, view: ApiView, responseType: GatewayResponseType): GatewayResponse {
  const own = ownOf(plane, view, responseType);
  const status = standardStatus[responseType];
  const family = status === undefined ? undefined : status.startsWith("4") ? "DEFAULT_4XX" : "DEFAULT_5XX";
  const shape = own ?? (family === undefined ? undefined : ownOf(plane, view, family)) ?? {};
  const templates = record(shape["responseTemplates"]);
  const statusCode = shape["statusCode"] ?? status;
  return {
    responseType,
    ...(statusCode === undefined ? {} : { statusCode: String(statusCode) }),
    responseParameters: record(shape["responseParameters"]) as Record<string, string>,
    responseTemplates: (Object.keys(templates).length === 0 ? standardTemplates : templates) as Record<
      string,
      string
    >,
    defaultResponse: own === undefined,
  };
}

function ownOf(plane: ApiPlane, view: ApiView, type: GatewayResponseType): Json | undefined {
  const made = resourceOf(plane, view, type);
  if (made !== undefined) {
    const { StatusCode, ResponseParameters, ResponseTemplates } = made.properties;
    return {
      statusCode: StatusCode,
      responseParameters: ResponseParameters,
      responseTemplates: ResponseTemplates,
    };
  }
  const all = record(view.document[responsesKey]);
  return type in all ? record(all[type]) : undefined;
}

function resourceOf(plane: ApiPlane, view: ApiView, type: GatewayResponseType) {
  return plane
    .partsOf(view.id, "GatewayResponse")
    .find(({ properties }) => properties["ResponseType"] === type);
}
