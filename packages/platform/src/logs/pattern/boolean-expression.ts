import type { PatternReader } from "./pattern-reader.ts";

/** Whether something is as a pattern says. */
export type Condition<T> = (subject: T) => boolean;

/**
 * Reads conditions with `&&`, `||` and parentheses between them. `&&` binds more closely.
 * @param readCondition - reads one.
 * @throws {AwsServiceError} if a parenthesis or a condition is missing.
 */
export function readConditions<T>(reader: PatternReader, readCondition: () => Condition<T>): Condition<T> {
  const readOne = (): Condition<T> => {
    if (!reader.take("(")) return readCondition();
    const inner = readAny();
    reader.expect(")");
    return inner;
  };
  const readAll = (): Condition<T> => {
    const conditions = [readOne()];
    while (reader.take("&&")) conditions.push(readOne());
    return (subject) => conditions.every((condition) => condition(subject));
  };
  const readAny = (): Condition<T> => {
    const conditions = [readAll()];
    while (reader.take("||")) conditions.push(readAll());
    return (subject) => conditions.some((condition) => condition(subject));
  };
  return readAny();
}
