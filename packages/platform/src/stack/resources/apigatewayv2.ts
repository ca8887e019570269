import { RestApiError, UnservedMethodError } from "../../apigateway/definition/rest-api-error.ts";
import type { Authorizer, Route } from "../../httpapi/definition/http-api.ts";
import { readAuthorizer } from "../../httpapi/definition/read-authorizer.ts";
import { readHttpApiBody } from "../../httpapi/definition/read-body.ts";
import { readCors } from "../../httpapi/definition/read-cors.ts";
import { type IntegrationSettings, readIntegration } from "../../httpapi/definition/read-integration.ts";
import { defaultRouteKey, parseRouteKey } from "../../httpapi/definition/route-key.ts";
import { defaultStage } from "../../httpapi/passage.ts";
import {
  type CreatedResource,
  type CreationContext,
  NotServedError,
  optionalMap,
  optionalText,
  ResourceError,
  type ResourceType,
  requiredText,
} from "../resource-type.ts";
import { createHttpDeployment, createHttpStage } from "./apigatewayv2-stage.ts";
import { fetchApiBody } from "./content.ts";

const tags = { form: "map", hasSystemTags: true } as const;

/**
 * Resource types of HTTP APIs.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_ApiGatewayV2.html
 */
export const httpApiTypes: Readonly<Record<string, ResourceType>> = {
  "AWS::ApiGatewayV2::Api": {
    create: createApi,
    tags,
    replacedBy: ["ProtocolType"],
    content: { property: "BodyS3Location", fetch: fetchApiBody },
  },
  "AWS::ApiGatewayV2::Authorizer": { create: createAuthorizer, replacedBy: ["ApiId"] },
  "AWS::ApiGatewayV2::Deployment": { create: createHttpDeployment, replacedBy: ["ApiId"] },
  "AWS::ApiGatewayV2::Integration": { create: createIntegration, replacedBy: ["ApiId"] },
  "AWS::ApiGatewayV2::Route": { create: createRoute, replacedBy: ["ApiId"] },
  "AWS::ApiGatewayV2::Stage": { create: createHttpStage, replacedBy: ["ApiId", "StageName"], tags },
};

/** `AWS::ApiGatewayV2::Api`: with a body, with a target, or bare, for resources to add to. */
function createApi(context: CreationContext): CreatedResource {
  const { properties, node, model } = context;
  if (String(properties["ProtocolType"]).toUpperCase() === "WEBSOCKET") {
    throw new NotServedError("WebSocket APIs are not served by this platform.");
  }
  if (properties["BodyS3Location"] !== undefined && context.content?.body === undefined) {
    throw new NotServedError(
      "An HTTP API whose body is in S3 is not served from a template that is run from its file. Name a file beside the template (DefinitionUri: ./api.yaml), or write the body into the template as Body (DefinitionBody for AWS::Serverless::HttpApi).",
    );
  }
  const id = context.id("http-api", 10);
  const { routes, cors } = explained(() => readBody(context));
  const ownCors = optionalMap(properties["CorsConfiguration"]);
  model.httpApis.set(id, {
    id,
    logicalId: node.origin,
    cors: ownCors === undefined ? cors : readCors(ownCors),
  });
  const all = [...routes, ...explained(() => quickRoute(context, id))];
  for (const route of all) model.httpRoutes.push({ apiId: id, route });
  const endpoint = `https://${id}.execute-api.${context.region}.amazonaws.com`;
  return { ref: id, attributes: { ApiId: id, ApiEndpoint: endpoint }, warnings: unservedRoutes(all) };
}

function readBody(context: CreationContext): ReturnType<typeof readHttpApiBody> {
  const body = optionalMap(context.properties["Body"] ?? context.content?.body);
  if (body === undefined) return { routes: [], cors: undefined };
  return readHttpApiBody(body, (name) => context.id(`authorizer/${name}`, 6));
}

/** `Target` makes a route, its integration and the default stage. */
function quickRoute(context: CreationContext, apiId: string): Route[] {
  const { properties, model } = context;
  const target = optionalText(properties, "Target");
  if (target === undefined) return [];
  const isUrl = /^https?:/.test(target);
  const integration = readIntegration(
    integrationSettings({
      IntegrationType: isUrl ? "HTTP_PROXY" : "AWS_PROXY",
      IntegrationUri: target,
      PayloadFormatVersion: isUrl ? "1.0" : "2.0",
      CredentialsArn: properties["CredentialsArn"],
    }),
    "Target",
  );
  model.httpStages.push({
    apiId,
    name: defaultStage,
    isDeployed: true,
    variables: undefined,
    defaultThrottling: {},
    throttling: {},
    accessLog: undefined,
  });
  const pattern = parseRouteKey(optionalText(properties, "RouteKey") ?? defaultRouteKey);
  if ("problem" in pattern) throw new RestApiError("RouteKey", pattern.problem);
  const open = { authorizer: { kind: "NONE" }, scopes: [], operationName: undefined } as const;
  return [{ ...pattern, ...open, integration }];
}

