import { describe, expect, test } from "vitest";
import functionUrlEvent from "../../packages/runtime/test/events/function-url-get.json" with { type: "json" };
import { managedInstances, onDemand } from "./emulator/modes.ts";

const eightNuls = "\0".repeat(8);
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

for (const mode of [onDemand, managedInstances]) {
  describe.skipIf(mode.isMissing)(`under the runtime interface emulator, ${mode.name}`, () => {
    test("a streaming handler sends status and headers, eight NUL bytes and its bytes", async () => {
      const emulated = await mode.start("tests/interop/functions/streaming.ts");
      const prelude = { statusCode: 201, headers: { "X-A": "1" }, cookies: ["a=1", "b=2"] };
      const { status, body } = await emulated.invoke({ prelude, chunks: ["one, ", "zwölf, ", "🦆"] });

      expect(status).toBe(200);
      expect(body.toString()).toBe(`${JSON.stringify(prelude)}${eightNuls}one, zwölf, 🦆`);
    });

    test.each([
      {
        what: "only status and headers",
        order: { prelude: { statusCode: 204 } },
        expected: `{"statusCode":204}${eightNuls}`,
      },
      { what: "only bytes", order: { chunks: ["a", "", "b"] }, expected: "ab" },
      { what: "nothing", order: {}, expected: "" },
    ])("a streaming handler may send $what", async ({ order, expected }) => {
      const emulated = await mode.start("tests/interop/functions/streaming.ts");
      expect((await emulated.invoke(order)).body.toString()).toBe(expected);
    });

    test("a stream of 10,000 chunks arrives whole and in order", async () => {
      const emulated = await mode.start("tests/interop/functions/streaming.ts");
      const chunks = Array.from({ length: 10_000 }, (_, index) => `${index}\n`);
      expect((await emulated.invoke({ chunks })).body.toString()).toBe(chunks.join(""));
    });

    test("a buffered handler sees its event and its context, and answers in JSON", async () => {
      const environment = { AWS_LAMBDA_FUNCTION_NAME: "orders", _HANDLER: "index.handler" };
      const emulated = await mode.start("tests/interop/functions/buffered.ts", { environment });
      const { body } = await emulated.invoke({ do: "describe", extra: "ü" });

      expect(JSON.parse(body.toString())).toEqual({
        event: { do: "describe", extra: "ü" },
        requestId: expect.stringMatching(uuid),
        invokedFunctionArn: expect.stringMatching(/^arn:aws:lambda:us-east-1:\d{12}:function:orders$/),
        functionName: "orders",
        functionVersion: "$LATEST",
        memoryLimitMb: 3008,
        handler: "index.handler",
        pid: expect.any(Number),
      });
    });

    test("a web handler answers a Function URL", async () => {
      const emulated = await mode.start("tests/interop/functions/web.ts");
      const event = { ...functionUrlEvent, rawPath: "/orders/1", rawQueryString: "name=J%C3%BCrgen" };
      const { body } = await emulated.invoke(event);

      const [prelude = "", text] = body.toString().split(eightNuls);
      expect(JSON.parse(prelude)).toEqual({
        statusCode: 418,
        headers: { "content-type": "text/plain", "x-request-id": expect.stringMatching(uuid) },
        cookies: ["a=1", "b=2"],
      });
      expect(text).toBe("GET /orders/1 Jürgen");
    });

    test("one process handles one invocation after the other", async () => {
      const emulated = await mode.start("tests/interop/functions/buffered.ts");
      const pids = new Set<unknown>();
      for (let invocation = 0; invocation < 20; invocation++) {
        const { body } = await emulated.invoke({ do: "describe" });
        pids.add(JSON.parse(body.toString()).pid);
      }
      expect(pids.size).toBe(1);
      await emulated.written(/(?:^END RequestId: [\s\S]*?){20}/m);
    });
  });
}

test.skipIf(onDemand.isMissing)("the client context of the caller reaches the handler", async () => {
  const emulated = await onDemand.start("tests/interop/functions/buffered.ts");
  const clientContext = { custom: { city: "Zürich" } };
  const header = Buffer.from(JSON.stringify(clientContext)).toString("base64");
  const { body } = await emulated.invoke({ do: "describe" }, { "X-Amz-Client-Context": header });
  expect(JSON.parse(body.toString())).toMatchObject({ clientContext });
});

describe.skipIf(onDemand.isMissing)("a background handler", () => {
  test("on demand: no other event is delivered until its work is done", async () => {
    const emulated = await onDemand.start("tests/interop/functions/background.ts");
    for (const finishedBefore of [0, 1, 2]) {
      const { body } = await emulated.invoke({ name: "report" });
      expect(JSON.parse(body.toString())).toEqual({ accepted: "report", finishedBefore });
    }
    // The emulator keeps the answer back until the runtime asks for the next event.
    await emulated.written(/START [\s\S]*\tINFO\tfinished report\n[\s\S]*END RequestId/);
  });

  test.skipIf(managedInstances.isMissing)(
    "managed instances: the caller has its answer meanwhile",
    async () => {
      const emulated = await managedInstances.start("tests/interop/functions/background.ts");
      const first = await emulated.invoke({ name: "first", waitsForAnother: true });
      expect(JSON.parse(first.body.toString())).toEqual({ accepted: "first", finishedBefore: 0 });
      expect(emulated.output).not.toContain("finished first");

      await emulated.invoke({ name: "second" });
      await emulated.written(/finished first/);
    },
  );
});
