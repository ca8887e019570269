/** An access log's format, ready to be filled in. */
export interface AccessLogFormat {
  /**
   * A line of the log.
   * @param context - what `$context` stands for: nested objects, such as `identity` with its `sourceIp`.
   */
  render(context: Readonly<Record<string, unknown>>): string;
}

/** Largest format that a stage takes, in bytes. */
const formatBytes = 3 * 1024;

/** What stands for a variable without a value. */
const nothing = "-";

/** Names below an authorizer are others' to choose: claims of Amazon Cognito have colons and hyphens. */
const variable = /\$context((?:\.authorizer(?:\.claims)?\.\w(?:[\w:-]*\w)?)|(?:\.\w+)+)/g;

/**
 * Reads an access log's format: any text with variables such as `$context.identity.sourceIp`. What has no value becomes
 * `-`. Within a format that is a JSON document, values are escaped so that the line is one as well; numbers and flags
 * stay as they are. An object has no text of its own, and is `null`.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
 */
export function parseAccessLogFormat(text: string): AccessLogFormat {
  const isJson = /^\s*\{.*\}\s*$/s.test(text);
  const parts: { readonly literal: string; readonly path?: readonly string[] }[] = [];
  let end = 0;
  for (const match of text.matchAll(variable)) {
    parts.push({ literal: text.slice(end, match.index), path: (match[1] ?? "").slice(1).split(".") });
    end = match.index + match[0].length;
  }
  parts.push({ literal: text.slice(end) });
  return {
    render: (context) =>
      parts
        .map(({ literal, path }) => (path === undefined ? literal : literal + textOf(context, path, isJson)))
        .join(""),
  };
}

/** The names of the variables in a format, without `$context.`, in their order. */
export function variablesOf(text: string): string[] {
  return [...text.matchAll(variable)].map(([, path = ""]) => path.slice(1));
}

/** What AWS refuses in a format, in words for whoever wrote it. */
export function accessLogFormatProblem(text: string): string | undefined {
  if (Buffer.byteLength(text) > formatBytes) {
    return `it has ${Buffer.byteLength(text)} bytes; API Gateway takes ${formatBytes}.`;
  }
  return /\$context\.(?:requestId|extendedRequestId)\b/.test(text)
    ? undefined
    : "API Gateway wants `$context.requestId` or `$context.extendedRequestId` in it.";
}

function textOf(
  context: Readonly<Record<string, unknown>>,
  path: readonly string[],
  isJson: boolean,
): string {
  let value: unknown = context;
  for (const name of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return nothing;
    value = (value as Record<string, unknown>)[name];
  }
  if (value === undefined || value === null || value === "") return nothing;
  if (typeof value === "object") return "null";
  // Some values bring quotes of their own: they are JSON already.
  const isQuoted = path.at(-1) === "messageString";
  return isJson && !isQuoted ? JSON.stringify(String(value)).slice(1, -1) : String(value);
}
