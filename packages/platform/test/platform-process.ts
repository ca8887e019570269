// A platform in a process of its own, so that it can be killed: template, state folder, and by how much its clock is ahead.
import { systemClock } from "../src/lambda/environment/index.ts";
import { Platform } from "../src/platform.ts";

const [template = "", stateFolder = "", aheadMs = "0"] = process.argv.slice(2);
const platform = await Platform.start({
  template,
  stateFolder,
  port: 0,
  region: "us-east-1",
  clock: { ...systemClock, now: () => Date.now() + Number(aheadMs) },
  onEvent: (event) => {
    process.send?.(event.kind === "bug" ? { kind: "bug", error: String(event.error) } : event);
  },
});
process.send?.({ kind: "listening", port: platform.port, credentials: platform.credentials });
