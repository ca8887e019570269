import { fileURLToPath } from "node:url";
import { type Client, prepareClients, taskRoot } from "../../runtime/clients.ts";
import { functionEnvironment } from "../../runtime/session.ts";
import type { Server } from "../server.ts";

const script = (name: string) => fileURLToPath(new URL(`../limits/${name}.ts`, import.meta.url));

/** What must be done at least. Their children are the Runtime API clients of the other benchmark. */
export async function limits(): Promise<readonly Server[]> {
  const clients = await prepareClients();
  const client = (name: Client["name"]) => clients.find((candidate) => candidate.name === name);
  return [
    bareFront("front-raw", "bare front, raw-socket children", client("raw")),
    bareFront("front-official", "bare front, official clients", client("official")),
    {
      name: "two-hop",
      label: "two-hop proxy",
      kind: "limit",
      start: ([port]) => ({
        command: process.execPath,
        args: [script("two-hop-proxy"), String(port)],
        folder: taskRoot,
      }),
      stream: (query) => ({ method: "GET", path: `/?${query}` }),
    },
  ];
}

function bareFront(name: Server["name"], label: string, client: Client | undefined): Server {
  const { args, handler } = client?.start("echo") ?? { args: [], handler: "" };
  const reason = client === undefined ? "there is no such client" : client.unavailable;
  // The front puts the address of its Runtime API there.
  const environment = functionEnvironment("", handler);
  return {
    name,
    label,
    kind: "limit",
    ...(reason === undefined ? {} : { unavailable: reason }),
    start: ([port]) => ({
      command: process.execPath,
      args: [script("bare-front"), String(port), JSON.stringify(environment), ...args],
      folder: taskRoot,
    }),
    trivial: { request: { method: "GET", path: "/" }, body: "ok" },
  };
}
