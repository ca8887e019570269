import { NormalizedSchema } from "@smithy/core/schema";
import type { StaticOperationSchema } from "@smithy/types";
import type { HttpRequest } from "../front-door/http-request.ts";
import { findRoute, inOrder, type RestRoute, restRoute } from "./rest-route.ts";
import type { ServiceApi, ServiceEntry, ServiceOperation } from "./service-api.ts";

/** An operation that the platform serves. */
export interface ServedOperation {
  readonly name: string;
  readonly schema: StaticOperationSchema;
  readonly operation: ServiceOperation;
}

/** The mark of an operation in the SDK's schemas. */
const operationMark = 9;
/** The mark of an error in the SDK's schemas. */
const errorMark = -3;

/** A loaded service with what its schemas say of it. */
export class ServiceModel {
  readonly entry: ServiceEntry;
  readonly api: ServiceApi;
  /** Every operation that the service has on AWS, by name. */
  readonly operations: ReadonlyMap<string, StaticOperationSchema>;
  readonly #errors: ReadonlyMap<string, ErrorShape>;
  /** Made when they are needed first. */
  #routes: readonly RestRoute[] | undefined;

  constructor(entry: ServiceEntry, api: ServiceApi) {
    this.entry = entry;
    this.api = api;
    const shapes = Object.values(api.client).filter((value): value is readonly unknown[] =>
      Array.isArray(value),
    );
    this.operations = new Map(
      shapes
        .filter(([mark]) => mark === operationMark)
        .map((shape) => [String(shape[2]), shape as unknown as StaticOperationSchema]),
    );
    this.#errors = new Map(
      shapes.filter(([mark]) => mark === errorMark).map((shape) => [String(shape[2]), errorShape(shape)]),
    );
    for (const name of Object.keys(api.operations)) {
      if (!this.operations.has(name)) throw new TypeError(`${entry.name} has no operation ${name}.`);
    }
  }

  /** The operation of that name, if the platform serves it. */
  find(name: string): ServedOperation | undefined {
    const schema = this.operations.get(name);
    const operation = this.#serves(name) ? this.api.operations[name] : undefined;
    return schema === undefined || operation === undefined ? undefined : { name, schema, operation };
  }

  /** The operation of a REST request, if AWS has one there; and the same as served, if the platform serves it. */
  findRoute(request: HttpRequest): FoundRoute | undefined {
    // Where two operations can't be told apart, the served one is meant.
    this.#routes ??= inOrder(
      [...this.operations.values()]
        .sort((left, right) => Number(this.#serves(right[2])) - Number(this.#serves(left[2])))
        .flatMap((schema) => restRoute(schema) ?? []),
    );
    const found = findRoute(this.#routes, request, this.entry.pathOf?.(request));
    if (found === undefined) return undefined;
    const { name } = found.route;
    return { name, labels: found.labels, served: this.find(name) };
  }

  #serves(name: string): boolean {
    return Object.hasOwn(this.api.operations, name);
  }

  /** What to say of an operation that AWS has and the platform has not; nothing if AWS hasn't either. */
  unserved(name: string): string | undefined {
    if (!this.operations.has(name)) return undefined;
    const served = Object.keys(this.api.operations).join(", ");
    return `${name} is not served by this platform. Of ${this.entry.name} it serves ${served}.`;
  }

  /** What the model says of an error. */
  error(code: string): ErrorShape | undefined {
    return this.#errors.get(code);
  }

  /** The name of an operation's action in IAM. */
  actionOf(name: string): string {
    return `${this.api.actionPrefix ?? this.entry.signingName}:${name}`;
  }
}

/** An operation that AWS has at a path. */
export interface FoundRoute {
  readonly name: string;
  /** Parts of the path, not decoded, by member. */
  readonly labels: Readonly<Record<string, string>>;
  readonly served: ServedOperation | undefined;
}

/** What the SDK's schemas say of an error. */
export interface ErrorShape {
  readonly namespace: string;
  /** Its code in the query protocol, where that differs. */
  readonly queryCode: string | undefined;
  /** How its text member is spelled: `Message` or `message`. */
  readonly textMember: string | undefined;
}

function errorShape([, namespace, , traits, members]: readonly unknown[]): ErrorShape {
  const { awsQueryError } = Object(traits) as { awsQueryError?: readonly [string, number] };
  const names = Array.isArray(members) ? members.map(String) : [];
  return {
    namespace: String(namespace),
    queryCode: awsQueryError?.[0],
    textMember: names.find((name) => /^message$/i.test(name)),
  };
}

/** Names of an operation's input that are required: the schemas say how many, and those come first. */
export function requiredMembers(schema: StaticOperationSchema): readonly string[] {
  const shape = NormalizedSchema.of(schema[4]).getSchema();
  if (!Array.isArray(shape) || !Array.isArray(shape[4])) return [];
  return shape[4].map(String).slice(0, typeof shape[6] === "number" ? shape[6] : 0);
}
