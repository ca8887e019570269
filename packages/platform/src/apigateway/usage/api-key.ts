import { headerOf } from "../../front-door/http-request.ts";
import { gatewayResponses } from "../gateway-response/gateway-response.ts";
import type { Passage } from "../passage.ts";
import { type Client, findClient, type UsagePlans } from "./usage-plans.ts";

/**
 * The client behind a request, where the method asks for an API key.
 *
 * @param fromAuthorizer - `usageIdentifierKey` of a Lambda authorizer's answer.
 * @throws {GatewayResponse} with status 403 if there is no key, or none that opens the stage.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-key-source.html
 */
export function requireApiKey(
  passage: Passage,
  plans: UsagePlans,
  fromAuthorizer: string | undefined,
): Client | undefined {
  const { stage, method, request, journal } = passage;
  if (!method.isApiKeyRequired) return undefined;
  const source = stage.api.apiKeySource;
  const value = source === "HEADER" ? headerOf(request, "x-api-key") : fromAuthorizer;
  if (value === undefined) {
    passage.note(
      source === "HEADER"
        ? "403: the method asks for an API key in the header x-api-key, and there is none."
        : "403: the method asks for an API key, and the authorizer gave no usageIdentifierKey.",
    );
    throw gatewayResponses.invalidApiKey();
  }
  const client = findClient(plans, value, stage.apiId, stage.name);
  if (typeof client === "string") {
    passage.note(`403: ${client}`);
    throw gatewayResponses.invalidApiKey();
  }
  journal.apiKey = client.key;
  return client;
}
