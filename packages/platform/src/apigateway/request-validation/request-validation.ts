import { headerOf } from "../../front-door/http-request.ts";
import { gatewayResponses } from "../gateway-response/gateway-response.ts";
import { parseQuery } from "../integration/proxy-event.ts";
import type { Passage } from "../passage.ts";
import type { BodyModel } from "./body-models.ts";

/** A parameter that a request must have. */
export interface RequestParameter {
  readonly location: "header" | "path" | "querystring";
  readonly name: string;
}

/** What a method wants of requests. */
export interface RequestValidation {
  /** In the order in which they are told. */
  readonly required: readonly RequestParameter[];
  /** By media type in lower case; `$default` is for all others. */
  readonly models: ReadonlyMap<string, BodyModel>;
}

/**
 * Lets a request pass that has what its method wants of it.
 * @throws {GatewayResponse} with 400 if it lacks a parameter, or if its body is not as the model has it. Bodies of types
 * without a model are not looked at.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html
 */
export async function validateRequest(passage: Passage): Promise<void> {
  const { validation } = passage.method;
  if (validation === undefined) return;
  const { execution } = passage.journal;
  const missing = validation.required.filter((parameter) => !hasParameter(passage, parameter));
  if (missing.length > 0) {
    const refusal = gatewayResponses.badRequestParameters(missing.map(({ name }) => name));
    execution?.error(refusal.message);
    throw refusal;
  }
  if (validation.models.size === 0) return;
  const sent = headerOf(passage.request, "content-type")?.split(";")[0]?.trim().toLowerCase();
  const type = sent || "application/json";
  const model = validation.models.get(type) ?? validation.models.get("$default");
  const problem = model?.(await passage.body());
  if (problem === undefined) return;
  execution?.error(`Request body does not match model schema for content type ${type}: ${problem}`);
  passage.note(`400: the body is not as the model of ${type} has it: ${problem}`);
  throw gatewayResponses.badRequestBody(problem);
}

/** Names count with their case, as on AWS. A parameter that is there and blank is missing. */
function hasParameter({ request, pathParameters }: Passage, { location, name }: RequestParameter): boolean {
  const values =
    location === "path"
      ? Object.entries(pathParameters)
      : location === "header"
        ? request.headers
        : parseQuery(request.rawQuery);
  return values.some(([key, value]) => key === name && value.trim() !== "");
}
