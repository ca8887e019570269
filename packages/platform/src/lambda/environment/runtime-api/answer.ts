/** An answer of the Runtime API, ready for the wire. */
export type Answer = Buffer;

const reasonPhrases: Readonly<Record<number, string>> = {
  200: "OK",
  202: "Accepted",
  400: "Bad Request",
  403: "Forbidden",
  404: "Not Found",
  409: "Conflict",
  410: "Gone",
  413: "Request Entity Too Large",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  501: "Not Implemented",
  503: "Service Unavailable",
  505: "HTTP Version Not Supported",
};

/** Encodes a whole answer. `headers` is header lines, each with its CRLF. */
export function encodeAnswer(status: number, headers: string, body: string | Uint8Array): Answer {
  const length = typeof body === "string" ? Buffer.byteLength(body) : body.byteLength;
  const head = `HTTP/1.1 ${status} ${reasonPhrases[status] ?? ""}\r\n${headers}Content-Length: ${length}\r\n\r\n`;
  const answer = Buffer.allocUnsafe(head.length + length);
  answer.write(head, 0, "latin1");
  if (typeof body === "string") answer.write(body, head.length);
  else answer.set(body, head.length);
  return answer;
}

/** Encodes JSON with the line feed that ends it on AWS as well. */
export function jsonAnswer(status: number, value: unknown, headers = ""): Answer {
  return encodeAnswer(status, `${headers}Content-Type: application/json\r\n`, `${JSON.stringify(value)}\n`);
}

/**
 * What the Runtime API answers to a call that it refuses.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
export function refusal(status: number, errorType: string, errorMessage: string): Answer {
  return jsonAnswer(status, { errorMessage, errorType });
}

/** The answer to whatever was taken. */
export const accepted = jsonAnswer(202, { status: "OK" });

/** The router's answer to a path that it does not know. */
export const notFound = encodeAnswer(
  404,
  "Content-Type: text/plain; charset=utf-8\r\n",
  "404 page not found\n",
);
