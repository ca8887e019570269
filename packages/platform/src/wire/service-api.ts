import type { Readable } from "node:stream";
import type {
  CommandIO,
  StreamingBlobPayloadInputTypes,
  StreamingBlobPayloadOutputTypes,
} from "@smithy/types";
import type { HttpRequest } from "../front-door/http-request.ts";
import type { Caller } from "../iam/caller.ts";
import type { RequestContext } from "../iam/condition.ts";
import type { PolicyDocument } from "../iam/policy.ts";
import type { AwsServiceError } from "../service-error.ts";
import type { Constraint } from "./constraint.ts";
import type { WireErrorName } from "./error-response.ts";

/** AWS's protocols, as far as they are served here. */
export type ProtocolName = "query" | "json-1.0" | "json-1.1" | "rest-json" | "rest-xml" | "rpc-v2-cbor";

/** What has to be known of a service before its first request. Its code and its schemas are loaded with that. */
export interface ServiceEntry {
  /** As people call it, for messages. */
  readonly name: string;
  /** In the credential scope of its requests. */
  readonly signingName: string;
  /** How its requests begin, where services share a signing name: API Gateway's two do. */
  readonly pathPrefix?: string;
  /** Every protocol that it speaks; refusals of requests that have no protocol's form are in the first one's. */
  readonly protocols: readonly [ProtocolName, ...ProtocolName[]];
  /** What precedes the operation in `X-Amz-Target`, and follows `/service/` in paths of RPC. */
  readonly target: string;
  /** Of the API, such as `2011-06-15`. */
  readonly version: string;
  /** Of its XML. */
  readonly xmlNamespace?: string;
  /** The path of a request as its operations have it, where the host says a part of it. The request's own unless set. */
  readonly pathOf?: (request: HttpRequest) => string;
  /** Whether bodies may come in frames, and hashed as a header says: S3's do. */
  readonly framesBodies?: boolean;
  readonly load: () => Promise<ServiceApi>;
}

/** A service's operations and its peculiarities. */
export interface ServiceApi {
  /** The SDK's client module: it has the schema of every operation and error that the service has on AWS. */
  readonly client: object;
  /** What precedes the operation in IAM's actions. The signing name unless set. */
  readonly actionPrefix?: string;
  readonly operations: Readonly<Record<string, ServiceOperation>>;
  /** How long a request may be that is no stream, in bytes; 1 MiB unless set. */
  readonly requestBytes?: number;
  /** The code for members that are missing or break a constraint, where it isn't the protocol's usual one. */
  readonly validationCode?: string;
  /** What is said where members are missing, unless it is a validation error. */
  readonly missingMembers?: (names: readonly string[]) => AwsServiceError;
  /** Holds a body that is no stream to what its request says of it. @throws {AwsServiceError} if it isn't that. */
  readonly checkBody?: (
    operation: string,
    request: HttpRequest,
    body: Buffer,
    trailers: ReadonlyMap<string, string>,
  ) => void;
  /** How an error is called on the wire, where that is neither its code nor what the model says. */
  readonly nameError?: (code: string) => WireErrorName;
}

/** An operation, and who may call it. */
export interface ServiceOperation<Input = never, Output = object> {
  /**
   * What the caller must be allowed: each of it, before the operation runs. The operation's own action on `*` unless set.
   * An empty list lets everyone in whose signature is good.
   */
  readonly rights?: (input: Input, context: CallContext) => readonly Right[];
  /** What members must satisfy, checked before anything else. */
  readonly constraints?: { readonly [Member in keyof Input]?: Constraint };
  readonly run: (input: Input, context: CallContext) => Promise<Output> | Output;
}

/** Something that a caller must be allowed to do. */
export interface Right {
  /** The operation's own unless set. */
  readonly action?: string;
  /** ARN; `*` where the action has no resource. */
  readonly resource: string;
  /** Policies of the resource. */
  readonly policies?: readonly PolicyDocument[] | undefined;
  /** Whether one of them must allow it, as that of a key of KMS must. Not unless set. */
  readonly needsResourcePolicy?: boolean;
  /** Keys that conditions may ask for. */
  readonly context?: RequestContext;
}

/** One call of an operation. */
export interface CallContext {
  /** Nobody, where the platform asks for no signatures: then everything is allowed. */
  readonly caller: Caller | undefined;
  readonly requestId: string;
  readonly region: string;
  readonly accountId: string;
  /** The platform's address as the client knows it, such as `http://127.0.0.1:4566`. */
  readonly endpoint: string;
  /** The request itself, for what no member has. */
  readonly request: HttpRequest;
  /** Trailers of a streamed body, by lower-case name: there once the body has been read. */
  readonly trailers: () => ReadonlyMap<string, string>;
  /** Aborts when the client leaves before it is answered. */
  readonly signal: AbortSignal;
  /** Tells the developer something about this call. */
  readonly note: (message: string) => void;
}

/** Names of a client's operations. */
export type OperationName<Client> = keyof Client extends infer Key
  ? Key extends `${infer Name}Command`
    ? Name
    : never
  : never;

type CommandOf<Client, Name extends string> = `${Name}Command` extends keyof Client
  ? Client[`${Name}Command`] extends abstract new (
      ...parameters: never
    ) => infer Instance
    ? Instance
    : never
  : never;

/** What a handler gets: the SDK's input, with streams as Node has them. */
export type InputOf<Client, Name extends string> =
  CommandOf<Client, Name> extends CommandIO<infer Input, infer _>
    ? {
        readonly [Member in keyof Input]: StreamingBlobPayloadInputTypes extends NonNullable<Input[Member]>
          ? Readable
          : Input[Member];
      }
    : never;

/** What a handler gives: the SDK's output, with streams or whole bodies. */
export type OutputOf<Client, Name extends string> =
  CommandOf<Client, Name> extends CommandIO<infer _, infer Output>
    ? {
        readonly [Member in keyof Output as Member extends "$metadata"
          ? never
          : Member]: StreamingBlobPayloadOutputTypes extends NonNullable<Output[Member]>
          ? Readable | Uint8Array | undefined
          : Output[Member];
      }
    : never;

/** Operations of a client, each from the SDK's input to the SDK's output. A function alone has the usual rights. */
export type OperationsOf<Client> = {
  readonly [Name in OperationName<Client>]?:
    | ServiceOperation<InputOf<Client, Name>, OutputOf<Client, Name>>
    | ServiceOperation<InputOf<Client, Name>, OutputOf<Client, Name>>["run"];
};

/**
 * A service of AWS, with operations in the types of its SDK.
 *
 * @param client - the SDK's client module.
 * @example
 * ```ts
 * defineService(stsClient, { GetAccessKeyInfo: (input, { accountId }) => ({ Account: accountId }) });
 * ```
 */
export function defineService<Client extends object>(
  client: Client,
  operations: NoInfer<OperationsOf<Client>>,
  options: Omit<ServiceApi, "client" | "operations"> = {},
): ServiceApi {
  const entries = Object.entries<ServiceOperation | ServiceOperation["run"] | undefined>(
    operations as Readonly<Record<string, ServiceOperation | ServiceOperation["run"]>>,
  );
  const served = entries.flatMap(([name, operation]) => {
    if (operation === undefined) return [];
    return [[name, typeof operation === "function" ? { run: operation } : operation] as const];
  });
  return { ...options, client, operations: Object.fromEntries(served) };
}
