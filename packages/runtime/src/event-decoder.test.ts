import { type } from "arktype";
import * as v from "valibot";
import { describe, expect, expectTypeOf, test } from "vitest";
import * as z from "zod";
import { serveFunction } from "../test/served-function.ts";
import type { StandardSchemaV1 } from "./event-decoder.ts";
import { background } from "./handlers/background.ts";
import { buffered } from "./handlers/buffered.ts";
import { streaming } from "./handlers/streaming.ts";

interface Order {
  items: { name: string; price: number }[];
}

/** The same shape, said three times. */
const orders: [string, StandardSchemaV1<unknown, Order> | StandardSchemaV1<Order>][] = [
  ["zod", z.object({ items: z.array(z.object({ name: z.string(), price: z.number() })) })],
  ["valibot", v.object({ items: v.array(v.object({ name: v.string(), price: v.number() })) })],
  ["arktype", type({ items: type({ name: "string", price: "number" }).array() })],
];

/** A valid order, and what is done to it. */
function order(change: (order: { items: Record<string, unknown>[] }) => unknown = () => undefined): object {
  const valid = {
    items: [
      { name: "tea", price: 1 },
      { name: "milk", price: 2 },
    ],
  };
  change(valid);
  return valid;
}

const kinds = {
  streaming: (schema: StandardSchemaV1) =>
    streaming({ event: schema }, (event, response) => response.writeAndFinish(JSON.stringify(event))),
  buffered: (schema: StandardSchemaV1) => buffered({ event: schema }, (event) => event),
  background: (schema: StandardSchemaV1) => background({ event: schema }, (event, respond) => respond(event)),
};

