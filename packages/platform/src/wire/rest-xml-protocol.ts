import { XmlShapeDeserializer } from "@aws-sdk/core/protocols";
import type { NormalizedSchema } from "@smithy/core/schema";
import { fromBase64, fromUtf8, toBase64, toUtf8 } from "@smithy/core/serde";
import type { SerdeFunctions } from "@smithy/types";
import type { HttpRequest } from "../front-door/http-request.ts";
import { AwsServiceError } from "../service-error.ts";
import type { ErrorAnswer } from "./error-response.ts";
import { type RestDocuments, readRestInput, takesStream, writeRestOutput } from "./rest-binding.ts";
import type { WireProtocol } from "./wire-protocol.ts";
import { element, escapeXml, writeXml } from "./xml-writer.ts";

const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';
const contentType = "application/xml";
const s3Namespace = "http://s3.amazonaws.com/doc/2006-03-01/";

const reader = new XmlShapeDeserializer({
  httpBindings: true,
  xmlNamespace: s3Namespace,
  serviceNamespace: "com.amazonaws.s3",
  timestampFormat: { useTrait: true, default: 5 },
});
// In the SDK's speech an encoder turns bytes into text.
reader.setSerdeContext({
  base64Encoder: toBase64,
  base64Decoder: fromBase64,
  utf8Encoder: toUtf8,
  utf8Decoder: fromUtf8,
} as unknown as SerdeFunctions);

const documents: RestDocuments = {
  contentType,
  read: readXml,
  write: (schema, value, members) =>
    declaration + writeXml(rootName(schema), schema, value, { namespace: s3Namespace, members }),
  refuse: (type) =>
    type.startsWith("a path")
      ? new AwsServiceError("InvalidURI", 400, "Couldn't parse the specified URI.")
      : new AwsServiceError("InvalidArgument", 400, `Provided value can not be converted to ${type}.`),
};

/**
 * REST with XML documents, as S3 has it.
 * @see https://smithy.io/2.0/aws/protocols/aws-restxml-protocol.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
export const restXmlProtocol: WireProtocol = {
  namesOperationInBody: false,
  requestIdHeader: "x-amz-request-id",
  validationCode: "InvalidRequest",
  accessDenied: { code: "AccessDenied", status: 403 },
  internalError: "InternalError",

  find(model, request) {
    const found = model.findRoute(request);
    if (found?.served !== undefined) return { ...found.served, labels: found.labels };
    if (found === undefined) {
      throw new MethodNotAllowedError(request);
    }
    throw new AwsServiceError("NotImplemented", 501, model.unserved(found.name) ?? "");
  },

  takesStream: ({ schema }) => takesStream(schema),
  read: ({ schema, labels = {} }, request, body) => readRestInput(schema, labels, request, body, documents),

  write(_, { name, schema }, output) {
    if (name === "GetBucketLocation") return writeLocation(output);
    const answer = writeRestOutput(schema, { ...output }, documents);
    // No schema says that a part of an object has a status of its own.
    return "ContentRange" in output && output.ContentRange !== undefined
      ? { ...answer, status: 206 }
      : answer;
  },

  error(_model, error, requestId): ErrorAnswer {
    const details = Object.entries(error.members).flatMap(([name, value]) =>
      value === undefined ? [] : [element(name, "", escapeXml(String(value)))],
    );
    const content =
      element("Code", "", escapeXml(error.code)) +
      element("Message", "", escapeXml(error.message)) +
      details.join("") +
      element("RequestId", "", requestId) +
      element("HostId", "", requestId);
    return {
      status: error.status,
      headers: [["Content-Type", contentType], ...Object.entries(error.headers)],
      body: error.status === 304 ? "" : declaration + element("Error", "", content),
    };
  },
};

/** S3 tells no more than the method. */
class MethodNotAllowedError extends AwsServiceError {
  readonly #request: HttpRequest;

  constructor(request: HttpRequest) {
    super("MethodNotAllowed", 405, "The specified method is not allowed against this resource.", {
      Method: request.method,
      ResourceType: "OBJECT",
    });
    this.#request = request;
  }

  override get summary(): string {
    const { method, rawPath, rawQuery } = this.#request;
    return `${super.summary} (${method} ${rawPath}${rawQuery === "" ? "" : `?${rawQuery}`})`;
  }
}

/** The schema has an element within the element: AWS sends one, whose text is the Region, or nothing for us-east-1. */
function writeLocation(output: object) {
  const { LocationConstraint = "" } = output as { LocationConstraint?: string };
  const text = element("LocationConstraint", ` xmlns="${s3Namespace}"`, escapeXml(LocationConstraint));
  return { status: 200, headers: [["Content-Type", contentType]] as const, body: declaration + text };
}

function readXml(schema: NormalizedSchema, body: Buffer): Record<string, unknown> {
  const text = body.toString();
  try {
    // Entities of a document's own have no use here, and could be made to grow without end.
    if (text.includes("<!DOCTYPE")) throw new SyntaxError("A document type declaration is not allowed.");
    const value: unknown = reader.read(schema, body);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    throw new AwsServiceError(
      "MalformedXML",
      400,
      "The XML you provided was not well-formed or did not validate against our published schema",
    );
  }
}

function rootName(schema: NormalizedSchema): string {
  return schema.getMergedTraits().xmlName ?? schema.getName() ?? "Result";
}
