import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { delimiter, dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { encodeRequest } from "./client-connection.ts";
import { processTree } from "./process-tree.ts";
import type { Probe, Server } from "./server.ts";

/** A server that has not answered within this time does not work here. */
const startPatienceMs = 30_000;
/** How long a server may take to end when it is asked to. */
const stopPatienceMs = 2_000;
/** Between two tries to reach a server that is starting. */
const retryMs = 2;

/** Where servers keep what they keep beside a project, and what they print. */
const home = new URL("../dist/platform/home/", import.meta.url);

/** One server in processes of its own, from its start to its end. */
export class RunningServer implements AsyncDisposable {
  readonly port: number;
  /** From the start of the process to the last byte of the first answer, in milliseconds. */
  readonly startMs: number;
  /** Of the answer to the probe. */
  readonly bodyBytes: number;
  readonly #child: ChildProcess;
  readonly #exit: Promise<unknown>;

  private constructor(
    child: ChildProcess,
    exit: Promise<unknown>,
    port: number,
    startMs: number,
    bodyBytes: number,
  ) {
    this.#child = child;
    this.#exit = exit;
    this.port = port;
    this.startMs = startMs;
    this.bodyBytes = bodyBytes;
  }

  /** @throws {Error} if it doesn't answer the probe as expected. */
  static async start(server: Server, probe: Probe): Promise<RunningServer> {
    const ports = await freePorts();
    const { command, args, folder, environment } = server.start(ports);
    mkdirSync(home, { recursive: true });
    // Peers put scripts of theirs there, which are CommonJS.
    writeFileSync(new URL("package.json", home), '{"type":"commonjs"}\n');
    const path = fileURLToPath(new URL(`${server.name}.log`, home));
    // What servers print goes to a file: a pipe would have to be read here while they are measured.
    const log = openSync(path, "w");
    const startedAt = performance.now();
    const child = spawn(command, args, {
      cwd: folder,
      detached: true,
      stdio: ["ignore", log, log],
      env: { PATH: pathWithThisNode(), HOME: fileURLToPath(home), ...environment },
    });
    closeSync(log);
    const ended = new AbortController();
    const exit = once(child, "exit").finally(() => ended.abort());
    try {
      const bodyBytes = await firstAnswer(ports[0], probe, startedAt, ended.signal);
      return new RunningServer(child, exit, ports[0], performance.now() - startedAt, bodyBytes);
    } catch (error) {
      await stop(child, exit);
      const lines = readFileSync(path, "utf8").trim().split("\n");
      throw new Error(`${error instanceof Error ? error.message : error}: ${lines.at(-1)}`, { cause: error });
    }
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await stop(this.#child, this.#exit);
  }
}

async function stop(child: ChildProcess, exit: Promise<unknown>): Promise<void> {
  const pid = child.pid;
  if (pid === undefined) return;
  const tree = processTree(pid);
  const patience = new AbortController();
  kill(pid, "SIGINT");
  await Promise.race([exit, delay(stopPatienceMs, undefined, { signal: patience.signal }).catch(() => {})]);
  patience.abort();
  // Some leave their functions behind, stopped.
  for (const id of [-pid, ...tree]) kill(id, "SIGKILL");
  await exit;
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It is gone.
  }
}

/** Some start `node`, which must be the same for all. */
function pathWithThisNode(): string {
  return [dirname(process.execPath), process.env["PATH"]].join(delimiter);
}

/** Asks until the answer is the expected one. @returns the length of its body. */
async function firstAnswer(
  port: number,
  probe: Probe,
  startedAt: number,
  ended: AbortSignal,
): Promise<number> {
  for (;;) {
    const answer = await ask(port, encodeRequest(probe.request, port));
    const [head = "", body = ""] = answer.split("\r\n\r\n", 2);
    if (head.startsWith("HTTP/1.1 200") && body.includes(probe.body)) return bodyLength(head, body);
    if (ended.aborted) throw new Error("it ended");
    if (performance.now() - startedAt > startPatienceMs) {
      throw new Error(
        `it did not answer within ${startPatienceMs / 1_000} s, but ${JSON.stringify(answer.slice(0, 200))}`,
      );
    }
    await delay(retryMs);
  }
}

/** The text of one answer, as far as it came. */
function ask(port: number, request: string): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(request, "latin1"));
    const done = () => {
      resolve(text);
      socket.destroy();
    };
    socket.on("data", (bytes: Buffer) => {
      text += bytes.toString("latin1");
      const [head = "", body] = text.split("\r\n\r\n", 2);
      if (body === undefined) return;
      const length = /^content-length: *(\d+)/im.exec(head)?.[1];
      if (length === undefined ? text.endsWith("0\r\n\r\n") : body.length >= Number(length)) done();
    });
    socket.on("error", done);
    socket.on("close", done);
    socket.setTimeout(startPatienceMs, done);
  });
}

function bodyLength(head: string, body: string): number {
  const length = /^content-length: *(\d+)/im.exec(head)?.[1];
  if (length !== undefined) return Number(length);
  let sum = 0;
  for (const [, size = "0"] of body.matchAll(/(?:^|\r\n)([0-9a-f]+)\r\n/gi)) sum += Number.parseInt(size, 16);
  return sum;
}

/** Two ports that nobody listens on right now. */
async function freePorts(): Promise<[number, number]> {
  await using first = createServer().listen(0, "127.0.0.1");
  await using second = createServer().listen(0, "127.0.0.1");
  await Promise.all([once(first, "listening"), once(second, "listening")]);
  return [(first.address() as AddressInfo).port, (second.address() as AddressInfo).port];
}
