import { spawn } from "node:child_process";
import { once } from "node:events";
import { buffered, managed } from "@sluice/runtime";
import { type OrderEvent, orderOf, stopAt } from "./order.ts";

/** Leaves a child behind that has left the process group. */
export const handler = managed(
  buffered(async (event: OrderEvent) => {
    const child = spawn("sleep", ["600"], { detached: true, stdio: "ignore" });
    await once(child, "spawn");
    await stopAt("family", orderOf(event));
    return { child: child.pid };
  }),
);
