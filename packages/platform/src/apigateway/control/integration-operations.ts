import type * as client from "@aws-sdk/client-api-gateway";
import type { Integration, IntegrationResponse, PutIntegrationRequest } from "@aws-sdk/client-api-gateway";
import { record } from "../../json-value.ts";
import { AwsServiceError } from "../../service-error.ts";
import type { CallContext, OperationsOf } from "../../wire/service-api.ts";
import { unfinished } from "../definition/rest-api.ts";
import { type ApiPlane, defined, type Json } from "./api-plane.ts";
import { noteWarnings } from "./api-warnings.ts";
import {
  changeOperation,
  type FoundOperation,
  type MethodInput,
  requireOperation,
} from "./change-operation.ts";
import { integrationKey, integrationShape } from "./method-shape.ts";
import { type Change, patched, readChanges } from "./patch.ts";
import { badRequest, notFound } from "./refusals.ts";

const statusCodes = { pattern: String.raw`[1-5]\d\d` };
const types = ["HTTP", "MOCK", "AWS_PROXY", "HTTP_PROXY", "AWS"];

/** Integrations of methods, and what they answer. */
export function integrationOperations(plane: ApiPlane) {
  return {
    GetIntegration: (input) => shapeOf(requireIntegration(plane, input)),
    PutIntegration: (input, context) => {
      const found = requireOperation(plane, input);
      checkIntegration(input);
      const settings: Json = defined({
        type: input.type?.toLowerCase(),
        httpMethod: input.integrationHttpMethod,
        uri: input.uri,
        connectionType: input.connectionType,
        connectionId: input.connectionId,
        credentials: input.credentials,
        requestParameters: input.requestParameters,
        requestTemplates: input.requestTemplates,
        passthroughBehavior: input.passthroughBehavior?.toLowerCase(),
        cacheNamespace: input.cacheNamespace,
        cacheKeyParameters: input.cacheKeyParameters,
        contentHandling: input.contentHandling,
        timeoutInMillis: input.timeoutInMillis,
        tlsConfig: input.tlsConfig,
        responseTransferMode: input.responseTransferMode,
      });
      return put(plane, found, settings, context);
    },
    UpdateIntegration: (input, context) => {
      const found = requireIntegration(plane, input);
      const changes = readChanges(input.patchOperations);
      const { tlsConfig, rest } = withoutTls(changes, record(found.settings["tlsConfig"]));
      const after = patched(found.settings, rest, {
        type: "text",
        httpMethod: "text",
        uri: "text",
        connectionType: "text",
        connectionId: "text",
        credentials: "text",
        requestParameters: "map",
        requestTemplates: "map",
        passthroughBehavior: "text",
        cacheNamespace: "text",
        cacheKeyParameters: "list",
        contentHandling: "text",
        timeoutInMillis: "number",
        responseTransferMode: "text",
      });
      const settings = defined(tlsConfig === undefined ? after : { ...after, tlsConfig });
      checkIntegration({
        type: String(settings["type"]).toUpperCase() as Integration["type"] & string,
        integrationHttpMethod: textOf(settings["httpMethod"]),
        uri: textOf(settings["uri"]),
      });
      return put(plane, found, settings, context);
    },
    DeleteIntegration: (input) => {
      const found = requireIntegration(plane, input);
      const { [integrationKey]: _, ...operation } = found.operation;
      changeOperation(plane, found, { ...operation, [unfinished]: true });
      return {};
    },
    GetIntegrationResponse: {
      constraints: { statusCode: statusCodes },
      run: (input) => responseOf(requireIntegration(plane, input), input.statusCode),
    },
    PutIntegrationResponse: {
      constraints: { statusCode: statusCodes },
      run: (input) => {
        const found = requireIntegration(plane, input);
        const { statusCode = "", selectionPattern, responseParameters, responseTemplates } = input;
        for (const [parameter, value] of Object.entries(responseParameters ?? {})) {
          checkDeclared(found, statusCode, parameter, value);
        }
        const response = defined({
          statusCode,
          selectionPattern,
          responseParameters,
          responseTemplates,
          contentHandling: input.contentHandling,
        });
        return putResponse(plane, found, response);
      },
    },
    UpdateIntegrationResponse: (input) => {
      const found = requireIntegration(plane, input);
      const before = responseOf(found, input.statusCode);
      const after = patched(before, readChanges(input.patchOperations), {
        selectionPattern: "text",
        responseParameters: "map",
        responseTemplates: "map",
        contentHandling: "text",
      });
      return putResponse(plane, found, defined(after));
    },
    DeleteIntegrationResponse: (input) => {
      const found = requireIntegrationOnly(plane, input);
      responseOf(found, input.statusCode);
      const responses = otherResponses(found, input.statusCode);
      changeSettings(plane, found, { ...found.settings, responses });
      return {};
    },
  } satisfies OperationsOf<typeof client>;
}

interface FoundIntegration extends FoundOperation {
  /** As the document has it. */
  readonly settings: Json;
}

function requireIntegration(plane: ApiPlane, input: MethodInput): FoundIntegration {
  const found = requireOperation(plane, input);
  const settings = found.operation[integrationKey];
  if (settings === undefined) throw notFound("Invalid Integration identifier specified");
  return { ...found, settings: record(settings) };
}