describe.each(orders)("an event that %s validates", (_, schema) => {
  test.each(Object.entries(kinds))("reaches a %s handler", async (_, make) => {
    await using served = await serveFunction(make(schema));
    const { kind, body } = await served.api.invoke(order()).result;
    expect(kind).toBe("response");
    expect(JSON.parse(body.toString())).toEqual(order());
  });

  test.each(Object.entries(kinds))(
    "and refuses never reaches a %s handler: the error names the place",
    async (_, make) => {
      await using served = await serveFunction(make(schema));
      const wrong = order(({ items }) => Object.assign(items[1] ?? {}, { price: "two" }));
      const { kind, headers, body } = await served.api.invoke(wrong).result;
      expect(kind).toBe("error");
      expect(headers["lambda-runtime-function-error-type"]).toBe("Runtime.EventValidation");
      const { errorType, errorMessage } = JSON.parse(body.toString());
      expect(errorType).toBe("Runtime.EventValidation");
      expect(errorMessage).toMatch(/^The event does not match the handler's schema: items\[1\]\.price\b/);
      // Once is enough, whatever the schema's own message says.
      expect(errorMessage.match(/items\[1\]/g)).toHaveLength(1);
      await served.line(/\tERROR\tInvoke Error\s+EventValidationError: .*items\[1\]\.price/);
      expect((await served.api.invoke(order()).result).kind).toBe("response");
    },
  );

  test("and refuses in several places names each of them", async () => {
    await using served = await serveFunction(kinds.buffered(schema));
    const wrong = order(({ items }) => {
      Object.assign(items[0] ?? {}, { name: 1 });
      Object.assign(items[1] ?? {}, { price: null });
    });
    const { errorMessage } = JSON.parse((await served.api.invoke(wrong).result).body.toString());
    expect(errorMessage).toMatch(/ items\[0\]\.name\b.*; items\[1\]\.price\b/);
  });

  test.each(["null", "1", "[]"])("and refuses as a whole has no place: %s", async (event) => {
    await using served = await serveFunction(kinds.buffered(schema));
    const { errorMessage } = JSON.parse((await served.api.invoke(event).result).body.toString());
    expect(errorMessage).toMatch(/^The event does not match the handler's schema: (?!: )\S/);
  });

  test("has to be JSON first", async () => {
    await using served = await serveFunction(kinds.buffered(schema));
    expect(await served.api.invoke("{").result).toMatchObject({ errorType: "Runtime.EventNotJson" });
  });
});

describe("a place in the event is written as code would reach it", () => {
  const at = (path: StandardSchemaV1.Issue["path"]): StandardSchemaV1 => ({
    "~standard": { version: 1, vendor: "test", validate: () => ({ issues: [{ message: "wrong", path }] }) },
  });
  test.each<[StandardSchemaV1.Issue["path"], string]>([
    [["a", "b"], "a.b: wrong"],
    [["a", 0, "b"], "a[0].b: wrong"],
    [[0, 1], "[0][1]: wrong"],
    [["a b", "c"], '["a b"].c: wrong'],
    [["a", "0"], 'a["0"]: wrong'],
    [["a", ""], 'a[""]: wrong'],
    [['a"]'], '["a\\"]"]: wrong'],
    [[{ key: "a" }, { key: 1 }], "a[1]: wrong"],
    [[], "wrong"],
    [undefined, "wrong"],
  ])("%j is %s", async (path, text) => {
    await using served = await serveFunction(kinds.buffered(at(path)));
    const { errorMessage } = JSON.parse((await served.api.invoke({}).result).body.toString());
    expect(errorMessage).toBe(`The event does not match the handler's schema: ${text}`);
  });
});

describe("what a schema makes of an event is what the handler gets", () => {
  const Timestamp = z.object({ at: z.coerce.date(), unit: z.string().default("s") });
  const Length = v.pipe(
    v.object({ text: v.string() }),
    v.transform(({ text }) => text.length),
  );
  const Count = type({ count: "string.integer.parse" });
  const Checked = z
    .object({ name: z.string() })
    .refine(async ({ name }) => name !== "taken", { path: ["name"], error: "taken" });

  test.each<[string, StandardSchemaV1, object, unknown]>([
    ["zod", Timestamp, { at: 0 }, { at: "1970-01-01T00:00:00.000Z", unit: "s" }],
    ["valibot", Length, { text: "four" }, 4],
    ["arktype", Count, { count: "12" }, { count: 12 }],
    ["an asynchronous check", Checked, { name: "free" }, { name: "free" }],
  ])("%s", async (_, schema, event, output) => {
    await using served = await serveFunction(buffered({ event: schema }, (value) => value));
    expect(JSON.parse((await served.api.invoke(event).result).body.toString())).toEqual(output);
  });

  test("its type too", () => {
    buffered({ event: Timestamp }, (event) =>
      expectTypeOf(event).toEqualTypeOf<{ at: Date; unit: string }>(),
    );
    buffered({ event: Length }, (event) => expectTypeOf(event).toEqualTypeOf<number>());
    buffered({ event: Count }, (event) => expectTypeOf(event).toEqualTypeOf<{ count: number }>());
    buffered({ event: "bytes" }, (event) => expectTypeOf(event).toEqualTypeOf<Uint8Array>());
  });

  test("and an asynchronous refusal names the place", async () => {
    await using served = await serveFunction(buffered({ event: Checked }, (value) => value));
    const { errorMessage } = JSON.parse((await served.api.invoke({ name: "taken" }).result).body.toString());
    expect(errorMessage).toBe("The event does not match the handler's schema: name: taken");
  });

  test("a schema that throws is an invocation error", async () => {
    const broken: StandardSchemaV1 = {
      "~standard": {
        version: 1,
        vendor: "test",
        validate: () => {
          throw new RangeError("broken schema");
        },
      },
    };
    await using served = await serveFunction(buffered({ event: broken }, (value) => value));
    const result = await served.api.invoke({}).result;
    expect(result.kind).toBe("error");
    expect(JSON.parse(result.body.toString())).toMatchObject({ errorType: "RangeError" });
  });
});

describe("an event that is wanted as bytes is not touched", () => {
  test.each<[string, Uint8Array]>([
    ["no JSON", Buffer.from("{")],
    ["nothing", Buffer.alloc(0)],
    ["white space and repeated keys", Buffer.from(' {"a":1, "a":2}\n')],
    ["bytes that are no UTF-8", Buffer.from([0, 0xff, 0xfe, 0x80])],
    ["megabytes", Buffer.alloc(3_000_000, 7)],
  ])("%s", async (_, event) => {
    await using served = await serveFunction(
      streaming({ event: "bytes" }, async (bytes, response) => {
        if (!(bytes instanceof Uint8Array)) throw new TypeError("no bytes");
        await response.writeAndFinish(bytes);
      }),
    );
    const { kind, body } = await served.api.invoke(event).result;
    expect(kind).toBe("response");
    expect(body.equals(event)).toBe(true);
  });
});
