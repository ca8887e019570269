import { record } from "../../json-value.ts";
import { BodyModels } from "../request-validation/body-models.ts";
import type { RequestParameter, RequestValidation } from "../request-validation/request-validation.ts";
import { RestApiError } from "./rest-api-error.ts";

const locations: Readonly<Record<string, RequestParameter["location"]>> = {
  header: "header",
  path: "path",
  query: "querystring",
};

/**
 * Reads what the methods of a document want of requests.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html
 */
export class ValidationReader {
  readonly #body: Readonly<Record<string, unknown>>;
  readonly #isImported: boolean;
  #models: BodyModels | undefined;

  /** @param isImported - of a document that API Gateway imports, the validation of bodies overlooks the length of lists. */
  constructor(body: Readonly<Record<string, unknown>>, isImported: boolean) {
    this.#body = body;
    this.#isImported = isImported;
  }

  /**
   * What a method wants; nothing where it has no validator.
   * @param item - the path that the operation is one of.
   * @throws {RestApiError} if API Gateway refuses it.
   */
  read(
    operation: Readonly<Record<string, unknown>>,
    item: Readonly<Record<string, unknown>>,
    place: string,
  ): RequestValidation | undefined {
    const key = "x-amazon-apigateway-request-validator";
    const name = operation[key] ?? this.#body[key];
    if (name === undefined || name === null || name === "") return undefined;
    const validators = record(this.#body["x-amazon-apigateway-request-validators"]);
    if (typeof name !== "string" || !Object.hasOwn(validators, name)) {
      throw new RestApiError(
        place,
        `The request validator ${JSON.stringify(name)} is not among the document's x-amazon-apigateway-request-validators.`,
      );
    }
    const { validateRequestBody: ofBody, validateRequestParameters: ofParameters } = record(validators[name]);
    const parameters = [...this.#parameters(item), ...this.#parameters(operation)];
    return {
      required: isTrue(ofParameters) ? requiredOf(parameters) : [],
      models: isTrue(ofBody) ? this.#modelsOf(operation, parameters, place) : new Map(),
    };
  }

  #parameters({ parameters }: Readonly<Record<string, unknown>>): Record<string, unknown>[] {
    return (Array.isArray(parameters) ? parameters : []).map((parameter) => this.#referred(parameter));
  }

  #referred(value: unknown): Record<string, unknown> {
    const { $ref } = record(value);
    if (typeof $ref !== "string" || !$ref.startsWith("#/")) return record(value);
    return record(
      $ref
        .slice(2)
        .split("/")
        .reduce<unknown>((at, step) => record(at)[step], this.#body),
    );
  }

  #modelsOf(
    operation: Readonly<Record<string, unknown>>,
    parameters: readonly Record<string, unknown>[],
    place: string,
  ): RequestValidation["models"] {
    const content = record(this.#referred(operation["requestBody"])["content"]);
    const schemas = Object.entries(content).map(([type, each]) => [type, record(each)["schema"]] as const);
    const inBody = parameters.find((parameter) => parameter["in"] === "body");
    if (inBody !== undefined) {
      const consumes = operation["consumes"] ?? this.#body["consumes"];
      const types = Array.isArray(consumes) && consumes.length > 0 ? consumes : ["application/json"];
      schemas.push(...types.map((type) => [String(type), inBody["schema"]] as const));
    }
    return new Map(
      schemas
        .filter(([, schema]) => schema !== undefined)
        .map(([type, schema]) => [type.toLowerCase(), this.#allModels().compile(schema, place)]),
    );
  }

  #allModels(): BodyModels {
    const { definitions, components } = this.#body;
    const overlooked = this.#isImported ? overlookedKeywords : [];
    this.#models ??=
      definitions === undefined
        ? new BodyModels(record(record(components)["schemas"]), "components.schemas", overlooked)
        : new BodyModels(record(definitions), "definitions", overlooked);
    return this.#models;
  }
}

/**
 * What the validation of bodies leaves out after an import.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
 */
const overlookedKeywords = ["maxItems", "minItems"];

/** In AWS's order: by their full names, so headers come before paths and queries. */
function requiredOf(parameters: readonly Record<string, unknown>[]): RequestParameter[] {
  const required = new Map<string, RequestParameter>();
  for (const { in: place, name, required: isRequired } of parameters) {
    const location = locations[String(place)];
    if (location === undefined || typeof name !== "string") continue;
    const key = `${location}.${name}`;
    // The operation's own has the last word.
    if (isTrue(isRequired)) required.set(key, { location, name });
    else required.delete(key);
  }
  return [...required].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, parameter]) => parameter);
}

function isTrue(value: unknown): boolean {
  return value === true || value === "true";
}
