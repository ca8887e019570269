import { isMap, type Value } from "../value.ts";

/**
 * A value as the translator's messages show it, where they quote what the template says.
 *
 * The translator is written in Python and formats values its way: `None`, `True`, single quotes.
 */
export function shown(value: Value | undefined): string {
  return typeof value === "string" ? value : quoted(value);
}

function quoted(value: Value | undefined): string {
  if (value === undefined || value === null) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (typeof value === "string") return quotedString(value);
  if (Array.isArray(value)) return `[${value.map(quoted).join(", ")}]`;
  if (!isMap(value)) return String(value);
  return `{${Object.entries(value)
    .map(([key, inner]) => `${quotedString(key)}: ${quoted(inner)}`)
    .join(", ")}}`;
}

function quotedString(text: string): string {
  const escaped = text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\t", "\\t");
  if (escaped.includes("'") && !escaped.includes('"')) return `"${escaped}"`;
  return `'${escaped.replaceAll("'", "\\'")}'`;
}

/** Whether the text is made of letters and digits only and is not empty. */
export function isAlphanumeric(text: string): boolean {
  return /^[\p{L}\p{N}]+$/u.test(text);
}

/** The name of a value's type in messages that show one. */
export function typeName(value: Value): string {
  if (value === null) return "NoneType";
  if (Array.isArray(value)) return "list";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "number") return Number.isInteger(value) ? "int" : "float";
  return isMap(value) ? "dict" : "str";
}
