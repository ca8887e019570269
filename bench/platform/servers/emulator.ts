import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findEmulator } from "../../../tests/interop/emulator/install.ts";
import { officialUnavailable } from "../../runtime/peers.ts";
import type { Server } from "../server.ts";
import { projectFor } from "./project.ts";

const handler = "trivial.handler";

/** The Lambda runtime interface emulator with AWS's own Runtime API client: one invocation at a time, responses collected. */
export async function emulator(): Promise<Server> {
  const folder = projectFor("emulator");
  const bootstrap = join(folder, "bootstrap");
  const client = fileURLToPath(new URL("../../node_modules/aws-lambda-ric/index.mjs", import.meta.url));
  writeFileSync(bootstrap, `#!/bin/sh\nexec '${process.execPath}' '${client}' ${handler}\n`);
  chmodSync(bootstrap, 0o755);
  const { tool, missing } = await findEmulator();
  const reason = missing ?? officialUnavailable();
  return {
    name: "emulator",
    label: "official emulator",
    kind: "isolated",
    ...(reason === undefined ? {} : { unavailable: reason }),
    start: ([port, runtimeApiPort]) => ({
      command: tool ?? "",
      args: [
        ...["--runtime-interface-emulator-address", `127.0.0.1:${port}`],
        ...["--runtime-api-address", `127.0.0.1:${runtimeApiPort}`, bootstrap],
      ],
      folder,
      environment: { LAMBDA_TASK_ROOT: folder, _HANDLER: handler },
    }),
    trivial: {
      request: { method: "POST", path: "/2015-03-31/functions/function/invocations", body: "{}" },
      body: "ok",
    },
  };
}
