import { createRequire } from "node:module";
import { isIPv4, isIPv6 } from "node:net";
import type { ErrorObject, ValidateFunction } from "ajv";
import type DraftFour from "ajv-draft-04";
import { RestApiError } from "../definition/rest-api-error.ts";
import { type ModelSchema, modelKey, modelSchema } from "./model-schema.ts";
import { timeLimited } from "./time-limited.ts";
import { violationText } from "./violations.ts";

/** Longest that a schema may take to be compiled, or a body to be looked at, in milliseconds. */
const compileMs = 5_000;
const validateMs = 1_000;

/** Of longer bodies only the first mistake is told. */
const thoroughBytes = 64 * 1_024;

const hostname =
  /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/i;
const formats: Readonly<Record<string, (text: string) => boolean>> = {
  "date-time": (text) =>
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,12})?(?:Z|[+-]\d\d:?\d\d)$/.test(text) &&
    !Number.isNaN(Date.parse(text)),
  email: (text) => /^[^\s@]+@[^\s@]+$/.test(text),
  hostname: (text) => hostname.test(text),
  ipv4: isIPv4,
  ipv6: isIPv6,
  regex: isRegularExpression,
  uri: (text) => /^[a-z][a-z0-9+.-]*:/i.test(text) && !/[\s<>"{}|\\^`]/.test(text),
  uuid: (text) => /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i.test(text),
};

/** Says what is wrong with a body: nothing, or a text in API Gateway's words. */
export type BodyModel = (body: Buffer) => string | undefined;

type Compiler = DraftFour.default;

/**
 * The models of an API. Each is compiled once, and neither compiling nor looking at a body can hold the platform up.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings-models.html
 */
export class BodyModels {
  readonly #thorough = newCompiler({ allErrors: true });
  readonly #quick = newCompiler({ allErrors: false });
  readonly #overlooked: ReadonlySet<string>;

  /**
   * @param models - `components.schemas` or `definitions` of an API's document.
   * @param overlooked - keywords that count for nothing.
   * @throws {RestApiError} if API Gateway refuses one of them.
   */
  constructor(models: Readonly<Record<string, unknown>>, place: string, overlooked: readonly string[] = []) {
    this.#overlooked = new Set(overlooked);
    for (const [name, schema] of Object.entries(models)) {
      const prepared = this.#prepared(schema, `${place}.${name}`);
      for (const each of [this.#thorough, this.#quick]) each.addSchema(prepared, modelKey(name));
    }
  }

  /** @throws {RestApiError} if API Gateway refuses the schema. */
  compile(schema: unknown, place: string): BodyModel {
    const prepared = this.#prepared(schema, place);
    const thorough = accepted(() => this.#thorough.compile(prepared), place);
    let quick: ValidateFunction | undefined;
    return (body) => {
      const text = body.toString();
      let value: unknown;
      try {
        // No body is an empty object.
        value = text.trim() === "" ? {} : JSON.parse(text);
      } catch {
        return "[Unable to parse body as JSON]";
      }
      if (body.length <= thoroughBytes) return problemIn(thorough, value);
      quick ??= accepted(() => this.#quick.compile(prepared), place);
      return problemIn(quick, value);
    };
  }

  #prepared(schema: unknown, place: string): ModelSchema {
    const prepared = modelSchema(schema, place, this.#overlooked);
    accepted(() => metaSchema().validateSchema(prepared, true), place);
    return prepared;
  }
}

const load = createRequire(import.meta.url);

/** What it takes to load it is for those APIs alone that have models. */
function newCompiler(options: DraftFour.Options): Compiler {
  const { default: Compiler } = load("ajv-draft-04") as typeof import("ajv-draft-04");
  return new Compiler({
    // Schemas are looked at before they come here.
    meta: false,
    validateSchema: false,
    verbose: true,
    strict: false,
    logger: false,
    unicodeRegExp: false,
    inlineRefs: false,
    addUsedSchema: false,
    formats: { ...formats },
    ...options,
  });
}

let draftFour: Compiler | undefined;

/** Knows what a schema of draft 4 is; one for all APIs. */
function metaSchema(): Compiler {
  draftFour ??= newCompiler({ meta: true });
  return draftFour;
}

/** @throws {RestApiError} if it is no schema, or takes too long to be made one. */
function accepted<T>(work: () => T, place: string): T {
  try {
    const done = timeLimited(work, compileMs);
    if (done !== undefined) return done.value;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new RestApiError(
      place,
      `API Gateway refuses the model: it is no schema of JSON Schema draft 4. ${why}.`,
    );
  }
  throw new RestApiError(place, "The model is so large that it can't be compiled in time.");
}

function problemIn(validate: ValidateFunction, value: unknown): string | undefined {
  let errors: readonly ErrorObject[] | undefined;
  try {
    const done = timeLimited(() => {
      errors = validate(value) ? undefined : [...(validate.errors ?? [])];
    }, validateMs);
    if (done === undefined) return `[not validated within ${validateMs} ms]`;
  } catch (error) {
    // The schema goes on for ever, or the body is too deep for it.
    if (!(error instanceof RangeError)) throw error;
    return "[validation loop]";
  }
  return errors && violationText(errors);
}

function isRegularExpression(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}
