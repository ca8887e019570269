import { setTimeout as delay } from "node:timers/promises";
import {
  InvokeCommand,
  type InvokeCommandInput,
  InvokeWithResponseStreamCommand,
  type InvokeWithResponseStreamResponseEvent,
  LambdaClient,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { Gate } from "./gate.ts";
import { SluiceDev } from "./sluice-dev.ts";

describe("the AWS SDK for JavaScript, with nothing but the environment that sluice credentials prints", () => {
  let dev: SluiceDev;
  let lambda: LambdaClient;

  beforeAll(async () => {
    dev = await SluiceDev.start();
    for (const [name, value] of Object.entries(dev.credentials)) vi.stubEnv(name, value);
    for (const name of ["AWS_PROFILE", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"])
      vi.stubEnv(name, "");
    vi.stubEnv("HOME", dev.project.folder);
    lambda = new LambdaClient();
  });
  afterAll(async () => {
    lambda?.destroy();
    vi.unstubAllEnvs();
    await dev?.[Symbol.asyncDispose]();
  });

  /** The events of a streamed response, as they come. */
  async function* stream(FunctionName: string, event: unknown): AsyncGenerator<unknown, void> {
    const command = new InvokeWithResponseStreamCommand({ FunctionName, Payload: JSON.stringify(event) });
    const { EventStream } = await lambda.send(command);
    for await (const item of EventStream ?? []) yield readable(item);
  }

  async function all(events: AsyncIterable<unknown>): Promise<unknown[]> {
    const list: unknown[] = [];
    for await (const event of events) list.push(event);
    return list;
  }

  async function invoke(FunctionName: string, event: unknown, more: Partial<InvokeCommandInput> = {}) {
    const command = new InvokeCommand({ FunctionName, Payload: JSON.stringify(event), ...more });
    const { $metadata, Payload, LogResult, ...answer } = await lambda.send(command);
    return {
      ...answer,
      payload: Payload?.transformToString(),
      log: LogResult && Buffer.from(LogResult, "base64").toString(),
    };
  }

  describe("InvokeWithResponseStream", () => {
    test("yields each piece before the next is written", async () => {
      await using gate = await Gate.open();
      const events = stream("pieces", { gate: gate.url });
      for (const piece of ["one", "two", "three"]) {
        const next = events.next();
        await gate.pass(piece);
        expect((await next).value).toEqual({ chunk: `${piece}\n` });
      }
      expect((await events.next()).value).toEqual({ complete: {} });
      expect((await events.next()).done).toBe(true);
    });

    test("tells the error of a function that fails in the middle", async () => {
      await using gate = await Gate.open();
      const events = stream("pieces", { gate: gate.url, failure: "one" });
      const first = events.next();
      await gate.pass("one");
      expect((await first).value).toEqual({ chunk: "one\n" });
      expect((await events.next()).value).toEqual({
        complete: {
          ErrorCode: "RangeError",
          ErrorDetails: expect.stringContaining("no more after one"),
          LogResult: undefined,
        },
      });
    });

    test("yields what a function that does not stream returns, and its error", async () => {
      expect(await all(stream("greeting", { name: "Ada" }))).toEqual([
        { chunk: '{"greeting":"Hello, Ada","client":null}' },
        { complete: {} },
      ]);
      const [failed] = (await all(stream("greeting", { failure: "no" }))).slice(-1);
      expect(failed).toMatchObject({
        complete: { ErrorCode: "Unhandled", ErrorDetails: expect.stringContaining('"RangeError"') },
      });
    });

    test("many at once each have their own environment", async () => {
      await using gate = await Gate.open();
      const answers = [1, 2, 3].map(() => all(stream("pieces", { gate: gate.url })));
      for (const piece of ["one", "two", "three"]) {
        await gate.arrived(piece, answers.length);
        for (const _ of answers) await gate.pass(piece);
      }
      for (const events of await Promise.all(answers)) {
        expect(events.map((event) => (event as { chunk?: string }).chunk ?? "").join("")).toBe(
          "one\ntwo\nthree\n",
        );
      }
    });
  });

  describe("Invoke", () => {
    test("collects what a streaming function writes", async () => {
      await using gate = await Gate.open();
      const answer = invoke("pieces", { gate: gate.url });
      await gate.pass("one");
      await gate.pass("two");
      await gate.arrived("three");
      expect(await Promise.race([answer, delay(0, "no answer yet")])).toBe("no answer yet");
      await gate.pass("three");
      expect(await answer).toEqual({
        StatusCode: 200,
        ExecutedVersion: "$LATEST",
        payload: "one\ntwo\nthree\n",
      });
    });

    test("by ARN, with a client context and the tail of the log", async () => {
      const ClientContext = Buffer.from('{"custom":{"city":"Zürich"}}').toString("base64");
      const arn = `arn:aws:lambda:${dev.credentials["AWS_REGION"]}:123456789012:function:greeting`;
      const { payload, log } = await invoke(arn, { name: "Ada" }, { ClientContext, LogType: "Tail" });
      expect(JSON.parse(payload ?? "")).toEqual({
        greeting: "Hello, Ada",
        client: { custom: { city: "Zürich" } },
      });
      expect(log).toMatch(
        /^START RequestId: .*\n.*\tINFO\tgreeting somebody\nEND RequestId: .*\nREPORT RequestId: /,
      );
    });

    test("a function's error is its answer", async () => {
      const { FunctionError, payload } = await invoke("greeting", { failure: "no" });
      expect(FunctionError).toBe("Unhandled");
      expect(JSON.parse(payload ?? "")).toMatchObject({ errorType: "RangeError", errorMessage: "no" });
    });

    test("DryRun does not run it", async () => {
      expect(await invoke("greeting", {}, { InvocationType: "DryRun" })).toMatchObject({ StatusCode: 204 });
    });
  });

  test.each([
    {
      what: "a function that is not there",
      call: () => invoke("nobody", {}),
      name: "ResourceNotFoundException",
    },
    {
      what: "a payload that is not JSON",
      call: () => invoke("greeting", {}, { Payload: "{" }),
      name: "InvalidRequestContentException",
    },
    {
      what: "a stream of a function that is not there",
      call: () => all(stream("nobody", {})),
      name: "ResourceNotFoundException",
    },
  ])("$what is the SDK's $name", async ({ call, name }) => {
    await expect(call()).rejects.toMatchObject({ name });
  });
});

function readable({ PayloadChunk, InvokeComplete }: InvokeWithResponseStreamResponseEvent): unknown {
  if (PayloadChunk) return { chunk: Buffer.from(PayloadChunk.Payload ?? []).toString() };
  return { complete: InvokeComplete };
}
