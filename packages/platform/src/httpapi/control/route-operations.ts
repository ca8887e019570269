import type * as client from "@aws-sdk/client-apigatewayv2";
import type { Route } from "@aws-sdk/client-apigatewayv2";
import { defined } from "../../apigateway/control/api-plane.ts";
import { conflict, notFound } from "../../apigateway/control/refusals.ts";
import type { ModelResource } from "../../stack/stack-model.ts";
import type { OperationsOf } from "../../wire/service-api.ts";
import { documentParts } from "./document-parts.ts";
import { given, type HttpApiPlane, pageOf, textOf } from "./http-api-plane.ts";

/** Routes of APIs. */
export function routeOperations(plane: HttpApiPlane) {
  return {
    GetRoutes: ({ ApiId, ...page }) => pageOf(routesOf(plane, plane.require(ApiId)), page),
    GetRoute: ({ ApiId, RouteId }) => {
      const found = routesOf(plane, plane.require(ApiId)).find((route) => route.RouteId === RouteId);
      if (found === undefined)
        throw notFound(`Unable to find Route by ID ${RouteId} within the API ${ApiId}`);
      return found;
    },
    CreateRoute: (input) => {
      const { ApiId: apiId = "", RouteKey: key } = input;
      checkFree(plane, plane.require(apiId), key, undefined);
      return routeShape(plane.create(apiId, "Route", given(input, "ApiId")));
    },
    UpdateRoute: (input) => {
      const { ApiId: apiId = "", RouteId: id } = input;
      const route = requireRoute(plane, apiId, id);
      checkFree(plane, plane.require(apiId), input.RouteKey, id);
      const changes = given(input, "ApiId", "RouteId");
      if (route.deployment !== "") return routeShape(plane.change(route, changes));
      // It may refer to what was made after it, and is made again after that.
      const made = plane.create(
        apiId,
        "Route",
        { ...route.properties, ...changes },
        { route: route.physicalId },
      );
      plane.remove([route]);
      return routeShape(made);
    },
    DeleteRoute: ({ ApiId, RouteId }) => {
      plane.remove([requireRoute(plane, ApiId, RouteId)]);
      return {};
    },
  } satisfies OperationsOf<typeof client>;
}

/** All routes of an API. */
export function routesOf(plane: HttpApiPlane, api: ModelResource): Route[] {
  return [...documentParts(api).routes, ...plane.partsOf(api.physicalId, "Route").map(routeShape)];
}

function requireRoute(plane: HttpApiPlane, apiId: string | undefined, id: string | undefined): ModelResource {
  return plane.requirePart(apiId, "Route", id, (each) =>
    documentParts(plane.require(apiId)).routes.some((route) => route.RouteId === each),
  );
}

function checkFree(
  plane: HttpApiPlane,
  api: ModelResource,
  key: string | undefined,
  own: string | undefined,
): void {
  if (routesOf(plane, api).some((route) => route.RouteKey === key && route.RouteId !== own)) {
    throw conflict(`Route with key ${key} already exists for this API`);
  }
}

function routeShape(route: ModelResource): Route {
  const scopes = route.properties["AuthorizationScopes"];
  return defined({
    RouteId: route.physicalId,
    RouteKey: textOf(route, "RouteKey"),
    ApiKeyRequired: textOf(route, "ApiKeyRequired") === "true",
    AuthorizationType: (textOf(route, "AuthorizationType") ?? "NONE") as Route["AuthorizationType"] & string,
    AuthorizerId: textOf(route, "AuthorizerId"),
    AuthorizationScopes: Array.isArray(scopes) && scopes.length > 0 ? scopes.map(String) : undefined,
    OperationName: textOf(route, "OperationName"),
    Target: textOf(route, "Target"),
  });
}
