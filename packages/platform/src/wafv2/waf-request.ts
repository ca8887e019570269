/** A request as WAF sees it, nothing decoded: each byte is one character below U+0100, also in the body. */
export interface WafRequest {
  readonly method: string;
  /** With the stage, up to the question mark. */
  readonly rawPath: string;
  /** Without the question mark. */
  readonly rawQuery: string;
  /** In the order and spelling of the client. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly sourceIp: string;
  /** What WAF gets of it: the first bytes, up to the web ACL's limit. */
  readonly body: string;
  /** Whether the body is longer. */
  readonly isBodyCut: boolean;
}

/** A request on its way through the rules of a web ACL. */
export interface Inspection {
  readonly request: WafRequest;
  /** Fully qualified; rules add theirs. */
  readonly labels: Set<string>;
  /** Unix time in milliseconds. */
  readonly nowMs: number;
  /**
   * Set when the header that a rule takes the address from is missing: the rule is not applied at all then, whatever its
   * statement says.
   */
  isRuleOff: boolean;
}

/** The values of all headers of a name, in order. */
export function headerValues(request: WafRequest, lowercaseName: string): readonly string[] {
  return request.headers.flatMap(([name, value]) => (name.toLowerCase() === lowercaseName ? [value] : []));
}

/** Pairs of a query, nothing decoded. */
export function queryPairs(rawQuery: string): readonly (readonly [name: string, value: string])[] {
  if (rawQuery === "") return [];
  return rawQuery.split("&").map((pair) => splitPair(pair));
}

/** Pairs of all cookies, nothing decoded. */
export function cookiePairs(request: WafRequest): readonly (readonly [name: string, value: string])[] {
  return headerValues(request, "cookie").flatMap((header) =>
    header.split(";").flatMap((pair) => (pair.trim() === "" ? [] : [splitPair(pair.trim())])),
  );
}

function splitPair(pair: string): readonly [name: string, value: string] {
  const equals = pair.indexOf("=");
  return equals === -1 ? [pair, ""] : [pair.slice(0, equals), pair.slice(equals + 1)];
}