function createIntegration(context: CreationContext): CreatedResource {
  const id = context.id("integration", 7);
  const key = `${requiredText(context, "ApiId")}/${id}`;
  const integration = explained(() =>
    servedOr(() => readIntegration(integrationSettings(context.properties), "")),
  );
  context.model.httpIntegrations.set(key, integration);
  return { ref: id, attributes: { IntegrationId: id } };
}

function integrationSettings(properties: Readonly<Record<string, unknown>>): IntegrationSettings {
  return {
    type: properties["IntegrationType"],
    subtype: properties["IntegrationSubtype"],
    uri: properties["IntegrationUri"],
    method: properties["IntegrationMethod"],
    payloadFormatVersion: properties["PayloadFormatVersion"],
    timeoutMs: properties["TimeoutInMillis"],
    credentials: properties["CredentialsArn"],
    connectionType: properties["ConnectionType"],
    requestParameters: properties["RequestParameters"],
    responseParameters: properties["ResponseParameters"],
    transferMode: properties["ResponseTransferMode"],
  };
}

function createAuthorizer(context: CreationContext): CreatedResource {
  const { properties } = context;
  const id = context.id("authorizer", 6);
  const jwt = optionalMap(properties["JwtConfiguration"]) ?? {};
  const authorizer = explained(() =>
    servedOr(() =>
      readAuthorizer(
        {
          id,
          name: optionalText(properties, "Name") ?? context.node.logicalId,
          type: properties["AuthorizerType"],
          identitySource: properties["IdentitySource"],
          issuer: jwt["Issuer"],
          audience: jwt["Audience"],
          uri: properties["AuthorizerUri"],
          credentials: properties["AuthorizerCredentialsArn"],
          payloadFormatVersion: properties["AuthorizerPayloadFormatVersion"],
          simpleResponses: properties["EnableSimpleResponses"],
          ttlSeconds: properties["AuthorizerResultTtlInSeconds"],
        },
        "",
      ),
    ),
  );
  context.model.httpAuthorizers.set(`${requiredText(context, "ApiId")}/${id}`, authorizer);
  return { ref: id, attributes: { AuthorizerId: id } };
}

function createRoute(context: CreationContext): CreatedResource {
  const { properties, model } = context;
  const apiId = requiredText(context, "ApiId");
  const pattern = parseRouteKey(requiredText(context, "RouteKey"));
  if ("problem" in pattern) throw new ResourceError(`RouteKey is not one. ${pattern.problem}`);
  const target = optionalText(properties, "Target");
  const integration =
    target === undefined
      ? undefined
      : model.httpIntegrations.get(`${apiId}/${target.replace(/^integrations\//, "")}`);
  if (target !== undefined && integration === undefined) {
    throw new ResourceError(`Target is ${target}, which the API does not have.`);
  }
  const authorizer = routeAuthorizer(context, apiId);
  const scopes = properties["AuthorizationScopes"];
  const isUnserved = "unserved" in authorizer;
  const route: Route = {
    ...pattern,
    operationName: optionalText(properties, "OperationName"),
    authorizer: isUnserved ? { kind: "NONE" } : authorizer,
    scopes: Array.isArray(scopes) ? scopes.map(String) : [],
    integration: isUnserved ? authorizer : integration,
  };
  model.httpRoutes.push({ apiId, route });
  const id = context.id("route", 7);
  return { ref: id, attributes: { RouteId: id }, warnings: unservedRoutes([route]) };
}

function routeAuthorizer(
  context: CreationContext,
  apiId: string,
): Authorizer | { readonly unserved: string } {
  const { properties, model } = context;
  const type = optionalText(properties, "AuthorizationType")?.toUpperCase() ?? "NONE";
  if (type === "NONE" || type === "AWS_IAM") return { kind: type };
  const id = optionalText(properties, "AuthorizerId");
  const authorizer = model.httpAuthorizers.get(`${apiId}/${id}`);
  if (authorizer !== undefined) return authorizer;
  throw new ResourceError(
    `AuthorizerId is ${id ?? "missing"}; AuthorizationType ${type} needs one of the API.`,
  );
}

/** What AWS would serve and the platform answers with 501. */
function unservedRoutes(routes: readonly Route[]): NonNullable<CreatedResource["warnings"]> {
  return routes.flatMap(({ key, integration }) =>
    integration !== undefined && "unserved" in integration
      ? [
          {
            properties: ["DefinitionBody", "Body", "Auth", "Target"],
            message: `${key}: ${integration.unserved} Until then it answers 501.`,
          },
        ]
      : [],
  );
}

function servedOr<T>(read: () => T): T | { readonly unserved: string } {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof UnservedMethodError)) throw error;
    return { unserved: error.message };
  }
}

function explained<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RestApiError)) throw error;
    throw new ResourceError(error.place === "" ? error.message : `${error.place}: ${error.message}`);
  }
}
