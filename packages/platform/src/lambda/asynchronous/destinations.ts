import { randomUUID } from "node:crypto";
import { limits } from "@sluice/protocol";
import { evaluate } from "../../iam/evaluate.ts";
import type { PolicyDocument } from "../../iam/policy.ts";
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
  /** Policies of a role; nothing if the template has no such role, so that nobody here knows what it may do. */
  readonly rolePolicies: (roleArn: string) => readonly PolicyDocument[] | undefined;
  /** Accepts an event for another function. */
  readonly accept: (event: NewEvent) => void;
}

/** What is sent. */
export interface DestinationMessage {
  readonly body: string;
  readonly attributes?: MessageAttributes;
  readonly traceId: string;
}

/** Services that AWS sends to and this platform doesn't, by their name in an ARN. */
const notServed: Readonly<Record<string, string>> = {
  events: "an EventBridge event bus",
  s3: "an S3 bucket",
  sns: "an SNS topic",
};

/**
 * Why this platform can't send to a destination, whether or not it is there.
 * @returns nothing if it can.
 */
export function refusalOf(arn: string): string | undefined {
  const service = arn.split(":")[2] ?? "";
  if (service === "sqs") {
    return arn.endsWith(".fifo") ? `${arn} is a FIFO queue, which Lambda does not send to.` : undefined;
  }
  if (service === "lambda") return undefined;
  const what = notServed[service] ?? "no destination of Lambda's";
  return `${arn} is ${what}: this platform sends to SQS queues and Lambda functions of the template. Use one of them here.`;
}

/** What a role must be allowed so that its function can send to a destination. */
function sendAction(arn: string): string {
  return arn.split(":")[2] === "sqs" ? "sqs:SendMessage" : "lambda:InvokeFunction";
}

/**
 * Why a role may not send to a destination.
 * @param identity - policies of the role.
 * @param resource - policies of the destination.
 * @returns nothing if it may.
 */
export function rightRefusal(
  roleArn: string,
  identity: readonly PolicyDocument[],
  arn: string,
  resource: readonly PolicyDocument[],
  accountId: string,
): string | undefined {
  const action = sendAction(arn);
  const principal = { kind: "AWS", name: roleArn, accountId } as const;
  const { effect } = evaluate(
    { action, resource: arn, context: {}, principal },
    { identity, resource, resourceAccountId: accountId },
  );
  return effect === "allow" ? undefined : `The function's role ${roleArn} lacks ${action} on ${arn}.`;
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
    try {
      return arn.split(":")[2] === "sqs"
        ? this.#toQueue(arn, from, message)
        : this.#toFunction(arn, from, message);
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
    policies: readonly PolicyDocument[],
  ): string | undefined {
    const { accountId, isUnsigned, rolePolicies } = this.#options;
    const identity = roleArn === undefined ? undefined : rolePolicies(roleArn);
    if (isUnsigned || roleArn === undefined || identity === undefined) return undefined;
    return rightRefusal(roleArn, identity, arn, policies, accountId);
  }
}
