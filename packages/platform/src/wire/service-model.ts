import { NormalizedSchema } from "@smithy/core/schema";
import type { StaticOperationSchema } from "@smithy/types";
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
    const operation = Object.hasOwn(this.api.operations, name) ? this.api.operations[name] : undefined;
    return schema === undefined || operation === undefined ? undefined : { name, schema, operation };
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
