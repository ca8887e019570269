import { isHeaderName, isHeaderValue } from "@sluice/protocol";
import { type HeaderList, hasHeader } from "../../front-door/client-response.ts";
import type { PayloadFormatVersion } from "../definition/http-api.ts";

/** Status, headers and body of an answer. */
export interface IntegrationAnswer {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: Buffer;
}

/**
 * What a client gets that the function named no type for.
 * @see https://github.com/aws/aws-lambda-dotnet/tree/master/Tools/LambdaTestTool-v2, which is held against AWS
 */
const standardType = "text/plain; charset=utf-8";

/** Headers that are the connection's own. */
const connectionHeaders = new Set(["connection", "keep-alive", "transfer-encoding", "trailer", "upgrade"]);

/**
 * Reads what a function answered to an HTTP API. Format 2.0 takes JSON without a status for the body of a 200; format 1.0
 * infers nothing.
 *
 * @returns the answer, or what is wrong with it: the client gets 500.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function lambdaAnswer(
  payload: Uint8Array,
  version: PayloadFormatVersion,
): IntegrationAnswer | { readonly problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(payload).toString());
  } catch (error) {
    return { problem: `The function's answer is not JSON: ${(error as Error).message}.` };
  }
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isObject || (value as Record<string, unknown>)["statusCode"] === undefined) {
    if (version === "2.0") return inferred(value);
    return { problem: "The function's answer has no statusCode, which payload format 1.0 wants." };
  }
  return described(value as Record<string, unknown>, version);
}

function described(
  answer: Record<string, unknown>,
  version: PayloadFormatVersion,
): IntegrationAnswer | { readonly problem: string } {
  const { statusCode, headers, multiValueHeaders, body, cookies, isBase64Encoded } = answer;
  const status = typeof statusCode === "string" && statusCode !== "" ? Number(statusCode) : statusCode;
  if (typeof status !== "number" || !Number.isInteger(status) || status < 200 || status > 599) {
    return { problem: `${JSON.stringify(statusCode)} is not a final HTTP status, 200 to 599.` };
  }
  if (body !== undefined && body !== null && typeof body !== "string") {
    return { problem: `body is of type ${typeof body}. Give a string, such as JSON.stringify(body).` };
  }
  const list = [
    ...(version === "1.0" ? multiValues(multiValueHeaders) : []),
    ...singleValues(headers),
    ...(version === "2.0" && Array.isArray(cookies)
      ? cookies.map((cookie) => ["set-cookie", String(cookie)] as const)
      : []),
  ].filter(([name]) => !connectionHeaders.has(name));
  const unfit = list.find(([name, text]) => !isHeaderName(name) || !isHeaderValue(text));
  if (unfit !== undefined) {
    return {
      problem: `HTTP can't carry the header ${JSON.stringify(unfit[0])}: ${JSON.stringify(unfit[1])}.`,
    };
  }
  return {
    status,
    headers: hasHeader(list, "content-type") ? list : [["content-type", standardType], ...list],
    body: Buffer.from(body ?? "", isBase64Encoded === true ? "base64" : "utf8"),
  };
}

function singleValues(headers: unknown): (readonly [string, string])[] {
  if (typeof headers !== "object" || headers === null) return [];
  return Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]);
}

function multiValues(headers: unknown): (readonly [string, string])[] {
  if (typeof headers !== "object" || headers === null) return [];
  return Object.entries(headers).flatMap(([name, values]) =>
    (Array.isArray(values) ? values : [values]).map((value) => [name.toLowerCase(), String(value)] as const),
  );
}

function inferred(value: unknown): IntegrationAnswer {
  const body = typeof value === "string" ? value : JSON.stringify(value);
  return { status: 200, headers: [["content-type", "application/json"]], body: Buffer.from(body) };
}
