import { readAuthorizer } from "../../apigateway/definition/authorizer.ts";
import { pathPartProblem } from "../../apigateway/definition/path-part.ts";
import { RestApiError } from "../../apigateway/definition/rest-api-error.ts";
import { BodyModels } from "../../apigateway/request-validation/body-models.ts";
import type { ValueMap } from "../../cloudformation/index.ts";
import { record } from "../../json-value.ts";
import {
  type CreatedResource,
  type CreationContext,
  optionalText,
  ResourceError,
  requiredText,
} from "../resource-type.ts";
import {
  apiKeyScheme,
  isOwnModel,
  type MethodPart,
  methodAlone,
  type RestApiParts,
  restApiResource,
} from "../rest-api-parts.ts";
import type { RestApiResource } from "../stack-model.ts";
import { restApiWarnings } from "./apigateway.ts";

/** `AWS::ApiGateway::Resource`: a path. */
export function createApiResource(context: CreationContext): CreatedResource {
  const api = apiOf(context);
  const parentId = requiredText(context, "ParentId");
  const part = requiredText(context, "PathPart");
  const parent = api.parts.paths.find(({ id }) => id === parentId);
  if (parent === undefined) {
    throw new ResourceError(`ParentId is ${parentId}, which is no resource of the API.`);
  }
  const under = parent.path === "/" ? "/" : `${parent.path}/`;
  const siblings = api.parts.paths
    .filter((other) => other.path.startsWith(under))
    .map((other) => other.path.slice(under.length))
    .filter((rest) => rest !== "" && !rest.includes("/"));
  const problem = pathPartProblem(part, parent.path.split("/").at(-1), siblings);
  if (problem !== undefined) {
    const advice = part.includes("/") ? " Give each step of a path a resource of its own." : "";
    throw new ResourceError(`PathPart is ${part}. ${problem}${advice}`);
  }
  const path = `${under}${part}`;
  if (api.parts.paths.some((other) => other.path === path)) {
    throw new ResourceError(`PathPart is ${part}, and the API has ${path} already.`);
  }
  const id = context.id("api-resource", 6);
  change(context, api, { paths: [...api.parts.paths, { id, path }] });
  return { ref: id, attributes: { ResourceId: id } };
}

/** `AWS::ApiGateway::Method`. */
export function createMethod(context: CreationContext): CreatedResource {
  const api = apiOf(context);
  const resourceId = requiredText(context, "ResourceId");
  const place = api.parts.paths.find(({ id }) => id === resourceId);
  if (place === undefined)
    throw new ResourceError(`ResourceId is ${resourceId}, which is no resource of the API.`);
  const method = requiredText(context, "HttpMethod").toUpperCase();
  if (!/^(?:ANY|DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT)$/.test(method)) {
    throw new ResourceError(
      `HttpMethod is ${method}; API Gateway takes ANY, DELETE, GET, HEAD, OPTIONS, PATCH, POST and PUT.`,
    );
  }
  const part: MethodPart = {
    path: place.path,
    key: method === "ANY" ? "x-amazon-apigateway-any-method" : method.toLowerCase(),
    operation: operationOf(context, api.parts),
  };
  if (api.parts.methods.some(({ path, key }) => path === part.path && key === part.key)) {
    throw new ResourceError(`HttpMethod is ${method}, and ${part.path} has that method already.`);
  }
  let warnings: CreatedResource["warnings"] = [];
  try {
    warnings = restApiWarnings(methodAlone(api.parts, part));
  } catch (error) {
    if (!(error instanceof RestApiError)) throw error;
    throw new ResourceError(`Integration is refused for ${method} ${part.path}: ${error.message}`);
  }
  change(context, api, { methods: [...api.parts.methods, part] });
  return { ref: context.id("api-method", 10), attributes: {}, warnings };
}

/** `AWS::ApiGateway::Model`. */
export function createModel(context: CreationContext): CreatedResource {
  const api = apiOf(context);
  const name = optionalText(context.properties, "Name") ?? context.id("api-model", 8);
  if (!/^[a-zA-Z0-9]+$/.test(name)) {
    throw new ResourceError(`Name is ${name}; API Gateway takes letters and digits in the name of a model.`);
  }
  const { Schema: written } = context.properties;
  const schema = ownReferences(typeof written === "string" ? parsed(written) : (written ?? {}), name);
  const models = new Map(api.parts.models).set(name, schema);
  try {
    new BodyModels(Object.fromEntries(models), "Schema").compile(schema, "Schema");
  } catch (error) {
    if (!(error instanceof RestApiError)) throw error;
    throw new ResourceError(`Schema is refused: ${error.message}`);
  }
  change(context, api, { models });
  return { ref: name, attributes: {} };
}

