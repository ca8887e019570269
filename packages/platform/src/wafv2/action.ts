import { Properties } from "./properties.ts";
import { WafError, WafNotServedError } from "./waf-error.ts";

/** Headers in the order of a template. */
type Headers = readonly (readonly [name: string, value: string])[];

/** What the client gets instead of API Gateway's answer. */
export interface CustomResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: { readonly contentType: string; readonly content: string } | undefined;
}

/** What to do with a request that a rule matches, or that none does. */
export type Action =
  | { readonly kind: "allow" | "count"; readonly insertedHeaders: Headers }
  | { readonly kind: "block"; readonly response: CustomResponse | undefined };

/** Answers by the key that actions name them by. */
export type ResponseBodies = ReadonlyMap<string, NonNullable<CustomResponse["body"]>>;

const contentTypes = {
  APPLICATION_JSON: "application/json",
  TEXT_HTML: "text/html",
  TEXT_PLAIN: "text/plain",
};

/** Every action of AWS. */
export const actionNames = ["Allow", "Block", "Captcha", "Challenge", "Count"] as const;

/**
 * Reads the action that `holder` has by `name`.
 * @param choices - those that AWS takes there.
 * @throws {WafError}
 * @see https://docs.aws.amazon.com/waf/latest/developerguide/waf-custom-request-response.html
 */
export function readAction(
  holder: Properties,
  name: string,
  choices: readonly string[],
  bodies: ResponseBodies,
): Action {
  const action = holder.object(name, choices);
  const [kind, ...others] = action.names;
  if (kind === undefined || others.length > 0) {
    throw new WafError(
      `${action.place}: Error reason: You have used none or multiple values for a field that requires exactly one value., field: RULE_ACTION`,
    );
  }
  if (kind === "Captcha" || kind === "Challenge") {
    throw new WafNotServedError(
      `${action.place}: ${kind} is not served by this platform: AWS's puzzle and its tokens are its own. Use Count or Block.`,
    );
  }
  if (kind === "Block") {
    const block = action.object(kind, ["CustomResponse"]);
    return { kind: "block", response: block.has("CustomResponse") ? readResponse(block, bodies) : undefined };
  }
  const handling = action.object(kind, ["CustomRequestHandling"]);
  const inserted = handling.optionalObject("CustomRequestHandling", ["InsertHeaders"]);
  const headers = inserted === undefined ? [] : readHeaders(inserted, "InsertHeaders");
  if (inserted !== undefined && headers.length === 0) {
    throw new WafError(`${inserted.place}: required key [InsertHeaders] not found.`);
  }
  const insertedHeaders = headers.map(([header, value]) => [`x-amzn-waf-${header}`, value] as const);
  return { kind: kind === "Allow" ? "allow" : "count", insertedHeaders };
}

/** Reads `CustomResponseBodies`. @throws {WafError} */
export function readResponseBodies(owner: Properties): ResponseBodies {
  const bodies = owner.map("CustomResponseBodies").map(([key, value]) => {
    const place = `${owner.at("CustomResponseBodies")}/${key}`;
    if (!/^[\w-]{1,128}$/.test(key))
      throw new WafError(`${place}: the key does not match pattern ^[\\w\\-]+$.`);
    const body = new Properties(value, place, ["Content", "ContentType"]);
    const contentType =
      contentTypes[body.oneOf("ContentType", ["APPLICATION_JSON", "TEXT_HTML", "TEXT_PLAIN"])];
    const content = body.text("Content");
    if (Buffer.byteLength(content) > 4096) {
      throw new WafError(`${body.at("Content")}: a custom response has at most 4096 bytes.`);
    }
    return [key, { contentType, content }] as const;
  });
  return new Map(bodies);
}

function readResponse(block: Properties, bodies: ResponseBodies): CustomResponse {
  const properties = block.object("CustomResponse", [
    "CustomResponseBodyKey",
    "ResponseCode",
    "ResponseHeaders",
  ]);
  const status = properties.whole("ResponseCode", 200, 599);
  const headers = readHeaders(properties, "ResponseHeaders");
  const names = headers.map(([name]) => name.toLowerCase());
  if (names.includes("content-type") || new Set(names).size < names.length) {
    throw new WafError(
      `${properties.at("ResponseHeaders")}: any name but content-type may be given, and each once.`,
    );
  }
  const key = properties.optionalText("CustomResponseBodyKey");
  const body = key === undefined ? undefined : bodies.get(key);
  if (key !== undefined && body === undefined) {
    throw new WafError(
      `${properties.at("CustomResponseBodyKey")}: there is no ${key} in the CustomResponseBodies beside these rules.`,
    );
  }
  return { status, headers, body };
}

function readHeaders(properties: Properties, name: string): Headers {
  const list = properties.list(name);
  if (list.length > 10) {
    throw new WafError(`${properties.at(name)}: expected maximum item count: 10, found: ${list.length}.`);
  }
  return list.map((value, index) => {
    const header = new Properties(value, `${properties.at(name)}/${index}`, ["Name", "Value"]);
    return [
      header.text("Name", { most: 64, pattern: /^[a-zA-Z0-9._$-]+$/ }),
      header.text("Value", { most: 255, pattern: /^[^\r\n\0]*$/ }),
    ] as const;
  });
}
