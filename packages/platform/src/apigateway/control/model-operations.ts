import type * as client from "@aws-sdk/client-api-gateway";
import type { Model, RequestValidator } from "@aws-sdk/client-api-gateway";
import { record } from "../../json-value.ts";
import type { OperationsOf } from "../../wire/service-api.ts";
import { type ApiPlane, type ApiView, defined, type Json, namedId, within } from "./api-plane.ts";
import { validatorId, validatorKey } from "./method-shape.ts";
import { pageOf } from "./paging.ts";
import { patched, readChanges } from "./patch.ts";
import { badRequest, conflict, notFound } from "./refusals.ts";

const validatorsKey = "x-amazon-apigateway-request-validators";

/** Models and request validators. */
export function modelOperations(plane: ApiPlane) {
  return {
    GetModels: ({ restApiId, ...page }) => {
      const view = plane.require(restApiId);
      return pageOf(
        Object.entries(modelsOf(view))
          .sort(([one], [other]) => (one < other ? -1 : 1))
          .map(([name, schema]) => modelShape(plane, view, name, record(schema))),
        page,
      );
    },
    GetModel: ({ restApiId, modelName = "" }) => {
      const view = plane.require(restApiId);
      return modelShape(plane, view, modelName, requireModel(view, modelName));
    },
    CreateModel: ({ restApiId, name = "", description, schema, contentType = "" }) => {
      const view = plane.require(restApiId);
      if (name === "") throw badRequest("Model Name must be non-empty");
      if (!/^[a-zA-Z0-9]+$/.test(name)) throw badRequest(`Model name must be alphanumeric: ${name}`);
      if (schema === undefined || schema === "") {
        throw badRequest(
          "Model schema must have at least 1 property or array items defined if content type is application/json",
        );
      }
      if (Object.hasOwn(modelsOf(view), name)) throw conflict("Model name already exists for this REST API");
      const parsed = {
        ...parsedSchema(schema, name, isSwagger(view)),
        ...(description ? { description } : {}),
      };
      const after = plane.edit(view, (document) => {
        modelsWithin(document)[name] = parsed;
      });
      return { ...modelShape(plane, after, name, parsed), contentType, schema };
    },
    DeleteModel: ({ restApiId, modelName = "" }) => {
      const view = plane.require(restApiId);
      requireModel(view, modelName);
      const reference = `/${isSwagger(view) ? "definitions" : "schemas"}/${modelName}"`;
      if (JSON.stringify(view.document["paths"] ?? {}).includes(reference)) {
        throw conflict(`Cannot delete model '${modelName}', is referenced in method request or response`);
      }
      checkByHand(view, view.api.parts.models.has(modelName), `The model ${modelName}`);
      plane.edit(view, (document) => {
        delete modelsWithin(document)[modelName];
      });
      return {};
    },
    GetRequestValidators: ({ restApiId, ...page }) => {
      const view = plane.require(restApiId);
      return pageOf(
        Object.entries(validatorsOf(view)).map(([name, validator]) =>
          validatorShape(plane, view, name, record(validator)),
        ),
        page,
      );
    },
    GetRequestValidator: ({ restApiId, requestValidatorId }) => {
      const view = plane.require(restApiId);
      const [name, validator] = requireValidator(view, requestValidatorId);
      return validatorShape(plane, view, name, validator);
    },
    CreateRequestValidator: (input) => {
      const { restApiId, name = "", validateRequestBody = false, validateRequestParameters = false } = input;
      const view = plane.require(restApiId);
      const validator = { validateRequestBody, validateRequestParameters };
      if (Object.hasOwn(validatorsOf(view), name)) throw conflict(`Request validator ${name} already exists`);
      const after = plane.edit(view, (document) => {
        within(document, validatorsKey)[name] = validator;
      });
      return validatorShape(plane, after, name, validator);
    },
    UpdateRequestValidator: ({ restApiId, requestValidatorId, patchOperations }) => {
      const view = plane.require(restApiId);
      const [name, before] = requireValidator(view, requestValidatorId);
      checkByHand(view, view.api.parts.validators.has(name), `The request validator ${name}`);
      const shape = validatorShape(plane, view, name, before);
      const { validateRequestBody, validateRequestParameters } = patched(
        shape,
        readChanges(patchOperations),
        {
          validateRequestBody: "flag",
          validateRequestParameters: "flag",
        },
      );
      const validator = { validateRequestBody, validateRequestParameters };
      const after = plane.edit(view, (document) => {
        within(document, validatorsKey)[name] = validator;
      });
      return validatorShape(plane, after, name, validator);
    },
    DeleteRequestValidator: ({ restApiId, requestValidatorId }) => {
      const view = plane.require(restApiId);
      const [name] = requireValidator(view, requestValidatorId);
      checkByHand(view, view.api.parts.validators.has(name), `The request validator ${name}`);
      if (
        JSON.stringify(view.document["paths"] ?? {}).includes(`"${validatorKey}":${JSON.stringify(name)}`)
      ) {
        throw badRequest(`Request validator ${name} is used by a method. Change that first.`);
      }
      plane.edit(view, (document) => {
        delete within(document, validatorsKey)[name];
      });
      return {};
    },
  } satisfies OperationsOf<typeof client>;
}

