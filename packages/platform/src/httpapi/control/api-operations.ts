import type * as client from "@aws-sdk/client-apigatewayv2";
import type { Api, Cors } from "@aws-sdk/client-apigatewayv2";
import { Uint8ArrayBlobAdapter } from "@smithy/core/serde";
import { stringify } from "yaml";
import { defined, plain } from "../../apigateway/control/api-plane.ts";
import { badRequest, notFound, refusing } from "../../apigateway/control/refusals.ts";
import { loadTemplate, type ValueMap } from "../../cloudformation/index.ts";
import { record } from "../../json-value.ts";
import type { ModelResource } from "../../stack/stack-model.ts";
import type { OperationsOf } from "../../wire/service-api.ts";
import { documentOf, given, type HttpApiPlane, pageOf, textOf } from "./http-api-plane.ts";
import { integrationsOf } from "./integration-operations.ts";
import { routesOf } from "./route-operations.ts";

const type = "AWS::ApiGatewayV2::Api";

/** HTTP APIs, and documents that make them. */
export function apiOperations(plane: HttpApiPlane): OperationsOf<typeof client> {
  return {
    GetApis: (input) =>
      pageOf(
        plane.list().map((api) => apiShape(plane, api)),
        input,
      ),
    GetApi: ({ ApiId }) => apiShape(plane, plane.require(ApiId)),
    CreateApi: (input) => {
      const { Name: name = "", ProtocolType: protocol = "HTTP" } = input;
      const made = refusing(`The API ${name}`, () =>
        plane.resources.create({
          type,
          name,
          properties: { ...asValues(given(input)), ProtocolType: protocol },
        }),
      );
      return apiShape(plane, made);
    },
    ImportApi: (input) => {
      const document = readDocument(input);
      const name = String(record(document["info"])["title"] ?? "");
      const made = refusing(`The API ${name}`, () =>
        plane.resources.create({ type, name, properties: { ProtocolType: "HTTP", Body: document } }),
      );
      return apiShape(plane, made);
    },
    ReimportApi: (input) => {
      const api = plane.require(input.ApiId);
      const document = readDocument(input);
      const left = (["Route", "Integration", "Authorizer"] as const).flatMap((each) =>
        plane.partsOf(api.physicalId, each),
      );
      plane.remove(left);
      const changed = plane.change(plane.require(input.ApiId), {
        Body: document,
        Name: undefined,
        CorsConfiguration: undefined,
        Target: undefined,
        RouteKey: undefined,
      });
      return apiShape(plane, changed);
    },
    UpdateApi: (input) => {
      const api = plane.require(input.ApiId);
      return apiShape(plane, plane.change(api, given(input, "ApiId")));
    },
    DeleteApi: ({ ApiId }) => {
      const api = plane.require(ApiId);
      const parts = plane.model.resources.filter(
        (each) => each.type.startsWith("AWS::ApiGatewayV2::") && each.properties["ApiId"] === ApiId,
      );
      refusing(`The HTTP API ${ApiId}`, () => plane.resources.remove([...parts, api]));
      return {};
    },
    DeleteCorsConfiguration: ({ ApiId }) => {
      const api = plane.require(ApiId);
      plane.change(api, { CorsConfiguration: undefined });
      return {};
    },
    ExportApi: ({ ApiId, Specification, OutputType }) => {
      const api = plane.require(ApiId);
      if (Specification !== "OAS30")
        throw badRequest(`Invalid specification ${Specification}; there is OAS30`);
      const document = documentOf(api) ?? assembled(plane, api);
      const text = OutputType === "YAML" ? stringify(document) : JSON.stringify(document, undefined, 2);
      return { body: Uint8ArrayBlobAdapter.fromString(text) };
    },
    GetTags: ({ ResourceArn }) => ({ Tags: tagsOf(tagged(plane, ResourceArn)) }),
    TagResource: ({ ResourceArn, Tags }) => {
      const resource = tagged(plane, ResourceArn);
      plane.change(resource, { Tags: { ...tagsOf(resource), ...Tags } });
      return {};
    },
    UntagResource: ({ ResourceArn, TagKeys }) => {
      const resource = tagged(plane, ResourceArn);
      const left = Object.entries(tagsOf(resource)).filter(([name]) => !TagKeys?.includes(name));
      plane.change(resource, { Tags: Object.fromEntries(left) });
      return {};
    },
    // There are no custom domains or VPC links here.
    GetDomainNames: () => ({ Items: [] }),
    GetVpcLinks: () => ({ Items: [] }),
  };
}

