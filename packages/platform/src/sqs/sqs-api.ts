import * as sqsClient from "@aws-sdk/client-sqs";
import {
  ChangeMessageVisibility$,
  type ChangeMessageVisibilityRequest,
  CreateQueue$,
  type CreateQueueRequest,
  DeleteMessage$,
  DeleteMessageBatch$,
  type DeleteMessageBatchRequest,
  type DeleteMessageRequest,
  DeleteQueue$,
  GetQueueAttributes$,
  type GetQueueAttributesRequest,
  type GetQueueAttributesResult,
  GetQueueUrl$,
  type GetQueueUrlRequest,
  ListQueues$,
  type ListQueuesRequest,
  type Message,
  type MessageAttributeValue,
  PurgeQueue$,
  ReceiveMessage$,
  type ReceiveMessageRequest,
  SendMessage$,
  SendMessageBatch$,
  type SendMessageBatchRequest,
  type SendMessageRequest,
  type SendMessageResult,
  SetQueueAttributes$,
  type SetQueueAttributesRequest,
} from "@aws-sdk/client-sqs";
import type { StaticOperationSchema } from "@smithy/types";
import { authorize, type Caller } from "../iam/caller.ts";
import { denialReason } from "../iam/evaluate.ts";
import { AwsServiceError } from "../service-error.ts";
import type { WireErrorName } from "../wire/error-response.ts";
import type { ServiceApi, ServiceOperation } from "../wire/service-api.ts";
import { attributesDigest, bodyDigest, type MessageAttributes } from "./message.ts";
import { runBatch } from "./message-batch.ts";
import type { ReceivedMessage } from "./message-store.ts";
import type { Queue } from "./queue.ts";
import type { SqsService } from "./sqs-service.ts";

/** What the API needs of the rest of the platform. */
export interface SqsApiOptions {
  readonly service: SqsService;
  readonly accountId: string;
  /** The URL of a queue, as clients use it. */
  readonly urlOf: (queueName: string) => string;
}

/** @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html */
const batchBytes = 1_048_576;

type Run = (queue: Queue, input: Readonly<Record<string, unknown>>, call: Call) => Promise<object> | object;

/** An operation with its schema. */
interface SqsOperation {
  readonly schema: StaticOperationSchema;
  readonly run: (input: Readonly<Record<string, unknown>>, call: Call) => Promise<object> | object;
}

/** SQS says in words of its own who may not do something, so it looks at that itself. */
const nobodyIsAsked: NonNullable<ServiceOperation["rights"]> = () => [];

/** Who calls, and how long. */
interface Call {
  readonly caller: Caller | undefined;
  readonly signal: AbortSignal;
}

/**
 * The operations of SQS, over JSON 1.0.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Operations.html
 */
