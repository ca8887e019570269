import type { MessageAttributeValue } from "@aws-sdk/client-sns";
import * as snsClient from "@aws-sdk/client-sns";
import { AwsServiceError } from "../service-error.ts";
import type { MessageAttributes } from "../sqs/index.ts";
import { defineService, type Right, type ServiceApi } from "../wire/service-api.ts";
import type { SnsService } from "./sns-service.ts";
import { invalid, readTopicTags, type Subscription, type Topic } from "./topic.ts";

const pageSize = 100;
const mostEntries = 10;

/**
 * SNS: topics with subscriptions of queues and functions.
 * @see https://docs.aws.amazon.com/sns/latest/api/API_Operations.html
 */
export function snsApi(service: SnsService): ServiceApi {
  const topicOf = (arn: string | undefined): Topic => {
    if (arn === undefined || !/^arn:aws[a-z-]*:sns:[^:]*:\d{12}:[^:]+$/.test(arn)) throw invalid("TopicArn");
    const topic = service.find(arn);
    if (topic === undefined) throw new AwsServiceError("NotFound", 404, "Topic does not exist");
    return topic;
  };
  const subscriptionOf = (arn: string | undefined): Subscription => {
    const found = service.findSubscription(arn ?? "");
    if (found === undefined) throw new AwsServiceError("NotFound", 404, "Subscription does not exist");
    return found;
  };
  const onTopic = (
    { TopicArn = "" }: { readonly TopicArn?: string | undefined },
    action?: string,
  ): Right[] => [
    {
      resource: TopicArn,
      policies: service.find(TopicArn)?.policies,
      ...(action === undefined ? {} : { action }),
    },
  ];
  const onSubscription = ({
    SubscriptionArn = "",
  }: {
    readonly SubscriptionArn?: string | undefined;
  }): Right[] => [{ resource: service.findSubscription(SubscriptionArn)?.topicArn ?? SubscriptionArn }];
  const named = ({ Name = "" }: { readonly Name?: string | undefined }): Right[] => [
    { resource: service.arnOf(Name) },
  ];

  return defineService(
    snsClient,
    {
      CreateTopic: {
        rights: named,
        run: ({ Name = "", Attributes = {}, Tags }) => ({
          TopicArn: service.create(Name, Attributes, readTopicTags(Tags)).arn,
        }),
      },
      DeleteTopic: {
        rights: (input) => onTopic(input),
        run: ({ TopicArn = "" }) => {
          // One that isn't there is deleted already.
          const topic = service.find(TopicArn);
          if (topic !== undefined) service.delete(topic);
          return {};
        },
      },
      ListTopics: ({ NextToken }) => {
        const { page, next } = paged(service.list(), NextToken);
        return { Topics: page.map(({ arn }) => ({ TopicArn: arn })), ...next };
      },
      GetTopicAttributes: {
        rights: (input) => onTopic(input),
        run: ({ TopicArn }, { accountId }) => {
          const { arn, displayName, policies } = topicOf(TopicArn);
          return {
            Attributes: {
              TopicArn: arn,
              Owner: accountId,
              DisplayName: displayName,
              ...(policies[0] === undefined ? {} : { Policy: JSON.stringify(policies[0]) }),
              SubscriptionsConfirmed: String(service.subscriptions(arn).length),
              SubscriptionsPending: "0",
              SubscriptionsDeleted: "0",
            },
          };
        },
      },
      SetTopicAttributes: {
        rights: (input) => onTopic(input),
        run: ({ TopicArn, AttributeName = "", AttributeValue = "" }) => {
          service.change(topicOf(TopicArn), AttributeName, AttributeValue);
          return {};
        },
      },
      ListTagsForResource: {
        rights: ({ ResourceArn = "" }) => [{ resource: ResourceArn }],
        run: ({ ResourceArn }) => {
          const { tags = {} } = topicOf(ResourceArn);
          return { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) };
        },
      },
      Subscribe: {
        rights: (input) => onTopic(input),
        run: ({ TopicArn, Protocol = "", Endpoint = "", Attributes = {} }) => ({
          SubscriptionArn: service.subscribe(topicOf(TopicArn), { Protocol, Endpoint }, Attributes).arn,
        }),
      },
      Unsubscribe: {
        rights: onSubscription,
        run: ({ SubscriptionArn }) => {
          service.unsubscribe(subscriptionOf(SubscriptionArn));
          return {};
        },
      },
      ListSubscriptions: ({ NextToken }, { accountId }) => {
        const { page, next } = paged(service.subscriptions(), NextToken);
        return { Subscriptions: page.map((each) => shown(each, accountId)), ...next };
      },
      ListSubscriptionsByTopic: {
        rights: (input) => onTopic(input),
        run: ({ TopicArn, NextToken }, { accountId }) => {
          const { page, next } = paged(service.subscriptions(topicOf(TopicArn).arn), NextToken);
          return { Subscriptions: page.map((each) => shown(each, accountId)), ...next };
        },
      },
      GetSubscriptionAttributes: {
        rights: onSubscription,
        run: ({ SubscriptionArn }, { accountId }) => ({
          Attributes: subscriptionAttributes(subscriptionOf(SubscriptionArn), accountId),
        }),
      },
      SetSubscriptionAttributes: {
        rights: onSubscription,
        run: ({ SubscriptionArn, AttributeName = "", AttributeValue = "" }) => {
          service.changeSubscription(subscriptionOf(SubscriptionArn), AttributeName, AttributeValue);
          return {};
        },
      },
      Publish: {
        rights: ({ TopicArn, TargetArn }) => onTopic({ TopicArn: TopicArn ?? TargetArn }),
        run: ({ TopicArn, TargetArn, PhoneNumber, ...message }) => {
          if (PhoneNumber !== undefined)
            throw invalid("PhoneNumber: text messages are not served by this platform. Publish to a topic.");
          return { MessageId: publish(service, topicOf(TopicArn ?? TargetArn), message) };
        },
      },
      PublishBatch: {
        rights: (input) => onTopic(input, "sns:Publish"),
        run: ({ TopicArn, PublishBatchRequestEntries: entries = [] }) => {
          const topic = topicOf(TopicArn);
          checkBatch(entries.map(({ Id = "" }) => Id));
          const Successful: { Id: string; MessageId: string }[] = [];
          const Failed: { Id: string; Code: string; Message: string; SenderFault: boolean }[] = [];
          for (const { Id = "", ...message } of entries) {
            try {
              Successful.push({ Id, MessageId: publish(service, topic, message) });
            } catch (error) {
              if (!(error instanceof AwsServiceError)) throw error;
              Failed.push({ Id, Code: error.code, Message: error.message, SenderFault: true });
            }
          }
          return { Successful, Failed };
        },
      },
    },
    { validationCode: "ValidationError", requestBytes: 4 * 1024 * 1024 },
  );
}

