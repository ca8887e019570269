import { setTimeout as pause } from "node:timers/promises";
import { managed, web } from "@sluice/runtime";
import { Hono } from "hono";
import { streamText } from "hono/streaming";

export const app = new Hono();

app.get("/", (c) => c.text("Ask for /count/3.\n"));

app.get("/count/:to{[1-9][0-9]?}", (c) =>
  streamText(c, async (stream) => {
    for (let number = 1; number <= Number(c.req.param("to")); number++) {
      await stream.writeln(`Number: ${number}`);
      await pause(300);
    }
  }),
);

/** What Lambda calls: `Handler: index.handler` in template.yaml. */
export const handler = managed(web((request) => app.fetch(request)));
