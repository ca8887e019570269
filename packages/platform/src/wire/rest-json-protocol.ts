import type { NormalizedSchema } from "@smithy/core/schema";
import type { StaticStructureSchema } from "@smithy/types";
import { AwsServiceError } from "../service-error.ts";
import { restJsonError } from "./error-response.ts";
import { readJson, writeJson } from "./json-codec.ts";
import { type RestDocuments, readRestInput, takesStream, writeRestOutput } from "./rest-binding.ts";
import type { WireProtocol } from "./wire-protocol.ts";

/** JSON documents of REST services. */
export const jsonDocuments: RestDocuments = {
  contentType: "application/json",
  read: (schema, body) => readJson(schema, body, "json"),
  write: (schema, value, members) => writeJson(membersOf(schema, members), value, "json"),
  refuse: (type) =>
    new AwsServiceError("SerializationException", 400, `STRING_VALUE can not be converted to ${type}`),
};

/**
 * REST with JSON documents.
 * @see https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html
 */
export const restJsonProtocol: WireProtocol = {
  namesOperationInBody: false,
  requestIdHeader: "x-amzn-RequestId",
  validationCode: "ValidationException",
  accessDenied: { code: "AccessDeniedException", status: 403 },
  internalError: "ServiceException",

  find(model, request) {
    const found = model.findRoute(request);
    if (found?.served !== undefined) return { ...found.served, labels: found.labels };
    const text =
      found === undefined
        ? `${request.method} ${request.rawPath} is no operation of ${model.entry.name}.`
        : model.unserved(found.name);
    throw new AwsServiceError("UnknownOperationException", 404, text ?? "");
  },

  takesStream: ({ schema }) => takesStream(schema),
  read: ({ schema, labels = {} }, request, body) =>
    readRestInput(schema, labels, request, body, jsonDocuments),
  write: (_, { schema }, output) => writeRestOutput(schema, { ...output }, jsonDocuments),
  error: (model, error) => {
    const { textMember = "message" } = model.error(error.code) ?? {};
    return restJsonError(error, new Map([[error.code, textMember]]));
  },
};

/** A structure of some members of another: those in the document, and none of those in headers. */
function membersOf(schema: NormalizedSchema, members: readonly string[]): StaticStructureSchema {
  const known = partial.get(schema.getSchema() as object);
  const key = members.join();
  if (known?.key === key) return known.schema;
  const all = [...schema.structIterator()].filter(([name]) => members.includes(name));
  const [, namespace = "", name = ""] = schema.getSchema() as unknown as string[];
  const made: StaticStructureSchema = [
    3,
    namespace,
    name,
    0,
    all.map(([member]) => member),
    all.map(([, member]) => member as never),
  ];
  partial.set(schema.getSchema() as object, { key, schema: made });
  return made;
}

const partial = new WeakMap<object, { readonly key: string; readonly schema: StaticStructureSchema }>();
