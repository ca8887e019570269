import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { functionUrlAddresses } from "./addresses.ts";
import { Gate } from "./gate.ts";
import { SluiceDev } from "./sluice-dev.ts";

const python = inject("python");
const curl = inject("curl");

describe.skipIf(python.missing !== undefined)(
  "a function in Python, run by the official awslambdaric",
  () => {
    const runtime = `python${python.tool?.version}`;
    let dev: SluiceDev;

    beforeAll(async () => {
      dev = await SluiceDev.start({
        project: "python-project",
        parameters: ["--parameter", `PythonRuntime=${runtime}`],
        path: [python.tool?.programs ?? ""],
      });
    });
    afterAll(() => dev?.[Symbol.asyncDispose]());

    /** Calls the function by boto3. Resolves to what the client prints, a line of JSON each. */
    async function call(program: string, event: unknown): Promise<unknown[]> {
      const script = join(import.meta.dirname, "clients", `${program}.py`);
      await using client = dev.run("python", [script, "snake", JSON.stringify(event)]);
      expect(await client.exit, client.stderr.text).toBe(0);
      return client.stdout.text
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
    }

    const facts = {
      name: "snake",
      memoryMb: "128",
      environment: `AWS_Lambda_${runtime}`,
      isAtTaskRoot: true,
      pid: expect.any(Number),
    };

    test("returns its output, and what it prints is logged", async () => {
      const [[status, error, answer]] = (await call("invoke", {})) as [[number, unknown, { body: string }]];
      expect([status, error, JSON.parse(answer.body)]).toEqual([200, null, facts]);
      await dev.process.stderr.until(
        /^snake │ loading\n(?:.*\n)*snake │ START .*\nsnake │ hissing\nsnake │ END /m,
      );
    });

    test("answers the streaming call in one piece", async () => {
      const [piece, last, ...more] = (await call("invoke_with_response_stream", {})) as [
        { PayloadChunk: string },
        ...unknown[],
      ];
      const { body, ...head } = JSON.parse(piece.PayloadChunk);
      expect([head, JSON.parse(body)]).toEqual([{ statusCode: 203, headers: { "x-name": "snake" } }, facts]);
      expect([last, more]).toEqual([{ InvokeComplete: {} }, []]);
    });

    test("raises, and its caller has type and message", async () => {
      expect(await call("invoke", { failure: "no" })).toEqual([
        [200, "Unhandled", expect.objectContaining({ errorType: "ValueError", errorMessage: "no" })],
      ]);
    });

    test("exits, and the next invocation has a new process", async () => {
      expect(await call("invoke", { exit: 3 })).toEqual([
        [200, "Unhandled", expect.objectContaining({ errorType: "Runtime.ExitError" })],
      ]);
      expect(await call("invoke", {})).toMatchObject([[200, null, { statusCode: 203 }]]);
    });

    test.skipIf(curl.missing !== undefined)("answers its Function URL once it has returned", async () => {
      await using gate = await Gate.open();
      const { byPath } = await functionUrlAddresses(dev, "snake");
      const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION } = dev.credentials;
      await using client = dev.run("curl", [
        ...["--silent", "--no-buffer", "--dump-header", "-"],
        ...["--user", `${AWS_ACCESS_KEY_ID}:${AWS_SECRET_ACCESS_KEY}`],
        ...["--aws-sigv4", `aws:amz:${AWS_REGION}:lambda`],
        ...["--header", `x-amz-security-token: ${AWS_SESSION_TOKEN}`],
        `${byPath}?gate=${encodeURIComponent(gate.url)}`,
      ]);
      await gate.arrived("snake");
      expect(client.stdout.text).toBe("");
      await gate.pass("snake");
      expect(await client.exit, client.stderr.text).toBe(0);
      expect(client.stdout.text).toMatch(
        /^HTTP\/1\.1 203 .*\r\n(?:.+\r\n)*x-name: snake\r\n(?:.+\r\n)*\r\n\{"name"/i,
      );
    });
  },
);
