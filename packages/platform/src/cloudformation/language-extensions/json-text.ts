import { functionName } from "../intrinsics/function-form.ts";
import { isMap, type Value } from "../value.ts";

/**
 * A value as JSON text without spaces. Functions that are left in it, such as references to resources, become pieces of
 * an `Fn::Join`, each within quotes.
 */
export function jsonText(value: Value): Value {
  const pieces: Value[] = [];
  const write = (text: string): void => {
    const last = pieces.at(-1);
    if (typeof last === "string") pieces[pieces.length - 1] = last + text;
    else pieces.push(text);
  };
  const visit = (part: Value): void => {
    if (functionName(part) !== undefined) {
      write('"');
      pieces.push(part);
      write('"');
    } else if (Array.isArray(part)) {
      write("[");
      for (const [index, item] of part.entries()) {
        if (index > 0) write(",");
        visit(item);
      }
      write("]");
    } else if (isMap(part)) {
      write("{");
      for (const [index, [key, inner]] of Object.entries(part).entries()) {
        write(`${index > 0 ? "," : ""}${JSON.stringify(key)}:`);
        visit(inner);
      }
      write("}");
    } else {
      write(JSON.stringify(part));
    }
  };
  visit(value);
  return pieces.length === 1 ? (pieces[0] ?? "") : { "Fn::Join": ["", pieces] };
}
