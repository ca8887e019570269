import { isIP } from "node:net";
import { Properties } from "./properties.ts";
import { RateCounter } from "./rate-limit.ts";
import type { Statement, StatementContext } from "./statement.ts";
import { readTransformations } from "./transformations.ts";
import { WafError, WafNotServedError } from "./waf-error.ts";
import { cookiePairs, headerValues, type Inspection, queryPairs, type WafRequest } from "./waf-request.ts";

/** What requests are counted by; nothing if a request lacks it. */
type ReadKey = (inspection: Inspection) => string | undefined;

interface AggregateKey {
  readonly read: ReadKey;
  readonly capacity: number;
}

const keyKinds = [
  "ASN",
  "Cookie",
  "ForwardedIP",
  "HTTPMethod",
  "Header",
  "IP",
  "JA3Fingerprint",
  "JA4Fingerprint",
  "LabelNamespace",
  "QueryArgument",
  "QueryString",
  "UriPath",
] as const;

/**
 * Reads a `RateBasedStatement`.
 * @throws {WafError}
 * @see https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-type-rate-based.html
 */
export function readRateBased(
  holder: Properties,
  name: string,
  context: StatementContext,
  readStatement: (holder: Properties, name: string, context: StatementContext, isTop: boolean) => Statement,
): Statement {
  const properties = holder.object(name, [
    "AggregateKeyType",
    "CustomKeys",
    "EvaluationWindowSec",
    "ForwardedIPConfig",
    "Limit",
    "ScopeDownStatement",
  ]);
  const limit = properties.whole("Limit", 10, 2_000_000_000);
  const window = properties.has("EvaluationWindowSec")
    ? properties.whole("EvaluationWindowSec", 60, 600)
    : 300;
  if (![60, 120, 300, 600].includes(window)) {
    throw new WafError(`${properties.at("EvaluationWindowSec")}: ${window} is none of 60, 120, 300 and 600.`);
  }
  const scopeDown = properties.has("ScopeDownStatement")
    ? readStatement(properties, "ScopeDownStatement", context, false)
    : undefined;
  const keys = readKeys(properties, scopeDown !== undefined, context);
  const forwarded = readForwarded(properties);
  const counter = new RateCounter(limit, window);
  return {
    capacity: 2 + keys.reduce((sum, { capacity }) => sum + capacity, 0) + (scopeDown?.capacity ?? 0),
    matches: (inspection) => {
      if (scopeDown !== undefined && !scopeDown.matches(inspection)) return false;
      // A request without an address that can be read is not counted; the rule says what becomes of it.
      if (forwarded !== undefined) {
        const address = forwarded.addressIn(inspection.request);
        if (address === undefined) {
          inspection.isRuleOff = true;
          return false;
        }
        if (isIP(address) === 0) return forwarded.fallback;
      }
      const values = keys.map(({ read }) => read(inspection));
      if (values.includes(undefined)) return false;
      return counter.count(JSON.stringify(values), inspection.nowMs);
    },
  };
}

function readKeys(
  properties: Properties,
  isScopedDown: boolean,
  context: StatementContext,
): readonly AggregateKey[] {
  const type = properties.oneOf("AggregateKeyType", ["IP", "FORWARDED_IP", "CUSTOM_KEYS", "CONSTANT"]);
  if (type !== "CUSTOM_KEYS" && properties.has("CustomKeys")) {
    throw new WafError(`${properties.place}: CustomKeys need AggregateKeyType: CUSTOM_KEYS.`);
  }
  if (type === "IP") return [{ read: ({ request }) => request.sourceIp, capacity: 0 }];
  if (type === "FORWARDED_IP") {
    properties.required("ForwardedIPConfig");
    return [{ read: forwardedKey(properties), capacity: 0 }];
  }
  if (type === "CONSTANT") {
    if (isScopedDown) return [];
    throw new WafError(`${properties.place}: AggregateKeyType CONSTANT needs a ScopeDownStatement.`);
  }
  const list = properties.list("CustomKeys");
  if (list.length < 1 || list.length > 5) {
    throw new WafError(`${properties.at("CustomKeys")}: give 1 to 5 keys; there are ${list.length}.`);
  }
  return list.map((value, index) => {
    const key = new Properties(value, `${properties.at("CustomKeys")}/${index}`, keyKinds);
    return { read: readCustomKey(key, properties, context), capacity: 30 };
  });
}

