/**
 * Policy documents as they are written in JSON.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
 */
export interface PolicyDocument {
  readonly Version?: string;
  readonly Id?: string;
  readonly Statement: Statement | readonly Statement[];
}

/** One statement. Whatever may be one text or a list of them is either. */
export interface Statement {
  readonly Sid?: string;
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: Principal;
  readonly NotPrincipal?: Principal;
  readonly Action?: OneOrMore;
  readonly NotAction?: OneOrMore;
  readonly Resource?: OneOrMore;
  readonly NotResource?: OneOrMore;
  /** Operator to key to values. */
  readonly Condition?: Readonly<
    Record<string, Readonly<Record<string, OneOrMore<string | number | boolean>>>>
  >;
}

/** `"*"`, or kinds (`AWS`, `Service`, …) to names. */
export type Principal = "*" | Readonly<Record<string, OneOrMore>>;

export type OneOrMore<T = string> = T | readonly T[];

/** A single value as a list. */
export function listOf<T>(value: OneOrMore<T> | undefined): readonly T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value as T];
}

/** The statements of a document. */
export function statementsOf(document: PolicyDocument): readonly Statement[] {
  return listOf(document.Statement);
}
