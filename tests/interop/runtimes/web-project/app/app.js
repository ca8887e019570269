import { once } from "node:events";
import express from "express";

const app = express();
let requests = 0;

app.get("/", (_, response) => {
  response.send("ready");
});

/** Writes three lines, each once the test allows it. */
app.get("/pieces", async ({ query }, response) => {
  requests++;
  if (query.failure === "start") throw new RangeError("no start");
  if (query.failure === "status") return response.status(520).send("no status");
  response.status(201).type("text/plain").cookie("count", "3");
  response.set({ "X-Process": String(process.pid), "X-Request": String(requests) });
  response.flushHeaders();
  for (const piece of ["one", "two", "three"]) {
    await stopAt(piece, query);
    if (!response.write(`${piece}\n`)) await once(response, "drain");
    if (query.failure === piece) {
      await stopAt("failure", query);
      throw new RangeError(`no more after ${piece}`);
    }
  }
  response.end();
});

app.post("/echo", express.text({ type: "*/*" }), (request, response) => {
  const { method, originalUrl, body } = request;
  response.json({ method, originalUrl, body, contentType: request.get("content-type") });
});

app.listen(Number(process.env.AWS_LWA_PORT));

async function stopAt(name, { gate }) {
  if (gate === undefined) return;
  const { ok } = await fetch(`${gate}/${name}`);
  if (!ok) throw new Error(`The test closed the gate before "${name}".`);
}