function readCustomKey(key: Properties, statement: Properties, context: StatementContext): ReadKey {
  const [kind, ...others] = key.names;
  if (kind === undefined || others.length > 0) {
    throw new WafError(`${key.place}: give exactly one of ${keyKinds.join(", ")}.`);
  }
  switch (kind as (typeof keyKinds)[number]) {
    case "IP":
      return ({ request }) => request.sourceIp;
    case "ForwardedIP":
      statement.required("ForwardedIPConfig");
      return forwardedKey(statement);
    case "HTTPMethod":
      return ({ request }) => request.method;
    case "Header":
      return named(key, kind, (request, name) => headerValues(request, name)[0]);
    case "Cookie":
      return named(key, kind, (request, name) => valueNamed(cookiePairs(request), name));
    case "QueryArgument":
      return named(key, kind, ({ rawQuery }, name) => valueNamed(queryPairs(rawQuery), name));
    case "QueryString":
      return transformed(key, kind, ({ rawQuery }) => rawQuery);
    case "UriPath":
      return transformed(key, kind, ({ rawPath }) => rawPath);
    case "LabelNamespace": {
      const given = key.object(kind, ["Namespace"]).text("Namespace", { most: 1024 });
      const own = given.startsWith("awswaf:") ? given : `${context.labelNamespace}${given}`;
      const namespace = own.endsWith(":") ? own : `${own}:`;
      return ({ labels }) => {
        const found = [...labels].filter((label) => label.startsWith(namespace));
        return found.length === 0 ? undefined : found.sort().join(",");
      };
    }
    default:
      throw new WafNotServedError(
        `${key.place}: Counting requests by ${kind} is not served by this platform: it can't be known on this machine.`,
      );
  }
}

function named(
  key: Properties,
  kind: string,
  find: (request: WafRequest, lowercaseName: string) => string | undefined,
): ReadKey {
  const properties = key.object(kind, ["Name", "TextTransformations"]);
  const name = properties.text("Name", { most: 64 }).toLowerCase();
  const { apply } = readTransformations(properties);
  return ({ request }) => {
    const value = find(request, name);
    return value === undefined ? undefined : apply(value);
  };
}

function transformed(key: Properties, kind: string, find: (request: WafRequest) => string): ReadKey {
  const { apply } = readTransformations(key.object(kind, ["TextTransformations"]));
  return ({ request }) => apply(find(request));
}

function valueNamed(
  pairs: readonly (readonly [string, string])[],
  lowercaseName: string,
): string | undefined {
  return pairs.find(([name]) => name.toLowerCase() === lowercaseName)?.[1];
}

interface Forwarded {
  readonly fallback: boolean;
  /** The first address; nothing if there is no such header. */
  readonly addressIn: (request: WafRequest) => string | undefined;
}

function readForwarded(properties: Properties): Forwarded | undefined {
  const config = properties.optionalObject("ForwardedIPConfig", ["FallbackBehavior", "HeaderName"]);
  if (config === undefined) return undefined;
  const header = config.text("HeaderName", { most: 255 }).toLowerCase();
  return {
    fallback: config.oneOf("FallbackBehavior", ["MATCH", "NO_MATCH"]) === "MATCH",
    addressIn: (request) => headerValues(request, header)[0]?.split(",")[0]?.trim(),
  };
}

function forwardedKey(properties: Properties): ReadKey {
  const forwarded = readForwarded(properties);
  return ({ request }) => forwarded?.addressIn(request);
}