/** The same, for an operation that tells of a method that is not there as of an integration. */
function requireIntegrationOnly(plane: ApiPlane, input: MethodInput): FoundIntegration {
  try {
    return requireIntegration(plane, input);
  } catch (error) {
    if (!(error instanceof AwsServiceError) || !error.message.includes("Method")) throw error;
    throw notFound("Invalid Integration identifier specified");
  }
}

function shapeOf({ place, httpMethod, settings }: FoundIntegration): Integration {
  return integrationShape(place, httpMethod, settings);
}

function put(plane: ApiPlane, found: FoundOperation, settings: Json, context: CallContext): Integration {
  const { responses } = record(found.operation[integrationKey]);
  const kept = responses === undefined ? settings : { ...settings, responses };
  const integration = changeSettings(plane, found, kept);
  noteWarnings(plane.require(found.view.id), context);
  return integration;
}

function changeSettings(plane: ApiPlane, found: FoundOperation, settings: Json): Integration {
  const { [unfinished]: _, ...operation } = found.operation;
  const after = changeOperation(plane, found, { ...operation, [integrationKey]: settings });
  return after.methodIntegration ?? {};
}

function responseOf(
  { settings, place, httpMethod }: FoundIntegration,
  code: string | undefined,
): IntegrationResponse {
  const found = integrationShape(place, httpMethod, settings).integrationResponses?.[code ?? ""];
  if (found === undefined) throw notFound("Invalid Response status code specified");
  return found;
}

function putResponse(
  plane: ApiPlane,
  found: FoundIntegration,
  response: IntegrationResponse,
): IntegrationResponse {
  const { statusCode = "", selectionPattern } = response;
  const responses = {
    ...otherResponses(found, statusCode),
    [selectionPattern || "default"]: response,
  };
  const after = changeSettings(plane, found, { ...found.settings, responses });
  return after.integrationResponses?.[statusCode] ?? {};
}

function otherResponses({ settings }: FoundIntegration, code: string | undefined): Json {
  return Object.fromEntries(
    Object.entries(record(settings["responses"])).filter(
      ([, response]) => String(record(response)["statusCode"]) !== code,
    ),
  );
}

/** A header that an integration's response sets must be one that the method's response declares. */
function checkDeclared(
  { operation }: FoundIntegration,
  code: string,
  parameter: string,
  value: string,
): void {
  const name = /^method\.response\.header\.(.+)$/.exec(parameter)?.[1];
  const declared = record(record(record(operation["responses"])[code])["headers"]);
  if (name !== undefined && Object.hasOwn(declared, name)) {
    if (/^(?:'[^']*'|integration\.response\.|context\.|stageVariables\.)/.test(value)) return;
    throw badRequest(
      `Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression specified: ${value}]`,
    );
  }
  throw badRequest(`Invalid mapping expression parameter specified: ${parameter}`);
}

function withoutTls(
  changes: readonly Change[],
  before: Json,
): { tlsConfig: Json | undefined; rest: Change[] } {
  const ofTls = changes.filter(({ steps }) => steps[0] === "tlsConfig");
  const rest = changes.filter((change) => !ofTls.includes(change));
  if (ofTls.length === 0) return { tlsConfig: undefined, rest };
  const tlsConfig = patched<{ insecureSkipVerification?: unknown }>(
    before,
    ofTls.map((change) => ({ ...change, steps: change.steps.slice(1) })),
    { insecureSkipVerification: "flag" },
  );
  return { tlsConfig, rest };
}

/**
 * Holds an integration to what API Gateway checks when it is put.
 * @throws {AwsServiceError} in its words, as they were recorded.
 */
function checkIntegration({
  type = "MOCK",
  integrationHttpMethod,
  uri = "",
}: Pick<PutIntegrationRequest, "type" | "integrationHttpMethod" | "uri">): void {
  if (!types.includes(type)) {
    throw new AwsServiceError(
      "ValidationException",
      400,
      `1 validation error detected: Value '${type}' at 'putIntegrationInput.type' failed to satisfy constraint: Member must satisfy enum value set: [${types.join(", ")}]`,
    );
  }
  if (type === "MOCK") return;
  if (integrationHttpMethod === undefined || integrationHttpMethod === "") {
    throw badRequest("Enumeration value for HttpMethod must be non-empty");
  }
  if (type === "HTTP" || type === "HTTP_PROXY") {
    if (!/^(?:https?:\/\/[^/]|\$\{stageVariables\.)/.test(uri)) {
      throw badRequest("Invalid HTTP endpoint specified for URI");
    }
    return;
  }
  if (!uri.startsWith("arn:")) throw badRequest("Invalid ARN specified in the request");
  if (!/^arn:[^:]+:apigateway:[^:]*:[^:]+:(?:path|action)\//.test(uri)) {
    throw badRequest("AWS ARN for integration must contain path or action");
  }
  const isProxied =
    /:lambda:path\/(?:2015-03-31|2021-11-15)\/functions\/(?:arn:[^:]+:lambda:.+|\$\{stageVariables\..+)\/(?:response-streaming-)?invocations$/.test(
      uri,
    ) || /:firehose:action\/PutRecord(?:Batch)?$/.test(uri);
  if (type === "AWS_PROXY" && !isProxied) {
    throw badRequest(
      "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations.",
    );
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
