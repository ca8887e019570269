import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  Scalar,
  type YAMLMap,
} from "yaml";
import type { Finding } from "../diagnostics/diagnostic.ts";
import { nearest } from "../diagnostics/spelling.ts";
import type { Value, ValueMap } from "../value.ts";
import type { TemplateLimits } from "./limits.ts";
import { plainScalar } from "./plain-scalar.ts";
import type { PositionNode } from "./positions.ts";
import { functionOfTag, longForm, shortFormTags } from "./short-forms.ts";

/** A finding and the offset in the source at which it stands. */
interface OffsetFinding extends Finding {
  readonly offset: number;
}

export interface Converted {
  /** `undefined` when a limit was hit or a key cannot be represented. */
  readonly value?: Value;
  readonly root?: PositionNode;
  readonly findings: readonly OffsetFinding[];
}

/** Turns a parsed YAML document into data. */
export function convertDocument(document: Document, isJson: boolean, limits: TemplateLimits): Converted {
  const converter = new Converter(document, isJson, limits);
  try {
    const { value, position } = converter.convert(document.contents, 0, 0);
    return { value, root: position, findings: converter.findings };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { findings: [...converter.findings, error.finding] };
  }
}

interface Part {
  readonly value: Value;
  readonly position: PositionNode;
}

/** Ends the conversion. */
class Refusal extends Error {
  readonly finding: OffsetFinding;

  constructor(offset: number, code: string, message: string, hint: string) {
    super(message);
    this.finding = { severity: "error", code, message, hint, offset };
  }
}

class Converter {
  readonly findings: OffsetFinding[] = [];
  readonly #document: Document;
  readonly #isJson: boolean;
  readonly #limits: TemplateLimits;
  readonly #open = new Set<Node>();
  #nodes = 0;
  #hasAlias = false;

  constructor(document: Document, isJson: boolean, limits: TemplateLimits) {
    this.#document = document;
    this.#isJson = isJson;
    this.#limits = limits;
  }

  convert(node: unknown, key: number, depth: number): Part {
    if (!isNode(node)) return { value: null, position: { key, value: key } };
    const offset = node.range?.[0] ?? key;
    this.#count(offset, depth);
    if (isAlias(node)) return this.#alias(node, key, offset, depth);
    const plain = this.#untagged(node, key, offset, depth);
    const tag = node.tag;
    const name = tag === undefined ? undefined : functionOfTag(tag);
    if (name === undefined) {
      if (tag?.startsWith("!") && tag !== "!") this.#unknownTag(tag, key);
      return plain;
    }
    const children = new Map([[name, plain.position]]);
    return { value: longForm(name, plain.value), position: { key, value: offset, children } };
  }

  #untagged(node: Node, key: number, offset: number, depth: number): Part {
    if (isMap(node)) return this.#map(node, key, offset, depth);
    if (isSeq(node)) {
      const parts = node.items.map((item) => this.convert(item, offsetOf(item, offset), depth + 1));
      const children = new Map<string | number, PositionNode>(
        parts.map(({ position }, index) => [index, position]),
      );
      return { value: parts.map(({ value }) => value), position: { key, value: offset, children } };
    }
    return { value: isScalar(node) ? this.#scalar(node) : null, position: { key, value: offset } };
  }

  #map(node: YAMLMap, key: number, offset: number, depth: number): Part {
    const value: ValueMap = {};
    const children = new Map<string | number, PositionNode>();
    const merged: Part[] = [];
    for (const pair of node.items) {
      const at = offsetOf(pair.key, offset);
      const name = this.#key(pair, at);
      const part = this.convert(pair.value, at, depth + 1);
      if (name === "<<" && isScalar(pair.key) && pair.key.type === Scalar.PLAIN) {
        merged.push(...this.#mergeSources(part, at));
        continue;
      }
      if (Object.hasOwn(value, name)) this.#duplicate(name, at);
      value[name] = part.value;
      children.set(name, { ...part.position, key: at });
    }
    for (const source of merged) {
      for (const [name, inner] of Object.entries(source.value as ValueMap)) {
        if (Object.hasOwn(value, name)) continue;
        value[name] = inner;
        const position = source.position.children?.get(name);
        if (position !== undefined) children.set(name, position);
      }
    }
    return { value, position: { key, value: offset, children } };
  }

