import { setTimeout as wait } from "node:timers/promises";
import { DescribeStackEventsCommand, type StackEvent } from "@aws-sdk/client-cloudformation";
import { type Aws, asked } from "./aws.ts";

/** What an operation on a stack came to. */
interface Outcome {
  /** The stack's. */
  readonly status: string;
  /** Why it failed, if it did, one a resource. */
  readonly causes: readonly string[];
}

/** The events of one operation on a stack, as they come. */
export class StackEvents {
  readonly #aws: Aws;
  readonly #stackId: string;
  readonly #seen = new Set<string>();

  private constructor(aws: Aws, stackId: string) {
    this.#aws = aws;
    this.#stackId = stackId;
  }

  /** Begins before the operation does, so that what was before is known. */
  static async begin(aws: Aws, stackId: string): Promise<StackEvents> {
    const events = new StackEvents(aws, stackId);
    await events.#news();
    return events;
  }

  /** Passes events on, the oldest first, until the operation is over. */
  async follow(take: (event: StackEvent) => void): Promise<Outcome> {
    const all: StackEvent[] = [];
    for (let pauseMs = 250; ; pauseMs = Math.min(pauseMs * 1.3, 2000)) {
      for (const event of await this.#news()) {
        all.push(event);
        take(event);
        const { PhysicalResourceId, ResourceType, ResourceStatus = "" } = event;
        const isOfStack =
          ResourceType === "AWS::CloudFormation::Stack" && PhysicalResourceId === this.#stackId;
        if (isOfStack && !ResourceStatus.includes("IN_PROGRESS"))
          return { status: ResourceStatus, causes: causesOf(all) };
      }
      await wait(pauseMs);
    }
  }

  async #news(): Promise<StackEvent[]> {
    const news: StackEvent[] = [];
    let NextToken: string | undefined;
    do {
      const page = await asked(
        this.#aws.cloudFormation.send(
          new DescribeStackEventsCommand({ StackName: this.#stackId, NextToken }),
        ),
      );
      const events = page.StackEvents ?? [];
      const fresh = events.filter(({ EventId = "" }) => !this.#seen.has(EventId));
      for (const { EventId = "" } of fresh) this.#seen.add(EventId);
      news.push(...fresh);
      // The newest come first: what follows is known.
      NextToken = fresh.length < events.length ? undefined : page.NextToken;
    } while (NextToken !== undefined);
    return news.reverse();
  }
}

/** Why an operation failed: resources that failed by themselves, not because others had. */
export function causesOf(events: readonly StackEvent[]): string[] {
  const failed = events.filter(
    ({ ResourceStatus = "", ResourceType, ResourceStatusReason = "" }) =>
      ResourceStatus.endsWith("_FAILED") &&
      ResourceType !== "AWS::CloudFormation::Stack" &&
      !/cancelled/i.test(ResourceStatusReason),
  );
  return failed.map(
    ({ LogicalResourceId, ResourceType, ResourceStatusReason }) =>
      `${LogicalResourceId} (${ResourceType}): ${ResourceStatusReason ?? "CloudFormation does not say why."}`,
  );
}
