/**
 * Why API Gateway makes no resource with a path part, in its own words.
 *
 * @param parentPart - that of the resource above, if that is not the root.
 * @param siblings - path parts of the other resources below the same one.
 * @returns nothing if it makes one.
 */
export function pathPartProblem(
  part: string,
  parentPart: string | undefined,
  siblings: Iterable<string>,
): string | undefined {
  if (!/^(?:\{[\w.:-]+\+?\}|[\w.~:$@!*'()+,;=%-]+)$/.test(part)) {
    return "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the beginning and the end.";
  }
  if (parentPart?.endsWith("+}")) {
    return `Cannot create a child of a resource with a greedy path variable: ${parentPart}`;
  }
  if (!part.startsWith("{")) return undefined;
  for (const sibling of siblings) {
    if (sibling.startsWith("{") && sibling !== part) {
      return `A sibling (${sibling}) of this resource already has a variable path part -- only one is allowed`;
    }
  }
  return undefined;
}

/**
 * Why API Gateway does not make the resources of some paths.
 * @returns the first path that it refuses and the reason; nothing if there is none.
 */
export function pathsProblem(
  paths: Iterable<string>,
): { readonly path: string; readonly reason: string } | undefined {
  const partsBelow = new Map<string, Set<string>>();
  for (const path of paths) {
    let place = "";
    let above: string | undefined;
    for (const part of path.split("/").filter((text) => text !== "")) {
      const siblings = partsBelow.get(place) ?? new Set();
      const reason = pathPartProblem(part, above, siblings);
      if (reason !== undefined) return { path, reason };
      partsBelow.set(place, siblings.add(part));
      place += `/${part}`;
      above = part;
    }
  }
  return undefined;
}
