/** What a browser would dispatch, and what it remembers. */
export interface ParsedEvent {
  readonly type: string;
  readonly data: string;
  readonly lastEventId: string;
}

interface ParsedStream {
  readonly events: ParsedEvent[];
  readonly comments: string[];
  /** The reconnection time that was set last, in milliseconds. */
  readonly retry: number | undefined;
  /** What the `Last-Event-ID` of a reconnection would be. */
  readonly lastEventId: string;
}

/**
 * Reads a whole event stream, step by step as the standard interprets one.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export function parseEventStream(bytes: Uint8Array): ParsedStream {
  // Decoding removes one byte order mark at the start.
  const lines = new TextDecoder().decode(bytes).split(/\r\n|\n|\r/);
  // What follows the last line end is no line, and an event without its empty line is never dispatched.
  lines.pop();
  const events: ParsedEvent[] = [];
  const comments: string[] = [];
  let retry: number | undefined;
  let lastEventId = "";
  let pending = { type: "", data: "", id: lastEventId };
  for (const line of lines) {
    if (line === "") {
      lastEventId = pending.id;
      if (pending.data !== "") {
        events.push({ type: pending.type || "message", data: pending.data.slice(0, -1), lastEventId });
      }
      pending = { type: "", data: "", id: lastEventId };
      continue;
    }
    const colon = line.indexOf(":");
    if (colon === 0) {
      comments.push(line.slice(1));
      continue;
    }
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") pending.type = value;
    else if (field === "data") pending.data += `${value}\n`;
    else if (field === "id" && !value.includes("\0")) pending.id = value;
    else if (field === "retry" && /^[0-9]+$/.test(value)) retry = Number(value);
  }
  return { events, comments, retry, lastEventId };
}
