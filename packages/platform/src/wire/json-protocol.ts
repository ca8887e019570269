import { headerOf } from "../front-door/http-request.ts";
import { AwsServiceError } from "../service-error.ts";
import { jsonError } from "./error-response.ts";
import { readJson, writeJson } from "./json-codec.ts";
import { mediaTypeOf } from "./request-form.ts";
import { UnknownOperationError } from "./unknown-operation.ts";
import type { WireProtocol } from "./wire-protocol.ts";

/**
 * AWS JSON 1.0 or 1.1: the operation in a header, JSON in and out.
 * @see https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
 */
export function jsonProtocol(version: "1.0" | "1.1"): WireProtocol {
  const contentType = `application/x-amz-json-${version}`;
  return {
    namesOperationInBody: false,
    requestIdHeader: "x-amzn-RequestId",
    validationCode: "ValidationException",
    accessDenied: { code: "AccessDeniedException", status: 400 },
    internalError: "InternalFailure",

    find(model, request) {
      const named = headerOf(request, "x-amz-target") ?? "";
      if (mediaTypeOf(request) !== contentType) throw new ForeignRequestError(named);
      const [target, name = ""] = named.split(".");
      const found = target === model.entry.target ? model.find(name) : undefined;
      if (found !== undefined) return found;
      const text = target === model.entry.target ? model.unserved(name) : undefined;
      throw new UnknownOperationError("UnknownOperationException", 400, text ?? "", named);
    },

    read({ schema }, _request, body) {
      if (!Buffer.isBuffer(body) || body.length === 0)
        throw new AwsServiceError("SerializationException", 400, "");
      return readJson(schema[4], body);
    },

    write: (_, { schema }, output) => ({
      status: 200,
      headers: [["Content-Type", contentType]],
      body: writeJson(schema[5], output),
    }),

    error(model, error) {
      if (error instanceof ForeignRequestError)
        return { status: 404, headers: [], body: "<UnknownOperationException/>\n" };
      return jsonError(error, version, model.api.nameError?.(error.code));
    },
  };
}

/** Not a request of this protocol: what there is to say is said without it. */
class ForeignRequestError extends UnknownOperationError {
  constructor(operation: string) {
    super("UnknownOperationException", 404, "The content type is not the service's.", operation);
  }
}