export function sqsApi(options: SqsApiOptions): ServiceApi {
  const { service, urlOf } = options;
  const urls = (queue: Queue) => ({ QueueUrl: urlOf(queue.name) });
  const onQueue = (schema: StaticOperationSchema, run: Run): SqsOperation => ({
    schema,
    run: (input, { caller, signal }) => {
      // Queues are known by name; host and account of the URL may be those of another start or of AWS.
      const name =
        String(input["QueueUrl"] ?? input["QueueName"])
          .split("/")
          .at(-1) ?? "";
      const queue = service.find(name);
      // The right to a batch is that to each of its parts.
      const action = schema[2].replace(/Batch$/, "");
      mayCall(options, caller, action, queue ?? { arn: service.arnOf(name), policies: [] });
      if (queue === undefined) {
        throw new AwsServiceError("QueueDoesNotExist", 400, "The specified queue does not exist.");
      }
      return run(queue, input, { caller, signal });
    },
  });
  const operations: SqsOperation[] = [
    onQueue(SendMessage$, (queue, input, { caller }) =>
      sendMessage(service, queue, input as unknown as SendMessageRequest, caller),
    ),
    onQueue(SendMessageBatch$, (queue, input, { caller }) => {
      const { Entries = [] } = input as unknown as SendMessageBatchRequest;
      checkBatchLength(Entries);
      return runBatch(Entries, (entry) => sendMessage(service, queue, entry, caller), queryErrorOf);
    }),
    onQueue(ReceiveMessage$, (queue, input, { signal }) =>
      receiveMessage(service, queue, input as unknown as ReceiveMessageRequest, signal),
    ),
    onQueue(DeleteMessage$, (queue, input) => {
      service.deleteMessage(queue, (input as unknown as DeleteMessageRequest).ReceiptHandle ?? "");
      return {};
    }),
    onQueue(DeleteMessageBatch$, (queue, input) => {
      const { Entries = [] } = input as unknown as DeleteMessageBatchRequest;
      const remove = ({ ReceiptHandle = "" }) => {
        service.deleteMessage(queue, ReceiptHandle);
        return {};
      };
      return runBatch(Entries, remove, queryErrorOf);
    }),
    onQueue(ChangeMessageVisibility$, (queue, input) => {
      const { ReceiptHandle = "", VisibilityTimeout = 0 } =
        input as unknown as ChangeMessageVisibilityRequest;
      checkRange("VisibilityTimeout", VisibilityTimeout, 0, 43_200);
      service.changeVisibility(queue, ReceiptHandle, VisibilityTimeout);
      return {};
    }),
    onQueue(PurgeQueue$, (queue) => {
      service.purge(queue);
      return {};
    }),
    onQueue(DeleteQueue$, (queue) => {
      service.delete(queue);
      return {};
    }),
    onQueue(SetQueueAttributes$, (queue, input) => {
      const { Attributes = {} } = input as unknown as SetQueueAttributesRequest;
      service.change(queue, Attributes as Record<string, string>);
      return {};
    }),
    onQueue(GetQueueUrl$, (queue, _input: Partial<GetQueueUrlRequest>) => urls(queue)),
    onQueue(GetQueueAttributes$, (queue, input) =>
      getAttributes(service, queue, input as unknown as GetQueueAttributesRequest),
    ),
    {
      schema: CreateQueue$,
      run: (input, { caller }) => {
        const { QueueName = "", Attributes = {} } = input as unknown as CreateQueueRequest;
        mayCall(options, caller, "CreateQueue", { arn: service.arnOf(QueueName), policies: [] });
        return urls(service.create(QueueName, Attributes as Record<string, string>));
      },
    },
    {
      schema: ListQueues$,
      run: (input, { caller }) => {
        mayCall(options, caller, "ListQueues", { arn: service.arnOf("*"), policies: [] });
        return listQueues(service, urls, input as ListQueuesRequest);
      },
    },
  ];
  return {
    requestBytes: 8 * 1024 * 1024,
    client: sqsClient,
    nameError,
    missingMembers,
    operations: Object.fromEntries(
      operations.map(({ schema, run }) => [schema[2], { rights: nobodyIsAsked, run }]),
    ),
  };
}

function sendMessage(
  service: SqsService,
  queue: Queue,
  input: Omit<SendMessageRequest, "QueueUrl">,
  caller: Caller | undefined,
): SendMessageResult & { MessageId: string; MD5OfMessageBody: string } {
  const { MessageBody = "", DelaySeconds, MessageAttributes = {}, MessageSystemAttributes = {} } = input;
  if (MessageBody === "") throw missingMembers(["MessageBody"]);
  if (DelaySeconds !== undefined) checkRange("DelaySeconds", DelaySeconds, 0, 900);
  const attributes = Object.fromEntries(
    Object.entries(MessageAttributes).map(([name, value]) => [name, keptAttribute(value)]),
  );
  const traceHeader = MessageSystemAttributes["AWSTraceHeader"]?.StringValue;
  const messageId = service.send(queue, {
    body: MessageBody,
    attributes,
    senderId: caller?.userId ?? "anonymous",
    delaySeconds: DelaySeconds,
    ...(traceHeader === undefined ? {} : { traceHeader }),
  });
  const digest = attributesDigest(attributes);
  return {
    MessageId: messageId,
    MD5OfMessageBody: bodyDigest(MessageBody),
    ...(digest === undefined ? {} : { MD5OfMessageAttributes: digest }),
  };
}

