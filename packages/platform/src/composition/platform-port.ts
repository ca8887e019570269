import type { IncomingMessage, ServerResponse } from "node:http";
import { type AddressBook, resolvesLocalhostNames } from "../endpoints.ts";
import { HttpServer, ListenError } from "../front-door/http-server.ts";
import {
  type RunningPlatform,
  readRunningPlatformAt,
  removeRunningPlatform,
  writeRunningPlatform,
} from "../state/state-folder.ts";
import type { PlatformSetting } from "./platform-setting.ts";

/** Where a platform is reached: its port, the addresses at it, and the note by which tools find it. */
export class PlatformPort {
  readonly #setting: PlatformSetting;
  readonly #server: HttpServer;
  #usesHostNames = false;

  constructor(
    setting: PlatformSetting,
    answer: (message: IncomingMessage, response: ServerResponse) => Promise<void>,
  ) {
    this.#setting = setting;
    this.#server = new HttpServer(answer, (error) => setting.emit({ kind: "bug", error }));
  }

  get number(): number {
    return this.#server.port;
  }

  /** Without a slash at its end. */
  get url(): string {
    return `http://127.0.0.1:${this.number}`;
  }

  get addressBook(): AddressBook {
    return { port: this.number, region: this.#setting.region, usesHostNames: this.#usesHostNames };
  }

  /** The URL of a queue as AWS has it, at this machine's address. */
  queueUrl(name: string): string {
    return `${this.url}/${this.#setting.accountId}/${name}`;
  }

  /** @throws {ListenError} if the port can't be had. */
  async listen(): Promise<void> {
    const { host, port = 0 } = this.#setting.options;
    try {
      await this.#server.listen(addressesOf(host), port);
    } catch (error) {
      throw await this.#listenProblem(error, port);
    }
    this.#usesHostNames = await resolvesLocalhostNames();
  }

  /** Notes in the state that the platform can be reached here. */
  async announce(): Promise<void> {
    await writeRunningPlatform(this.#setting.stateFolder, this.#running);
  }

  /** Takes the note back. */
  async withdraw(): Promise<void> {
    await removeRunningPlatform(this.#setting.stateFolder, this.#running);
  }

  async close(): Promise<void> {
    await this.#server.close();
  }

  get #running(): RunningPlatform {
    const { region, template } = this.#setting;
    const here = { pid: process.pid, port: this.number, region };
    return template === undefined ? here : { ...here, template };
  }

  /** The program that has the port, where that is a platform on the same state. */
  async #listenProblem(error: unknown, port: number): Promise<unknown> {
    if (!(error instanceof ListenError) || error.code !== "EADDRINUSE") return error;
    const { stateFolder, template } = this.#setting;
    const other = await readRunningPlatformAt(stateFolder, port);
    if (other === undefined) return error;
    const runs = other.template === undefined ? "" : `, which runs ${other.template}`;
    const reuse =
      template !== undefined && other.template === template
        ? "It deploys what you save, so there may be nothing to start. Otherwise stop it"
        : "Stop it";
    return new ListenError(
      `Port ${port} is in use by another Sluice (process ${other.pid})${runs}. ${reuse}, or choose another port: --port ${port + 1}.`,
      error.code,
      error,
    );
  }
}

function addressesOf(host = "::1"): string[] {
  const includesLoopback = ["127.0.0.1", "localhost", "0.0.0.0", "::"].includes(host);
  return includesLoopback ? [host] : ["127.0.0.1", host];
}
