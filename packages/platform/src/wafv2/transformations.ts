import { createHash } from "node:crypto";
import {
  cssDecode,
  escapeSequenceDecode,
  htmlEntityDecode,
  javaScriptDecode,
  narrow,
} from "./escape-decoders.ts";
import { Properties } from "./properties.ts";
import { WafError, WafNotServedError } from "./waf-error.ts";

/** Changes bytes, each as one character below U+0100. Never throws, and takes time in proportion to the length. */
export type Transformation = (bytes: string) => string;

const whitespace = "[ \\t\\n\\r\\f\\v\\xa0]";

/**
 * The text transformations by their name in a template.
 * @see https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-transformation.html
 */
const transformations: Readonly<Record<string, Transformation>> = {
  NONE: (bytes) => bytes,
  BASE64_DECODE: (bytes) => base64Decode(/^[A-Za-z0-9+/]*/.exec(bytes)?.[0] ?? ""),
  BASE64_DECODE_EXT: (bytes) => base64Decode(bytes.replace(/[^A-Za-z0-9+/]+/g, "")),
  CMD_LINE: (bytes) =>
    lowercase(
      bytes
        .replace(/[\\"'^]/g, "")
        .replace(/[,;]/g, " ")
        .replace(/[ \t\n\r\f\v]+/g, " ")
        .replace(/ (?=[/(])/g, ""),
    ),
  COMPRESS_WHITE_SPACE: (bytes) => bytes.replace(new RegExp(`${whitespace}+`, "g"), " "),
  CSS_DECODE: cssDecode,
  ESCAPE_SEQ_DECODE: escapeSequenceDecode,
  HEX_DECODE: hexDecode,
  HTML_ENTITY_DECODE: htmlEntityDecode,
  JS_DECODE: javaScriptDecode,
  LOWERCASE: lowercase,
  MD5: (bytes) => digest("md5", bytes),
  NORMALIZE_PATH: normalizePath,
  NORMALIZE_PATH_WIN: (bytes) => normalizePath(bytes.replaceAll("\\", "/")),
  // Newer than the rest; AWS describes them in a word each.
  REMOVE_COMMENTS_CHAR: (bytes) => bytes.replace(/\/\*|\*\/|--|#/g, ""),
  REMOVE_NULLS: (bytes) => bytes.replaceAll("\0", ""),
  REMOVE_WHITESPACE: (bytes) => bytes.replace(new RegExp(whitespace, "g"), ""),
  REPLACE_COMMENTS: replaceComments,
  REPLACE_NULLS: (bytes) => bytes.replaceAll("\0", " "),
  SHA256: (bytes) => digest("sha256", bytes),
  SQL_HEX_DECODE: (bytes) =>
    bytes.replace(/0x((?:[0-9a-f]{2})+)/gi, (_, digits: string) => hexDecode(digits)),
  TRIM: (bytes) => trimRight(trimLeft(bytes)),
  TRIM_LEFT: trimLeft,
  TRIM_RIGHT: trimRight,
  UPPERCASE: (bytes) => bytes.replace(/[a-z]+/g, (letters) => letters.toUpperCase()),
  URL_DECODE: urlDecode,
  URL_DECODE_UNI: (bytes) =>
    urlDecode(
      bytes.replace(/%u([0-9a-f]{4})/gi, (_, digits: string) => {
        const byte = narrow(Number.parseInt(digits, 16));
        return `%${byte.toString(16).padStart(2, "0")}`;
      }),
    ),
  UTF8_TO_UNICODE: utf8ToUnicode,
};

/** Documented by name only. */
const unserved = ["CMD_LINE_UNIX", "CMD_LINE_WIN", "JS_DECODE_EXT"];

/** Every name that a template may have. */
const transformationNames: readonly string[] = [...Object.keys(transformations), ...unserved];

/**
 * Reads the `TextTransformations` of a statement or key.
 * @returns how to apply them, in the order of their priorities, and what they cost.
 */
export function readTransformations(properties: Properties): {
  readonly apply: Transformation;
  readonly capacity: number;
} {
  const list = properties.list("TextTransformations");
  if (list.length === 0) {
    throw new WafError(
      `${properties.place}: required key [TextTransformations] not found. Write Priority: 0, Type: NONE for none.`,
    );
  }
  if (list.length > 10) {
    throw new WafError(
      `${properties.at("TextTransformations")}: expected maximum item count: 10, found: ${list.length}.`,
    );
  }
  const steps = list.map((value, index) => {
    const place = `${properties.at("TextTransformations")}/${index}`;
    const step = new Properties(value, place, ["Priority", "Type"]);
    const type = step.oneOf("Type", transformationNames);
    return { priority: step.whole("Priority", 0, 2 ** 31 - 1), type, apply: transformationOf(type) };
  });
  if (new Set(steps.map(({ priority }) => priority)).size < steps.length) {
    throw new WafError(`${properties.at("TextTransformations")}: priorities must all be different.`);
  }
  steps.sort((one, other) => one.priority - other.priority);
  return {
    apply: (bytes) => steps.reduce((changed, { apply }) => apply(changed), bytes),
    capacity: 10 * steps.filter(({ type }) => type !== "NONE").length,
  };
}

/** @throws {WafNotServedError} if it is one that this platform has not. */
export function transformationOf(name: string): Transformation {
  const transformation = Object.hasOwn(transformations, name) ? transformations[name] : undefined;
  if (transformation !== undefined) return transformation;
  throw new WafNotServedError(
    `The text transformation ${name} is not served by this platform: AWS does not say what exactly it does.`,
  );
}

function lowercase(bytes: string): string {
  return bytes.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

function digest(algorithm: string, bytes: string): string {
  return createHash(algorithm).update(bytes, "latin1").digest().toString("latin1");
}

function base64Decode(letters: string): string {
  return Buffer.from(letters, "base64").toString("latin1");
}

/** Pairs of digits up to the first that is none. */
function hexDecode(bytes: string): string {
  return Buffer.from(bytes, "hex").toString("latin1");
}

function urlDecode(bytes: string): string {
  return bytes
    .replaceAll("+", " ")
    .replace(/%([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}

function trimLeft(bytes: string): string {
  return bytes.slice(/^[ \t\n\r\f\v\xa0]*/.exec(bytes)?.[0].length ?? 0);
}

function trimRight(bytes: string): string {
  let end = bytes.length;
  while (end > 0 && " \t\n\r\f\v\xa0".includes(bytes[end - 1] ?? "")) end -= 1;
  return bytes.slice(0, end);
}

/** Without doubled slashes and `.`, and without `..` but for those at the beginning, which have nothing to go up from. */
function normalizePath(bytes: string): string {
  const kept: string[] = [];
  const pieces = bytes.split("/");
  for (const piece of pieces) {
    if (piece === "" || piece === ".") continue;
    const last = kept.at(-1);
    if (piece === ".." && last !== undefined && last !== "..") kept.pop();
    else kept.push(piece);
  }
  const end = pieces.at(-1) ?? "";
  const isFolder = end === "" || end === "." || (end === ".." && kept.at(-1) !== "..");
  const path = `${bytes.startsWith("/") ? "/" : ""}${kept.join("/")}`;
  return isFolder && kept.length > 0 && bytes.includes("/") ? `${path}/` : path;
}

/** A space for each C comment, also for one that does not end. */
function replaceComments(bytes: string): string {
  let result = "";
  for (let position = 0; ; ) {
    const start = bytes.indexOf("/*", position);
    if (start === -1) return result + bytes.slice(position);
    result += `${bytes.slice(position, start)} `;
    const end = bytes.indexOf("*/", start + 2);
    if (end === -1) return result;
    position = end + 2;
  }
}

/** Characters beyond ASCII as `%uXXXX`, as in rules written for ModSecurity; what is no UTF-8 stays. */
function utf8ToUnicode(bytes: string): string {
  const sequence = /[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}/g;
  return bytes.replace(sequence, (encoded) => {
    const character = Buffer.from(encoded, "latin1").toString("utf8");
    if (character.includes("\ufffd")) return encoded;
    return `%u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`;
  });
}
