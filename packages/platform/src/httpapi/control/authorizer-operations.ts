import type * as client from "@aws-sdk/client-apigatewayv2";
import type { Authorizer } from "@aws-sdk/client-apigatewayv2";
import { defined } from "../../apigateway/control/api-plane.ts";
import { conflict, notFound } from "../../apigateway/control/refusals.ts";
import type { ModelResource } from "../../stack/stack-model.ts";
import type { OperationsOf } from "../../wire/service-api.ts";
import { documentParts } from "./document-parts.ts";
import { given, type HttpApiPlane, pageOf, textOf } from "./http-api-plane.ts";

/** Authorizers of APIs. */
export function authorizerOperations(plane: HttpApiPlane) {
  return {
    GetAuthorizers: ({ ApiId, ...page }) => pageOf(authorizersOf(plane, plane.require(ApiId)), page),
    GetAuthorizer: ({ ApiId, AuthorizerId }) => {
      const all = authorizersOf(plane, plane.require(ApiId));
      const found = all.find((authorizer) => authorizer.AuthorizerId === AuthorizerId);
      if (found !== undefined) return found;
      throw notFound(`Unable to find Authorizer by ID ${AuthorizerId} within the API ${ApiId}`);
    },
    CreateAuthorizer: (input) =>
      authorizerShape(plane.create(input.ApiId ?? "", "Authorizer", given(input, "ApiId"))),
    UpdateAuthorizer: (input) => {
      const authorizer = requireAuthorizer(plane, input.ApiId, input.AuthorizerId);
      return authorizerShape(plane.change(authorizer, given(input, "ApiId", "AuthorizerId")));
    },
    DeleteAuthorizer: ({ ApiId, AuthorizerId }) => {
      const authorizer = requireAuthorizer(plane, ApiId, AuthorizerId);
      const user = plane
        .partsOf(ApiId, "Route")
        .find(({ properties }) => properties["AuthorizerId"] === AuthorizerId);
      if (user !== undefined) {
        throw conflict(`Cannot delete authorizer '${AuthorizerId}' because it is referenced by a Route`);
      }
      plane.remove([authorizer]);
      return {};
    },
  } satisfies OperationsOf<typeof client>;
}

function authorizersOf(plane: HttpApiPlane, api: ModelResource): Authorizer[] {
  return [
    ...documentParts(api).authorizers,
    ...plane.partsOf(api.physicalId, "Authorizer").map(authorizerShape),
  ];
}

function requireAuthorizer(
  plane: HttpApiPlane,
  apiId: string | undefined,
  id: string | undefined,
): ModelResource {
  return plane.requirePart(apiId, "Authorizer", id, (each) =>
    documentParts(plane.require(apiId)).authorizers.some(({ AuthorizerId: other }) => other === each),
  );
}

function authorizerShape(authorizer: ModelResource): Authorizer {
  const { ApiId: _, ...own } = authorizer.properties;
  return defined({
    ...(own as object),
    AuthorizerId: authorizer.physicalId,
    Name: textOf(authorizer, "Name") ?? authorizer.logicalId,
  }) as Authorizer;
}
