/**
 * The head of a request as it came over the wire. Text holds one character for each byte (Latin-1), as Node's HTTP parser
 * gives it: a signature covers bytes.
 */
export interface SignedRequest {
  readonly method: string;
  /** The path of the request line, still encoded, without the query. */
  readonly rawPath: string;
  /** What follows the question mark of the request line, still encoded; empty when there is none. */
  readonly rawQuery: string;
  /** Header names and values in the order received, repeated headers as often as they came. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** A parameter of the query in the canonical encoding. */
export interface QueryParameter {
  readonly name: string;
  readonly value: string;
}

/** What several steps of the verification look up in a request. */
export class RequestParts {
  readonly method: string;
  readonly rawPath: string;
  /** In the order received. */
  readonly query: readonly QueryParameter[];
  readonly #headers = new Map<string, string[]>();

  constructor(request: SignedRequest) {
    this.method = request.method;
    this.rawPath = request.rawPath;
    this.query = parseQuery(request.rawQuery);
    for (const [name, value] of request.headers) {
      const key = name.toLowerCase();
      const values = this.#headers.get(key);
      if (values === undefined) this.#headers.set(key, [value]);
      else values.push(value);
    }
  }

  /** Lower-case names of all headers. */
  get headerNames(): Iterable<string> {
    return this.#headers.keys();
  }

  /** Every value of a header as it was sent, in the order received. */
  headerValues(name: string): readonly string[] {
    return this.#headers.get(name) ?? [];
  }

  /** The value of a header, trimmed; repeated headers joined with commas. */
  header(name: string): string | undefined {
    return this.#headers.get(name)?.map(trimAll).join(",");
  }

  /** Decoded values of a query parameter, in the order received. */
  queryValues(name: string): readonly string[] {
    return this.query.filter((parameter) => parameter.name === name).map(({ value }) => decodeText(value));
  }
}

/**
 * A header value as the signature covers it: without blanks around, and one blank for a run of blanks. Line breaks count
 * as blanks, since a folded header has them.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
function trimAll(value: string): string {
  // Only ASCII blanks: `trim()` would also take bytes out of UTF-8 text.
  return value.replace(/[ \t\r\n]+/g, " ").replace(/^ | $/g, "");
}

function parseQuery(rawQuery: string): QueryParameter[] {
  const parameters: QueryParameter[] = [];
  for (const pair of rawQuery.split("&")) {
    if (pair === "") continue;
    const equalSign = pair.indexOf("=");
    const [name, value] =
      equalSign === -1 ? [pair, ""] : [pair.slice(0, equalSign), pair.slice(equalSign + 1)];
    parameters.push({ name: encodeQueryText(name), value: encodeQueryText(value) });
  }
  return parameters;
}

/**
 * Names and values are encoded once, however the client encoded them on the wire: a plus sign is a blank, and an escape
 * that was not needed is none.
 */
function encodeQueryText(text: string): string {
  return text.replace(/\+|%[0-9A-Fa-f]{2}|[^A-Za-z0-9\-._~]/g, (part) => {
    if (part === "+") return "%20";
    const character = part.length === 3 ? String.fromCharCode(Number.parseInt(part.slice(1), 16)) : part;
    return /[A-Za-z0-9\-._~]/.test(character) ? character : percentEncoded(character);
  });
}

/** `%` and the byte in upper-case hex. */
export function percentEncoded(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
}

function decodeText(encoded: string): string {
  return encoded.replace(/%([0-9A-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