interface PublishedMessage {
  readonly Message?: string | undefined;
  readonly Subject?: string | undefined;
  readonly MessageStructure?: string | undefined;
  readonly MessageAttributes?: Readonly<Record<string, MessageAttributeValue>> | undefined;
}

function publish(service: SnsService, topic: Topic, input: PublishedMessage): string {
  const { Message = "", Subject, MessageStructure, MessageAttributes = {} } = input;
  if (Subject !== undefined && (Subject === "" || Subject.length > 100)) throw invalid("Subject");
  if (MessageStructure !== undefined && MessageStructure !== "json") throw invalid("MessageStructure");
  return service.publish(topic, {
    message: Message,
    subject: Subject,
    isByProtocol: MessageStructure === "json",
    attributes: keptAttributes(MessageAttributes),
  });
}

function keptAttributes(given: Readonly<Record<string, MessageAttributeValue>>): MessageAttributes {
  return Object.fromEntries(
    Object.entries(given).map(([name, { DataType = "", StringValue, BinaryValue }]) => {
      if (
        !/^(?:String(?:\.Array)?|Number|Binary)(?:\..+)?$/.test(DataType) ||
        (StringValue ?? BinaryValue) == null
      ) {
        throw new AwsServiceError(
          "ParameterValueInvalid",
          400,
          `The message attribute '${name}' must contain non-empty message attribute type and value.`,
        );
      }
      return [
        name,
        {
          DataType,
          ...(StringValue === undefined ? {} : { StringValue }),
          ...(BinaryValue === undefined ? {} : { BinaryValue: Buffer.from(BinaryValue).toString("base64") }),
        },
      ];
    }),
  );
}

function checkBatch(ids: readonly string[]): void {
  if (ids.length === 0)
    throw new AwsServiceError("EmptyBatchRequest", 400, "The batch request doesn't contain any entries.");
  if (ids.length > mostEntries) {
    throw new AwsServiceError(
      "TooManyEntriesInBatchRequest",
      400,
      "The batch request contains more entries than permissible.",
    );
  }
  if (new Set(ids).size < ids.length) {
    throw new AwsServiceError(
      "BatchEntryIdsNotDistinct",
      400,
      "Two or more batch entries in the request have the same Id.",
    );
  }
}

function shown({ arn, topicArn, protocol, endpoint }: Subscription, Owner: string) {
  return { SubscriptionArn: arn, TopicArn: topicArn, Protocol: protocol, Endpoint: endpoint, Owner };
}

function subscriptionAttributes(subscription: Subscription, accountId: string): Record<string, string> {
  const { filterPolicy, filterScope, isRaw } = subscription;
  return {
    ...shown(subscription, accountId),
    RawMessageDelivery: String(isRaw),
    PendingConfirmation: "false",
    ConfirmationWasAuthenticated: "true",
    ...(filterPolicy === undefined
      ? {}
      : { FilterPolicy: JSON.stringify(filterPolicy), FilterPolicyScope: filterScope }),
  };
}

function paged<T>(all: readonly T[], token: string | undefined) {
  const from = token === undefined ? 0 : Number(Buffer.from(token, "base64").toString());
  if (!Number.isInteger(from) || from < 0) throw invalid("NextToken");
  const end = from + pageSize;
  const next = end < all.length ? { NextToken: Buffer.from(String(end)).toString("base64") } : {};
  return { page: all.slice(from, end), next };
}
