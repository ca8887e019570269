import type * as client from "@aws-sdk/client-api-gateway";
import type { PatchOperation, RestApi } from "@aws-sdk/client-api-gateway";
import { Uint8ArrayBlobAdapter } from "@smithy/core/serde";
import type { ValueMap } from "../../cloudformation/index.ts";
import { loadTemplate } from "../../cloudformation/index.ts";
import { record } from "../../json-value.ts";
import { tagList, tagMap } from "../../lambda/control/tags.ts";
import type { CallContext, OperationsOf } from "../../wire/service-api.ts";
import { unfinished } from "../definition/rest-api.ts";
import { type ApiPlane, type ApiView, defined, emptyDocument, type Json, plain } from "./api-plane.ts";
import { noteWarnings } from "./api-warnings.ts";
import { pageOf } from "./paging.ts";
import { patched, readChanges } from "./patch.ts";
import { badRequest, refusing } from "./refusals.ts";

type Operations = OperationsOf<typeof client>;

/** REST APIs, and documents that make them. */
export function restApiOperations(plane: ApiPlane): Operations {
  return {
    GetRestApis: (input) =>
      pageOf(
        plane.list().map((view) => restApiShape(plane, view)),
        input,
      ),
    GetRestApi: ({ restApiId }) => restApiShape(plane, plane.require(restApiId), {}),
    CreateRestApi: (input) => {
      const { name = "", description, version, cloneFrom } = input;
      if (name === "") throw badRequest("Rest API name cannot be empty");
      if (description === "") throw badRequest("Description cannot be an empty string");
      checkCompression(input.minimumCompressionSize);
      const source = cloneFrom === undefined ? undefined : plane.require(cloneFrom).document;
      const document = { ...structuredClone(source ?? emptyDocument(name)) };
      document["info"] = defined({ title: name, description, version });
      return restApiShape(
        plane,
        create(plane, name, {
          ...settingsOf(input),
          Description: description,
          Body: document,
          Tags: input.tags && tagList(input.tags),
        }),
      );
    },
    UpdateRestApi: ({ restApiId, patchOperations }) => {
      const view = plane.require(restApiId);
      refusing(nameOf(view), () => {
        plane.resources.check(view.resource);
        plane.keepDeployments(view);
        plane.resources.change(view.resource, changedSettings(view, patchOperations));
      });
      return restApiShape(plane, plane.require(restApiId), {});
    },
    DeleteRestApi: ({ restApiId }) => {
      const view = plane.require(restApiId);
      const parts = plane.model.resources.filter(
        ({ type, properties }) =>
          type.startsWith("AWS::ApiGateway::") && properties["RestApiId"] === restApiId,
      );
      refusing(nameOf(view), () => plane.resources.remove([...parts, view.resource]));
      return {};
    },
    ImportRestApi: ({ body, parameters }, context) => {
      const document = readDocument(body, parameters);
      const { title } = record(document["info"]);
      if (typeof title !== "string") throw badRequest("Invalid OpenAPI input.");
      const types = parameters?.["endpointConfigurationTypes"]?.split(",");
      const endpoint = types === undefined ? undefined : { Types: types };
      const view = create(plane, title, { Body: document, EndpointConfiguration: endpoint });
      noteWarnings(view, context);
      return restApiShape(plane, view);
    },
    PutRestApi: ({ restApiId, mode, body, parameters }, context) => {
      const view = plane.require(restApiId);
      if (mode !== "overwrite") {
        throw badRequest(
          "This platform does not merge documents into APIs (mode=merge, which PutRestApi does unless it is told otherwise). Send the whole document with mode=overwrite.",
        );
      }
      return restApiShape(plane, overwrite(plane, view, readDocument(body, parameters), context), {});
    },
    GetExport: ({ restApiId, stageName, exportType = "", parameters, accepts }) => {
      const view = plane.require(restApiId);
      requireStage(plane, restApiId, stageName);
      const isSwagger = view.document["swagger"] !== undefined;
      if (exportType !== (isSwagger ? "swagger" : "oas30")) {
        throw badRequest(
          `The document of this API is in ${isSwagger ? "Swagger 2.0" : "OpenAPI 3.0"}, which is how this platform exports it: ask for the export type ${isSwagger ? "swagger" : "oas30"}.`,
        );
      }
      if (accepts?.includes("yaml")) {
        throw badRequest("This platform exports documents in JSON: accept application/json.");
      }
      const document = exported(view, (parameters?.["extensions"] ?? "").split(","));
      return {
        contentType: "application/json",
        contentDisposition: `attachment; filename="${exportType}.json"`,
        body: Uint8ArrayBlobAdapter.fromString(JSON.stringify(document, undefined, 2)),
      };
    },
  };
}

