import { expect, test } from "vitest";
import { scripted, TestPlatform } from "../../test/test-platform.ts";

const script = "await respond(id, '{}')";

test.each([
  ["INFO", ["platform.initStart", "platform.start", "platform.report"]],
  ["WARN", []],
])("a JSON log at the system level %s has events of Lambda from that level on", async (level, types) => {
  const LoggingConfig = { LogFormat: "JSON", SystemLogLevel: level };
  await using test = await TestPlatform.start({ resources: { F: scripted({ LoggingConfig }) } });
  await test.platform.function("F").invoke({ script });

  const lines = test.events.flatMap((event) => (event.kind === "log" ? [JSON.parse(event.message)] : []));
  expect(lines.map(({ type }) => type)).toEqual(types);
});
