/**
 * Stands in a pattern before a character that means itself, so that a value put into a pattern can't be a wildcard.
 * Neither ARNs nor what policies are written in hold it.
 */
const literalMark = "\u0000";

/** Text for a pattern in which `*` and `?` mean themselves. */
export function literally(text: string): string {
  return text.replace(/[*?]/g, (wildcard) => literalMark + wildcard);
}

/**
 * Whether `text` matches a pattern with `*` (any number of characters) and `?` (one). Takes time proportional to the
 * product of both lengths at most, whatever the pattern.
 */
export function matchesPattern(pattern: string, text: string): boolean {
  if (isSame(pattern, text)) return true;
  let at = 0;
  let index = 0;
  let starAt = -1;
  let starIn = 0;
  while (index < text.length) {
    const isLiteral = pattern[at] === literalMark;
    const wanted = isLiteral ? pattern[at + 1] : pattern[at];
    if (!isLiteral && wanted === "*") {
      starAt = at++;
      starIn = index;
    } else if (at < pattern.length && ((!isLiteral && wanted === "?") || wanted === text[index])) {
      at += isLiteral ? 2 : 1;
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

/**
 * As {@link matchesPattern}, but each of an ARN's six parts on its own: a `*` does not reach into the next part. Parts
 * that a pattern leaves out at its end may be anything.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
 */
export function matchesArn(pattern: string, arn: string): boolean {
  if (isSame(pattern, arn)) return hasArnParts(arn);
  const parts = splitArn(arn);
  if (parts.length < arnParts) return false;
  const wanted = splitArn(pattern);
  return parts.every((part, index) => {
    const partPattern = wanted[index];
    return partPattern === undefined || matchesPattern(partPattern, part);
  });
}

const arnParts = 6;

/** Whatever wildcards it has, a pattern matches its own text. */
function isSame(pattern: string, text: string): boolean {
  return pattern === text && !pattern.includes(literalMark);
}

function hasArnParts(arn: string): boolean {
  let parts = 1;
  for (let at = arn.indexOf(":"); at !== -1 && parts < arnParts; at = arn.indexOf(":", at + 1)) parts++;
  return parts === arnParts;
}

function splitArn(arn: string): string[] {
  const parts = arn.split(":");
  return parts.length <= arnParts
    ? parts
    : [...parts.slice(0, arnParts - 1), parts.slice(arnParts - 1).join(":")];
}
