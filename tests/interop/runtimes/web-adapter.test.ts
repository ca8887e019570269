import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from "vitest";
import { apiAddresses, functionUrlAddresses } from "../platform/addresses.ts";
import { Gate } from "../platform/gate.ts";
import { SluiceDev } from "../platform/sluice-dev.ts";
import { StreamedAnswer } from "./streamed-answer.ts";

const rust = inject("rust");
const express = inject("express");

describe.skipIf(rust.missing !== undefined || express.missing !== undefined)(
  "an Express app behind AWS Lambda Web Adapter",
  () => {
    let dev: SluiceDev;
    let functionUrl: string;
    const urls = { "its Function URL": "", "a REST API": "" };
    const doors = Object.keys(urls) as (keyof typeof urls)[];

    beforeAll(async () => {
      dev = await SluiceDev.start({
        project: "../runtimes/web-project",
        files: {
          "app/node_modules": express.tool ?? "",
          "layer/extensions/lambda-adapter": rust.tool?.webAdapter ?? "",
        },
        parameters: [
          ...["--parameter", `Port=${await freePort()}`],
          ...["--parameter", `CrowdPort=${await freePort()}`],
        ],
      });
      functionUrl = (await functionUrlAddresses(dev, "app")).byPath;
      urls["its Function URL"] = `${functionUrl}pieces`;
      urls["a REST API"] = (await apiAddresses(dev)).byPath;
    });
    // Here all environments have the machine's ports; the application of a second one would find its port taken.
    afterEach(() => allInvocationsOver());
    afterAll(() => dev?.[Symbol.asyncDispose]());

    let asked = 0;

    function ask(url: string, query: Readonly<Record<string, string>> = {}): Promise<StreamedAnswer> {
      asked++;
      return StreamedAnswer.to(url, query);
    }

    async function allInvocationsOver(): Promise<void> {
      await dev.process.stderr.until(new RegExp(`(?: REPORT RequestId: [^]*?){${asked}}`));
    }

    test.each(doors)("streams through %s: each piece arrives before the next is written", async (door) => {
      await using gate = await Gate.open();
      const answer = await ask(urls[door], { gate: gate.url });
      const { status, headers, body, isComplete } = answer;
      expect(status).toBe(201);
      expect(headers.get("content-type")).toBe("text/plain; charset=utf-8");
      expect(headers.get("x-powered-by")).toBe("Express");
      expect(headers.getSetCookie()).toEqual(["count=3; Path=/"]);
      let expected = "";
      for (const piece of ["one", "two", "three"]) {
        await gate.pass(piece);
        expected += `${piece}\n`;
        await body.is(expected);
      }
      expect(await isComplete).toBe(true);
    });

    test("has eight streams at once in an environment that may have as many", async () => {
      await using gate = await Gate.open();
      const { byPath } = await functionUrlAddresses(dev, "crowd");
      const answers = await Promise.all(
        Array.from({ length: 8 }, () => StreamedAnswer.to(`${byPath}pieces`, { gate: gate.url })),
      );
      for (const piece of ["one", "two", "three"]) {
        await gate.arrived(piece, answers.length);
        for (const _ of answers) await gate.pass(piece);
      }
      for (const { isComplete, body } of answers) {
        expect([await isComplete, body.text]).toEqual([true, "one\ntwo\nthree\n"]);
      }
      expect(new Set(answers.map(({ headers }) => headers.get("x-process"))).size).toBe(1);
    });

    test("receives the request as it was sent", async () => {
      asked++;
      const answer = await fetch(`${functionUrl}echo?a=b%20c&a=d`, {
        method: "POST",
        headers: { "content-type": "text/markdown" },
        body: "# Jürgen",
      });
      expect([answer.status, await answer.json()]).toEqual([
        200,
        { method: "POST", originalUrl: "/echo?a=b%20c&a=d", body: "# Jürgen", contentType: "text/markdown" },
      ]);
    });

    test.each(doors)("answers its own errors through %s as Express has them", async (door) => {
      const { status, body, isComplete } = await ask(urls[door], { failure: "start" });
      expect([status, await isComplete]).toEqual([500, true]);
      expect(body.text).toContain("RangeError: no start");
    });

    test.each(doors)("fails through %s with a status that the adapter takes for an error", async (door) => {
      const { status, isComplete } = await ask(urls[door], { failure: "status" });
      expect([status, await isComplete]).toEqual([502, true]);
    });

    test.each(doors)("fails in the middle of a stream through %s", async (door) => {
      await using gate = await Gate.open();
      const { body, isComplete } = await ask(urls[door], { failure: "two", gate: gate.url });
      await gate.pass("one");
      await gate.pass("two");
      await body.is("one\ntwo\n");
      await gate.pass("failure");
      // The adapter is built on lambda_runtime, which writes the trailers into the body.
      expect(await isComplete).toBe(true);
      const [pieces, error] = body.text.split(/(?=Lambda-Runtime-Function-Error-Type: )/);
      expect([pieces, error]).toEqual(["one\ntwo\n", expect.stringContaining("Runtime.StreamError\r\n")]);
    });

    test("answers many requests in one process", async () => {
      const processes = new Set<string | null>();
      for (let count = 0; count < 3; count++) {
        const { headers, isComplete } = await ask(urls["its Function URL"]);
        await isComplete;
        processes.add(headers.get("x-process"));
        await allInvocationsOver();
      }
      expect(processes.size).toBe(1);
    });
  },
);

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
