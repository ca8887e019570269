import { get, isGiven, isMap, type Value, type ValueMap } from "../../value.ts";
import { authorizerConfigs } from "../authorizer-configs.ts";
import { generateAuthorizerPermissions } from "../authorizer-permissions.ts";
import { invalidResource } from "../errors.ts";
import type { GeneratedResource } from "../generated-resource.ts";
import { isNoValue } from "../intrinsic-forms.ts";
import {
  addHttpSecuritySchemes,
  isHttpBody,
  openHttpBody,
  setHttpDefaultAuthorizer,
} from "../openapi/http-body.ts";
import { expectString } from "../property-schema.ts";
import { type HttpAuthorizer, httpAuthorizer, httpIamAuthorizer } from "./authorizer.ts";
import type { HttpApiSource } from "./http-api.ts";

const authKeys = ["Authorizers", "DefaultAuthorizer", "EnableIamAuthorizer"];

/** Puts an HTTP API's `Auth` into its body. Unlike with REST APIs, a default authorizer must always be defined. */
export function addHttpAuth(api: HttpApiSource, body: ValueMap | undefined): ValueMap | undefined {
  const auth = get(api.properties, "Auth");
  if (!isMap(auth) || !isGiven(auth)) return body;
  if (body === undefined) {
    throw invalidResource(
      api.logicalId,
      "Auth works only with inline OpenApi specified in the 'DefinitionBody' property.",
    );
  }
  if (!Object.keys(auth).every((key) => authKeys.includes(key))) {
    throw invalidResource(api.logicalId, "Invalid value for 'Auth' property");
  }
  if (!isHttpBody(body)) {
    throw invalidResource(
      api.logicalId,
      "Unable to add Auth configuration because 'DefinitionBody' does not contain a valid OpenApi definition.",
    );
  }
  const opened = openHttpBody(body);
  const authorizers = readAuthorizers(api, auth);
  addHttpSecuritySchemes(opened, new Map(authorizers.map(({ name, scheme }) => [name, scheme()])));
  const byDefault = get(auth, "DefaultAuthorizer");
  if (isGiven(byDefault) && !isNoValue(byDefault)) {
    const chosen = defaultAuthorizer(api, byDefault, authorizers);
    for (const path of Object.keys(opened.paths))
      setHttpDefaultAuthorizer(opened, path, chosen.name, chosen.scopes);
  }
  return opened.document;
}

/** The permissions for API Gateway to call the functions of the Lambda authorizers that ask for one. */
export function httpAuthorizerPermissions(api: HttpApiSource): GeneratedResource[] {
  const auth = get(api.properties, "Auth");
  if (!isMap(auth) || !isGiven(auth)) return [];
  return generateAuthorizerPermissions(api, `\${AWS::Partition}`, readAuthorizers(api, auth));
}

function readAuthorizers(api: HttpApiSource, auth: ValueMap): HttpAuthorizer[] {
  const authorizers = get(auth, "EnableIamAuthorizer") === true ? [httpIamAuthorizer()] : [];
  for (const [name, config] of authorizerConfigs(api.logicalId, auth))
    authorizers.push(httpAuthorizer(api.logicalId, name, config, api.context.partition));
  return authorizers;
}

function defaultAuthorizer(
  api: HttpApiSource,
  name: Value,
  authorizers: readonly HttpAuthorizer[],
): HttpAuthorizer {
  const wanted = expectString(name, { id: api.logicalId }, "Auth.DefaultAuthorizer");
  const chosen = authorizers.find((authorizer) => authorizer.name === wanted);
  if (chosen !== undefined) return chosen;
  throw invalidResource(
    api.logicalId,
    `Unable to set DefaultAuthorizer because '${wanted}' was not defined in 'Authorizers'.`,
  );
}
