import type { HeaderList } from "../front-door/client-response.ts";
import { AwsServiceError } from "../service-error.ts";

/**
 * How a service's model spells the text member of its errors, by error code: `Message` or `message`.
 * @param client - the SDK's client module, which exports the shapes.
 */
export function errorTextMembers(client: object): ReadonlyMap<string, string> {
  const members = new Map<string, string>();
  for (const shape of Object.values(client)) {
    if (!Array.isArray(shape) || shape[0] !== errorShape) continue;
    const [, , name, , memberNames] = shape;
    const member = Array.isArray(memberNames)
      ? memberNames.find((key) => /^message$/i.test(String(key)))
      : undefined;
    if (member !== undefined) members.set(String(name), String(member));
  }
  return members;
}

/** The mark of an error in the SDK's schemas. */
const errorShape = -3;

/** Status, headers and body of an error answer. */
export interface ErrorAnswer {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: string | Uint8Array;
}

/** How a REST-JSON service says an error: the code in a header, the text in the body. */
export function restJsonError(error: AwsServiceError, textMembers: ReadonlyMap<string, string>): ErrorAnswer {
  const member = textMembers.get(error.code) ?? "message";
  return {
    status: error.status,
    headers: [
      ["Content-Type", "application/json"],
      ["x-amzn-ErrorType", error.code],
    ],
    body: JSON.stringify({ ...error.members, [member]: error.message }),
  };
}

/** What an error is called on the wire. */
export interface WireErrorName {
  /** As the body has it, with its namespace. */
  readonly type: string;
  /** The code of the time when the service spoke the query protocol: clients match on it still. */
  readonly queryError?: string | undefined;
}

/**
 * How a JSON 1.0 or 1.1 service says an error: the code and the text, if there is one, in the body. What the protocol
 * itself refuses is spelled with a capital letter.
 * @see https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#aws-protocols-awsquerycompatible-trait
 */
export function jsonError(
  error: AwsServiceError,
  version: "1.0" | "1.1",
  name: WireErrorName = { type: error.code },
): ErrorAnswer {
  const member = error.code === "SerializationException" ? "Message" : "message";
  const text = error.message === "" ? {} : { [member]: error.message };
  const fault = error.status < 500 ? "Sender" : "Receiver";
  return {
    status: error.status,
    headers: [
      ["Content-Type", `application/x-amz-json-${version}`],
      ...(name.queryError === undefined
        ? []
        : [["x-amzn-query-error", `${name.queryError};${fault}`] as const]),
    ],
    body: JSON.stringify({ __type: name.type, ...text, ...error.members }),
  };
}

/** Anything that isn't an AWS error is a bug of the platform: logged whole, answered bare. */
export function toServiceError(thrown: unknown, report: (error: unknown) => void): AwsServiceError {
  if (thrown instanceof AwsServiceError) return thrown;
  report(thrown);
  return new AwsServiceError("ServiceException", 500, "Service encountered an internal error.", {
    Type: "Service",
  });
}
