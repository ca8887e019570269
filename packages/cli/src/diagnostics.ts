import type { Diagnostic } from "@sluice/platform";

/** A mistake with its place, what it is, and what to write instead. */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const { file, line, column, severity, message, hint, logicalId } = diagnostic;
  const subject = logicalId === undefined ? "" : `${logicalId}: `;
  const text = `${file}:${line}:${column} ${severity}: ${subject}${message}`;
  return hint === undefined ? `${text}\n` : `${text}\n  ${hint}\n`;
}

/** `3 errors, 1 warning`. */
export function countDiagnostics(diagnostics: readonly Diagnostic[]): string {
  const parts = (["error", "warning", "info"] as const).flatMap((severity) => {
    const count = diagnostics.filter((diagnostic) => diagnostic.severity === severity).length;
    return count === 0 ? [] : [`${count} ${severity}${count === 1 || severity === "info" ? "" : "s"}`];
  });
  return parts.length === 0 ? "no mistakes" : parts.join(", ");
}