  /** The maps that a merge key stands for; later ones give way to earlier ones. */
  #mergeSources(part: Part, offset: number): Part[] {
    const sources = Array.isArray(part.value)
      ? part.value.map((value, index) => ({
          value,
          position: part.position.children?.get(index) ?? part.position,
        }))
      : [part];
    if (sources.every(({ value }) => typeof value === "object" && value !== null && !Array.isArray(value)))
      return sources;
    throw new Refusal(
      offset,
      "merge-not-a-map",
      "The merge key `<<` has a value that is no map.",
      "Let it name an anchor on a map, as in `<<: *defaults`.",
    );
  }

  #key(pair: Pair, offset: number): string {
    const { key } = pair;
    if (key === null) return "";
    if (isAlias(key)) {
      const target = key.resolve(this.#document);
      if (isScalar(target)) return String(target.value);
    }
    if (!isScalar(key)) {
      throw new Refusal(
        offset,
        "key-not-a-scalar",
        "A key is a list or a map; a template can only have text as keys.",
        "Look for a missing value, a stray `?` or `{ }` before the colon.",
      );
    }
    const name = key.source ?? String(key.value);
    if (name === "__proto__") {
      throw new Refusal(
        offset,
        "key-reserved",
        "The key `__proto__` cannot be used.",
        "Give it another name.",
      );
    }
    return name;
  }

  #alias(node: Alias, key: number, offset: number, depth: number): Part {
    if (!this.#hasAlias) {
      this.#hasAlias = true;
      this.findings.push({
        severity: "info",
        code: "yaml-alias",
        message:
          "The template uses YAML aliases. SAM CLI and this platform resolve them; CloudFormation itself refuses a template that has them.",
        hint: "Fine with `sam deploy`. Write the value out where the template goes to CloudFormation as it is.",
        offset,
      });
    }
    const target = node.resolve(this.#document);
    if (target === undefined || this.#open.has(target)) {
      throw new Refusal(
        offset,
        "yaml-alias-unresolved",
        `The alias \`*${node.source}\` has no anchor before it, or stands inside the node that it names.`,
        `Put \`&${node.source}\` on an earlier node.`,
      );
    }
    this.#open.add(target);
    const part = this.convert(target, key, depth + 1);
    this.#open.delete(target);
    return part;
  }

  #scalar(node: Scalar): Value {
    const { tag, type } = node;
    const text = node.source ?? String(node.value ?? "");
    if (type !== Scalar.PLAIN || tag === "tag:yaml.org,2002:str") return String(node.value ?? "");
    // What a short form stands before is text, save for the few functions that take a number or a boolean.
    if (tag !== undefined && functionOfTag(tag) !== undefined) return text;
    return this.#isJson ? jsonScalar(text) : plainScalar(text);
  }

  #count(offset: number, depth: number): void {
    this.#nodes += 1;
    if (depth > this.#limits.depth) {
      throw new Refusal(
        offset,
        "template-too-deep",
        `The template is nested more than ${this.#limits.depth} levels deep.`,
        "Flatten it.",
      );
    }
    if (this.#nodes > this.#limits.nodes) {
      throw new Refusal(
        offset,
        "template-too-many-nodes",
        `The template has more than ${this.#limits.nodes} nodes once its aliases are expanded.`,
        "Remove anchors that refer to one another.",
      );
    }
  }

  #duplicate(name: string, offset: number): void {
    this.findings.push({
      severity: "warning",
      code: "duplicate-key",
      message: `The key \`${name}\` stands twice in the same map. AWS takes the last one and says nothing.`,
      hint: "Remove or rename one of them.",
      offset,
    });
  }

  #unknownTag(tag: string, offset: number): void {
    const suggestion = nearest(tag, shortFormTags);
    this.findings.push({
      severity: "error",
      code: "unknown-tag",
      message: `\`${tag}\` is no function; CloudFormation refuses a template that has it.`,
      hint:
        suggestion === undefined
          ? `Known short forms: ${shortFormTags.join(", ")}.`
          : `Write \`${suggestion}\`.`,
      offset,
    });
  }
}

function offsetOf(node: unknown, otherwise: number): number {
  return isNode(node) ? (node.range?.[0] ?? otherwise) : otherwise;
}

function jsonScalar(text: string): Value {
  return text === "" ? null : (JSON.parse(text) as Value);
}
