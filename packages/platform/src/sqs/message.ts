import { createHash } from "node:crypto";
import { AwsServiceError } from "../service-error.ts";

/** A message attribute as it is kept: JSON can hold it. */
export interface MessageAttribute {
  readonly DataType: string;
  readonly StringValue?: string;
  /** Base64. */
  readonly BinaryValue?: string;
}

export type MessageAttributes = Readonly<Record<string, MessageAttribute>>;

/** A message that is sent. */
export interface NewMessage {
  readonly body: string;
  readonly attributes?: MessageAttributes;
  /** X-Ray header. */
  readonly traceHeader?: string | undefined;
  /** Unique id of who sends it. */
  readonly senderId: string;
  /** The queue's own delay unless given. */
  readonly delaySeconds?: number | undefined;
}

/** Most attributes of one message. */
const mostAttributes = 10;

/**
 * @throws {AwsServiceError} if the message can't be sent.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
 */
export function checkMessage({ body, attributes = {} }: NewMessage, mostBytes: number): void {
  const entries = Object.entries(attributes);
  if (entries.length > mostAttributes) {
    throw invalid(
      `Number of message attributes [${entries.length}] exceeds the allowed maximum [${mostAttributes}].`,
    );
  }
  for (const [name, attribute] of entries) checkAttribute(name, attribute);
  if (/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u.test(body)) {
    throw new AwsServiceError(
      "InvalidMessageContents",
      400,
      "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF",
    );
  }
  // Attributes count: their names, types and values.
  const bytes = entries.reduce(
    (sum, [name, { DataType, StringValue = "", BinaryValue = "" }]) =>
      sum +
      Buffer.byteLength(name + DataType + StringValue) +
      Buffer.byteLength(Buffer.from(BinaryValue, "base64")),
    Buffer.byteLength(body),
  );
  if (bytes <= mostBytes) return;
  throw invalid(
    `One or more parameters are invalid. Reason: Message must be shorter than ${mostBytes} bytes.`,
  );
}

/** MD5 of a body, in hexadecimal. */
export function bodyDigest(body: string): string {
  return createHash("md5").update(body).digest("hex");
}

/**
 * MD5 of attributes, in hexadecimal; nothing where there are none.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-attributes-md5-message-digest-calculation
 */
export function attributesDigest(attributes: MessageAttributes): string | undefined {
  const names = Object.keys(attributes).sort();
  if (names.length === 0) return undefined;
  const hash = createHash("md5");
  const add = (bytes: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  };
  for (const name of names) {
    const { DataType = "", StringValue, BinaryValue = "" } = attributes[name] ?? {};
    add(Buffer.from(name));
    add(Buffer.from(DataType));
    hash.update(Buffer.of(isBinary(DataType) ? 2 : 1));
    add(isBinary(DataType) ? Buffer.from(BinaryValue, "base64") : Buffer.from(StringValue ?? ""));
  }
  return hash.digest("hex");
}

function checkAttribute(name: string, { DataType = "", StringValue, BinaryValue }: MessageAttribute): void {
  const subject = `Message (user) attribute '${name}'`;
  if (!/^(?:String|Number|Binary)(?:\..+)?$/.test(DataType)) {
    throw invalid(
      `The type of message (user) attribute '${name}' is invalid. You must use only the following supported type prefixes: Binary, Number, String.`,
    );
  }
  const kind = isBinary(DataType) ? "Binary" : "String";
  const value = isBinary(DataType) ? BinaryValue : StringValue;
  if (value === undefined || value === "") {
    throw invalid(`${subject} must contain a non-empty value of type '${kind}'.`);
  }
  if (DataType.startsWith("Number") && !/^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$/.test(value)) {
    throw invalid(`Can't cast the value of message (user) attribute '${name}' to a number.`);
  }
}

function isBinary(type: string): boolean {
  return type.startsWith("Binary");
}

function invalid(message: string): AwsServiceError {
  return new AwsServiceError("InvalidParameterValueException", 400, message);
}