/** Schemas of an API by the names of their models: those that every API has not, where a document has made it. */
export function modelsOf({ document, api }: ApiView): Json {
  const { body, models } = api.parts;
  const written = record(body?.["definitions"] ?? record(body?.["components"])["schemas"]);
  const all = record(document["definitions"] ?? record(document["components"])["schemas"]);
  const isTold = (name: string) => body === undefined || Object.hasOwn(written, name) || models.has(name);
  return Object.fromEntries(Object.entries(all).filter(([name]) => isTold(name)));
}

/** Request validators of an API by the names that the document has for them. */
export function validatorsOf({ document }: ApiView): Json {
  return record(document[validatorsKey]);
}

/** @throws {AwsServiceError} if something is a resource of a stack. */
export function checkByHand(view: ApiView, isOfStack: boolean, what: string): void {
  if (!isOfStack) return;
  throw badRequest(
    `${what} of the REST API ${view.id} is a resource of a template, and is not changed by API on this platform. Change the template and deploy it.`,
  );
}

function isSwagger({ document }: ApiView): boolean {
  return document["swagger"] !== undefined;
}

function modelsWithin(document: Json): Json {
  return document["swagger"] === undefined
    ? within(document, "components", "schemas")
    : within(document, "definitions");
}

function requireModel(view: ApiView, name: string): Json {
  const models = modelsOf(view);
  if (!Object.hasOwn(models, name)) throw notFound(`Invalid model name specified: ${name}`);
  return record(models[name]);
}

function modelShape(plane: ApiPlane, view: ApiView, name: string, schema: Json): Model {
  const made = plane.partsOf(view.id, "Model").find(({ physicalId }) => physicalId === name);
  const { ContentType: type, Description: text } = made?.properties ?? {};
  const description = text ?? schema["description"];
  return defined({
    id: namedId(`model/${name}`),
    name,
    description: typeof description === "string" ? description : undefined,
    schema: JSON.stringify(schema, undefined, 2),
    contentType: typeof type === "string" ? type : "application/json",
  });
}

/** References within a model are to its own definitions; those to other models lead to where API Gateway has them. */
function parsedSchema(text: string, name: string, isOfSwagger: boolean): Json {
  const place = isOfSwagger ? "#/definitions" : "#/components/schemas";
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => {
        if (key !== "$ref" || typeof inner !== "string") return [key, walk(inner)];
        const other = /\/models\/([a-zA-Z0-9]+)$/.exec(inner)?.[1];
        if (other !== undefined) return [key, `${place}/${other}`];
        return [key, inner.startsWith("#") ? `${place}/${name}${inner.slice(1)}` : inner];
      }),
    );
  };
  try {
    return record(walk(JSON.parse(text)));
  } catch {
    throw badRequest("Invalid model schema specified");
  }
}

function requireValidator(view: ApiView, id: string | undefined): [string, Json] {
  const found = Object.entries(validatorsOf(view)).find(([name]) => validatorId(view, name) === id);
  if (found === undefined) throw notFound("Invalid Request Validator identifier specified");
  return [found[0], record(found[1])];
}

function validatorShape(plane: ApiPlane, view: ApiView, name: string, validator: Json): RequestValidator {
  const id = validatorId(view, name);
  const made = plane.partsOf(view.id, "RequestValidator").find(({ physicalId }) => physicalId === id);
  return {
    id,
    name: typeof made?.properties["Name"] === "string" ? made.properties["Name"] : name,
    validateRequestBody: String(validator["validateRequestBody"]) === "true",
    validateRequestParameters: String(validator["validateRequestParameters"]) === "true",
  };
}