/** @see https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid.html */
function apiShape(plane: HttpApiPlane, api: ModelResource): Api {
  const info = record(documentOf(api)?.["info"]);
  const cors = plane.model.httpApis.get(api.physicalId)?.cors;
  const text = (name: string, written: unknown) =>
    textOf(api, name) ?? (typeof written === "string" ? written : undefined);
  return defined({
    ApiEndpoint: (
      plane.options.localAddress(api.physicalId) ?? String(api.attributes["ApiEndpoint"])
    ).replace(/\/$/, ""),
    ApiId: api.physicalId,
    ApiKeySelectionExpression: textOf(api, "ApiKeySelectionExpression") ?? "$request.header.x-api-key",
    CorsConfiguration: cors === undefined ? undefined : corsShape(cors),
    CreatedDate: plane.createdDate(api),
    Description: text("Description", info["description"]),
    DisableExecuteApiEndpoint: textOf(api, "DisableExecuteApiEndpoint") === "true",
    IpAddressType: "ipv4" as const,
    Name: text("Name", info["title"]) ?? api.logicalId,
    ProtocolType: "HTTP" as const,
    RouteSelectionExpression: "$request.method $request.path",
    Tags: tagsOf(api),
    Version: text("Version", info["version"]),
  });
}

function corsShape({
  maxAgeSeconds,
  allowCredentials,
  allowHeaders,
  allowMethods,
  allowOrigins,
  exposeHeaders,
}: NonNullable<ReturnType<HttpApiPlane["model"]["httpApis"]["get"]>>["cors"] & object): Cors {
  const some = (list: readonly string[]) => (list.length === 0 ? undefined : [...list]);
  return defined({
    AllowCredentials: allowCredentials,
    AllowHeaders: some(allowHeaders),
    AllowMethods: some(allowMethods),
    AllowOrigins: some(allowOrigins),
    ExposeHeaders: some(exposeHeaders),
    MaxAge: maxAgeSeconds,
  });
}

/** A document in JSON or YAML. @throws {AwsServiceError} */
function readDocument({
  Body,
  Basepath,
}: {
  Body?: string | undefined;
  Basepath?: string | undefined;
}): ValueMap {
  if (Basepath !== undefined && Basepath !== "ignore") {
    throw badRequest(
      `This platform serves paths as the document has them: basepath=${Basepath} is not served. Leave it out, and write the base path into the paths.`,
    );
  }
  const { loaded } = loadTemplate(Body ?? "", "document");
  if (loaded?.template["openapi"] !== undefined) return loaded.template;
  throw badRequest("Unable to build OpenAPI document from the body: it is no OpenAPI 3.0 in JSON or YAML.");
}

/** The document that says the same as the API's routes. */
function assembled(plane: HttpApiPlane, api: ModelResource): unknown {
  const { Name: title, Version: version = "1.0" } = apiShape(plane, api);
  const integrations = integrationsOf(plane, api);
  const paths: Record<string, Record<string, unknown>> = {};
  for (const { RouteKey: key = "", Target: target, OperationName: operationId } of routesOf(plane, api)) {
    const [method = "", path = "/$default"] = key === "$default" ? ["ANY"] : key.split(" ");
    const integration = integrations.find(({ IntegrationId: id }) => target === `integrations/${id}`);
    const name = method === "ANY" ? "x-amazon-apigateway-any-method" : method.toLowerCase();
    paths[path] = {
      ...paths[path],
      [name]: defined({
        operationId,
        responses: { default: { description: `Default response for ${key}` } },
        "x-amazon-apigateway-integration":
          integration &&
          defined({
            type: integration.IntegrationType?.toLowerCase(),
            httpMethod: integration.IntegrationMethod,
            uri: integration.IntegrationUri,
            credentials: integration.CredentialsArn,
            payloadFormatVersion: integration.PayloadFormatVersion,
            timeoutInMillis: integration.TimeoutInMillis,
            connectionType: integration.ConnectionType,
          }),
      }),
    };
  }
  return { openapi: "3.0.1", info: { title, version }, paths };
}

function tagged(plane: HttpApiPlane, arn = ""): ModelResource {
  const [, apiId, stage] =
    /^arn:[^:]+:apigateway:[^:]+::\/apis\/([^/]+)(?:\/stages\/([^/]+))?$/.exec(arn) ?? [];
  const api = plane.require(apiId);
  if (stage === undefined) return api;
  const found = plane.partsOf(apiId, "Stage").find(({ physicalId }) => physicalId === stage);
  if (found === undefined) throw notFound(`Invalid stage identifier specified: ${arn}`);
  return found;
}

/** Of this API, CloudFormation has tags as a map. Documents have them as well, as those that SAM writes do. */
export function tagsOf(resource: ModelResource): Record<string, string> {
  const listed = documentOf(resource)?.["tags"];
  const ofDocument = (Array.isArray(listed) ? listed : []).flatMap((each) => {
    const { name, "x-amazon-apigateway-tag-value": value } = record(each);
    return value === undefined ? [] : [[name, value] as const];
  });
  const all = [...ofDocument, ...Object.entries(record(resource.properties["Tags"]))];
  return Object.fromEntries(all.map(([name, value]) => [String(name), String(value)]));
}

function asValues(properties: object): ValueMap {
  return plain(properties) as ValueMap;
}
