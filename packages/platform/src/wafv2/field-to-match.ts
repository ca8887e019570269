import { type JsonElement, readJsonElements } from "./json-body.ts";
import type { Properties } from "./properties.ts";
import { WafError, WafNotServedError } from "./waf-error.ts";
import { cookiePairs, headerValues, queryPairs, type WafRequest } from "./waf-request.ts";

/** What a statement looks at: values of which any may match, or whether it matches whatever they are. */
export type Component = { readonly values: readonly string[] } | { readonly verdict: boolean };

/** The part of requests that a statement inspects. */
export interface FieldToMatch {
  readonly find: (request: WafRequest) => Component;
  /** What a statement costs with it, of what it costs by itself. */
  readonly capacity: (base: number) => number;
}

/** Of headers and cookies WAF gets no more. */
const mostBytes = 8 * 1024;
const mostPairs = 200;

const kinds = [
  "AllQueryArguments",
  "Body",
  "Cookies",
  "HeaderOrder",
  "Headers",
  "JA3Fingerprint",
  "JA4Fingerprint",
  "JsonBody",
  "Method",
  "QueryString",
  "SingleHeader",
  "SingleQueryArgument",
  "UriFragment",
  "UriPath",
] as const;

const sameCost = (base: number): number => base;
const nothing: Component = { values: [] };

/**
 * Reads a `FieldToMatch`. A header, cookie or argument that a request lacks matches nothing.
 * @throws {WafError}
 * @see https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-fields-list.html
 */
export function readFieldToMatch(statement: Properties): FieldToMatch {
  const field = statement.object("FieldToMatch", kinds);
  const [kind, ...others] = field.names;
  if (kind === undefined || others.length > 0) {
    throw new WafError(
      `${field.place}: Error reason: You have used none or multiple values for a field that requires exactly one value., field: FIELD_TO_MATCH`,
    );
  }
  return readField(field, kind as (typeof kinds)[number]);
}

function readField(field: Properties, kind: (typeof kinds)[number]): FieldToMatch {
  const cheap = (find: FieldToMatch["find"]): FieldToMatch => ({ find, capacity: sameCost });
  switch (kind) {
    case "Method":
      return cheap(({ method }) => ({ values: [method] }));
    case "UriPath":
      return cheap(({ rawPath }) => ({ values: [rawPath] }));
    case "QueryString":
      return cheap(({ rawQuery }) => ({ values: [rawQuery] }));
    case "AllQueryArguments":
      return {
        find: ({ rawQuery }) => ({ values: queryPairs(rawQuery).map(([, value]) => value) }),
        capacity: (base) => base + 10,
      };
    case "SingleQueryArgument": {
      const name = nameIn(field, kind, 30);
      return cheap(({ rawQuery }) => ({
        values: queryPairs(rawQuery).flatMap(([key, value]) => (key.toLowerCase() === name ? [value] : [])),
      }));
    }
    case "SingleHeader": {
      const name = nameIn(field, kind, 64);
      return cheap((request) => ({ values: headerValues(request, name) }));
    }
    case "Headers":
      return cheap(
        pairsFinder(field, kind, "IncludedHeaders", "ExcludedHeaders", (request) => request.headers),
      );
    case "Cookies":
      return cheap(pairsFinder(field, kind, "IncludedCookies", "ExcludedCookies", cookiePairs));
    case "HeaderOrder": {
      const oversize = oversizeIn(field.object(kind, ["OversizeHandling"]), true);
      return cheap((request) => {
        const { pairs, isCut } = withinLimits(request.headers);
        const values = [pairs.map(([name]) => name.toLowerCase()).join(":")];
        return (isCut ? oversize : undefined) ?? { values };
      });
    }
    case "Body": {
      const oversize = oversizeIn(field.object(kind, ["OversizeHandling"]), false);
      return cheap(({ body, isBodyCut }) => (isBodyCut ? oversize : undefined) ?? { values: [body] });
    }
    case "JsonBody":
      return { find: jsonFinder(field), capacity: (base) => 2 * base };
    default:
      throw new WafNotServedError(`${field.place}: ${kind} is not served by this platform: ${reasons[kind]}`);
  }
}

const reasons = {
  JA3Fingerprint: "there is no TLS handshake on this machine to take it from. Inspect a header instead.",
  JA4Fingerprint: "there is no TLS handshake on this machine to take it from. Inspect a header instead.",
  UriFragment: "clients don't send fragments to API Gateway. Inspect UriPath instead.",
};

