import { describe, expect, test } from "vitest";
import { serveFunction } from "../../test/served-function.ts";
import type { ResponseStreamWriter } from "../response-stream.ts";
import { streaming } from "./streaming.ts";

const nuls = "\0".repeat(8);

interface Misuse {
  readonly write: (response: ResponseStreamWriter) => Promise<unknown>;
  readonly name: string;
  readonly code: string;
}

describe("misuse of a response", () => {
  const misuses: Readonly<Record<string, Misuse>> = {
    "write after finish": {
      write: async (response) => {
        await response.finish();
        await response.write("x");
      },
      name: "WriteAfterFinishError",
      code: "Runtime.WriteAfterFinish",
    },
    "write after writeAndFinish": {
      write: async (response) => {
        await response.writeAndFinish("x");
        await response.write("x");
      },
      name: "WriteAfterFinishError",
      code: "Runtime.WriteAfterFinish",
    },
    "writeAndFinish after finish": {
      write: async (response) => {
        await response.finish();
        await response.writeAndFinish("x");
      },
      name: "WriteAfterFinishError",
      code: "Runtime.WriteAfterFinish",
    },
    "an empty write after finish": {
      write: async (response) => {
        await response.finish();
        await response.write("");
      },
      name: "WriteAfterFinishError",
      code: "Runtime.WriteAfterFinish",
    },
    "status after finish": {
      write: async (response) => {
        await response.finish();
        await response.writeStatusAndHeaders({ statusCode: 200 });
      },
      name: "WriteAfterFinishError",
      code: "Runtime.WriteAfterFinish",
    },
    "finish twice": {
      write: async (response) => {
        await response.finish();
        await response.finish();
      },
      name: "FinishTwiceError",
      code: "Runtime.FinishTwice",
    },
    "finish after writeAndFinish": {
      write: async (response) => {
        await response.writeAndFinish("x");
        await response.finish();
      },
      name: "FinishAfterWriteAndFinishError",
      code: "Runtime.FinishAfterWriteAndFinish",
    },
    "status after the first byte": {
      write: async (response) => {
        await response.write("x");
        await response.writeStatusAndHeaders({ statusCode: 200 });
      },
      name: "StatusAfterFirstByteError",
      code: "Runtime.StatusAfterFirstByte",
    },
    "status twice": {
      write: async (response) => {
        await response.writeStatusAndHeaders({ statusCode: 200 });
        await response.writeStatusAndHeaders({ statusCode: 200 });
      },
      name: "StatusTwiceError",
      code: "Runtime.StatusTwice",
    },
    "status twice, with a body between": {
      write: async (response) => {
        await response.writeStatusAndHeaders({ statusCode: 200 });
        await response.write("x");
        await response.writeStatusAndHeaders({ statusCode: 200 });
      },
      name: "StatusTwiceError",
      code: "Runtime.StatusTwice",
    },
    "an invalid status": {
      write: (response) => response.writeStatusAndHeaders({ statusCode: 100 }),
      name: "InvalidStatusError",
      code: "Runtime.InvalidStatus",
    },
    "an invalid header name": {
      write: (response) => response.writeStatusAndHeaders({ statusCode: 200, headers: { "a b": "" } }),
      name: "InvalidHeaderError",
      code: "Runtime.InvalidHeader",
    },
    "an invalid header value": {
      write: (response) => response.writeStatusAndHeaders({ statusCode: 200, headers: { a: "b\r\nc: d" } }),
      name: "InvalidHeaderError",
      code: "Runtime.InvalidHeader",
    },
    "an invalid cookie": {
      write: (response) => response.writeStatusAndHeaders({ statusCode: 200, cookies: ["a\n"] }),
      name: "InvalidHeaderError",
      code: "Runtime.InvalidHeader",
    },
    "a prelude that is too large": {
      write: (response) =>
        response.writeStatusAndHeaders({ statusCode: 200, headers: { a: "b".repeat(16_384) } }),
      name: "PreludeTooLargeError",
      code: "Runtime.PreludeTooLarge",
    },
    "a content type after the first byte": {
      write: async (response) => {
        await response.write("x");
        response.setContentType("text/plain");
      },
      name: "ContentTypeTooLateError",
      code: "Runtime.ContentTypeTooLate",
    },
    "a content type after the status": {
      write: async (response) => {
        await response.writeStatusAndHeaders({ statusCode: 200 });
        response.setContentType("text/plain");
      },
      name: "ContentTypeTooLateError",
      code: "Runtime.ContentTypeTooLate",
    },
    "a content type that would end its line": {
      write: async (response) => response.setContentType("text/plain\r\nX: y"),
      name: "InvalidHeaderError",
      code: "Runtime.InvalidHeader",
    },
    "an empty content type": {
      write: async (response) => response.setContentType(""),
      name: "InvalidHeaderError",
      code: "Runtime.InvalidHeader",
    },
  };

  test.each(Object.entries(misuses))(
    "%s is an error that can be caught",
    async (_, { write, name, code }) => {
      const caught = Promise.withResolvers<unknown>();
      await using served = await serveFunction(
        streaming(async (_event, response) => {
          await write(response).catch(caught.resolve);
          await response.finish().catch(() => {}); // it may be finished already
        }),
      );
      const { kind, trailers } = await served.api.invoke({}).result;
      expect({ kind, trailers }).toEqual({ kind: "response", trailers: {} });
      expect(await caught.promise).toMatchObject({ name, code });
    },
  );

  test("a write of something else is a TypeError, and the response can go on", async () => {
    const caught: unknown[] = [];
    await using served = await serveFunction(
      streaming(async (_event, response) => {
        for (const chunk of [undefined, null, 1, {}, new ArrayBuffer(1)]) {
          await response.write(chunk as never).catch((error) => caught.push(error));
        }
        await response.writeAndFinish({} as never).catch((error) => caught.push(error));
        await response.writeAndFinish("x");
      }),
    );
    expect((await served.api.invoke({}).result).body.toString()).toBe("x");
    expect(caught).toEqual(Array.from({ length: 6 }, () => expect.any(TypeError)));
  });

  test("a status that was refused can be sent again, right", async () => {
    await using served = await serveFunction(
      streaming(async (_event, response) => {
        await response.writeStatusAndHeaders({ statusCode: 1 }).catch(() => {});
        await response.writeStatusAndHeaders({ statusCode: 200 });
        await response.finish();
      }),
    );
    expect((await served.api.invoke({}).result).body.toString()).toBe(`{"statusCode":200}${nuls}`);
  });
});
