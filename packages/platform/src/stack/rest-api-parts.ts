import { type Authorizer, readAuthorizer } from "../apigateway/definition/authorizer.ts";
import { type RestApi, readRestApi } from "../apigateway/definition/rest-api.ts";
import type {
  GatewayResponseShape,
  GatewayResponseShapes,
} from "../apigateway/gateway-response/customisation.ts";
import type { PolicyDocument } from "../iam/policy.ts";
import { record } from "../json-value.ts";
import type { RestApiResource } from "./stack-model.ts";

type Json = Readonly<Record<string, unknown>>;

/** What a REST API has besides its methods. */
export interface RestApiSettings {
  /** By which its metrics are found. */
  readonly name: string;
  readonly binaryMediaTypes: readonly string[];
  /** In the place of that of the body. */
  readonly policy: PolicyDocument | undefined;
  readonly apiKeySource: RestApi["apiKeySource"] | undefined;
  readonly endpointType: RestApi["endpointType"] | undefined;
}

/** A path, as a resource of its own. */
export interface PathPart {
  readonly id: string;
  readonly path: string;
}

/** A method, as a resource of its own, in OpenAPI's words. */
export interface MethodPart {
  readonly path: string;
  /** As in a document: `get`, or `x-amazon-apigateway-any-method`. */
  readonly key: string;
  readonly operation: Json;
}

/** An authorizer, as a resource of its own. */
export interface AuthorizerPart {
  /** The same in OpenAPI's words. */
  readonly scheme: Json;
  readonly authorizer: Authorizer;
}

/** What a REST API is made of: a document, if it has one, and what resources of the template add to it. */
export interface RestApiParts {
  readonly body: Json | undefined;
  readonly settings: RestApiSettings;
  /** The root's first. */
  readonly paths: readonly PathPart[];
  readonly methods: readonly MethodPart[];
  /** Schemas by name. */
  readonly models: ReadonlyMap<string, unknown>;
  /** By id, in OpenAPI's words. */
  readonly validators: ReadonlyMap<string, Json>;
  /** By id. */
  readonly authorizers: ReadonlyMap<string, AuthorizerPart>;
  readonly gatewayResponses: ReadonlyMap<keyof MapOf<GatewayResponseShapes>, GatewayResponseShape>;
}

type MapOf<M> = M extends ReadonlyMap<infer Key extends string, infer Shape> ? Record<Key, Shape> : never;

/** The models that API Gateway gives an API. */
export const ownModels: Json = {
  Empty: {},
  Error: { type: "object", properties: { message: { type: "string" } } },
};

/** Whether API Gateway makes a model of that name itself. */
export function isOwnModel(name: string): boolean {
  return Object.hasOwn(ownModels, name);
}

/** The name of the scheme by which methods ask for an API key. */
export const apiKeyScheme = "api_key";

/**
 * A REST API of parts. It is put together when it is first asked for: each part was looked at by itself before.
 * @throws {RestApiError} from `api`, if there is a mistake in the document.
 */
export function restApiResource(id: string, logicalId: string, parts: RestApiParts): RestApiResource {
  let api: RestApi | undefined;
  return {
    id,
    logicalId,
    name: parts.settings.name,
    parts,
    get api() {
      api ??= assembledApi(parts);
      return api;
    },
  };
}

/** @throws {RestApiError} if API Gateway refuses it. */
function assembledApi(parts: RestApiParts): RestApi {
  const { settings } = parts;
  const read = readRestApi(documentOf(parts), {
    isImported: parts.body !== undefined,
    authorizers: new Map([...parts.authorizers].map(([id, { authorizer }]) => [id, authorizer])),
  });
  const ids = new Map(parts.paths.map(({ path, id }) => [path, id]));
  return {
    ...read,
    resources: read.resources.map((resource) => ({ ...resource, id: ids.get(resource.path) ?? resource.id })),
    policy: settings.policy ?? read.policy,
    endpointType: settings.endpointType ?? read.endpointType,
    apiKeySource: settings.apiKeySource ?? read.apiKeySource,
    binaryMediaTypes: [...read.binaryMediaTypes, ...settings.binaryMediaTypes],
    gatewayResponses: new Map([...read.gatewayResponses, ...parts.gatewayResponses]),
  };
}

/** A method by itself, with what it refers to. @throws {RestApiError} if API Gateway refuses it. */
export function methodAlone(parts: RestApiParts, method: MethodPart): RestApi {
  const { paths: _paths, ...body } = parts.body ?? {};
  return assembledApi({ ...parts, body: parts.body && body, methods: [method] });
}

/** The API that a deployment keeps. @param snapshot - the parts in JSON: each map as the list of its entries. */
export function snapshotApi(snapshot: Json): RestApi {
  const map = (name: string) => new Map(snapshot[name] as [string, never][]);
  const [models, validators] = [map("models"), map("validators")];
  const authorizers = new Map(
    [...(map("authorizers") as ReadonlyMap<string, AuthorizerPart>)].map(([id, { scheme, authorizer }]) => [
      id,
      { scheme, authorizer: { ...readAuthorizer(authorizer.name, scheme), id } },
    ]),
  );
  const gatewayResponses = map("gatewayResponses") as never;
  return assembledApi({
    ...(snapshot as unknown as RestApiParts),
    models,
    validators,
    authorizers,
    gatewayResponses,
  });
}

/** The document that says the same as the parts. */
export function documentOf({ body, methods, models, validators, authorizers }: RestApiParts): Json {
  const paths: Record<string, Json> = Object.fromEntries(
    Object.entries(record(body?.["paths"])).map(([path, item]) => [path, record(item)]),
  );
  for (const { path, key, operation } of methods) paths[path] = { ...paths[path], [key]: operation };
  const schemas = Object.fromEntries(models);
  const validatorsKey = "x-amazon-apigateway-request-validators";
  const common = {
    ...body,
    paths,
    [validatorsKey]: { ...record(body?.[validatorsKey]), ...Object.fromEntries(validators) },
  };
  const ownSchemes = Object.fromEntries([...authorizers].map(([id, { scheme }]) => [id, scheme]));
  const schemes = { [apiKeyScheme]: { type: "apiKey" }, ...ownSchemes };
  if (body?.["swagger"] !== undefined) {
    return {
      ...common,
      definitions: { ...ownModels, ...record(body["definitions"]), ...schemas },
      securityDefinitions: { ...record(body["securityDefinitions"]), ...schemes },
    };
  }
  const components = record(body?.["components"]);
  return {
    ...common,
    components: {
      ...components,
      schemas: { ...ownModels, ...record(components["schemas"]), ...schemas },
      securitySchemes: { ...record(components["securitySchemes"]), ...schemes },
    },
  };
}