/** All bodies together. */
function checkBatchLength(entries: NonNullable<SendMessageBatchRequest["Entries"]>): void {
  const bytes = entries.reduce((sum, { MessageBody = "" }) => sum + Buffer.byteLength(MessageBody), 0);
  if (bytes <= batchBytes) return;
  throw new AwsServiceError(
    "BatchRequestTooLong",
    400,
    `Batch requests cannot be longer than ${batchBytes} bytes. You have sent ${bytes} bytes.`,
  );
}

function keptAttribute({ DataType = "", StringValue, BinaryValue }: MessageAttributeValue) {
  return {
    DataType,
    ...(StringValue === undefined ? {} : { StringValue }),
    ...(BinaryValue === undefined ? {} : { BinaryValue: Buffer.from(BinaryValue).toString("base64") }),
  };
}

async function receiveMessage(
  service: SqsService,
  queue: Queue,
  input: ReceiveMessageRequest,
  signal: AbortSignal,
): Promise<{ Messages?: Message[] }> {
  const { MaxNumberOfMessages: most = 1, WaitTimeSeconds, VisibilityTimeout } = input;
  checkRange("MaxNumberOfMessages", most, 1, 10, "Must be between 1 and 10, if provided.");
  if (WaitTimeSeconds !== undefined) checkRange("WaitTimeSeconds", WaitTimeSeconds, 0, 20);
  if (VisibilityTimeout !== undefined) checkRange("VisibilityTimeout", VisibilityTimeout, 0, 43_200);
  const receiving = { most, waitSeconds: WaitTimeSeconds, visibilitySeconds: VisibilityTimeout };
  const messages = await service.receive(queue, receiving, signal);
  return messages.length === 0 ? {} : { Messages: messages.map((message) => shown(message, input)) };
}

/** A message with those of its attributes that are asked for. */
function shown(message: ReceivedMessage, input: ReceiveMessageRequest): Message {
  const { AttributeNames = [], MessageSystemAttributeNames = [], MessageAttributeNames = [] } = input;
  const wanted = new Set<string>([...AttributeNames, ...MessageSystemAttributeNames]);
  const system = Object.fromEntries(
    Object.entries({
      SenderId: message.senderId,
      SentTimestamp: String(message.sentMs),
      ApproximateReceiveCount: String(message.receiveCount),
      ApproximateFirstReceiveTimestamp: String(message.firstReceivedMs),
      ...(message.traceHeader === undefined ? {} : { AWSTraceHeader: message.traceHeader }),
    }).filter(([name]) => wanted.has("All") || wanted.has(name)),
  );
  const attributes = selected(message.attributes, MessageAttributeNames);
  const digest = attributesDigest(attributes);
  return {
    MessageId: message.messageId,
    ReceiptHandle: message.receiptHandle,
    MD5OfBody: bodyDigest(message.body),
    Body: message.body,
    ...(Object.keys(system).length === 0 ? {} : { Attributes: system }),
    ...(digest === undefined
      ? {}
      : {
          MD5OfMessageAttributes: digest,
          MessageAttributes: Object.fromEntries(
            Object.entries(attributes).map(([name, { DataType, StringValue, BinaryValue }]) => [
              name,
              BinaryValue === undefined
                ? { DataType, StringValue }
                : { DataType, BinaryValue: Buffer.from(BinaryValue, "base64") },
            ]),
          ),
        }),
  };
}

/** By name; `All`, `.*` and `prefix.*` stand for several. */
function selected(attributes: MessageAttributes, names: readonly string[]): MessageAttributes {
  const matches = (name: string) =>
    names.some(
      (wanted) =>
        wanted === name ||
        wanted === "All" ||
        (wanted.endsWith(".*") && name.startsWith(wanted.slice(0, -2))),
    );
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => matches(name)));
}

