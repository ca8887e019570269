import { percentDecoded } from "../../percent-decoding.ts";

/** A path template such as `/pets/{id}` or `/{proxy+}`, ready to be matched. */
export interface Resource {
  /** As it stands in the API. */
  readonly path: string;
  readonly segments: readonly Segment[];
}

type Segment =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "parameter" | "greedy"; readonly name: string };

/** A resource that a path belongs to. */
export interface Match<R extends Resource> {
  readonly resource: R;
  /** Values of the path's parameters, percent escapes kept. */
  readonly pathParameters: Readonly<Record<string, string>>;
}

/** Reads a path template. A greedy parameter must be its last segment. */
export function parseResource(path: string): Resource {
  const segments = split(path).map((text): Segment => {
    const match = /^\{([^{}]+?)(\+)?\}$/.exec(text);
    if (match?.[1] === undefined) return { kind: "literal", text };
    return { kind: match[2] === undefined ? "parameter" : "greedy", name: match[1] };
  });
  return { path, segments };
}

/**
 * Finds the resource of a path. At each segment a literal is preferred to a parameter, and a parameter to a greedy one;
 * a greedy one takes at least one segment.
 *
 * @param takes - whether a resource takes the request: one without its method is passed over for a less specific one.
 * Measured on AWS, and documented nowhere.
 * @see https://github.com/ministackorg/ministack/pull/1423
 * @see https://github.com/floci-io/floci/pull/3399
 */
export function matchResource<R extends Resource>(
  resources: readonly R[],
  rawPath: string,
  takes: (resource: R) => boolean,
): Match<R> | undefined {
  const parts = split(rawPath);
  let best: { match: Match<R>; rank: string } | undefined;
  for (const resource of resources) {
    const found = matchSegments(resource.segments, parts);
    if (found !== undefined && (best === undefined || found.rank < best.rank) && takes(resource)) {
      best = { match: { resource, pathParameters: found.parameters }, rank: found.rank };
    }
  }
  return best?.match;
}

function matchSegments(
  segments: readonly Segment[],
  parts: readonly string[],
): { parameters: Record<string, string>; rank: string } | undefined {
  const parameters: Record<string, string> = {};
  let rank = "";
  for (const [index, segment] of segments.entries()) {
    const part = parts[index];
    if (part === undefined) return undefined;
    if (segment.kind === "greedy") {
      const rest = parts.slice(index).join("/");
      if (rest === "") return undefined;
      parameters[segment.name] = rest;
      return { parameters, rank: `${rank}2` };
    }
    if (segment.kind === "literal") {
      if (segment.text !== part && segment.text !== percentDecoded(part)) return undefined;
      rank += "0";
    } else {
      if (part === "") return undefined;
      parameters[segment.name] = part;
      rank += "1";
    }
  }
  return segments.length === parts.length ? { parameters, rank } : undefined;
}

/** Segments without the leading slash and without one trailing slash, which AWS ignores when it looks for a resource. */
function split(path: string): string[] {
  const trimmed = path.replace(/^\//, "").replace(/\/$/, "");
  return trimmed === "" ? [] : trimmed.split("/");
}