/** `AWS::ApiGateway::RequestValidator`. */
export function createRequestValidator(context: CreationContext): CreatedResource {
  const api = apiOf(context);
  const id = context.id("request-validator", 6);
  const { ValidateRequestBody, ValidateRequestParameters } = context.properties;
  const validator = {
    validateRequestBody: ValidateRequestBody ?? false,
    validateRequestParameters: ValidateRequestParameters ?? false,
  };
  change(context, api, { validators: new Map(api.parts.validators).set(id, validator) });
  return { ref: id, attributes: { RequestValidatorId: id } };
}

/** `AWS::ApiGateway::Authorizer`. */
export function createAuthorizer(context: CreationContext): CreatedResource {
  const api = apiOf(context);
  const id = context.id("authorizer", 6);
  const { properties } = context;
  const scheme = {
    type: "apiKey",
    name: "Authorization",
    "x-amazon-apigateway-authtype": optionalText(properties, "AuthType") ?? "custom",
    "x-amazon-apigateway-authorizer": {
      type: requiredText(context, "Type").toLowerCase(),
      ...given(properties, {
        AuthorizerUri: "authorizerUri",
        AuthorizerCredentials: "authorizerCredentials",
        AuthorizerResultTtlInSeconds: "authorizerResultTtlInSeconds",
        IdentitySource: "identitySource",
        IdentityValidationExpression: "identityValidationExpression",
        ProviderARNs: "providerARNs",
      }),
    },
  };
  try {
    const authorizer = { ...readAuthorizer(optionalText(properties, "Name") ?? id, scheme), id };
    change(context, api, { authorizers: new Map(api.parts.authorizers).set(id, { scheme, authorizer }) });
  } catch (error) {
    if (!(error instanceof RestApiError)) throw error;
    throw new ResourceError(`The authorizer is refused: ${error.message}`);
  }
  return { ref: id, attributes: { AuthorizerId: id } };
}

/** The API that a resource is a part of. @throws {ResourceError} if there is none. */
export function apiOf(context: CreationContext): RestApiResource {
  const id = requiredText(context, "RestApiId");
  const api = context.model.apis.get(id);
  if (api === undefined) throw new ResourceError(`RestApiId is ${id}, which is no REST API here.`);
  return api;
}

/** Lets an API have another part. */
export function change(
  { model }: CreationContext,
  { id, logicalId, parts }: RestApiResource,
  changed: Partial<RestApiParts>,
): void {
  model.apis.set(id, restApiResource(id, logicalId, { ...parts, ...changed }));
}

/** A method in the words of an OpenAPI document. */
function operationOf(context: CreationContext, parts: RestApiParts): Record<string, unknown> {
  const { properties } = context;
  const validator = optionalText(properties, "RequestValidatorId");
  if (validator !== undefined && !parts.validators.has(validator)) {
    throw new ResourceError(
      `RequestValidatorId is ${validator}, for which API Gateway answers \`Invalid Request Validator identifier specified\`.`,
    );
  }
  const models = Object.entries(record(properties["RequestModels"]));
  const unknown = models.find(([, name]) => !parts.models.has(String(name)) && !isOwnModel(String(name)));
  if (unknown !== undefined) {
    throw new ResourceError(
      `RequestModels is with ${String(unknown[1])}, for which API Gateway answers \`Invalid model identifier specified: ${String(unknown[1])}\`. Write !Ref of an AWS::ApiGateway::Model, so that it is made before.`,
    );
  }
  return {
    ...authorizationOf(context, parts),
    operationId: optionalText(properties, "OperationName"),
    parameters: Object.entries(record(properties["RequestParameters"])).map(([name, isRequired]) =>
      parameterOf(name, isRequired),
    ),
    ...(models.length === 0
      ? {}
      : {
          requestBody: { content: contentOf(models) },
        }),
    responses: responsesOf(properties["MethodResponses"]),
    ...(validator === undefined ? {} : { "x-amazon-apigateway-request-validator": validator }),
    "x-amazon-apigateway-integration": integrationOf(record(properties["Integration"]) as ValueMap),
  };
}

