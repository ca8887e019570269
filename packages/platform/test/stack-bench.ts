import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PackageStore } from "../src/lambda/code/package-store.ts";
import { findStack } from "../src/stack/service/stack-lookup.ts";
import type { ResourceRow, StackEvent, StackRecord } from "../src/stack/service/stack-record.ts";
import type { StackRequest } from "../src/stack/service/stack-request.ts";
import { StackService } from "../src/stack/service/stack-service.ts";
import { StackStore } from "../src/stack/service/stack-store.ts";
import { emptyModel, type StackModel } from "../src/stack/stack-model.ts";
import { StateDatabase } from "../src/state/database.ts";
import { Sequences } from "../src/state/sequences.ts";
import { MemoryObjects } from "./memory-objects.ts";

/** Stacks on a state of their own, without a platform around them. */
export class StackBench implements AsyncDisposable {
  readonly folder: string;
  readonly objects: MemoryObjects;
  readonly #bugs: unknown[] = [];
  #state: StateDatabase;
  #service: StackService;
  #model: StackModel = emptyModel();

  private constructor(folder: string, objects: MemoryObjects) {
    this.folder = folder;
    this.objects = objects;
    this.#state = StateDatabase.open(folder, () => {});
    this.#service = this.#createService();
  }

  static async open(folder?: string, objects = new MemoryObjects()): Promise<StackBench> {
    const bench = new StackBench(folder ?? (await mkdtemp(join(tmpdir(), "stacks-"))), objects);
    await bench.service.start();
    return bench;
  }

  get service(): StackService {
    return this.#service;
  }

  /** What is served now. */
  get model(): StackModel {
    return this.#model;
  }

  get packages(): PackageStore {
    return new PackageStore(join(this.folder, "packages"));
  }

  /** Begins to create a stack, or to update the one that is there. */
  begin(name: string, template: object, options: Partial<StackRequest> = {}): void {
    const request: StackRequest = {
      template: JSON.stringify(template),
      parameters: [],
      capabilities: ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
      ...options,
    };
    if (findStack(this.service.engine, name) === undefined) this.service.create(name, request, {});
    else this.service.update(name, request);
  }

  /** Creates a stack, or updates the one that is there, and waits for that. */
  async deploy(name: string, template: object, options: Partial<StackRequest> = {}): Promise<StackRecord> {
    this.begin(name, template, options);
    return this.settled(name);
  }

  /** Deletes a stack, and waits for that. @returns what is told of it by its ARN. */
  async delete(name: string, retained: readonly string[] = []): Promise<StackRecord> {
    const { id } = this.stack(name);
    this.service.delete(name, retained);
    return this.settled(id);
  }

  /** A stack once nothing is under way. */
  async settled(nameOrId: string): Promise<StackRecord> {
    const { id } = this.stack(nameOrId);
    await this.service.settled(id, 10_000, new AbortController().signal);
    return this.stack(id);
  }

  stack(nameOrId: string): StackRecord {
    const stack = findStack(this.service.engine, nameOrId);
    if (stack === undefined) throw new Error(`There is no stack ${nameOrId}.`);
    return stack;
  }

  /** A resource that a stack has. */
  resource(name: string, logicalId: string): ResourceRow {
    const found = this.service.engine.rows(this.stack(name)).find((row) => row.logicalId === logicalId);
    if (found === undefined) throw new Error(`${name} has no ${logicalId}.`);
    return found;
  }

  /** Names of the resources that a stack has. */
  resources(name: string): string[] {
    return this.service.engine.rows(this.stack(name)).map(({ logicalId }) => logicalId);
  }

  /** What happened to a stack, the oldest first. */
  events(nameOrId: string): StackEvent[] {
    return this.service.engine.store
      .events(this.stack(nameOrId).id, Number.MAX_SAFE_INTEGER, 10_000)
      .reverse();
  }

  /** The same in short, from the last time that the stack had a status: `LogicalId STATUS`. */
  historySince(nameOrId: string, status: string): string[] {
    const { name } = this.stack(nameOrId);
    const all = this.events(nameOrId).map((event) => `${event.logicalId} ${event.status}`);
    return all.slice(all.lastIndexOf(`${name} ${status}`));
  }

  /** Why something failed, by logical id. */
  reasons(nameOrId: string, status: string): Record<string, string | undefined> {
    const events = this.events(nameOrId).filter((event) => event.status === status);
    return Object.fromEntries(events.map(({ logicalId, reason }) => [logicalId, reason]));
  }

  /** Ends the service and begins another on the same state, as a restart of the platform does. */
  async restart(): Promise<void> {
    await this.service.close();
    this.#state.close();
    this.#state = StateDatabase.open(this.folder, () => {});
    this.#model = emptyModel();
    this.#service = this.#createService();
    await this.service.start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.service.close();
    this.#state.close();
    await rm(this.folder, { recursive: true, force: true });
    if (this.#bugs.length > 0) throw new AggregateError(this.#bugs, "There are bugs.");
  }

  #createService(): StackService {
    return new StackService({
      region: "us-east-1",
      accountId: "123456789012",
      queueUrl: (name) => `http://127.0.0.1:4566/123456789012/${name}`,
      sequences: new Sequences(this.#state),
      store: new StackStore(this.#state, () => "http://127.0.0.1:4566"),
      packages: this.packages,
      objects: this.objects,
      base: emptyModel,
      apply: (model) => {
        this.#model = model;
      },
      nowMs: Date.now,
      report: (error) => this.#bugs.push(error),
    });
  }
}
