/**
 * Whether `text` matches a pattern with `*` (any number of characters) and `?` (one). Takes time proportional to the
 * product of both lengths at most, whatever the pattern.
 */
export function matchesPattern(pattern: string, text: string): boolean {
  let at = 0;
  let index = 0;
  let starAt = -1;
  let starIn = 0;
  while (index < text.length) {
    if (at < pattern.length && pattern[at] === "*") {
      starAt = at++;
      starIn = index;
    } else if (at < pattern.length && (pattern[at] === "?" || pattern[at] === text[index])) {
      at++;
      index++;
    } else if (starAt !== -1) {
      at = starAt + 1;
      index = ++starIn;
    } else {
      return false;
    }
  }
  while (at < pattern.length && pattern[at] === "*") at++;
  return at === pattern.length;
}

/** As {@link matchesPattern}, but each of an ARN's six parts on its own: a `*` does not reach into the next part. */
export function matchesArn(pattern: string, arn: string): boolean {
  if (pattern === "*") return true;
  const patternParts = splitArn(pattern);
  const parts = splitArn(arn);
  if (patternParts === undefined || parts === undefined) return false;
  return patternParts.every((part, index) => matchesPattern(part, parts[index] ?? ""));
}

function splitArn(arn: string): string[] | undefined {
  const parts = arn.split(":");
  if (parts.length < 6) return undefined;
  return [...parts.slice(0, 5), parts.slice(5).join(":")];
}
