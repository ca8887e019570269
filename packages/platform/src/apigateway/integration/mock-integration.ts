import { isHeaderName, isHeaderValue } from "@sluice/protocol";
import type { HeaderList } from "../../front-door/client-response.ts";
import { type HttpRequest, headerOf } from "../../front-door/http-request.ts";
import { record } from "../../json-value.ts";
import { RestApiError, UnservedMethodError } from "../definition/rest-api-error.ts";
import { gatewayResponses } from "../gateway-response/gateway-response.ts";
import { isAlteredHeader } from "./proxy-response.ts";

/** An integration that API Gateway answers itself, always with the same, such as a preflight. */
export interface MockIntegration {
  readonly type: "mock";
  /** By the media type of the request, in lower case. */
  readonly answers: ReadonlyMap<string, MockAnswer>;
  /** Whether requests of other media types are refused, rather than passed on as they are. */
  readonly refusesOtherTypes: boolean;
  /** Whether requests that the API takes as bytes are read as text. */
  readonly convertsToText: boolean;
}

/** What a client gets. */
export interface MockAnswer {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: string;
}

/** What counts where a request or a response has no type. */
const defaultType = "application/json";

/** Gives a status and nothing else, as SAM and the console write it; the quotes may be others, or none. */
const statusTemplate = /^\s*\{\s*(["']?)statusCode\1\s*:\s*(\d{3})\s*\}\s*$/;

/** A text that means itself in the Velocity template language. */
const constantTemplate = /^[^$#\\]*$/;

const mappedValue = /^(?:integration\.response|context|stageVariables)\./;

/**
 * Reads a mock integration, whose answer must be constant.
 * @throws {UnservedMethodError} if it is not, so that only AWS can give it.
 * @throws {RestApiError} if AWS refuses to deploy it.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-mock-integration.html
 */
export function readMockIntegration(
  integration: Readonly<Record<string, unknown>>,
  place: string,
): MockIntegration {
  const reader = new MockReader(place);
  const { contentHandling, passthroughBehavior } = integration;
  if (contentHandling === "CONVERT_TO_BINARY") throw reader.unserved("this one has CONVERT_TO_BINARY");
  const templates = Object.entries(record(integration["requestTemplates"]));
  if (templates.length === 0) throw reader.unserved("this one has no request template with a statusCode");
  const responses = record(integration["responses"]);
  const answers = templates.map(([type, template]) => {
    const status = statusTemplate.exec(String(template))?.[2];
    if (status !== undefined) return [type.toLowerCase(), reader.answer(responses, status)] as const;
    throw reader.unserved(`the request template for ${type} is not of the form {"statusCode": 200}`);
  });
  return {
    type: "mock",
    answers: new Map(answers),
    // The two differ only where there is no template.
    refusesOtherTypes: /^(?:never|when_no_templates)$/i.test(String(passthroughBehavior)),
    convertsToText: contentHandling === "CONVERT_TO_TEXT",
  };
}

/**
 * What a mock integration answers.
 * @param note - takes what the client is not told.
 * @throws {GatewayResponse} if it has no answer to the request.
 */
export function mockAnswer(
  { answers, refusesOtherTypes, convertsToText }: MockIntegration,
  request: HttpRequest,
  binaryMediaTypes: readonly string[],
  note: (message: string) => void,
): MockAnswer {
  if (takesBytes(binaryMediaTypes) && !convertsToText) {
    note(
      "500: Execution failed due to configuration error: Unable to transform request. The API takes any request as bytes (*/* among its binary media types).",
    );
    throw gatewayResponses.integrationRefused();
  }
  const type = headerOf(request, "content-type")?.split(";")[0]?.trim().toLowerCase() || defaultType;
  const answer = answers.get(type);
  if (answer !== undefined) return answer;
  if (refusesOtherTypes) throw gatewayResponses.unsupportedMediaType();
  note(`500: the mock integration has no request template for ${type}, so that nothing gives it a status.`);
  throw gatewayResponses.integrationRefused();
}

/**
 * Whether mock integrations fail that don't convert requests to text: their templates can't be applied to bytes.
 * @see https://github.com/aws/serverless-application-model/issues/1344
 */
export function takesBytes(binaryMediaTypes: readonly string[]): boolean {
  return binaryMediaTypes.includes("*/*");
}

/** Reads what a mock integration responds, and says where it can't. */
class MockReader {
  readonly #place: string;

  constructor(place: string) {
    this.#place = place;
  }

  unserved(what: string): UnservedMethodError {
    return new UnservedMethodError(
      this.#place,
      `Only mock integrations with a constant answer are served here, and ${what}. Try this method on AWS.`,
    );
  }

  /** The answer to a status that a request template gave. */
  answer(responses: Readonly<Record<string, unknown>>, given: string): MockAnswer {
    const pattern = Object.keys(responses).find((key) => key !== "default" && !/^\d{3}$/.test(key));
    if (pattern !== undefined) throw this.unserved(`the response "${pattern}" is chosen by a pattern`);
    const key = given in responses ? given : "default";
    if (!(key in responses)) throw this.unserved(`this one has no response for the status ${given}`);
    const response = record(responses[key]);
    const status = Number(response["statusCode"]);
    if (!Number.isInteger(status) || status < 200 || status > 599) {
      throw this.unserved(`the response "${key}" has no statusCode from 200 to 599`);
    }
    if (response["contentHandling"] === "CONVERT_TO_BINARY") {
      throw this.unserved(`the response "${key}" has CONVERT_TO_BINARY`);
    }
    const { type, body } = this.#body(record(response["responseTemplates"]));
    const headers = this.#headers(record(response["responseParameters"]));
    const hasType = headers.some(([name]) => name.toLowerCase() === "content-type");
    return { status, headers: hasType ? headers : [["Content-Type", type], ...headers], body };
  }

  #body(templates: Readonly<Record<string, unknown>>): { readonly type: string; readonly body: string } {
    const [first, ...others] = Object.entries(templates);
    if (first === undefined) return { type: defaultType, body: "" };
    // Which of them it is depends on what the client accepts.
    if (others.length > 0) throw this.unserved("this one has several response templates");
    const [type, template] = first;
    const body = template ?? "";
    if (typeof body === "string" && constantTemplate.test(body)) return { type, body };
    throw this.unserved(`the response template for ${type} is not constant`);
  }

  #headers(parameters: Readonly<Record<string, unknown>>): [string, string][] {
    return Object.entries(parameters).map(([parameter, value]) => {
      const name = /^method\.response\.header\.(.+)$/.exec(parameter)?.[1];
      if (name === undefined) {
        throw this.#refused(
          `"${parameter}" is no parameter that a response has. Write method.response.header.…`,
        );
      }
      return [name, this.#headerValue(name, String(value))];
    });
  }

  #headerValue(name: string, value: string): string {
    if (mappedValue.test(value)) throw this.unserved(`the header ${name} is mapped from ${value}`);
    const quoted = /^'(.*)'$/s.exec(value)?.[1];
    if (quoted === undefined) {
      const bare = value.replace(/^"(.*)"$/s, "$1");
      throw this.#refused(
        `The value of the header ${name} is ${value}, which API Gateway refuses as an invalid mapping expression: it wants constant text in single quotes. Write "'${bare}'".`,
      );
    }
    if (quoted.includes("'") || !isHeaderName(name) || !isHeaderValue(quoted)) {
      throw this.unserved(`the header ${name} is not of plain text`);
    }
    if (isAlteredHeader(name))
      throw this.unserved(`the header ${name} is one that API Gateway renames or drops`);
    return quoted;
  }

  #refused(message: string): RestApiError {
    return new RestApiError(this.#place, message);
  }
}
