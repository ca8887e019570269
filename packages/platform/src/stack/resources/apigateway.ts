import { unmappedPathParameters } from "../../apigateway/definition/read-http-proxy.ts";
import { type RestApi, readRestApi } from "../../apigateway/definition/rest-api.ts";
import { RestApiError } from "../../apigateway/definition/rest-api-error.ts";
import { takesBytes } from "../../apigateway/integration/mock-integration.ts";
import type { PolicyDocument } from "../../iam/policy.ts";
import { findPolicyProblem } from "../../iam/policy-problem.ts";
import {
  type CreatedResource,
  type CreationContext,
  NotServedError,
  optionalText,
  ResourceError,
} from "../resource-type.ts";

/** `AWS::ApiGateway::RestApi` with a body. */
export function createRestApi(context: CreationContext): CreatedResource {
  const { properties, node } = context;
  const body = properties["Body"] ?? context.content?.body;
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new NotServedError(
      properties["BodyS3Location"] === undefined
        ? "A REST API made of AWS::ApiGateway::Resource and AWS::ApiGateway::Method resources is not served by this platform. Write its methods into a Body (DefinitionBody for AWS::Serverless::Api), or let the functions' Api events make one."
        : "A REST API whose body is a file or in S3 is not served by this platform. Write it into the template as Body (DefinitionBody for AWS::Serverless::Api), or let the functions' Api events make one.",
    );
  }
  const id = context.id("rest-api", 10);
  let warnings: CreatedResource["warnings"] = [];
  try {
    const read = readRestApi(body);
    const types = properties["BinaryMediaTypes"];
    const binaryMediaTypes = Array.isArray(types)
      ? types.map((type) => String(type).replaceAll("~1", "/"))
      : [];
    const policy = readPolicy(properties["Policy"] ?? read.policy);
    const apiKeySource = properties["ApiKeySourceType"] === "AUTHORIZER" ? "AUTHORIZER" : read.apiKeySource;
    const api: RestApi = {
      ...read,
      policy,
      apiKeySource,
      binaryMediaTypes: [...read.binaryMediaTypes, ...binaryMediaTypes],
    };
    warnings = [...unservedMethods(api), ...failingPreflights(api), ...unmappedUris(api)];
    context.model.apis.set(id, { id, name: nameOf(context, body), logicalId: node.origin, api });
  } catch (error) {
    if (!(error instanceof RestApiError)) throw error;
    throw new ResourceError(`${error.place}: ${error.message}`);
  }
  const attributes = { RestApiId: id, RootResourceId: context.id("root-resource", 10) };
  return { ref: id, attributes, warnings };
}

/** What AWS would serve and the platform answers with 501. */
function unservedMethods({ resources }: RestApi): NonNullable<CreatedResource["warnings"]> {
  return resources.flatMap(({ path, unserved }) =>
    [...unserved].map(([method, reason]) => ({
      properties: ["DefinitionBody", "Body", "Auth", "Cors"],
      message: `${method} ${path}: ${reason} Until then it answers 501.`,
    })),
  );
}

/** As the resource names it, or its body does. */
function nameOf({ properties, node }: CreationContext, body: unknown): string {
  const { info } = Object(body) as { readonly info?: unknown };
  const { title } = Object(info) as { readonly title?: unknown };
  return optionalText(properties, "Name") ?? (typeof title === "string" ? title : node.logicalId);
}

/** HTTP integrations that fail here as on AWS, whatever is sent. */
function unmappedUris({ resources }: RestApi): NonNullable<CreatedResource["warnings"]> {
  return resources.flatMap(({ path, methods }) =>
    [...methods].flatMap(([method, { integration }]) => {
      if (integration.type !== "http_proxy") return [];
      return unmappedPathParameters(integration).map((name) => ({
        properties: ["DefinitionBody", "Body"],
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
