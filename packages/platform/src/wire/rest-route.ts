import { NormalizedSchema } from "@smithy/core/schema";
import type { StaticOperationSchema } from "@smithy/types";
import type { HttpRequest } from "../front-door/http-request.ts";
import { requiredMembers } from "./service-model.ts";

/** Where an operation of a REST service is found. */
export interface RestRoute {
  readonly name: string;
  readonly schema: StaticOperationSchema;
  readonly method: string;
  /** Matches an undecoded path; one group for each label. */
  readonly path: RegExp;
  readonly labels: readonly string[];
  /** Parts of the query that the template has: without a value, any will do. */
  readonly fixedQuery: readonly (readonly [name: string, value: string | undefined])[];
  /** Lower-case names of headers, and names of query parameters, that the operation can't be without. */
  readonly requiredHeaders: readonly string[];
  readonly requiredQuery: readonly string[];
  /** More specific routes come first. */
  readonly rank: readonly number[];
}

/**
 * Reads an operation's route from its schema. The templates of S3 leave the bucket out, which is the first part of a path
 * in path style.
 */
export function restRoute(schema: StaticOperationSchema): RestRoute | undefined {
  const { http } = Object(schema[3]) as { http?: readonly [string, string, number] };
  if (http === undefined) return undefined;
  const [method, template] = http;
  const members = [...NormalizedSchema.of(schema[4]).structIterator()];
  const isInBucket =
    members.some(([name, member]) => name === "Bucket" && member.getMergedTraits().httpLabel) &&
    !template.includes("{Bucket}");
  const [path = "", query = ""] = `${isInBucket ? "/{Bucket}" : ""}${template}`.split("?");
  const labels: string[] = [];
  const pattern = path.replace(/\{([^}+]+)(\+?)\}|[.*+?^$()|[\]\\]/g, (whole, label, greedy) => {
    if (label === undefined) return `\\${whole}`;
    labels.push(label);
    return greedy === "+" ? "(.+)" : "([^/]+)";
  });
  const fixedQuery = query
    .split("&")
    // Only some SDKs send the operation's name so.
    .filter((part) => part !== "" && !part.startsWith("x-id="))
    .map((part): [string, string | undefined] => {
      const [name = "", value] = part.split("=");
      return [name, value === "" ? undefined : value];
    });
  const required = requiredMembers(schema);
  const traits = members
    .filter(([name]) => required.includes(name))
    .map(([, member]) => member.getMergedTraits());
  const requiredHeaders = traits.flatMap(({ httpHeader }) => httpHeader?.toLowerCase() ?? []);
  const requiredQuery = traits.flatMap(({ httpQuery }) => httpQuery ?? []);
  const literalLength = path.replace(/\{[^}]+\}/g, "").length;
  return {
    name: schema[2],
    schema,
    method,
    path: new RegExp(`^${pattern.replace(/\/$/, "")}/?$`),
    labels,
    fixedQuery,
    requiredHeaders,
    requiredQuery,
    rank: [literalLength, fixedQuery.length, requiredHeaders.length + requiredQuery.length],
  };
}

/** Routes in the order in which they are tried. */
export function inOrder(routes: readonly RestRoute[]): readonly RestRoute[] {
  return [...routes].sort((left, right) => {
    const index = left.rank.findIndex((value, at) => value !== right.rank[at]);
    return index === -1 ? 0 : (right.rank[index] ?? 0) - (left.rank[index] ?? 0);
  });
}

/**
 * Finds the route of a request by method, undecoded path, and what tells operations of one path apart.
 *
 * @param routes - in order.
 * @param path - the request's, unless the host says a part of it.
 */
export function findRoute(
  routes: readonly RestRoute[],
  request: HttpRequest,
  path: string = request.rawPath,
): { readonly route: RestRoute; readonly labels: Readonly<Record<string, string>> } | undefined {
  const query = new URLSearchParams(request.rawQuery);
  const headers = new Set(request.headers.map(([name]) => name.toLowerCase()));
  const fitting = routes.filter(
    (route) =>
      route.method === request.method &&
      route.path.test(path) &&
      route.fixedQuery.every(
        ([name, value]) => query.has(name) && (value === undefined || query.get(name) === value),
      ) &&
      route.requiredHeaders.every((name) => headers.has(name)) &&
      route.requiredQuery.every((name) => query.has(name)),
  );
  const route = fitting.find(({ name }) => name === query.get("x-id")) ?? fitting[0];
  if (route === undefined) return undefined;
  const match = route.path.exec(path) ?? [];
  return {
    route,
    labels: Object.fromEntries(route.labels.map((label, index) => [label, match[index + 1] ?? ""])),
  };
}
