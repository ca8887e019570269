import type { ServiceApi } from "../../wire/service-api.ts";

/**
 * Operations of API Gateway with the rights that they ask for: its actions are HTTP's methods, and its resources are the
 * paths of its requests.
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonapigatewaymanagement.html
 */
export function guarded(api: ServiceApi): ServiceApi {
  const entries = Object.entries(api.operations).map(([name, operation]) => [
    name,
    {
      ...operation,
      rights: (_input: unknown, { request, region }: Parameters<NonNullable<typeof operation.rights>>[1]) => [
        {
          action: `apigateway:${request.method}`,
          resource: `arn:aws:apigateway:${region}::${request.rawPath}`,
        },
      ],
    },
  ]);
  return { ...api, operations: Object.fromEntries(entries) };
}
