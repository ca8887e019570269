import { randomUUID } from "node:crypto";
import { limits } from "@sluice/protocol";
import { evaluate } from "../../iam/evaluate.ts";
import type { PolicyDocument } from "../../iam/policy.ts";
import type { Role, RolePolicies } from "../../iam/role.ts";
import { AwsServiceError } from "../../service-error.ts";
import type { MessageAttributes, SqsService } from "../../sqs/index.ts";
import type { LambdaFunction } from "../lambda-function.ts";
import type { NewEvent } from "./event-queue.ts";

/** What sending to destinations needs of the rest of the platform. */
export interface DestinationsOptions {
  readonly accountId: string;
  readonly isUnsigned: boolean;
  readonly sqs: SqsService;
  /** What a name and a qualifier stand for right now; `$LATEST` without one. */
  readonly find: (functionName: string, qualifier?: string) => LambdaFunction | undefined;
  /** What is known of a role; nothing if the template has no such role, so that nobody here knows what it may do. */
  readonly rolePolicies: (roleArn: string) => (RolePolicies & Pick<Role, "unknownPolicyArns">) | undefined;
  /** Accepts an event for another function. */
  readonly accept: (event: NewEvent) => void;
  /** Other services that take what functions send, by their names in ARNs: `sns`, `events`. */
  readonly services?: Readonly<Record<string, DestinationService>>;
}

/** A service that takes what functions send. */
export interface DestinationService {
  /** Policies of a resource of its; nothing if there is none. */
  readonly find: (arn: string) => { readonly policies: readonly PolicyDocument[] } | undefined;
  /**
   * Sends, as a part of the transaction that is under way.
   * @throws {AwsServiceError} if the message can't be taken.
   */
  readonly send: (arn: string, message: DestinationMessage) => void;
}

/** What is sent. */
export interface DestinationMessage {
  readonly body: string;
  readonly attributes?: MessageAttributes;
  readonly traceId: string;
  /** Of what invocation it tells. */
  readonly invocation: { readonly functionArn: string; readonly hasSucceeded: boolean };
}

/** What a role must be allowed so that its function can send to a destination, by the service in its ARN. */
const sendActions: Readonly<Record<string, string>> = {
  events: "events:PutEvents",
  lambda: "lambda:InvokeFunction",
  sns: "sns:Publish",
  sqs: "sqs:SendMessage",
};

/** What a role must be allowed to send to an ARN; nothing if nobody sends there. */
export function sendActionOf(arn: string): string | undefined {
  return sendActions[arn.split(":")[2] ?? ""];
}

const kinds: Readonly<Record<string, string>> = { events: "event bus", sns: "topic" };

/**
 * Why this platform can't send to a destination, whether or not it is there.
 * @returns nothing if it can.
 */
export function refusalOf(arn: string): string | undefined {
  const service = arn.split(":")[2] ?? "";
  if (arn.endsWith(".fifo") && (service === "sqs" || service === "sns")) {
    return `${arn} is a FIFO ${service === "sqs" ? "queue" : "topic"}, which Lambda does not send to.`;
  }
  if (sendActionOf(arn) !== undefined) return undefined;
  const what = service === "s3" ? "an S3 bucket" : "no destination of Lambda's";
  return `${arn} is ${what}: this platform sends to SQS queues, SNS topics, Lambda functions and EventBridge event buses. Use one of them here.`;
}

/** Sends to queues and functions with the rights of a function's role. */
export class Destinations {
  readonly #options: DestinationsOptions;

  constructor(options: DestinationsOptions) {
    this.#options = options;
  }

  /**
   * Sends a message. All of it takes part in the transaction that is under way.
   * @param from - whose role sends.
   * @returns why it could not be sent, if that is the destination's doing. Then it won't be on a second try either.
   */
  send(arn: string, from: LambdaFunction, message: DestinationMessage): string | undefined {
    const refusal = refusalOf(arn);
    if (refusal !== undefined) return refusal;
    const service = arn.split(":")[2] ?? "";
    try {
      if (service === "sqs") return this.#toQueue(arn, from, message);
      if (service === "lambda") return this.#toFunction(arn, from, message);
      return this.#toService(service, arn, from, message);
    } catch (error) {
      if (!(error instanceof AwsServiceError)) throw error;
      return error.message;
    }
  }

  #toQueue(arn: string, from: LambdaFunction, { body, attributes, traceId }: DestinationMessage) {
    const { sqs } = this.#options;
    const queue = sqs.findByArn(arn);
    if (queue === undefined) return `There is no queue ${arn} here.`;
    const refusal = this.#rightRefusal(from, arn, queue.policies);
    if (refusal !== undefined) return refusal;
    sqs.send(queue, {
      body,
      attributes: attributes ?? {},
      traceHeader: traceId,
      senderId: `AROALAMBDA:${from.name}`,
    });
    return undefined;
  }

  #toService(service: string, arn: string, from: LambdaFunction, message: DestinationMessage) {
    const destination = this.#options.services?.[service];
    const found = destination?.find(arn);
    if (destination === undefined || found === undefined) {
      return `There is no ${kinds[service] ?? service} ${arn} here.`;
    }
    const refusal = this.#rightRefusal(from, arn, found.policies);
    if (refusal === undefined) destination.send(arn, message);
    return refusal;
  }

  #toFunction(arn: string, from: LambdaFunction, { body, traceId }: DestinationMessage): string | undefined {
    const [functionName = "", qualifier] = arn.split(":").slice(6);
    const target = this.#options.find(functionName, qualifier);
    if (target === undefined) return `There is no function ${arn} here.`;
    const refusal = this.#rightRefusal(from, arn, target.policies);
    if (refusal !== undefined) return refusal;
    const payload = Buffer.from(body);
    if (payload.length > limits.asynchronousEventBytes) {
      return `The record has ${payload.length} bytes; an event may have ${limits.asynchronousEventBytes}.`;
    }
    this.#options.accept({
      functionName,
      qualifier,
      invokedArn: arn,
      requestId: randomUUID(),
      traceId,
      tenantId: undefined,
      payload,
    });
    return undefined;
  }

  #rightRefusal(
    { roleArn }: LambdaFunction,
    arn: string,
    resource: readonly PolicyDocument[],
  ): string | undefined {
    const { accountId, isUnsigned, rolePolicies } = this.#options;
    const role = roleArn === undefined ? undefined : rolePolicies(roleArn);
    if (isUnsigned || roleArn === undefined || role === undefined) return undefined;
    if ((role.unknownPolicyArns ?? []).length > 0) return undefined;
    const action = sendActionOf(arn) ?? "";
    const principal = { kind: "AWS", name: roleArn, accountId } as const;
    const { effect } = evaluate(
      { action, resource: arn, context: {}, principal },
      { identity: role.policies, boundary: role.boundary, resource, resourceAccountId: accountId },
    );
    return effect === "allow" ? undefined : `The function's role ${roleArn} lacks ${action} on ${arn}.`;
  }
}
