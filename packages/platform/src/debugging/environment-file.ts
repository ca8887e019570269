/**
 * Variables as a file that `sh`, `node --env-file` and the `envFile` of editors read alike: each on a line, in single
 * quotes where it has to be quoted. A value with a single quote in it is in other quotes; in backticks, where it holds
 * more that a shell would read, and then for Node.js alone.
 *
 * @throws {RangeError} if a value holds what no quotes can hold.
 */
export function encodeEnvironmentFile(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => `${name}=${quoted(name, value)}\n`)
    .join("");
}

function quoted(name: string, value: string): string {
  if (/^[\w./:,@%+=-]*$/.test(value)) return value;
  if (!value.includes("'")) return `'${value}'`;
  if (!/["$`\\]/.test(value)) return `"${value}"`;
  if (!value.includes("`")) return `\`${value}\``;
  if (!value.includes('"') && !value.includes("\\n")) return `"${value}"`;
  throw new RangeError(
    `${name} can't be written into a file of variables: it holds ' and \`, and " or \\n as well.`,
  );
}
