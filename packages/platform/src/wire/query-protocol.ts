import { NormalizedSchema } from "@smithy/core/schema";
import type { HttpRequest } from "../front-door/http-request.ts";
import { AwsServiceError } from "../service-error.ts";
import type { ErrorAnswer } from "./error-response.ts";
import { readForm, readFormInput } from "./query-form.ts";
import type { ServiceModel } from "./service-model.ts";
import type { WireProtocol } from "./wire-protocol.ts";
import { element, escapeXml, writeXml } from "./xml-writer.ts";

/**
 * AWS query: a form in, XML out.
 * @see https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
 */
export const queryProtocol: WireProtocol = {
  requestIdHeader: "x-amzn-RequestId",
  namesOperationInBody: true,
  validationCode: "ValidationError",
  accessDenied: { code: "AccessDenied", status: 403 },
  internalError: "InternalFailure",

  find(model, request, body) {
    const form = formOf(request, body);
    const name = form.children.get("Action")?.value;
    if (name === undefined || name === "") {
      throw new AwsServiceError(
        "MissingAction",
        400,
        "The request is missing an action or a required parameter.",
      );
    }
    const found = model.find(name);
    if (found !== undefined) return found;
    const version = form.children.get("Version")?.value ?? "NO_VERSION_SPECIFIED";
    const unknown = `Could not find operation ${name} for version ${version}`;
    const unserved = model.unserved(name);
    throw new AwsServiceError(
      "InvalidAction",
      400,
      unserved === undefined ? unknown : `${unknown}: ${unserved}`,
    );
  },

  read: ({ schema }, request, body) =>
    readFormInput(schema[4], formOf(request, Buffer.isBuffer(body) ? body : Buffer.alloc(0))),

  write(model, { name, schema }, output, requestId) {
    const result = NormalizedSchema.of(schema[5]).isUnitSchema()
      ? ""
      : writeXml(`${name}Result`, schema[5], { ...output });
    const metadata = element("ResponseMetadata", "", element("RequestId", "", requestId));
    return {
      status: 200,
      headers: xmlHeaders,
      body: element(`${name}Response`, namespaceOf(model), result + metadata),
    };
  },

  error: (model, error, requestId) =>
    queryError(error, model.error(error.code)?.queryCode ?? error.code, requestId, model.entry.xmlNamespace),
};

const xmlHeaders = [["Content-Type", "text/xml"]] as const;

/** How the query protocol says an error, whether or not the service is known. */
export function queryError(
  { status, message, members }: AwsServiceError,
  code: string,
  requestId: string,
  namespace: string | undefined,
): ErrorAnswer {
  const details = Object.entries(members).flatMap(([name, value]) =>
    typeof value === "object" || value === undefined ? [] : [element(name, "", escapeXml(String(value)))],
  );
  const error = element(
    "Error",
    "",
    element("Type", "", status < 500 ? "Sender" : "Receiver") +
      element("Code", "", escapeXml(code)) +
      element("Message", "", escapeXml(message)) +
      details.filter((detail) => !detail.startsWith("<Type>")).join(""),
  );
  return {
    status,
    headers: xmlHeaders,
    body: element(
      "ErrorResponse",
      namespace === undefined ? "" : ` xmlns="${namespace}"`,
      error + element("RequestId", "", requestId),
    ),
  };
}

/** What a request says in its form: the body, or the query of its URL. */
function formOf(request: HttpRequest, body: Buffer) {
  return readForm(body.length === 0 ? request.rawQuery : body.toString());
}

function namespaceOf({ entry }: ServiceModel): string {
  return entry.xmlNamespace === undefined ? "" : ` xmlns="${entry.xmlNamespace}"`;
}
