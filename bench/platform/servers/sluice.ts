import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Request } from "../orders.ts";
import type { Command, Server } from "../server.ts";
import type { SigningCredentials } from "../sign.ts";
import { projectFor } from "./project.ts";

const cli = fileURLToPath(new URL("../../../packages/cli/bin/sluice.js", import.meta.url));
const built = new URL("../../../packages/cli/dist/main.js", import.meta.url);

/** A template that was run once, so that what it builds is there and its addresses are known. */
export interface SluiceProject {
  readonly folder: string;
  readonly template: string;
  /** What `sluice dev` printed. */
  readonly output: string;
  /** Path of what it printed under a title, such as `Function URL trivial`. */
  path(title: string): string;
}

/** `sluice dev` as users start it: signatures checked, functions frozen, the log kept. Only the bandwidth of streams is lifted. */
export function devCommand(
  { folder, template }: Pick<SluiceProject, "folder" | "template">,
  port: number,
): Command {
  const lifted = ["--bandwidth", "unlimited", "--response-size", "unlimited"];
  return {
    command: process.execPath,
    args: [cli, "dev", template, "--port", String(port), ...lifted],
    folder,
  };
}

/** @throws {Error} if the template can't be run. */
export async function prepareSluice(template: string): Promise<SluiceProject> {
  if (!existsSync(built)) throw new Error("packages/cli is not built (npm run build)");
  const folder = projectFor(template.replace(/\.yaml$/, "-sluice"));
  const { command, args } = devCommand({ folder, template }, 0);
  const child = spawn(command, args, { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
  let output = "";
  const isUp = new Promise<void>((resolve) => {
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      // The endpoints follow in the same turn; the last of them is this.
      if (output.includes("/invoke\n")) resolve();
    });
  });
  const exit = once(child, "exit");
  await Promise.race([isUp, exit]);
  child.kill("SIGINT");
  await exit;
  if (!output.includes(" is up in ")) throw new Error(output.trim().split("\n").at(-1) ?? "it ended");
  return {
    folder,
    template,
    output,
    path(title) {
      const url = new RegExp(`^${title}\\n {2}(http\\S+)$`, "m").exec(output)?.[1];
      if (url === undefined) throw new Error(`sluice dev printed no address for ${title}`);
      return byPath(new URL(url));
    },
  };
}

/** What `sluice dev` in that folder takes signatures of. */
export function sluiceCredentials(folder: string): SigningCredentials {
  const { stdout } = spawnSync(process.execPath, [cli, "credentials", "--json"], {
    cwd: folder,
    encoding: "utf8",
  });
  const { AccessKeyId, SecretAccessKey, SessionToken }: Record<string, string> = JSON.parse(stdout);
  return {
    accessKeyId: AccessKeyId ?? "",
    secretAccessKey: SecretAccessKey ?? "",
    sessionToken: SessionToken,
  };
}

/** Sluice behind its two kinds of doors. */
export async function sluiceServers(): Promise<readonly Server[]> {
  const kind = "sluice" as const;
  const doors = [
    { name: "sluice", label: "Sluice, function URL" },
    { name: "sluice-rest", label: "Sluice, REST API" },
  ] as const;
  const project = await prepareSluice("template.yaml").catch(reasonOf);
  if (typeof project === "string") {
    return doors.map((door) => ({
      ...door,
      kind,
      unavailable: project,
      start: () => devCommand({ folder: "", template: "" }, 0),
    }));
  }
  const start: Server["start"] = ([port]) => devCommand(project, port);
  const get = (path: string): Request => ({ method: "GET", path });
  const [url, rest] = doors;
  return [
    {
      ...url,
      kind,
      start,
      trivial: { request: get(project.path("Function URL trivial")), body: "ok" },
      stream: (query) => get(`${project.path("Function URL stream")}?${query}`),
    },
    {
      ...rest,
      kind,
      start,
      trivial: { request: get(project.path("REST API Api GET /trivial")), body: "ok" },
      stream: (query) => get(`${project.path("REST API Api GET /stream")}?prelude=yes&${query}`),
    },
  ];
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The address that needs no name under `localhost`. */
function byPath({ hostname, pathname }: URL): string {
  const [id = "", service] = hostname.split(".");
  if (service === "execute-api") return `/_aws/execute-api/${id}${pathname}`;
  return service === "lambda-url" ? `/_lambda-url/${id}${pathname}` : pathname;
}
