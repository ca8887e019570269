import { NormalizedSchema } from "@smithy/core/schema";
import type { SchemaRef } from "@smithy/types";
import { writeScalar } from "./scalar.ts";

/**
 * Writes a structure as XML. Empty lists are empty elements, since clients tell them from absent ones, and timestamps
 * have milliseconds, since clients order by them.
 *
 * @param name - of the root element.
 * @param members - the members to write; all unless given.
 * @see https://smithy.io/2.0/spec/protocol-traits.html#xml-bindings
 */
export function writeXml(
  name: string,
  schema: SchemaRef,
  value: Readonly<Record<string, unknown>>,
  options: { readonly namespace?: string | undefined; readonly members?: readonly string[] } = {},
): string {
  const { namespace, members } = options;
  const shape = NormalizedSchema.of(schema);
  const declared = namespace === undefined ? namespaceOf(shape) : ` xmlns="${escapeXml(namespace)}"`;
  const { attributes, content } = structureParts(shape, value, members);
  return element(name, declared + attributes, content);
}

/** Escapes a text for XML, in content and in attributes. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"\r]/g, (character) => entities[character] ?? character);
}

/** An element around content that is XML already. */
export function element(name: string, attributes: string, content: string): string {
  return content === "" ? `<${name}${attributes}/>` : `<${name}${attributes}>${content}</${name}>`;
}

/** A bare carriage return would become a line feed in the reader. */
const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\r": "&#xD;",
};

function structureParts(
  schema: NormalizedSchema,
  value: Readonly<Record<string, unknown>>,
  members?: readonly string[],
): { attributes: string; content: string } {
  let attributes = "";
  let content = "";
  for (const [name, member] of schema.structIterator()) {
    const item = value[name];
    if (item === undefined || item === null || members?.includes(name) === false) continue;
    const traits = member.getMemberTraits();
    const tag = traits.xmlName ?? name;
    if (traits.xmlAttribute) attributes += ` ${tag}="${scalar(member, item)}"`;
    else content += node(tag, member, item);
  }
  return { attributes, content };
}

function node(tag: string, schema: NormalizedSchema, value: unknown): string {
  const isFlat = schema.getMergedTraits().xmlFlattened !== undefined;
  const namespace = namespaceOf(schema);
  if (schema.isListSchema()) {
    const item = schema.getValueSchema();
    const itemTag = isFlat ? tag : (item.getMemberTraits().xmlName ?? "member");
    const items = (value as readonly unknown[]).filter((entry) => entry !== undefined && entry !== null);
    const content = items.map((entry) => node(itemTag, item, entry)).join("");
    return isFlat ? content : element(tag, namespace, content);
  }
  if (schema.isMapSchema()) {
    const content = Object.entries(value as Readonly<Record<string, unknown>>)
      .filter(([, entry]) => entry !== undefined && entry !== null)
      .map(([key, entry]) => mapEntry(isFlat ? tag : "entry", schema, key, entry))
      .join("");
    return isFlat ? content : element(tag, namespace, content);
  }
  if (schema.isStructSchema()) {
    const { attributes, content } = structureParts(schema, value as Readonly<Record<string, unknown>>);
    return element(tag, namespace + attributes, content);
  }
  return element(tag, namespace, scalar(schema, value));
}

function mapEntry(tag: string, schema: NormalizedSchema, key: string, value: unknown): string {
  const keyTag = schema.getKeySchema().getMemberTraits().xmlName ?? "key";
  const valueTag = schema.getValueSchema().getMemberTraits().xmlName ?? "value";
  return element(
    tag,
    "",
    element(keyTag, "", escapeXml(key)) + node(valueTag, schema.getValueSchema(), value),
  );
}

function scalar(schema: NormalizedSchema, value: unknown): string {
  return escapeXml(writeScalar(schema, value, "date-time"));
}

function namespaceOf(schema: NormalizedSchema): string {
  const [prefix = "", uri] = schema.getMergedTraits().xmlNamespace ?? [];
  if (uri === undefined) return "";
  return ` xmlns${prefix === "" ? "" : `:${prefix}`}="${escapeXml(uri)}"`;
}
