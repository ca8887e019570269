import { setTimeout as wait } from "node:timers/promises";
import { type FilteredLogEvent, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { CommandError, type CommandInput, type Terminal, textOption, UsageError } from "../command.ts";
import { Aws, asked } from "./aws.ts";
import { awsChoice } from "./aws-options.ts";
import { readSettings, withOptions } from "./settings.ts";
import { stackResources } from "./stack-resources.ts";

/** Runs `sluice logs`. @returns its exit code. @throws {CommandError} if there is no such function. */
export async function runLogs(input: CommandInput, terminal: Terminal): Promise<number> {
  const [name, ...others] = input.positionals;
  if (others.length > 0) throw new UsageError("one function at a time.");
  const settings = withOptions(await readSettings(terminal.folder), input);
  const sinceMs = sinceOption(input);
  if (name === undefined && settings.stackName === undefined)
    throw new UsageError("name a function, or a stack with --stack-name.");
  using aws = await Aws.open(awsChoice(input, settings));
  const functions = await functionsOf(aws, settings.stackName, name);
  const width = functions.length < 2 ? 0 : Math.max(...functions.map(({ title }) => title.length));
  const filter = textOption(input, "filter");
  const tails = functions.map(
    ({ title, physicalName }) =>
      new LogTail(aws, physicalName, width === 0 ? "" : `${title.padEnd(width)} │ `, filter),
  );
  let isOver = input.values["follow"] !== true;
  const stopped = new AbortController();
  void terminal.interrupted.then(() => {
    isOver = true;
    stopped.abort();
  });
  let fromMs = Date.now() - sinceMs;
  for (;;) {
    const pages = await Promise.all(tails.map((tail) => tail.news(fromMs)));
    const lines = pages.flat().sort((a, b) => a.atMs - b.atMs);
    for (const { text } of lines) terminal.out(text);
    if (isOver) return 0;
    // What comes late still belongs to a time that has been asked for: the ids tell what is known.
    fromMs = Math.max(fromMs, Date.now() - 60_000);
    await wait(1000, undefined, { signal: stopped.signal }).catch(() => {});
  }
}

interface LogLine {
  readonly atMs: number;
  readonly text: string;
}

/** What a function logs, each line once. */
class LogTail {
  readonly #aws: Aws;
  readonly #functionName: string;
  readonly #label: string;
  readonly #filter: string | undefined;
  readonly #seen = new Map<string, number>();

  constructor(aws: Aws, functionName: string, label: string, filter: string | undefined) {
    this.#aws = aws;
    this.#functionName = functionName;
    this.#label = label;
    this.#filter = filter;
  }

  async news(startTime: number): Promise<LogLine[]> {
    const lines: LogLine[] = [];
    for (const [id, atMs] of this.#seen) if (atMs < startTime) this.#seen.delete(id);
    let nextToken: string | undefined;
    do {
      const page = await this.#page(startTime, nextToken);
      for (const event of page.events) {
        const { eventId = "", timestamp: atMs = 0, message = "" } = event;
        if (this.#seen.has(eventId)) continue;
        this.#seen.set(eventId, atMs);
        lines.push({ atMs, text: `${this.#label}${new Date(atMs).toISOString()} ${message.trimEnd()}\n` });
      }
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    return lines;
  }

  async #page(
    startTime: number,
    nextToken: string | undefined,
  ): Promise<{ readonly events: readonly FilteredLogEvent[]; readonly nextToken: string | undefined }> {
    const request = new FilterLogEventsCommand({
      logGroupName: `/aws/lambda/${this.#functionName}`,
      startTime,
      nextToken,
      filterPattern: this.#filter,
    });
    try {
      const { events = [], nextToken: next } = await this.#aws.logs.send(request);
      return { events, nextToken: next };
    } catch (error) {
      // It has not been invoked yet.
      if (error instanceof Error && error.name === "ResourceNotFoundException")
        return { events: [], nextToken: undefined };
      return asked(Promise.reject(error));
    }
  }
}

async function functionsOf(
  aws: Aws,
  StackName: string | undefined,
  name: string | undefined,
): Promise<{ readonly title: string; readonly physicalName: string }[]> {
  if (StackName === undefined) return [{ title: name ?? "", physicalName: name ?? "" }];
  const found: { title: string; physicalName: string }[] = [];
  for (const { LogicalResourceId, PhysicalResourceId, ResourceType } of await stackResources(
    aws,
    StackName,
  )) {
    if (ResourceType !== "AWS::Lambda::Function" || PhysicalResourceId === undefined) continue;
    found.push({ title: LogicalResourceId ?? "", physicalName: PhysicalResourceId });
  }
  const chosen =
    name === undefined
      ? found
      : found.filter(({ title, physicalName }) => [title, physicalName].includes(name));
  if (chosen.length > 0) return chosen;
  const has = found.map(({ title }) => title).join(", ") || "no function";
  throw new CommandError(
    `the stack ${StackName} has ${has}${name === undefined ? "" : `, and not ${name}`}.`,
  );
}

const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function sinceOption(input: CommandInput): number {
  const text = textOption(input, "since") ?? "10m";
  const [, count, unit = ""] = /^(\d+)([smhd])$/.exec(text) ?? [];
  if (count === undefined)
    throw new UsageError(`--since is "${text}"; give a time such as 90s, 10m, 2h or 1d.`);
  return Number(count) * (unitMs[unit] ?? 0);
}
