import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { InvokeCommand, InvokeWithResponseStreamCommand, LambdaClient } from "@aws-sdk/client-lambda";
import {
  type Command,
  CommandError,
  type CommandInput,
  type Terminal,
  textOption,
  UsageError,
} from "../command.ts";
import { isRefusedConnection, noPlatform, runningPlatform } from "./running.ts";

/** Invokes a function of the platform that runs here. */
export const invoke: Command = {
  usage: "NAME [--event FILE|-] [--stream]",
  summary: "Invokes a function on the running platform.",
  details: `The platform must be running (sluice dev). What the function returns goes to standard output.
The exit code is 1 if the function failed.

  --event FILE    the event, as JSON; - reads standard input; {} unless given
  --stream        call InvokeWithResponseStream, and print the bytes as they come
`,
  options: { event: { type: "string" }, stream: { type: "boolean" } },
  async run(input, terminal) {
    const [name, ...others] = input.positionals;
    if (name === undefined || others.length > 0) {
      throw new UsageError(`name one function${name === undefined ? "" : `, not ${others.length + 1}`}.`);
    }
    const Payload = await readEvent(input, terminal);
    const { folder, url, region, credentials } = await runningPlatform(terminal);
    const { accessKeyId, secretAccessKey, sessionToken } = credentials;
    const client = new LambdaClient({
      endpoint: url,
      region,
      credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
      maxAttempts: 1,
    });
    try {
      const call = input.values["stream"] === true ? invokeStreaming : invokeBuffered;
      return await call(client, name, Payload, terminal);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      if (isRefusedConnection(error)) throw new CommandError(noPlatform(folder));
      const hint =
        error.name === "ResourceNotFoundException"
          ? "\nsluice dev lists the functions it runs under Invoke."
          : "";
      throw new CommandError(`${error.name}: ${error.message}${hint}`);
    } finally {
      client.destroy();
    }
  },
};

async function readEvent(input: CommandInput, terminal: Terminal): Promise<Uint8Array> {
  const file = textOption(input, "event");
  if (file === undefined) return Buffer.from("{}");
  const event = file === "-" ? await terminal.readInput() : await readFile(resolve(terminal.folder, file));
  try {
    JSON.parse(event.toString("utf8"));
  } catch (error) {
    const source = file === "-" ? "Standard input" : file;
    throw new CommandError(
      `${source} is not JSON, and Lambda takes nothing else: ${(error as Error).message}`,
    );
  }
  return event;
}

async function invokeBuffered(
  client: LambdaClient,
  FunctionName: string,
  Payload: Uint8Array,
  terminal: Terminal,
): Promise<number> {
  const answer = await client.send(new InvokeCommand({ FunctionName, Payload }));
  terminal.out(answer.Payload ?? "");
  terminal.out("\n");
  if (answer.FunctionError === undefined) return 0;
  terminal.talk(`The function failed: ${answer.FunctionError}\n`);
  return 1;
}

async function invokeStreaming(
  client: LambdaClient,
  FunctionName: string,
  Payload: Uint8Array,
  terminal: Terminal,
): Promise<number> {
  const answer = await client.send(new InvokeWithResponseStreamCommand({ FunctionName, Payload }));
  for await (const event of answer.EventStream ?? []) {
    if (event.PayloadChunk?.Payload !== undefined) {
      terminal.out(event.PayloadChunk.Payload);
    }
    const failure = event.InvokeComplete?.ErrorCode;
    if (failure !== undefined) {
      terminal.talk(`\nThe function failed: ${failure} ${event.InvokeComplete?.ErrorDetails ?? ""}\n`);
      return 1;
    }
  }
  return 0;
}
