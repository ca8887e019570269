import type * as client from "@aws-sdk/client-apigatewayv2";
import type { Integration } from "@aws-sdk/client-apigatewayv2";
import { defined } from "../../apigateway/control/api-plane.ts";
import { badRequest, conflict, notFound } from "../../apigateway/control/refusals.ts";
import type { ModelResource } from "../../stack/stack-model.ts";
import type { OperationsOf } from "../../wire/service-api.ts";
import { documentParts } from "./document-parts.ts";
import { given, type HttpApiPlane, pageOf, textOf } from "./http-api-plane.ts";

/** Integrations of APIs. */
export function integrationOperations(plane: HttpApiPlane) {
  return {
    GetIntegrations: ({ ApiId, ...page }) => pageOf(integrationsOf(plane, plane.require(ApiId)), page),
    GetIntegration: ({ ApiId, IntegrationId }) => {
      const all = integrationsOf(plane, plane.require(ApiId));
      const found = all.find((integration) => integration.IntegrationId === IntegrationId);
      if (found !== undefined) return found;
      throw notFound(`Unable to find Integration by ID ${IntegrationId} within the API ${ApiId}`);
    },
    CreateIntegration: (input) => {
      const { IntegrationType: type, PayloadFormatVersion: version } = input;
      if (type === "AWS_PROXY" && version === undefined && input.IntegrationSubtype === undefined) {
        throw badRequest("PayloadFormatVersion is a required parameter for integration with AWS_PROXY");
      }
      return integrationShape(plane.create(input.ApiId ?? "", "Integration", given(input, "ApiId")));
    },
    UpdateIntegration: (input) => {
      const integration = requireIntegration(plane, input.ApiId, input.IntegrationId);
      return integrationShape(plane.change(integration, given(input, "ApiId", "IntegrationId")));
    },
    DeleteIntegration: ({ ApiId, IntegrationId }) => {
      const integration = requireIntegration(plane, ApiId, IntegrationId);
      const user = plane
        .partsOf(ApiId, "Route")
        .find(({ properties }) => properties["Target"] === `integrations/${IntegrationId}`);
      if (user !== undefined) {
        throw conflict(
          `Cannot delete Integration '${IntegrationId}' because it is referenced by a Route: ${textOf(user, "RouteKey")}`,
        );
      }
      plane.remove([integration]);
      return {};
    },
  } satisfies OperationsOf<typeof client>;
}

/** All integrations of an API. */
export function integrationsOf(plane: HttpApiPlane, api: ModelResource): Integration[] {
  return [
    ...documentParts(api).integrations,
    ...plane.partsOf(api.physicalId, "Integration").map(integrationShape),
  ];
}

function requireIntegration(
  plane: HttpApiPlane,
  apiId: string | undefined,
  id: string | undefined,
): ModelResource {
  return plane.requirePart(apiId, "Integration", id, (each) =>
    documentParts(plane.require(apiId)).integrations.some(({ IntegrationId: other }) => other === each),
  );
}

function integrationShape(integration: ModelResource): Integration {
  const { properties, physicalId } = integration;
  const type = textOf(integration, "IntegrationType");
  const { ApiId: _, ...own } = properties;
  return defined({
    ...(own as object),
    IntegrationId: physicalId,
    ConnectionType: textOf(integration, "ConnectionType") ?? "INTERNET",
    IntegrationMethod:
      textOf(integration, "IntegrationMethod") ?? (type === "AWS_PROXY" ? "POST" : undefined),
    PayloadFormatVersion: textOf(integration, "PayloadFormatVersion") ?? "1.0",
    TimeoutInMillis: Number(textOf(integration, "TimeoutInMillis") ?? 30_000),
  }) as Integration;
}
