import { appendFile, mkdir, open, rename, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Condition } from "../lambda/environment/testing/condition.ts";
import { FunctionFolder } from "../lambda/environment/testing/function-folder.ts";
import { FileWatcher } from "./file-watcher.ts";

class Watching implements AsyncDisposable {
  readonly folder: FunctionFolder;
  readonly watcher: FileWatcher;
  readonly #condition = new Condition();
  #changes = 0;

  private constructor(folder: FunctionFolder, ownOutput?: readonly number[]) {
    this.folder = folder;
    this.watcher = new FileWatcher(
      () => {
        this.#changes += 1;
        this.#condition.notify();
      },
      this.path("state"),
      (message) => {
        throw new Error(message);
      },
      ownOutput,
    );
  }

  static async create(): Promise<Watching> {
    return new Watching(
      await FunctionFolder.create({
        "a.ts": "a",
        "src/b.ts": "b",
        "src/deep/c.ts": "c",
        "state/log": "",
        "other.ts": "",
      }),
    );
  }

  /** Another watcher of the same folder. */
  beside(ownOutput?: readonly number[]): Watching {
    return new Watching(this.folder, ownOutput);
  }

  path(name: string): string {
    return join(this.folder.path, name);
  }

  watch(...names: readonly string[]): void {
    this.watcher.watch(
      names.map((name) => this.path(name)),
      Date.now() + 1000,
    );
  }

  /** Resolves when this many changes were told in all. */
  async changes(count: number): Promise<void> {
    await this.#condition.until(() => this.#changes >= count);
    expect(this.#changes).toBe(count);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.watcher.close();
    await this.folder[Symbol.asyncDispose]();
  }
}

describe("a change is told", () => {
  test.each<{ change: string; watched: string; make: (path: (name: string) => string) => Promise<void> }>([
    { change: "a file is written", watched: "a.ts", make: (path) => writeFile(path("a.ts"), "new") },
    {
      change: "a file is replaced, as editors do",
      watched: "a.ts",
      make: async (path) => {
        await writeFile(path("a.ts~"), "new");
        await rename(path("a.ts~"), path("a.ts"));
      },
    },
    {
      change: "a file that was not there appears",
      watched: "later.ts",
      make: (path) => writeFile(path("later.ts"), ""),
    },
    { change: "a file goes", watched: "a.ts", make: (path) => rm(path("a.ts")) },
    {
      change: "a file deep in a folder is written",
      watched: "src",
      make: (path) => appendFile(path("src/deep/c.ts"), "x"),
    },
    { change: "a folder gets a folder", watched: "src", make: (path) => mkdir(path("src/new")) },
  ])("when $change", async ({ watched, make }) => {
    await using watching = await Watching.create();
    watching.watch(watched);
    await make((name) => watching.path(name));
    await watching.changes(1);
  });

  test("once for a burst", async () => {
    await using watching = await Watching.create();
    watching.watch("a.ts", "src");
    for (let count = 0; count < 20; count++)
      await appendFile(watching.path(count % 2 ? "a.ts" : "src/b.ts"), "x");
    await watching.changes(1);
  });

  test("when it came before anyone watched", async () => {
    await using watching = await Watching.create();
    const past = new Date(Date.now() - 60_000);
    await utimes(watching.path("a.ts"), past, past);
    watching.watcher.watch([watching.path("a.ts")], past.getTime() - 1);
    await watching.changes(1);
  });

  test("also after the same paths are watched again, with others", async () => {
    await using watching = await Watching.create();
    watching.watch("a.ts");
    watching.watch("a.ts", "src");
    await writeFile(watching.path("src/b.ts"), "new");
    await watching.changes(1);
    await writeFile(watching.path("a.ts"), "new");
    await watching.changes(2);
  });
});

test.each([
  ["what the platform itself prints into a file", "src/printed.txt", true],
  ["a log, which may hold what the platform prints", "src/dev.log", false],
])("%s is overlooked, or each deployment would bring the next", async (_, name, isOwn) => {
  await using watching = await Watching.create();
  await using printed = await open(watching.path(name), "w");
  const overlooking = watching.beside(isOwn ? [printed.fd] : []);
  using _closed = { [Symbol.dispose]: () => overlooking.watcher.close() };
  overlooking.watch("src");
  watching.watch("other.ts");
  await printed.write("deployed\n");
  // Once this later change has settled, the earlier one would have.
  await writeFile(watching.path("other.ts"), "x");
  await watching.changes(1);
  await overlooking.changes(0);
  await writeFile(watching.path("src/b.ts"), "x");
  await overlooking.changes(1);
});

test.each([
  ["the platform's state", "state/log"],
  ["packages", "src/node_modules/x/index.js"],
  ["a repository's own files", ".git/index"],
  ["what Python compiles", "src/__pycache__/b.pyc"],
  ["a new file in a folder that is watched for another", "other.ts"],
])("what is nobody's code is overlooked: %s", async (_, name) => {
  await using watching = await Watching.create();
  for (const folder of ["src/node_modules/x", ".git", "src/__pycache__"]) {
    await mkdir(watching.path(folder), { recursive: true });
  }
  const watched = name === "other.ts" ? ["a.ts", "src"] : [""];
  watching.watch(...watched);
  const everything = watching.beside([]);
  using _closed = { [Symbol.dispose]: () => everything.watcher.close() };
  everything.watch(name, "src/b.ts");
  // One after the other is told to whoever watches these files alone. So what the first one brought elsewhere, if anything,
  // has settled before the second, and that before the third.
  for (const [index, changed] of [name, "src/b.ts", name].entries()) {
    await writeFile(watching.path(changed), String(index));
    await everything.changes(index + 1);
  }
  await watching.changes(1);
});
