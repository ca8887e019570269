import type { Method } from "@aws-sdk/client-api-gateway";
import { type Properties, plain } from "./api-plane.ts";

/** A method as CloudFormation has it, for those that are resources of their own. */
export function methodProperties(method: Method): Properties {
  const { methodIntegration, methodResponses, httpMethod: _, ...settings } = method;
  const { integrationResponses, httpMethod, ...integration } = methodIntegration ?? {};
  return Object.fromEntries(
    Object.entries({
      ...none,
      ...capitalized(settings),
      MethodResponses: methodResponses && Object.values(methodResponses).map(capitalized),
      Integration: methodIntegration && {
        ...capitalized(integration),
        IntegrationHttpMethod: httpMethod,
        IntegrationResponses: integrationResponses && Object.values(integrationResponses).map(capitalized),
      },
    }).map(([name, value]) => [name, value === undefined ? undefined : plain(value)]),
  );
}

/** What a method may have, so that what it has no more is taken away. */
const none = {
  AuthorizerId: undefined,
  AuthorizationScopes: undefined,
  OperationName: undefined,
  RequestModels: undefined,
  RequestParameters: undefined,
  RequestValidatorId: undefined,
};

function capitalized(value: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name.charAt(0).toUpperCase() + name.slice(1), each]),
  );
}
