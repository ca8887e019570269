/** Where something stands in a file; lines and columns count from 1. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/**
 * How bad a mistake is: an error keeps the stack from working, a warning makes it do something other than what seems
 * meant, an info is worth knowing.
 */
export type Severity = "error" | "warning" | "info";

/** Something that a template says and probably should not. */
export interface Diagnostic extends Position {
  readonly severity: Severity;
  /** Names the rule; stable, for programs to match on. */
  readonly code: string;
  /** What is wrong, with the value, and what AWS would do. */
  readonly message: string;
  /** What to write instead. */
  readonly hint?: string;
  readonly logicalId?: string;
}

/** The parts of a diagnostic besides its place. */
export interface Finding {
  readonly severity: Severity;
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly logicalId?: string | undefined;
}

/** A finding with its place. */
export function diagnosticAt(position: Position, finding: Finding): Diagnostic {
  const { severity, code, message, hint, logicalId } = finding;
  return {
    severity,
    code,
    message,
    ...(hint === undefined ? {} : { hint }),
    file: position.file,
    line: position.line,
    column: position.column,
    ...(logicalId === undefined ? {} : { logicalId }),
  };
}

const severities: readonly Severity[] = ["error", "warning", "info"];

/** Each diagnostic once: errors first, then in the order of the file; files are in the order of the diagnostics. */
export function sortedDiagnostics(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const files = [...new Set(diagnostics.map(({ file }) => file))];
  const byText = new Map(
    diagnostics.map((each) => [
      `${each.file}:${each.line}:${each.column}:${each.code}:${each.message}`,
      each,
    ]),
  );
  return [...byText.values()].sort(
    (a, b) =>
      severities.indexOf(a.severity) - severities.indexOf(b.severity) ||
      files.indexOf(a.file) - files.indexOf(b.file) ||
      a.line - b.line ||
      a.column - b.column,
  );
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some(({ severity }) => severity === "error");
}
