import { describe, expect, test } from "vitest";
import { InvalidSubscriptionError, parseSubscription } from "./subscription.ts";

const valid = {
  schemaVersion: "2022-07-01",
  types: ["platform"],
  destination: { protocol: "HTTP", URI: "http://sandbox.localdomain:8080/logs?a=b" },
};

describe("a subscription to telemetry", () => {
  test("has AWS's buffering unless it asks for another", () => {
    expect(parseSubscription(JSON.stringify(valid), false)).toEqual({
      schemaVersion: "2022-07-01",
      types: ["platform"],
      destination: { protocol: "HTTP", port: 8080, path: "/logs?a=b" },
      buffering: { maxItems: 10_000, maxBytes: 262_144, timeoutMs: 1_000 },
    });
    const buffering = { maxItems: 1_000, maxBytes: 1_048_576, timeoutMs: 25 };
    expect(parseSubscription(JSON.stringify({ ...valid, buffering }), false).buffering).toEqual(buffering);
  });

  test.each([
    { destination: { protocol: "HTTP", URI: "http://sandbox:81" }, is: { port: 81, path: "/" } },
    { destination: { protocol: "HTTP", URI: "http://sandbox.localdomain" }, is: { port: 80, path: "/" } },
    { destination: { protocol: "TCP", port: 8080 }, is: { protocol: "TCP", port: 8080 } },
  ])("may go to $destination", ({ destination, is }) => {
    expect(parseSubscription(JSON.stringify({ ...valid, destination }), false).destination).toMatchObject(is);
  });

  test.each([
    { what: "no JSON", body: "x", text: "not JSON" },
    { what: "an array", body: "[]", text: "an object" },
    { what: "an unknown version", change: { schemaVersion: "2020-08-15" }, text: "schemaVersion" },
    { what: "no type", change: { types: [] }, text: "types" },
    { what: "an unknown type", change: { types: ["logs"] }, text: "types" },
    { what: "no destination", change: { destination: undefined }, text: "destination" },
    { what: "an unknown protocol", change: { destination: { protocol: "UDP" } }, text: "HTTP or TCP" },
    {
      what: "a destination elsewhere",
      change: { destination: { protocol: "HTTP", URI: "http://example.com:80" } },
      text: "stays within",
    },
    {
      what: "a reserved port",
      change: { destination: { protocol: "TCP", port: 9001 } },
      text: "Port 9001",
    },
    { what: "no port", change: { destination: { protocol: "TCP" } }, text: "port" },
    { what: "too few items", change: { buffering: { maxItems: 999 } }, text: "from 1000 to 10000" },
    { what: "too many bytes", change: { buffering: { maxBytes: 1_048_577 } }, text: "maxBytes" },
    { what: "too short a time", change: { buffering: { timeoutMs: 24 } }, text: "from 25 to 30000" },
  ])("with $what is refused", ({ body, change, text }) => {
    const read = () => parseSubscription(body ?? JSON.stringify({ ...valid, ...change }), false);
    expect(read).toThrow(InvalidSubscriptionError);
    expect(read).toThrow(text);
  });

  test("of an environment that has several invocations at once is of the newest version", () => {
    const of = (schemaVersion: string) => JSON.stringify({ ...valid, schemaVersion });
    expect(parseSubscription(of("2025-01-29"), true).schemaVersion).toBe("2025-01-29");
    expect(() => parseSubscription(of("2022-12-13"), true)).toThrow("must be one of 2025-01-29");
  });
});
