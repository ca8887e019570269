import { type Condition, readConditions } from "./boolean-expression.ts";
import { numberOf, type Operand, readComparison } from "./comparison.ts";
import { malformedPattern } from "./malformed-pattern.ts";
import { PatternReader } from "./pattern-reader.ts";

/** A field of a pattern; one without a condition takes any value. */
type Field = Condition<Operand>;

/**
 * Reads a pattern for events of fields with blanks between them, such as `[ip, user, status = 5*, ...]`: there are as many
 * fields as it has, or any number of them in the place of an ellipsis.
 * @param text - between the brackets.
 * @throws {AwsServiceError} if it is none.
 */
export function readFieldPattern(text: string): (message: string) => boolean {
  const reader = new PatternReader(text);
  const fields: Field[] = [];
  let ellipsis: number | undefined;
  do {
    if (!reader.take("...")) fields.push(readField(reader));
    else if (ellipsis === undefined) ellipsis = fields.length;
    else throw malformedPattern();
  } while (reader.take(","));
  if (!reader.isAtEnd) throw malformedPattern();
  const [before, after] =
    ellipsis === undefined ? [fields, []] : [fields.slice(0, ellipsis), fields.slice(ellipsis)];
  return (message) => {
    const values = fieldsOf(message);
    const isCountRight =
      ellipsis === undefined ? values.length === fields.length : values.length >= fields.length;
    return (
      isCountRight &&
      before.every((field, index) => field(operandOf(values[index]))) &&
      after.every((field, index) => field(operandOf(values[values.length - after.length + index])))
    );
  };
}

/**
 * The fields of an event. What is in brackets or in double quotes is one, without them; a bracket or quote that nothing
 * closes is a character like others. Takes time in proportion to the event.
 */
export function fieldsOf(message: string): string[] {
  const fields: string[] = [];
  const unclosed = new Set<string>();
  const blank = /\s*/y;
  const bare = /\S*/y;
  for (let at = 0; ; ) {
    blank.lastIndex = at;
    blank.test(message);
    at = blank.lastIndex;
    if (at === message.length) return fields;
    const open = message[at] ?? "";
    const close = closers[open];
    const end = close === undefined || unclosed.has(open) ? -1 : endOf(message, close, at + 1);
    if (end !== -1) {
      fields.push(message.slice(at + 1, end));
      at = end + 1;
      continue;
    }
    unclosed.add(open);
    bare.lastIndex = at;
    bare.test(message);
    fields.push(message.slice(at, bare.lastIndex));
    at = bare.lastIndex;
  }
}

const closers: Readonly<Record<string, string>> = { "[": "]", '"': '"' };

/** Where a field is closed; a quote after a backslash does not. */
function endOf(message: string, close: string, from: number): number {
  for (let at = message.indexOf(close, from); at !== -1; at = message.indexOf(close, at + 1)) {
    if (close !== '"' || message[at - 1] !== "\\") return at;
  }
  return -1;
}

/** A name, or conditions on it. Neither is needed. */
function readField(reader: PatternReader): Field {
  let name: string | undefined;
  return readConditions(reader, () => {
    const found = reader.match(/[\p{L}\p{N}_-]+/uy)?.[0];
    // A condition is about its own field.
    if (name !== undefined && found !== name) throw malformedPattern();
    const isFirst = name === undefined;
    name = found ?? "";
    const hasMore = reader.match(/(?=[!=<>])/y) !== undefined;
    if (hasMore && found !== undefined) return readComparison(reader);
    if (hasMore || !isFirst) throw malformedPattern();
    return () => true;
  });
}

function operandOf(text = ""): Operand {
  return { text, number: numberOf(text) };
}