function nameIn(field: Properties, kind: string, most: number): string {
  return field.object(kind, ["Name"]).text("Name", { most }).toLowerCase();
}

/** What an oversize component is, where it is not to be inspected as far as it goes. */
function oversizeIn(field: Properties, isRequired: boolean): Component | undefined {
  if (!isRequired && !field.has("OversizeHandling")) return undefined;
  const handling = field.oneOf("OversizeHandling", ["CONTINUE", "MATCH", "NO_MATCH"]);
  return handling === "CONTINUE" ? undefined : { verdict: handling === "MATCH" };
}

type Pairs = readonly (readonly [name: string, value: string])[];

/** The first 8 KB or 200 of them. */
function withinLimits(all: Pairs): { readonly pairs: Pairs; readonly isCut: boolean } {
  const pairs: [string, string][] = [];
  let bytes = 0;
  for (const [name, value] of all) {
    const room = mostBytes - bytes;
    if (pairs.length === mostPairs || room <= 0) return { pairs, isCut: true };
    bytes += name.length + value.length;
    pairs.push([name, value.slice(0, Math.max(0, room - name.length))]);
  }
  return { pairs, isCut: bytes > mostBytes };
}

function pairsFinder(
  field: Properties,
  kind: string,
  including: string,
  excluding: string,
  pairsOf: (request: WafRequest) => Pairs,
): FieldToMatch["find"] {
  const properties = field.object(kind, ["MatchPattern", "MatchScope", "OversizeHandling"]);
  const pattern = properties.object("MatchPattern", ["All", including, excluding]);
  const [choice, ...others] = pattern.names;
  if (choice === undefined || others.length > 0) {
    throw new WafError(`${pattern.place}: give exactly one of All, ${including} and ${excluding}.`);
  }
  const names = choice === "All" ? [] : pattern.texts(choice).map((name) => name.toLowerCase());
  const scope = properties.oneOf("MatchScope", ["ALL", "KEY", "VALUE"]);
  const oversize = oversizeIn(properties, true);
  return (request) => {
    const { pairs, isCut } = withinLimits(pairsOf(request));
    if (isCut && oversize !== undefined) return oversize;
    const values = pairs.flatMap(([name, value]) => {
      const isNamed = names.includes(name.toLowerCase());
      if (choice !== "All" && isNamed !== (choice === including)) return [];
      if (scope === "ALL") return [name, value];
      return [scope === "KEY" ? name : value];
    });
    return { values };
  };
}

function jsonFinder(field: Properties): FieldToMatch["find"] {
  const properties = field.object("JsonBody", [
    "InvalidFallbackBehavior",
    "MatchPattern",
    "MatchScope",
    "OversizeHandling",
  ]);
  const pattern = properties.object("MatchPattern", ["All", "IncludedPaths"]);
  if (pattern.names.length !== 1) {
    throw new WafError(`${pattern.place}: give exactly one of All and IncludedPaths.`);
  }
  const pointers = pattern.has("IncludedPaths") ? pattern.texts("IncludedPaths") : undefined;
  for (const pointer of pointers ?? []) {
    if (/^\/([^~]|~[01])*$/.test(pointer) && pointer.length <= 512) continue;
    throw new WafError(`${pattern.place}/IncludedPaths: ${pointer} is no JSON pointer; write /a/0/b.`);
  }
  const scope = properties.oneOf("MatchScope", ["ALL", "KEY", "VALUE"]);
  const oversize = oversizeIn(properties, false);
  const fallback = properties.has("InvalidFallbackBehavior")
    ? properties.oneOf("InvalidFallbackBehavior", ["MATCH", "NO_MATCH", "EVALUATE_AS_STRING"])
    : undefined;
  const isAsked = ({ kind, pointer }: JsonElement): boolean =>
    (scope === "ALL" || scope === kind.toUpperCase()) &&
    (pointers === undefined ||
      pointers.some((asked) => pointer === asked || pointer.startsWith(`${asked}/`)));
  return ({ body, isBodyCut }) => {
    if (isBodyCut && oversize !== undefined) return oversize;
    if (body === "") return nothing;
    const { elements, isComplete } = readJsonElements(body);
    // A body that was cut can't be complete. There, and without a fallback, what could be read counts.
    const isInvalid = !isComplete && !isBodyCut;
    if (isInvalid && fallback === "EVALUATE_AS_STRING") return { values: [body] };
    if (isInvalid && fallback !== undefined) return { verdict: fallback === "MATCH" };
    return { values: elements.filter(isAsked).map(({ text }) => text) };
  };
}
