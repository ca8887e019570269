import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Chromium } from "../tools/chromium.ts";
import { RunningProcess } from "./running-process.ts";
import { Transcript } from "./transcript.ts";

/** A message of the Chrome DevTools Protocol. @see https://chromedevtools.github.io/devtools-protocol/ */
interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly sessionId?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
}

/** Headless Chromium, in processes of its own. */
export class Browser implements AsyncDisposable {
  readonly #process: RunningProcess;
  readonly #profile: string;
  readonly #socket: WebSocket;
  readonly #pending = new Map<number, (message: Message) => void>();
  readonly #pages = new Map<string, Page>();
  #lastId = 0;

  private constructor(process: RunningProcess, profile: string, socket: WebSocket) {
    this.#process = process;
    this.#profile = profile;
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => this.#take(JSON.parse(String(data))));
  }

  static async start({ program, libraries }: Chromium): Promise<Browser> {
    const profile = await mkdtemp(join(tmpdir(), "sluice-chromium-"));
    const parameters = [
      ...["--headless", "--remote-debugging-port=0", `--user-data-dir=${profile}`],
      // Where tests run as root there is no sandbox, nor a graphics processor; pages come from this machine alone.
      ...["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "about:blank"],
    ];
    const environment = {
      PATH: process.env["PATH"] ?? "",
      HOME: profile,
      ...(libraries === undefined ? {} : { LD_LIBRARY_PATH: libraries }),
    };
    const chromium = new RunningProcess(program, parameters, { folder: profile, environment });
    const [, address = ""] = await chromium.stderr.until(/DevTools listening on (ws:\S+)/);
    const socket = new WebSocket(address);
    await once(socket, "open");
    return new Browser(chromium, profile, socket);
  }

  /** Opens a page. What its script hands to `tell()` is in the page's transcript, a line each. */
  async open(url: string): Promise<Page> {
    const { targetId } = await this.#send("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await this.#send("Target.attachToTarget", { targetId, flatten: true });
    const page = new Page((method, params) => this.#send(method, params, String(sessionId)));
    this.#pages.set(String(sessionId), page);
    await page.load(url);
    return page;
  }

  async #send(
    method: string,
    params: object,
    sessionId?: string,
  ): Promise<Readonly<Record<string, unknown>>> {
    const id = ++this.#lastId;
    const { promise, resolve } = Promise.withResolvers<Message>();
    this.#pending.set(id, resolve);
    this.#socket.send(JSON.stringify({ id, method, params, sessionId }));
    const { result = {}, error } = await promise;
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  #take(message: Message): void {
    if (message.id !== undefined) {
      this.#pending.get(message.id)?.(message);
      this.#pending.delete(message.id);
    } else if (message.method !== undefined && message.sessionId !== undefined) {
      this.#pages.get(message.sessionId)?.take(message.method, message.params ?? {});
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A browser that is killed leaves its other processes behind. One that closes may do so before it has answered.
    void this.#send("Browser.close", {});
    await this.#process.exit;
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

type Send = (method: string, params: object) => Promise<Readonly<Record<string, unknown>>>;

/** A page in a browser. */
export class Page {
  /** What the page's script has told, and the errors that it has not caught. */
  readonly told = new Transcript();
  readonly #send: Send;
  readonly #loaded = Promise.withResolvers<void>();

  constructor(send: Send) {
    this.#send = send;
  }

  async load(url: string): Promise<void> {
    await this.#send("Runtime.enable", {});
    await this.#send("Page.enable", {});
    await this.#send("Runtime.addBinding", { name: "tell" });
    await this.#send("Page.navigate", { url });
    await this.#loaded.promise;
  }

  /** Runs a script in the page, to its first `await`. */
  async run(script: string): Promise<void> {
    await this.#send("Runtime.evaluate", { expression: `(async () => {${script}})(); undefined` });
  }

  take(method: string, params: Readonly<Record<string, unknown>>): void {
    if (method === "Page.loadEventFired") this.#loaded.resolve();
    else if (method === "Runtime.bindingCalled") this.told.append(`${params["payload"]}\n`);
    else if (method === "Runtime.exceptionThrown") this.told.append(`${JSON.stringify(params)}\n`);
  }
}
