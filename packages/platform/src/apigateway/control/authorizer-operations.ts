import type * as client from "@aws-sdk/client-api-gateway";
import type { Authorizer, AuthorizerType } from "@aws-sdk/client-api-gateway";
import { record } from "../../json-value.ts";
import type { OperationsOf } from "../../wire/service-api.ts";
import { readAuthorizer } from "../definition/authorizer.ts";
import { RestApiError } from "../definition/rest-api-error.ts";
import { type ApiPlane, type ApiView, defined, type Json, within } from "./api-plane.ts";
import { authorizerId } from "./method-shape.ts";
import { checkByHand } from "./model-operations.ts";
import { pageOf } from "./paging.ts";
import { patched, readChanges } from "./patch.ts";
import { badRequest, conflict, notFound } from "./refusals.ts";

const authorizerKey = "x-amazon-apigateway-authorizer";

/** Authorizers of APIs. */
export function authorizerOperations(plane: ApiPlane) {
  return {
    GetAuthorizers: ({ restApiId, ...page }) => {
      const view = plane.require(restApiId);
      const shapes = Object.entries(schemesOf(view)).map(([name, scheme]) =>
        authorizerShape(plane, view, name, record(scheme)),
      );
      return pageOf(shapes, page);
    },
    GetAuthorizer: (input) => {
      const { view, name, scheme } = requireScheme(plane, input);
      return authorizerShape(plane, view, name, scheme);
    },
    CreateAuthorizer: ({ restApiId, ...authorizer }) => {
      const view = plane.require(restApiId);
      const { name = "" } = authorizer;
      if (name === "") throw badRequest("Authorizer name cannot be empty");
      if (Object.hasOwn(schemesOf(view), name)) {
        throw conflict("Authorizer name must be unique. Authorizer already exists in this RestApi.");
      }
      return put(plane, view, name, authorizer);
    },
    UpdateAuthorizer: (input) => {
      const { view, name, scheme } = requireScheme(plane, input);
      checkByHand(view, view.api.parts.authorizers.has(name), `The authorizer ${name}`);
      const before = authorizerShape(plane, view, name, scheme);
      const after = patched(before, readChanges(input.patchOperations), {
        name: "text",
        authorizerUri: "text",
        authorizerCredentials: "text",
        identitySource: "text",
        identityValidationExpression: "text",
        authorizerResultTtlInSeconds: "number",
        providerARNs: "list",
        authType: "text",
      });
      if (after.name !== name) {
        throw badRequest(
          "Authorizers of documents are not renamed by this platform: methods refer to them by name. Create another one.",
        );
      }
      return put(plane, view, name, after);
    },
    DeleteAuthorizer: (input) => {
      const { view, name } = requireScheme(plane, input);
      checkByHand(view, view.api.parts.authorizers.has(name), `The authorizer ${name}`);
      if (JSON.stringify(view.document["paths"] ?? {}).includes(`{${JSON.stringify(name)}:`)) {
        throw conflict(`Cannot delete authorizer '${name}', is referenced in method`);
      }
      plane.edit(view, (document) => {
        delete schemesWithin(document)[name];
      });
      return {};
    },
  } satisfies OperationsOf<typeof client>;
}

/** Security schemes of an API that are authorizers, by name. */
export function schemesOf({ document }: ApiView): Json {
  const all = record(document["securityDefinitions"] ?? record(document["components"])["securitySchemes"]);
  return Object.fromEntries(Object.entries(all).filter(([, scheme]) => authorizerKey in record(scheme)));
}

function requireScheme(
  plane: ApiPlane,
  input: { readonly restApiId?: string | undefined; readonly authorizerId?: string | undefined },
): { view: ApiView; name: string; scheme: Json } {
  const view = plane.require(input.restApiId);
  const found = Object.entries(schemesOf(view)).find(
    ([name]) => authorizerId(view, name) === input.authorizerId,
  );
  if (found === undefined) throw notFound("Invalid Authorizer identifier specified");
  return { view, name: found[0], scheme: record(found[1]) };
}

function schemesWithin(document: Json): Json {
  return document["swagger"] === undefined
    ? within(document, "components", "securitySchemes")
    : within(document, "securityDefinitions");
}

function put(plane: ApiPlane, view: ApiView, name: string, authorizer: Authorizer): Authorizer {
  const { type, identitySource } = authorizer;
  const header = /^method\.request\.header\.(.+)$/.exec(identitySource ?? "")?.[1] ?? "Authorization";
  if (type === "TOKEN" && identitySource === undefined) {
    throw badRequest(
      "Invalid mapping expression specified: identitySource is missing for an authorizer of type TOKEN",
    );
  }
  const scheme = {
    type: "apiKey",
    name: type === "REQUEST" ? "Unused" : header,
    in: "header",
    "x-amazon-apigateway-authtype":
      authorizer.authType ?? (type === "COGNITO_USER_POOLS" ? "cognito_user_pools" : "custom"),
    [authorizerKey]: defined({
      type: type?.toLowerCase(),
      authorizerUri: authorizer.authorizerUri,
      authorizerCredentials: authorizer.authorizerCredentials,
      authorizerResultTtlInSeconds: authorizer.authorizerResultTtlInSeconds,
      identitySource,
      identityValidationExpression: authorizer.identityValidationExpression,
      providerARNs: authorizer.providerARNs,
    }),
  };
  try {
    readAuthorizer(name, scheme);
  } catch (error) {
    if (!(error instanceof RestApiError)) throw error;
    throw badRequest(error.message);
  }
  const after = plane.edit(view, (document) => {
    schemesWithin(document)[name] = scheme;
  });
  return authorizerShape(plane, after, name, scheme);
}

/** @see https://docs.aws.amazon.com/apigateway/latest/api/API_Authorizer.html */
function authorizerShape(plane: ApiPlane, view: ApiView, name: string, scheme: Json): Authorizer {
  const settings = record(scheme[authorizerKey]);
  const type = String(settings["type"]).toUpperCase() as AuthorizerType;
  const id = authorizerId(view, name);
  const made = plane.partsOf(view.id, "Authorizer").find(({ physicalId }) => physicalId === id);
  const given = made?.properties["Name"];
  const text = (key: string) => (typeof settings[key] === "string" ? String(settings[key]) : undefined);
  const ttl = settings["authorizerResultTtlInSeconds"];
  const header =
    type === "REQUEST" ? undefined : `method.request.header.${String(scheme["name"] ?? "Authorization")}`;
  return defined({
    id,
    name: typeof given === "string" ? given : name,
    type,
    providerARNs: Array.isArray(settings["providerARNs"]) ? settings["providerARNs"].map(String) : undefined,
    authType: String(scheme["x-amazon-apigateway-authtype"] ?? "custom"),
    authorizerUri: text("authorizerUri"),
    authorizerCredentials: text("authorizerCredentials"),
    identitySource: text("identitySource") ?? header,
    identityValidationExpression: text("identityValidationExpression"),
    authorizerResultTtlInSeconds: ttl === undefined ? undefined : Number(ttl),
  });
}
