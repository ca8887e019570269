import { createHash } from "node:crypto";
import { isGiven, isMap, type Value } from "../value.ts";

const hashLength = 10;

/**
 * A generated logical id: `prefix` and the first ten hexadecimal digits of the SHA-1 of `data`.
 *
 * Empty data adds nothing. What is hashed must be spelled exactly as the SAM translator spells it, or a stack that
 * was deployed elsewhere would get new resources here.
 */
export function hashedId(prefix: string, data: Value | undefined): string {
  return isGiven(data) ? prefix + sha1(stringified(data)).slice(0, hashLength) : prefix;
}

/** A generated logical id from a hash that the template gives itself. */
export function idWithHash(prefix: string, hash: string): string {
  return prefix + hash.slice(0, hashLength);
}

/** All forty digits of the SHA-1 of a text. */
export function sha1(text: string): string {
  return createHash("sha1").update(text, "utf8").digest("hex");
}

/** A string as it is, anything else as {@link canonicalJson}. */
function stringified(data: Value): string {
  return typeof data === "string" ? data : canonicalJson(data);
}

/** JSON without spaces, with sorted keys and with everything beyond ASCII escaped, as Python's `json.dumps` writes it. */
export function canonicalJson(value: Value): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (!isMap(value)) return asciiJson(value);
  const members = Object.keys(value)
    .sort()
    .map((key) => `${asciiJson(key)}:${canonicalJson(value[key] ?? null)}`);
  return `{${members.join(",")}}`;
}

function asciiJson(value: Value): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
