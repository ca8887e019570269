import { RestApiError } from "../../apigateway/definition/rest-api-error.ts";
import { readGatewayResponse, typeOf } from "../../apigateway/gateway-response/customisation.ts";
import { record } from "../../json-value.ts";
import { type CreatedResource, type CreationContext, ResourceError, requiredText } from "../resource-type.ts";
import { apiOf, change } from "./apigateway-parts.ts";

/** `AWS::ApiGateway::GatewayResponse`. */
export function createGatewayResponse(context: CreationContext): CreatedResource {
  const { properties } = context;
  const api = apiOf(context);
  const type = requiredText(context, "ResponseType");
  try {
    const shape = readGatewayResponse(
      record({
        statusCode: properties["StatusCode"],
        responseParameters: properties["ResponseParameters"],
        responseTemplates: properties["ResponseTemplates"],
      }),
      "ResponseParameters",
    );
    const gatewayResponses = new Map(api.parts.gatewayResponses).set(typeOf(type, "ResponseType"), shape);
    change(context, api, { gatewayResponses });
  } catch (error) {
    if (!(error instanceof RestApiError)) throw error;
    throw new ResourceError(`${error.place} is refused: ${error.message}`);
  }
  return { ref: context.id("gateway-response", 10), attributes: { Id: context.id("gateway-response", 10) } };
}

/** `AWS::ApiGateway::Account`: the role with which API Gateway writes logs. */
export function createApiGatewayAccount(context: CreationContext): CreatedResource {
  const { CloudWatchRoleArn: role } = context.properties;
  if (role !== undefined && (typeof role !== "string" || !/^arn:[^:]+:iam::\d{12}:role\//.test(role))) {
    throw new ResourceError(`CloudWatchRoleArn is ${String(role)}, which is not the ARN of a role.`);
  }
  if (role !== undefined) context.model.apiLogRoles.push(role);
  return {
    ref: context.id("api-gateway-account", 10),
    attributes: { Id: context.id("api-gateway-account", 10) },
  };
}
