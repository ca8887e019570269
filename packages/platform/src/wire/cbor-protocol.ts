import { CborCodec } from "@smithy/core/cbor";
import { NormalizedSchema } from "@smithy/core/schema";
import { AwsServiceError } from "../service-error.ts";
import { UnknownOperationError } from "./unknown-operation.ts";
import type { WireProtocol } from "./wire-protocol.ts";

const codec = new CborCodec();
const headers = [
  ["Content-Type", "application/cbor"],
  ["smithy-protocol", "rpc-v2-cbor"],
] as const;

/**
 * RPC v2 with CBOR: the operation in the path.
 * @see https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
 */
export const cborProtocol: WireProtocol = {
  namesOperationInBody: false,
  requestIdHeader: "x-amzn-RequestId",
  validationCode: "ValidationException",
  accessDenied: { code: "AccessDeniedException", status: 400 },
  internalError: "InternalFailure",

  find(model, request) {
    const [, service, name = ""] = /^\/service\/([^/]+)\/operation\/([^/]+)$/.exec(request.rawPath) ?? [];
    const found = service === model.entry.target ? model.find(name) : undefined;
    if (found !== undefined) return found;
    const text = service === model.entry.target ? model.unserved(name) : undefined;
    throw new UnknownOperationError("UnknownOperationException", 404, text ?? "", name || request.rawPath);
  },

  read({ schema }, _request, body) {
    if (!Buffer.isBuffer(body) || body.length === 0) return {};
    try {
      const value: unknown = codec.createDeserializer().read(NormalizedSchema.of(schema[4]), body);
      return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
    } catch (cause) {
      throw new AwsServiceError("SerializationException", 400, cause instanceof Error ? cause.message : "");
    }
  },

  write(_, { schema }, output) {
    const shape = NormalizedSchema.of(schema[5]);
    if (shape.isUnitSchema()) return { status: 200, headers: [headers[1]], body: "" };
    const serializer = codec.createSerializer();
    serializer.write(shape, output);
    return { status: 200, headers, body: serializer.flush() as Uint8Array };
  },

  error(model, error) {
    const serializer = codec.createSerializer();
    const { type = error.code, queryError } = model.api.nameError?.(error.code) ?? {};
    serializer.write(errorShape, { __type: type, message: error.message });
    const fault = error.status < 500 ? "Sender" : "Receiver";
    const legacy =
      queryError === undefined ? [] : [["x-amzn-query-error", `${queryError};${fault}`] as const];
    return {
      status: error.status,
      headers: [...headers, ...legacy],
      body: serializer.flush() as Uint8Array,
    };
  },
};

const errorShape = [3, "", "Error", 0, ["__type", "message"], [0, 0]] as never;