/** An API as it is told. @param tags - what is told of one that has none. */
function restApiShape(plane: ApiPlane, view: ApiView, tags?: Record<string, string>): RestApi {
  const { properties } = view.resource;
  const { document, api } = view;
  const info = record(document["info"]);
  const types = [...new Set(api.api.binaryMediaTypes)];
  const endpoint = record(properties["EndpointConfiguration"]);
  const endpointTypes = Array.isArray(endpoint["Types"]) ? endpoint["Types"].map(String) : ["EDGE"];
  const own = tagMap(properties["Tags"]);
  const description = properties["Description"] ?? info["description"];
  const { version } = info;
  const { MinimumCompressionSize: compression } = properties;
  return defined({
    id: view.id,
    name: view.name,
    description: typeof description === "string" && description !== "" ? description : undefined,
    createdDate: plane.createdDate(view.resource),
    version: typeof version === "string" && version !== "" ? version : undefined,
    binaryMediaTypes: types.length === 0 ? undefined : types,
    minimumCompressionSize: compression === undefined ? undefined : Number(compression),
    apiKeySource: api.api.apiKeySource,
    endpointConfiguration: {
      types: endpointTypes as ("EDGE" | "PRIVATE" | "REGIONAL")[],
      ipAddressType: endpointTypes.includes("PRIVATE") ? ("dualstack" as const) : ("ipv4" as const),
    },
    policy: api.api.policy === undefined ? undefined : JSON.stringify(api.api.policy),
    tags: Object.keys(own).length === 0 ? tags : own,
    disableExecuteApiEndpoint: String(properties["DisableExecuteApiEndpoint"]) === "true",
    rootResourceId: view.places[0]?.id,
  });
}

/** What an API is called where it can't be changed. */
export function nameOf({ id, name }: ApiView): string {
  return `The REST API ${id} (${name})`;
}

function create(plane: ApiPlane, name: string, properties: object): ApiView {
  const made = refusing(`The REST API ${name}`, () =>
    plane.resources.create({
      type: "AWS::ApiGateway::RestApi",
      name,
      properties: plain({ Name: name, ...properties }) as ValueMap,
    }),
  );
  return plane.require(made.physicalId);
}

/** Puts a document in the place of all that an API has. */
function overwrite(plane: ApiPlane, view: ApiView, document: Json, context: CallContext): ApiView {
  const { title } = record(document["info"]);
  const left = new Set(["Method", "Model", "RequestValidator", "Authorizer", "GatewayResponse", "Resource"]);
  return refusing(nameOf(view), () => {
    plane.resources.check(view.resource);
    plane.keepDeployments(view);
    const parts = plane.model.resources.filter(
      ({ type, properties }) =>
        left.has(type.replace("AWS::ApiGateway::", "")) && properties["RestApiId"] === view.id,
    );
    plane.resources.remove(parts);
    const types = document["x-amazon-apigateway-binary-media-types"];
    plane.resources.change(view.resource, {
      Body: plain(document),
      Name: typeof title === "string" ? title : view.name,
      Description: undefined,
      ...(Array.isArray(types) ? { BinaryMediaTypes: undefined } : {}),
      Policy: undefined,
    });
    const after = plane.require(view.id);
    noteWarnings(after, context);
    return after;
  });
}

function settingsOf(input: Parameters<typeof checkedSettings>[0]): object {
  return checkedSettings(input);
}

function checkedSettings({
  binaryMediaTypes,
  minimumCompressionSize,
  apiKeySource,
  endpointConfiguration,
  policy,
  disableExecuteApiEndpoint,
}: client.CreateRestApiRequest): object {
  const types = endpointConfiguration?.types ?? [];
  if (types.some((type) => !["PRIVATE", "EDGE", "REGIONAL"].includes(type))) {
    throw badRequest(`Invalid endpoint configuration types: ${types.join(", ")}`);
  }
  return {
    BinaryMediaTypes: binaryMediaTypes,
    MinimumCompressionSize: minimumCompressionSize,
    ApiKeySourceType: apiKeySource,
    EndpointConfiguration: types.length === 0 ? undefined : { Types: types },
    Policy: policy === undefined ? undefined : readPolicy(policy),
    DisableExecuteApiEndpoint: disableExecuteApiEndpoint,
  };
}

