import { inspect } from "node:util";
import { describe, expect, test, vi } from "vitest";
import { serveFunction } from "../../test/served-function.ts";
import { background } from "./background.ts";
import { buffered } from "./buffered.ts";
import { streaming } from "./streaming.ts";

const refuse = (): never => {
  throw new Error("not to be looked at");
};

/** An error with a property that can't be read. */
function unreadable(property: PropertyKey): Error {
  return Object.defineProperty(new RangeError("boom"), property, { get: refuse });
}

/** Values that resist being looked at. Whatever a handler throws, the report must be made. */
const hostile: Record<string, () => unknown> = {
  "an error without a readable name": () => unreadable("name"),
  "an error without a readable message": () => unreadable("message"),
  "an error without a readable stack": () => unreadable("stack"),
  "an error that can't be inspected": () =>
    Object.assign(new RangeError("boom"), { [inspect.custom]: refuse }),
  "an error with a member that can't be read": () =>
    Object.defineProperty(new RangeError("boom"), "detail", { enumerable: true, get: refuse }),
  "a proxy that lets nothing through": () =>
    new Proxy(new RangeError("boom"), { get: refuse, getPrototypeOf: refuse, ownKeys: refuse }),
  "a proxy that was revoked": () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
};

type Event = { readonly fails: boolean };

describe.each(["Text", "JSON"])("with log lines in %s", (format) => {
  describe.each(Object.entries(hostile))("%s", (_, make) => {
    const handlers = {
      "a buffered handler": buffered(async ({ fails }: Event) => {
        if (fails) throw make();
      }),
      "a background handler": background(async ({ fails }: Event, respond) => {
        if (fails) throw make();
        await respond("fine");
      }),
      "a streaming handler": streaming(async ({ fails }: Event, response) => {
        if (fails) throw make();
        await response.finish();
      }),
    };

    test.each(Object.entries(handlers))("thrown by %s is reported and logged", async (_, handler) => {
      vi.stubEnv("AWS_LAMBDA_LOG_FORMAT", format);
      await using served = await serveFunction(handler);
      const { kind, body } = await served.api.invoke({ fails: true }).result;
      expect(kind).toBe("error");
      expect(JSON.parse(body.toString())).toEqual({
        errorType: expect.any(String),
        errorMessage: expect.any(String),
        trace: expect.any(Array),
      });
      expect((await served.api.invoke({ fails: false }).result).kind).toBe("response");
      expect(served.lines).toEqual([expect.stringContaining("Invoke Error")]);
    });
  });
});
