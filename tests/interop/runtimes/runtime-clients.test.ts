import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { apiAddresses, functionUrlAddresses } from "../platform/addresses.ts";
import { Gate } from "../platform/gate.ts";
import { SluiceDev } from "../platform/sluice-dev.ts";
import { LambdaCalls } from "./lambda-calls.ts";
import { StreamedAnswer } from "./streamed-answer.ts";

const node = inject("awsNodeClient");
const go = inject("goFunction");
const rust = inject("rust");

/** Official runtime clients that stream, each in a function of the same behaviour, and how they tell of an error. */
const clients = [
  {
    client: "aws-lambda-ric, on Node.js",
    missing: node.missing,
    files: {
      code: join(import.meta.dirname, "node"),
      "code/node_modules/aws-lambda-ric": dirname(node.tool ?? ""),
    },
    errorType: "RangeError",
    // It has opened the response by then, so the error comes as one of a stream even where nothing was written.
    errorCodeBeforeTheFirstByte: "RangeError",
  },
  {
    client: "aws-lambda-go",
    missing: go.missing,
    files: { "code/bootstrap": go.tool ?? "" },
    errorType: "errorString",
    errorCodeBeforeTheFirstByte: "Unhandled",
  },
  {
    client: "lambda_runtime, in Rust",
    missing: rust.missing,
    files: { "code/bootstrap": rust.tool?.function ?? "" },
    errorType: expect.stringContaining("dyn core::error::Error"),
    errorCodeBeforeTheFirstByte: "Unhandled",
    // It announces trailers, and writes them into the body.
    errorInTheBody: `Lambda-Runtime-Function-Error-Type: Runtime.StreamError\r\nLambda-Runtime-Function-Error-Body: ${Buffer.from("no more after two").toString("base64")}\r\n`,
  },
];

