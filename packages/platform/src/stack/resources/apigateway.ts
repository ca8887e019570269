import { unmappedPathParameters } from "../../apigateway/definition/read-http-proxy.ts";
import type { EndpointType, RestApi } from "../../apigateway/definition/rest-api.ts";
import { RestApiError } from "../../apigateway/definition/rest-api-error.ts";
import { takesBytes } from "../../apigateway/integration/mock-integration.ts";
import type { ValueMap } from "../../cloudformation/index.ts";
import type { PolicyDocument } from "../../iam/policy.ts";
import { findPolicyProblem } from "../../iam/policy-problem.ts";
import { record } from "../../json-value.ts";
import {
  type CreatedResource,
  type CreationContext,
  NotServedError,
  optionalText,
  ResourceError,
} from "../resource-type.ts";
import { restApiResource } from "../rest-api-parts.ts";

/** `AWS::ApiGateway::RestApi`: with a body, or bare, for resources to add to. */
export function createRestApi(context: CreationContext): CreatedResource {
  const { properties, node } = context;
  const body = bodyOf(context);
  const id = context.id("rest-api", 10);
  const rootId = context.id("root-resource", 10);
  const types = properties["BinaryMediaTypes"];
  const api = restApiResource(id, node.origin, {
    body,
    settings: {
      name: nameOf(context, body),
      binaryMediaTypes: Array.isArray(types) ? types.map((type) => String(type).replaceAll("~1", "/")) : [],
      policy: readPolicy(properties["Policy"] ?? body?.["x-amazon-apigateway-policy"]),
      endpointType: endpointTypeOf(properties),
      apiKeySource: properties["ApiKeySourceType"] === "AUTHORIZER" ? "AUTHORIZER" : undefined,
    },
    paths: [{ id: rootId, path: "/" }],
    methods: [],
    models: new Map(),
    validators: new Map(),
    authorizers: new Map(),
    gatewayResponses: new Map(),
  });
  let warnings: CreatedResource["warnings"] = [];
  try {
    warnings = restApiWarnings(api.api);
  } catch (error) {
    if (!(error instanceof RestApiError)) throw error;
    throw new ResourceError(`${error.place}: ${error.message}`);
  }
  if (isEndpointDisabled(body)) {
    const message = `DisableExecuteApiEndpoint of ${node.origin} has no effect on this platform: the API answers at its own address, since there are no custom domains. On AWS that address answers 403.`;
    warnings = [
      ...warnings,
      { properties: ["DisableExecuteApiEndpoint", "DefinitionBody", "Body"], message },
    ];
  }
  context.model.apis.set(id, api);
  return { ref: id, attributes: { RestApiId: id, RootResourceId: rootId }, warnings };
}

/** The document that an API is made from, if there is one. */
function bodyOf({ properties, content }: CreationContext): ValueMap | undefined {
  const body = properties["Body"] ?? content?.body;
  if (typeof body === "object" && body !== null && !Array.isArray(body)) {
    if (body["openapi"] !== undefined || body["swagger"] !== undefined) return body;
    throw new ResourceError(
      "The API's body has neither openapi nor swagger, and API Gateway answers: Invalid OpenAPI input. Write `openapi: 3.0.1` into it.",
    );
  }
  if (properties["BodyS3Location"] === undefined) return undefined;
  throw new NotServedError(
    "A REST API whose body is in S3 is not served from a template that is run from its file. Name a file beside the template (DefinitionUri: ./api.yaml), or write the body into the template as Body (DefinitionBody for AWS::Serverless::Api).",
  );
}

/** Whether the body says that only custom domains lead to the API. */
function isEndpointDisabled(body: ValueMap | undefined): boolean {
  const key = "x-amazon-apigateway-endpoint-configuration";
  const servers = body?.["servers"];
  const holders = [body, ...(Array.isArray(servers) ? servers : [])];
  return holders.some(
    (holder) => String(record(record(holder)[key])["disableExecuteApiEndpoint"]) === "true",
  );
}

