import { isHeaderName, isHeaderValue } from "@sluice/protocol";
import type { HeaderList } from "../../front-door/client-response.ts";
import { record } from "../../json-value.ts";
import { RestApiError } from "../definition/rest-api-error.ts";
import { type GatewayResponse, type GatewayResponseType, gatewayResponseTypes } from "./gateway-response.ts";

/** How an API shapes answers of one type. */
export interface GatewayResponseShape {
  readonly status: number | undefined;
  /** Header name to expression. */
  readonly headers: readonly (readonly [name: string, expression: string])[];
  /** Media type to template. */
  readonly templates: readonly (readonly [type: string, template: string])[];
}

/** Shapes by type; those of whole classes of answers are for the types that have none of their own. */
export type GatewayResponseShapes = ReadonlyMap<
  GatewayResponseType | "DEFAULT_4XX" | "DEFAULT_5XX",
  GatewayResponseShape
>;

/** What headers and templates may refer to. */
export interface ShapingContext {
  /** `$context`, `error` included. */
  readonly context: Readonly<Record<string, unknown>>;
  readonly stageVariables: Readonly<Record<string, string>>;
  /** Values of the request's own, by `header.…`, `querystring.…` or `path.…`. */
  readonly parameter: (location: string, name: string) => string | undefined;
  /** Media types that the client takes, the best first. */
  readonly accept: readonly string[];
}

const parameterName = /^gatewayresponse\.header\.(.+)$/;
const variable = /\$\{?(context|stageVariables)((?:\.\w+)+)\}?/g;

/**
 * Reads `x-amazon-apigateway-gateway-responses`.
 * @throws {RestApiError} at the first thing that API Gateway refuses.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-gateway-responses.html
 */
export function readGatewayResponses(responses: Readonly<Record<string, unknown>>): GatewayResponseShapes {
  return new Map(
    Object.entries(responses).map(([type, response]) => {
      const place = `x-amazon-apigateway-gateway-responses.${type}`;
      return [typeOf(type, place), readGatewayResponse(record(response), place)];
    }),
  );
}

/** The type that a text names. @throws {RestApiError} if it names none. */
export function typeOf(text: string, place: string): GatewayResponseType | "DEFAULT_4XX" | "DEFAULT_5XX" {
  const known = [...gatewayResponseTypes, "DEFAULT_4XX", "DEFAULT_5XX"] as const;
  const type = known.find((each) => each === text);
  if (type !== undefined) return type;
  throw new RestApiError(place, `"${text}" is no type of gateway response. There are ${known.join(", ")}.`);
}

/** Reads the shape of one type. @throws {RestApiError} */
export function readGatewayResponse(
  response: Readonly<Record<string, unknown>>,
  place: string,
): GatewayResponseShape {
  const status = response["statusCode"];
  if (status !== undefined && !/^[1-5]\d\d$/.test(String(status))) {
    throw new RestApiError(place, `statusCode is ${String(status)}, which is no HTTP status.`);
  }
  return {
    status: status === undefined ? undefined : Number(status),
    headers: Object.entries(record(response["responseParameters"])).map(([parameter, expression]) => {
      const name = parameterName.exec(parameter)?.[1];
      if (name === undefined || !isHeaderName(name)) {
        throw new RestApiError(
          place,
          `"${parameter}" is no parameter of a gateway response. Write gatewayresponse.header.…`,
        );
      }
      return [name, readExpression(String(expression), place)] as const;
    }),
    templates: Object.entries(record(response["responseTemplates"])).map(
      ([type, template]) => [type.toLowerCase(), String(template)] as const,
    ),
  };
}

/** Reads where a value comes from. @throws {RestApiError} if API Gateway refuses it. */
export function readExpression(expression: string, place: string): string {
  const isKnown = /^(?:'[^']*'|(?:context|stageVariables|method\.request\.(?:header|querystring|path))\..+)$/;
  if (isKnown.test(expression)) return expression;
  throw new RestApiError(
    place,
    `The value ${expression} is neither constant text in single quotes nor one of method.request.…, context.… and stageVariables.…, so that API Gateway refuses it.`,
  );
}

/**
 * An answer as the API wants it.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html
 */
export function shaped(
  answer: GatewayResponse,
  shapes: GatewayResponseShapes,
  context: ShapingContext,
): { readonly status: number; readonly headers: HeaderList; readonly body: string } {
  const shape =
    answer.type === undefined
      ? undefined
      : (shapes.get(answer.type) ?? shapes.get(answer.status < 500 ? "DEFAULT_4XX" : "DEFAULT_5XX"));
  if (shape === undefined) return answer;
  const added = shape.headers.flatMap(([name, expression]) => {
    const value = valueFor(expression, context);
    return value === undefined || !isHeaderValue(value) ? [] : [[name, value] as const];
  });
  const [type, template] = templateFor(shape, context.accept) ?? [undefined, undefined];
  const body = template === undefined ? answer.body : filledIn(template, context);
  const own = answer.headers.map(
    ([name, value]) => [name, name === "Content-Type" ? (type ?? value) : value] as const,
  );
  const names = new Set(added.map(([name]) => name.toLowerCase()));
  return {
    status: shape.status ?? answer.status,
    headers: [...own.filter(([name]) => !names.has(name.toLowerCase())), ...added],
    body,
  };
}

/** The template for what the client takes best; for JSON, or the first one, where it takes none of them. */
function templateFor({ templates }: GatewayResponseShape, accept: readonly string[]) {
  for (const type of accept) {
    const found = templates.find(([candidate]) => candidate === type);
    if (found !== undefined) return found;
  }
  return templates.find(([type]) => type === "application/json") ?? templates[0];
}

/** The value of an expression; nothing if there is none. */
export function valueFor(
  expression: string,
  { context, stageVariables, parameter }: Omit<ShapingContext, "accept">,
): string | undefined {
  const constant = /^'(.*)'$/s.exec(expression)?.[1];
  if (constant !== undefined) return constant;
  const [root = "", ...path] = expression.split(".");
  if (root === "method") return parameter(path[1] ?? "", path.slice(2).join("."));
  return lookUp(root === "context" ? context : stageVariables, path);
}

/** Gateway responses know variables and nothing else of the template language. */
function filledIn(template: string, { context, stageVariables }: ShapingContext): string {
  return template.replace(variable, (whole, root: string, path: string) => {
    const names = path.slice(1).split(".");
    return lookUp(root === "context" ? context : stageVariables, names) ?? (root === "context" ? "" : whole);
  });
}

function lookUp(root: Readonly<Record<string, unknown>>, path: readonly string[]): string | undefined {
  let value: unknown = root;
  for (const name of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  if (value === undefined || value === null) return undefined;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