for (const it of clients) {
  describe.skipIf(it.missing !== undefined)(`a function with ${it.client}`, () => {
    let dev: SluiceDev;
    let lambda: LambdaCalls;
    const urls = { "its Function URL": "", "a REST API": "" };
    const doors = Object.keys(urls) as (keyof typeof urls)[];

    beforeAll(async () => {
      dev = await SluiceDev.start({ project: "../runtimes/project", files: it.files });
      lambda = new LambdaCalls(dev);
      urls["its Function URL"] = (await functionUrlAddresses(dev, "pieces")).byPath;
      urls["a REST API"] = (await apiAddresses(dev)).byPath;
    });
    afterAll(async () => {
      lambda?.[Symbol.dispose]();
      await dev?.[Symbol.asyncDispose]();
    });

    test.each(doors)("streams through %s: each piece arrives before the next is written", async (door) => {
      await using gate = await Gate.open();
      const coming = StreamedAnswer.to(urls[door], { gate: gate.url });
      await gate.pass("one");
      const { status, headers, body, isComplete } = await coming;
      expect([status, headers.get("content-type"), headers.getSetCookie()]).toEqual([
        201,
        "text/plain",
        ["count=3"],
      ]);
      await body.is("one\n");
      await gate.pass("two");
      await body.is("one\ntwo\n");
      await gate.pass("three");
      expect([await isComplete, body.text]).toEqual([true, "one\ntwo\nthree\n"]);
    });

    test("has eight streams at once in an environment that may have as many", async () => {
      await using gate = await Gate.open();
      const { byPath } = await functionUrlAddresses(dev, "crowd");
      const coming = Array.from({ length: 16 }, () => StreamedAnswer.to(byPath, { gate: gate.url }));
      for (const piece of ["one", "two", "three"]) {
        await gate.arrived(piece, coming.length);
        for (const _ of coming) await gate.pass(piece);
      }
      const answers = await Promise.all(coming);
      for (const { isComplete, body } of answers) {
        expect([await isComplete, body.text]).toEqual([true, "one\ntwo\nthree\n"]);
      }
      const processes = answers.map(({ headers }) => headers.get("x-process"));
      const [first] = processes;
      expect(processes.filter((pid) => pid === first)).toHaveLength(8);
      expect(new Set(processes).size).toBe(2);
    });

    test("returns a buffered answer, and knows what it is called", async () => {
      const facts = {
        functionName: "facts",
        memoryMb: 128,
        arn: "arn:aws:lambda:us-east-1:123456789012:function:facts",
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        invocation: expect.any(Number),
      };
      expect(await lambda.invoke("facts", {})).toEqual({ payload: facts, error: undefined });
      const { text, end } = await lambda.stream("facts", {});
      expect([JSON.parse(text), end]).toEqual([facts, {}]);
    });

    test.each(doors)("fails before the first byte: %s answers 502", async (door) => {
      const { status, isComplete, body } = await StreamedAnswer.to(urls[door], { failure: "start" });
      expect([status, await isComplete]).toEqual([502, true]);
      expect(body.text).toMatch(/^(Internal Server Error|\{"message": ?"Internal server error"\})$/);
    });

    test.each(["pieces", "facts"])(
      "fails before the first byte of %s: callers have type and message",
      async (name) => {
        const error = { errorType: it.errorType, errorMessage: "no start" };
        expect(await lambda.invoke(name, { failure: "start" })).toEqual({
          payload: expect.objectContaining(error),
          error: "Unhandled",
        });
        const { text, end } = await lambda.stream(name, { failure: "start" });
        expect([text, end]).toEqual([
          "",
          {
            ErrorCode: name === "pieces" ? it.errorCodeBeforeTheFirstByte : "Unhandled",
            ErrorDetails: expect.any(String),
          },
        ]);
        expect(JSON.parse((end as { ErrorDetails: string }).ErrorDetails)).toMatchObject(error);
      },
    );

    test.each(doors)("fails in the middle of a stream through %s", async (door) => {
      await using gate = await Gate.open();
      const coming = StreamedAnswer.to(urls[door], { gate: gate.url, failure: "two" });
      await gate.pass("one");
      const { status, body, isComplete } = await coming;
      await body.is("one\n");
      await gate.pass("two");
      expect([status, await isComplete, body.text]).toEqual([
        201,
        it.errorInTheBody !== undefined,
        `one\ntwo\n${it.errorInTheBody ?? ""}`,
      ]);
    });

    test("fails in the middle of a streaming call, and its caller has what the client tells", async () => {
      const { text, end } = await lambda.stream("pieces", { failure: "two" });
      const [, body] = text.split("\0".repeat(8));
      expect(body).toBe(`one\ntwo\n${it.errorInTheBody ?? ""}`);
      if (it.errorInTheBody === undefined) {
        expect(end).toEqual({ ErrorCode: it.errorType, ErrorDetails: expect.any(String) });
        expect(JSON.parse((end as { ErrorDetails: string }).ErrorDetails)).toMatchObject({
          errorType: it.errorType,
          errorMessage: "no more after two",
        });
      } else {
        expect(end).toEqual({});
      }
    });

    test("is started once for one invocation after the other, however they end", async () => {
      const { byPath } = await functionUrlAddresses(dev, "again");
      const answers: StreamedAnswer[] = [];
      for (const query of [{}, { failure: "start" }, {}, { failure: "two" }, {}]) {
        const answer = await StreamedAnswer.to(byPath, query);
        await answer.isComplete;
        // The environment is free once its runtime has asked for more.
        const requestId = answer.headers.get("x-amzn-requestid");
        await dev.process.stderr.until(new RegExp(` REPORT RequestId: ${requestId}\t`));
        answers.push(answer);
      }
      const streams = answers.filter(({ status }) => status === 201);
      expect(streams.map(({ headers }) => headers.get("x-invocation"))).toEqual(["1", "3", "4", "5"]);
      expect(new Set(streams.map(({ headers }) => headers.get("x-process"))).size).toBe(1);
    });
  });
}