/** What a developer should know of an API that is served otherwise than on AWS, or fails there as well. */
export function restApiWarnings(api: RestApi): NonNullable<CreatedResource["warnings"]> {
  return [...unservedMethods(api), ...failingPreflights(api), ...unmappedUris(api)];
}

/** What AWS would serve and the platform answers with 501. */
function unservedMethods({ resources }: RestApi): NonNullable<CreatedResource["warnings"]> {
  return resources.flatMap(({ path, unserved }) =>
    [...unserved].map(([method, reason]) => ({
      properties: ["DefinitionBody", "Body", "Auth", "Cors", "Integration"],
      message: `${method} ${path}: ${reason} Here it answers 501.`,
    })),
  );
}

/** As the resource names it, or its body does. */
function nameOf({ properties, node }: CreationContext, body: ValueMap | undefined): string {
  const { title } = record(body?.["info"]);
  return optionalText(properties, "Name") ?? (typeof title === "string" ? title : node.logicalId);
}

/** HTTP integrations that fail here as on AWS, whatever is sent. */
function unmappedUris({ resources }: RestApi): NonNullable<CreatedResource["warnings"]> {
  return resources.flatMap(({ path, methods }) =>
    [...methods].flatMap(([method, { integration }]) => {
      if (integration.type !== "http_proxy") return [];
      return unmappedPathParameters(integration).map((name) => ({
        properties: ["DefinitionBody", "Body", "Integration"],
        message: `${method} ${path}: Nothing gives {${name}} of the integration's URI a value, so that every request is answered with 500, here as on AWS. Add integration.request.path.${name.replace(/\+$/, "")}: method.request.path.${name.replace(/\+$/, "")} to its requestParameters.`,
      }));
    }),
  );
}

/** Preflights that fail here as on AWS, whatever a browser sends. */
function failingPreflights({
  resources,
  binaryMediaTypes,
}: RestApi): NonNullable<CreatedResource["warnings"]> {
  return resources.flatMap(({ path, methods }) => {
    const method = methods.get("OPTIONS");
    if (method?.integration.type !== "mock") return [];
    const warnings = [];
    if (method.authorization === "AWS_IAM") {
      warnings.push({
        properties: ["Auth", "DefinitionBody", "Body"],
        message: `OPTIONS ${path}: A browser never signs its preflight, and AWS_IAM answers it with 403, here as on AWS. Write AddDefaultAuthorizerToCorsPreflight: false under Auth, or leave the method open in a body of your own.`,
      });
    }
    if (takesBytes(binaryMediaTypes) && !method.integration.convertsToText) {
      warnings.push({
        properties: ["BinaryMediaTypes", "DefinitionBody", "Body"],
        message: `OPTIONS ${path}: With the binary media type */* API Gateway answers it with 500, here as on AWS. Name the types that are binary instead, of which streamed answers need none, or write contentHandling: CONVERT_TO_TEXT in a body of your own.`,
      });
    }
    return warnings;
  });
}

/** Who may call the API. @throws {ResourceError} if the platform can't tell from it. */
function readPolicy(policy: unknown): PolicyDocument | undefined {
  if (typeof policy !== "object" || policy === null) return undefined;
  const document = policy as PolicyDocument;
  const problem = findPolicyProblem(document);
  if (problem === undefined) return document;
  throw new ResourceError(`The API's resource policy can't be used. ${problem}`);
}

/**
 * Edge-optimized unless the template says otherwise, as API Gateway makes them.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-endpoint-types.html
 */
function endpointTypeOf({ EndpointConfiguration, Parameters }: ValueMap): EndpointType {
  const types = record(EndpointConfiguration)["Types"];
  const type = Array.isArray(types) ? types[0] : record(Parameters)["endpointConfigurationTypes"];
  if (type === undefined || type === "EDGE" || type === "REGIONAL" || type === "PRIVATE")
    return type ?? "EDGE";
  throw new ResourceError(
    `EndpointConfiguration is of the type ${String(type)}; API Gateway takes EDGE, REGIONAL or PRIVATE.`,
  );
}
