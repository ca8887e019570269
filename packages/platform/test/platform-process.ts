// A platform in a process of its own, so that it can be killed: template, state folder, and by how much its clock is ahead.
import { flushCompileCache } from "node:module";
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
// It won't end in a way that keeps what was compiled, and with that the next one begins in half the time.
flushCompileCache();