function changedSettings(view: ApiView, operations: readonly PatchOperation[] | undefined) {
  const { properties } = view.resource;
  const { api } = view;
  const changes = readChanges(operations);
  const endpoint = changes.filter(({ steps }) => steps[0] === "endpointConfiguration");
  const before = {
    name: view.name,
    description: undefined as string | undefined,
    policy: undefined as string | undefined,
    binaryMediaTypes: [...new Set(api.api.binaryMediaTypes)],
    minimumCompressionSize: undefined as number | undefined,
    apiKeySource: undefined as string | undefined,
    disableExecuteApiEndpoint: undefined as boolean | undefined,
  };
  const after = patched(
    before,
    changes.filter((change) => !endpoint.includes(change)),
    {
      name: "text",
      description: "text",
      policy: "text",
      binaryMediaTypes: "list",
      minimumCompressionSize: "number",
      apiKeySource: "text",
      disableExecuteApiEndpoint: "flag",
    },
  );
  checkCompression(after.minimumCompressionSize);
  const names = new Set(changes.map(({ steps }) => steps[0]));
  const named: Readonly<Record<string, unknown>> = {
    name: after.name,
    description: after.description,
    policy: after.policy ? readPolicy(after.policy) : undefined,
    minimumCompressionSize: after.minimumCompressionSize,
    apiKeySource: after.apiKeySource,
    disableExecuteApiEndpoint: after.disableExecuteApiEndpoint,
  };
  const propertyNames: Readonly<Record<string, string>> = {
    name: "Name",
    description: "Description",
    policy: "Policy",
    minimumCompressionSize: "MinimumCompressionSize",
    apiKeySource: "ApiKeySourceType",
    disableExecuteApiEndpoint: "DisableExecuteApiEndpoint",
  };
  const changed = Object.entries(propertyNames).flatMap(([name, property]) =>
    names.has(name) ? [[property, named[name] === undefined ? undefined : plain(named[name])] as const] : [],
  );
  const body = properties["Body"];
  const isInBody = names.has("binaryMediaTypes") && typeof body === "object" && body !== null;
  return {
    ...Object.fromEntries(changed),
    ...(endpoint.length === 0
      ? {}
      : { EndpointConfiguration: { Types: endpoint.map(({ value = "EDGE" }) => value) } }),
    ...(names.has("binaryMediaTypes") ? { BinaryMediaTypes: after.binaryMediaTypes } : {}),
    // What the document has besides would come on top.
    ...(isInBody ? { Body: without(body as ValueMap, "x-amazon-apigateway-binary-media-types") } : {}),
  };
}

function without(map: ValueMap, name: string): ValueMap {
  return Object.fromEntries(Object.entries(map).filter(([key]) => key !== name));
}

function checkCompression(size: number | undefined): void {
  if (size === undefined || (Number.isInteger(size) && size >= 0 && size <= 10_485_760)) return;
  throw badRequest("Invalid minimum compression size, must be between 0 and 10485760");
}

/** Policies come as text, in which some clients escape what they put there. */
function readPolicy(text: string): unknown {
  for (const candidate of [text, text.replaceAll('\\"', '"')]) {
    try {
      return JSON.parse(candidate);
    } catch {
      // The other one may do.
    }
  }
  throw badRequest(
    "Invalid policy document. Please check the policy syntax and ensure that Principals are valid.",
  );
}

/** A document in JSON or YAML. @throws {AwsServiceError} */
function readDocument(body: unknown, parameters: Record<string, string> | undefined): Json {
  if (parameters?.["basepath"] !== undefined && parameters["basepath"] !== "ignore") {
    throw badRequest(
      `This platform serves paths as the document has them: basepath=${parameters["basepath"]} is not served. Leave it out, and write the base path into the paths.`,
    );
  }
  const { loaded } = loadTemplate(Buffer.from(body as Uint8Array).toString(), "document");
  const document = loaded?.template;
  if (document === undefined || (document["openapi"] === undefined && document["swagger"] === undefined)) {
    throw badRequest("Invalid OpenAPI input.");
  }
  return structuredClone(document) as Json;
}

/** A document as it is exported: API Gateway's own parts are in it where they are asked for. */
function exported({ document }: ApiView, extensions: readonly string[]): unknown {
  const wanted = new Set(extensions);
  const isKept = (key: string): boolean => {
    if (key === unfinished) return false;
    if (!key.startsWith("x-amazon-apigateway")) return true;
    if (wanted.has("apigateway")) return true;
    if (/integration/.test(key)) return wanted.has("integrations");
    return /auth/.test(key) && wanted.has("authorizers");
  };
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, inner]) =>
        isKept(key) || methodKey === key ? [[key, walk(inner)]] : [],
      ),
    );
  };
  return walk(document);
}

const methodKey = "x-amazon-apigateway-any-method";

function requireStage(plane: ApiPlane, apiId: string | undefined, name: string | undefined): void {
  if (plane.model.stages.some((stage) => stage.apiId === apiId && stage.name === name)) return;
  throw badRequest("Invalid stage identifier specified");
}
