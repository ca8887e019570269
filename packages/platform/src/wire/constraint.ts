/** What AWS's model asks of a member. */
export interface Constraint {
  /** Least and most characters or items. */
  readonly length?: readonly [least: number, most: number];
  /** Least and most value. */
  readonly range?: readonly [least: number, most: number];
  /** What the whole text must match, without anchors, as AWS shows it. */
  readonly pattern?: string;
  readonly values?: readonly string[];
}

/**
 * What AWS says of members that break their constraints, in one text for all of them.
 * @returns nothing if all hold. Members that are absent break none.
 */
export function findConstraintProblem(
  input: Readonly<Record<string, unknown>>,
  constraints: Readonly<Record<string, Constraint | undefined>>,
): string | undefined {
  return validationText(
    Object.entries(constraints).flatMap(([member, constraint]) => {
      const value = input[member];
      if (value === undefined || constraint === undefined) return [];
      return brokenRules(value, constraint).map((rule) => ({ member, value: shown(value), rule }));
    }),
  );
}

/** What AWS says where members are missing. */
export function missingMembersText(names: readonly string[]): string {
  return (
    validationText(names.map((member) => ({ member, value: "null", rule: "Member must not be null" }))) ?? ""
  );
}

interface Problem {
  readonly member: string;
  /** As the text has it. */
  readonly value: string;
  readonly rule: string;
}

function validationText(problems: readonly Problem[]): string | undefined {
  if (problems.length === 0) return undefined;
  const errors = problems.length === 1 ? "error" : "errors";
  const list = problems.map(
    ({ member, value, rule }) =>
      `Value ${value} at '${lowerFirst(member)}' failed to satisfy constraint: ${rule}`,
  );
  return `${problems.length} validation ${errors} detected: ${list.join("; ")}`;
}

function brokenRules(value: unknown, { length, range, pattern, values }: Constraint): string[] {
  const rules: string[] = [];
  if (length !== undefined && (typeof value === "string" || Array.isArray(value))) {
    const [least, most] = length;
    if (value.length < least) rules.push(`Member must have length greater than or equal to ${least}`);
    if (value.length > most) rules.push(`Member must have length less than or equal to ${most}`);
  }
  if (range !== undefined && typeof value === "number") {
    const [least, most] = range;
    if (value < least) rules.push(`Member must have value greater than or equal to ${least}`);
    if (value > most) rules.push(`Member must have value less than or equal to ${most}`);
  }
  if (pattern !== undefined && typeof value === "string" && !new RegExp(`^(?:${pattern})$`, "u").test(value))
    rules.push(`Member must satisfy regular expression pattern: ${pattern}`);
  if (values !== undefined && typeof value === "string" && !values.includes(value))
    rules.push(`Member must satisfy enum value set: [${values.join(", ")}]`);
  return rules;
}

function shown(value: unknown): string {
  return `'${Array.isArray(value) ? `[${value.join(", ")}]` : String(value)}'`;
}

/** AWS names members so whatever the case of the model. */
function lowerFirst(member: string): string {
  return member.charAt(0).toLowerCase() + member.slice(1);
}