function getAttributes(
  service: SqsService,
  queue: Queue,
  { AttributeNames = [] }: GetQueueAttributesRequest,
): GetQueueAttributesResult {
  const counts = service.count(queue);
  const seconds = String(Math.floor(queue.createdMs / 1000));
  const { RedrivePolicy, ...numbers } = queue.attributes;
  const all: Record<string, string> = {
    ApproximateNumberOfMessages: String(counts.visible),
    ApproximateNumberOfMessagesDelayed: String(counts.delayed),
    ApproximateNumberOfMessagesNotVisible: String(counts.notVisible),
    CreatedTimestamp: seconds,
    LastModifiedTimestamp: seconds,
    QueueArn: queue.arn,
    ...Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, String(value)])),
    ...(RedrivePolicy === undefined ? {} : { RedrivePolicy: JSON.stringify(RedrivePolicy) }),
    ...(queue.policies[0] === undefined ? {} : { Policy: JSON.stringify(queue.policies[0]) }),
  };
  const wanted = new Set<string>(AttributeNames);
  const chosen = Object.entries(all).filter(([name]) => wanted.has("All") || wanted.has(name));
  return chosen.length === 0 ? {} : { Attributes: Object.fromEntries(chosen) };
}

function listQueues(
  service: SqsService,
  urls: (queue: Queue) => { QueueUrl: string },
  { QueueNamePrefix = "", MaxResults, NextToken }: ListQueuesRequest,
): { QueueUrls?: string[]; NextToken?: string } {
  const after = NextToken === undefined ? "" : Buffer.from(NextToken, "base64").toString();
  const names = service.list().filter(({ name }) => name.startsWith(QueueNamePrefix) && name > after);
  const page = names.slice(0, MaxResults ?? 1000);
  if (page.length === 0) return {};
  const last = page.at(-1)?.name ?? "";
  return {
    QueueUrls: page.map((queue) => urls(queue).QueueUrl),
    ...(MaxResults !== undefined && page.length < names.length
      ? { NextToken: Buffer.from(last).toString("base64") }
      : {}),
  };
}

function mayCall(
  { accountId }: SqsApiOptions,
  caller: Caller | undefined,
  operation: string,
  { arn, policies }: Pick<Queue, "arn" | "policies">,
): void {
  if (caller === undefined) return;
  const decision = authorize(caller, `sqs:${operation}`, arn, policies, accountId);
  if (decision.effect === "allow") return;
  const action = `sqs:${operation.toLowerCase()}`;
  throw new AwsServiceError(
    "AccessDeniedException",
    403,
    `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${arn} ${denialReason(decision, action)}`,
  );
}

function checkRange(name: string, value: number, least: number, most: number, rule?: string): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  const reason = rule ?? `Must be >= ${least} and <= ${most}, if provided.`;
  throw new AwsServiceError(
    "InvalidParameterValueException",
    400,
    `Value ${value} for parameter ${name} is invalid. Reason: ${reason}`,
  );
}

function missingMembers([name = ""]: readonly string[]): AwsServiceError {
  return new AwsServiceError(
    "MissingRequiredParameterException",
    400,
    `The request must contain the parameter ${name}.`,
  );
}

/** Codes of the query protocol that no shape of the model tells. */
const queryErrors: Readonly<Record<string, string>> = {
  AccessDeniedException: "AccessDenied",
  InvalidParameterValueException: "InvalidParameterValue",
  MissingRequiredParameterException: "MissingParameter",
};

/** As AWS names them: with a namespace in the body, and by their old codes in a header. */
function nameError(code: string): WireErrorName {
  const namespace = shapeOf(code) === undefined ? "com.amazon.coral.service" : "com.amazonaws.sqs";
  return { type: `${namespace}#${code}`, queryError: queryErrorOf(code) };
}

function queryErrorOf(code: string): string {
  const traits = shapeOf(code)?.[3] as { awsQueryError?: readonly [string, number] } | number | undefined;
  return (typeof traits === "object" ? traits.awsQueryError?.[0] : undefined) ?? queryErrors[code] ?? code;
}

/** The error's shape in the SDK's model, if it has one. */
function shapeOf(code: string): readonly unknown[] | undefined {
  const shape: unknown = (sqsClient as Readonly<Record<string, unknown>>)[`${code}$`];
  return Array.isArray(shape) ? shape : undefined;
}