function parameterOf(name: string, isRequired: unknown): Record<string, unknown> {
  const [, location, rest] = /^method\.request\.(header|path|querystring)\.(.+)$/.exec(name) ?? [];
  if (location === undefined) {
    throw new ResourceError(
      `RequestParameters is with ${name}, which is no parameter of a method. Write method.request.header.…, method.request.path.… or method.request.querystring.…`,
    );
  }
  const required = typeof isRequired === "object" ? record(isRequired)["Required"] : isRequired;
  return { in: location === "querystring" ? "query" : location, name: rest, required };
}

function authorizationOf(context: CreationContext, parts: RestApiParts): Record<string, unknown> {
  const { properties } = context;
  const type = (optionalText(properties, "AuthorizationType") ?? "NONE").toUpperCase();
  const key = String(properties["ApiKeyRequired"]) === "true" ? [{ [apiKeyScheme]: [] }] : [];
  if (type === "NONE" || type === "AWS_IAM") return { "x-amazon-apigateway-auth": { type }, security: key };
  if (type !== "CUSTOM" && type !== "COGNITO_USER_POOLS") {
    throw new ResourceError(
      `AuthorizationType is ${type}; API Gateway takes NONE, AWS_IAM, CUSTOM and COGNITO_USER_POOLS.`,
    );
  }
  const id = optionalText(properties, "AuthorizerId");
  if (id === undefined || !parts.authorizers.has(id)) {
    throw new ResourceError(
      `AuthorizerId is ${id ?? "missing"}, for which API Gateway answers \`Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer.\``,
    );
  }
  const scopes = properties["AuthorizationScopes"];
  return { security: [...key, { [id]: Array.isArray(scopes) ? scopes : [] }] };
}

function headersOf(parameters: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, required]) => [
      name.replace(/^method\.response\.header\./, ""),
      { required: String(required) === "true", schema: { type: "string" } },
    ]),
  );
}

function contentOf(models: readonly (readonly [type: string, name: unknown])[]): Record<string, unknown> {
  return Object.fromEntries(
    models.map(([type, name]) => [type, { schema: { $ref: `#/components/schemas/${String(name)}` } }]),
  );
}

function responsesOf(responses: ValueMap[string] | undefined): Record<string, unknown> {
  const list = Array.isArray(responses) ? responses.map((response) => record(response)) : [];
  return Object.fromEntries(
    list.map(({ StatusCode: code, ResponseParameters: parameters, ResponseModels: models }) => [
      String(code),
      {
        description: "",
        ...(parameters === undefined ? {} : { headers: headersOf(record(parameters)) }),
        ...(models === undefined ? {} : { content: contentOf(Object.entries(record(models))) }),
      },
    ]),
  );
}

function integrationOf(integration: ValueMap): Record<string, unknown> {
  const responses = integration["IntegrationResponses"];
  return {
    ...given(integration, {
      CacheKeyParameters: "cacheKeyParameters",
      ConnectionId: "connectionId",
      ConnectionType: "connectionType",
      ContentHandling: "contentHandling",
      Credentials: "credentials",
      IntegrationHttpMethod: "httpMethod",
      PassthroughBehavior: "passthroughBehavior",
      RequestParameters: "requestParameters",
      RequestTemplates: "requestTemplates",
      ResponseTransferMode: "responseTransferMode",
      TimeoutInMillis: "timeoutInMillis",
      Type: "type",
      Uri: "uri",
    }),
    responses: Object.fromEntries(
      (Array.isArray(responses) ? responses : []).map((response) => [
        String(record(response)["SelectionPattern"] || "default"),
        given(record(response) as ValueMap, {
          ContentHandling: "contentHandling",
          ResponseParameters: "responseParameters",
          ResponseTemplates: "responseTemplates",
          StatusCode: "statusCode",
        }),
      ]),
    ),
  };
}

/** What is there of some properties, under the names that documents have for them. */
function given(properties: ValueMap, names: Readonly<Record<string, string>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(names).flatMap(([name, other]) => {
      const value = properties[name];
      return value === undefined || value === null ? [] : [[other, value]];
    }),
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ResourceError("Schema is text that is no JSON.");
  }
}

/** References within a model are to its own definitions, not to those of the document. */
function ownReferences(value: unknown, name: string): unknown {
  if (Array.isArray(value)) return value.map((each) => ownReferences(each, name));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === "$ref" && typeof inner === "string" && inner.startsWith("#")
        ? `#/components/schemas/${name}${inner.slice(1)}`
        : ownReferences(inner, name),
    ]),
  );
}
