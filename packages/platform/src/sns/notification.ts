import type { MessageAttributes } from "../sqs/index.ts";
import type { Subscription } from "./topic.ts";

/** A message that is published. */
export interface Publication {
  readonly messageId: string;
  readonly topicArn: string;
  readonly subject: string | undefined;
  /** By protocol, where the publisher has several; `default` otherwise. */
  readonly messages: Readonly<Record<string, string>>;
  readonly attributes: MessageAttributes;
  readonly timeMs: number;
  /** X-Ray header. */
  readonly traceHeader: string | undefined;
}

/**
 * Nobody can verify what is signed here: there is no certificate of AWS's. The fields are there, since readers ask for them.
 */
const signature = "c2x1aWNl";

/** The body of a message as queues get it: SNS's document, or the message alone. */
export function queueBody(publication: Publication, subscription: Subscription, endpoint: string): string {
  const message = messageFor(publication, subscription);
  if (subscription.isRaw) return message;
  const { messageId, topicArn, subject, attributes, timeMs } = publication;
  return JSON.stringify({
    Type: "Notification",
    MessageId: messageId,
    TopicArn: topicArn,
    ...(subject === undefined ? {} : { Subject: subject }),
    Message: message,
    Timestamp: new Date(timeMs).toISOString(),
    SignatureVersion: "1",
    Signature: signature,
    SigningCertURL: certificateUrl(endpoint),
    UnsubscribeURL: unsubscribeUrl(endpoint, subscription),
    ...(Object.keys(attributes).length === 0 ? {} : { MessageAttributes: shownAttributes(attributes) }),
  });
}

/**
 * The event that functions get.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html
 */
export function functionEvent(
  publication: Publication,
  subscription: Subscription,
  endpoint: string,
): string {
  const { messageId, topicArn, subject, attributes, timeMs } = publication;
  return JSON.stringify({
    Records: [
      {
        EventSource: "aws:sns",
        EventVersion: "1.0",
        EventSubscriptionArn: subscription.arn,
        Sns: {
          Type: "Notification",
          MessageId: messageId,
          TopicArn: topicArn,
          Subject: subject ?? null,
          Message: messageFor(publication, subscription),
          Timestamp: new Date(timeMs).toISOString(),
          SignatureVersion: "1",
          Signature: signature,
          SigningCertUrl: certificateUrl(endpoint),
          UnsubscribeUrl: unsubscribeUrl(endpoint, subscription),
          MessageAttributes: shownAttributes(attributes),
        },
      },
    ],
  });
}

export function messageFor({ messages }: Publication, { protocol }: Pick<Subscription, "protocol">): string {
  return messages[protocol] ?? messages["default"] ?? "";
}

function shownAttributes(attributes: MessageAttributes) {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, { DataType, StringValue, BinaryValue }]) => [
      name,
      { Type: DataType, Value: StringValue ?? BinaryValue },
    ]),
  );
}

function certificateUrl(endpoint: string): string {
  return `${endpoint}/SimpleNotificationService.pem`;
}

function unsubscribeUrl(endpoint: string, { arn }: Subscription): string {
  return `${endpoint}/?Action=Unsubscribe&SubscriptionArn=${arn}`;
}
