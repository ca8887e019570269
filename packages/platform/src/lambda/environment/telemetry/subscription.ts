/** A stream of telemetry that an extension can subscribe to. */
export type TelemetryType = "platform" | "function" | "extension";

/** Where telemetry goes, on this machine. */
export type TelemetryDestination =
  /** A POST of a JSON array for each batch. */
  | { readonly protocol: "HTTP"; readonly port: number; readonly path: string }
  /** One connection, and a line of JSON for each event. */
  | { readonly protocol: "TCP"; readonly port: number };

/** What an extension subscribed to. */
export interface TelemetrySubscription {
  readonly schemaVersion: string;
  readonly types: readonly TelemetryType[];
  readonly destination: TelemetryDestination;
  readonly buffering: TelemetryBuffering;
}

/** When a batch is sent: as soon as one of these is reached. */
export interface TelemetryBuffering {
  readonly maxItems: number;
  readonly maxBytes: number;
  readonly timeoutMs: number;
}

/** A subscription that can't be. The message is ours, as AWS publishes none. */
export class InvalidSubscriptionError extends Error {}

/**
 * Limits of the buffering.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api-reference.html
 */
const bufferingLimits = {
  maxItems: { minimum: 1_000, maximum: 10_000, initial: 10_000 },
  maxBytes: { minimum: 262_144, maximum: 1_048_576, initial: 262_144 },
  timeoutMs: { minimum: 25, maximum: 30_000, initial: 1_000 },
} as const;

/** Of the schema, the oldest first. Environments that have several invocations at once know the newest only. */
const schemaVersions = ["2022-07-01", "2022-12-13", "2025-01-29"];
const telemetryTypes: readonly string[] = ["platform", "function", "extension"];

/** The names that an execution environment has for itself, on AWS and here. */
const ownNames = ["sandbox.localdomain", "sandbox", "localhost", "127.0.0.1"];

/** On AWS the Runtime API listens there. */
const reservedPort = 9001;

/**
 * Reads the body of a call to the Telemetry API.
 * @param isConcurrent - whether the environment has several invocations at once.
 * @throws {InvalidSubscriptionError}
 * @see https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api-reference.html
 */
export function parseSubscription(body: string, isConcurrent: boolean): TelemetrySubscription {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new InvalidSubscriptionError("The body is not JSON");
  }
  const { schemaVersion, types, destination, buffering } = objectOf("The body", value);
  const versions = isConcurrent ? schemaVersions.slice(-1) : schemaVersions;
  if (typeof schemaVersion !== "string" || !versions.includes(schemaVersion)) {
    throw new InvalidSubscriptionError(`schemaVersion must be one of ${versions.join(", ")}`);
  }
  if (!Array.isArray(types) || types.length === 0 || !types.every(isTelemetryType)) {
    throw new InvalidSubscriptionError(`types must be some of ${telemetryTypes.join(", ")}`);
  }
  return {
    schemaVersion,
    types,
    destination: parseDestination(objectOf("destination", destination)),
    buffering: parseBuffering(objectOf("buffering", buffering ?? {})),
  };
}

function isTelemetryType(type: unknown): type is TelemetryType {
  return typeof type === "string" && telemetryTypes.includes(type);
}

function parseDestination({ protocol, URI, port }: Record<string, unknown>): TelemetryDestination {
  if (protocol === "TCP") return { protocol, port: portOf(port) };
  if (protocol !== "HTTP") throw new InvalidSubscriptionError("destination.protocol must be HTTP or TCP");
  const url = typeof URI === "string" && URL.canParse(URI) ? new URL(URI) : undefined;
  if (url?.protocol !== "http:" || !ownNames.includes(url.hostname)) {
    throw new InvalidSubscriptionError(
      "destination.URI must be like http://sandbox.localdomain:8080: telemetry stays within the execution environment",
    );
  }
  return { protocol, port: portOf(Number(url.port || 80)), path: `${url.pathname}${url.search}` };
}

function portOf(port: unknown): number {
  if (typeof port === "number" && Number.isInteger(port) && port > 0 && port < 65_536) {
    if (port !== reservedPort) return port;
    throw new InvalidSubscriptionError(`Port ${reservedPort} is Lambda's own`);
  }
  throw new InvalidSubscriptionError("The destination must have a port");
}

function parseBuffering(given: Record<string, unknown>): TelemetryBuffering {
  const limit = (name: keyof TelemetryBuffering): number => {
    const { minimum, maximum, initial } = bufferingLimits[name];
    const value = given[name] ?? initial;
    if (typeof value === "number" && Number.isInteger(value) && value >= minimum && value <= maximum)
      return value;
    throw new InvalidSubscriptionError(`buffering.${name} must be from ${minimum} to ${maximum}`);
  };
  return { maxItems: limit("maxItems"), maxBytes: limit("maxBytes"), timeoutMs: limit("timeoutMs") };
}

function objectOf(name: string, value: unknown): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  throw new InvalidSubscriptionError(`${name} must be an object`);
}
