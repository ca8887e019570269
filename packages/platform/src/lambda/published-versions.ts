import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { copyFolder } from "./code/copy-folder.ts";
import type { LambdaFunction } from "./lambda-function.ts";

/** A version that a template asks for. */
export interface VersionRequest {
  readonly functionName: string;
  /** The same for as long as the same version is meant. */
  readonly key: string;
  /** Whether every deployment publishes another one, as a function with `AutoPublishAlias` wants it here. */
  readonly isAutomatic: boolean;
}

interface Version {
  readonly target: LambdaFunction;
  readonly isAutomatic: boolean;
}

/** What was published of one function. */
interface FunctionVersions {
  /** Never given again, as on AWS. */
  readonly lastNumber: number;
  readonly numbers: ReadonlyMap<string, string>;
  readonly versions: ReadonlyMap<string, Version>;
}

/** How many versions a function keeps that were published by every deployment and have no name any more. */
const keptVersions = 10;

const nothing: FunctionVersions = { lastNumber: 0, numbers: new Map(), versions: new Map() };

/**
 * Versions of functions: code and configuration as they were when they were published, for as long as the platform runs.
 */
export class PublishedVersions {
  readonly #stateFolder: string;
  #functions: ReadonlyMap<string, FunctionVersions> = new Map();

  /** @param stateFolder - absolute; never part of a version. */
  constructor(stateFolder: string) {
    this.#stateFolder = stateFolder;
  }

  /**
   * Begins a deployment. Nothing of it counts before it is committed.
   * @param folder - where copies of the code go; not there yet, or from an earlier deployment.
   */
  begin(folder: string): VersionDraft {
    return new VersionDraft(this.#functions, folder, this.#stateFolder, (functions) => {
      this.#functions = functions;
    });
  }
}

/** The versions of a deployment that is under way. */
export class VersionDraft {
  readonly #before: ReadonlyMap<string, FunctionVersions>;
  readonly #folder: string;
  readonly #stateFolder: string;
  readonly #commit: (functions: ReadonlyMap<string, FunctionVersions>) => void;
  readonly #functions = new Map<string, { lastNumber: number; numbers: Map<string, string> }>();
  /** Numbers that are to be published, by function. */
  readonly #pending = new Map<string, Map<string, boolean>>();
  readonly #published: Version[] = [];

  constructor(
    before: ReadonlyMap<string, FunctionVersions>,
    folder: string,
    stateFolder: string,
    commit: (functions: ReadonlyMap<string, FunctionVersions>) => void,
  ) {
    this.#before = before;
    this.#folder = folder;
    this.#stateFolder = stateFolder;
    this.#commit = commit;
  }

  /** The number of a version: the one that it was published with, or the next. */
  numberOf({ functionName, key, isAutomatic }: VersionRequest): string {
    const versions = this.#of(functionName);
    const known = isAutomatic ? undefined : versions.numbers.get(key);
    if (known !== undefined) return known;
    versions.lastNumber += 1;
    const number = String(versions.lastNumber);
    versions.numbers.set(key, number);
    const pending = this.#pending.get(functionName) ?? new Map<string, boolean>();
    this.#pending.set(functionName, pending.set(number, isAutomatic));
    return number;
  }

  /** Whether there is such a version, or will be. */
  has(functionName: string, number: string): boolean {
    return this.#pending.get(functionName)?.has(number) === true || this.wasPublished(functionName, number);
  }

  /** Whether that version is of an earlier deployment. */
  wasPublished(functionName: string, number: string): boolean {
    return this.#before.get(functionName)?.versions.has(number) === true;
  }

  /** Publishes what was asked for of a function: copies its code as it is now. */
  async publish(target: LambdaFunction): Promise<void> {
    for (const [version, isAutomatic] of this.#pending.get(target.name) ?? []) {
      const folder = join(this.#folder, `${target.name}.${version}`);
      // Left there by a deployment that failed.
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder, { recursive: true });
      // Packages stand below the project here, and on AWS do not: its package.json has no say in what is a module.
      await writeFile(join(folder, "package.json"), "{}\n");
      const copy = async (source: string, name: string): Promise<string> => {
        await copyFolder(source, join(folder, name), this.#stateFolder);
        return join(folder, name);
      };
      const codeFolder = await copy(target.codeFolder, "code");
      const layersFolder = join(folder, "layers");
      if (existsSync(target.layersFolder)) await copy(target.layersFolder, "layers");
      this.#published.push({
        target: { ...target, version, codeFolder, layersFolder, policies: [] },
        isAutomatic,
      });
    }
  }

  /**
   * Makes the deployment's versions those of the platform.
   * @param functionNames - of the deployment; nothing is kept of others but their last numbers.
   * @param isNamed - whether an alias points to a version.
   * @returns what is published of each function, in order, and folders that nothing is left of once what runs has ended.
   */
  commit(
    functionNames: readonly string[],
    isNamed: (functionName: string, version: string) => boolean,
  ): {
    readonly versions: ReadonlyMap<string, readonly LambdaFunction[]>;
    readonly folders: readonly string[];
  } {
    const after = new Map<string, FunctionVersions>();
    const folders: string[] = [];
    for (const [name, known] of this.#before) after.set(name, known);
    for (const [name, { lastNumber, numbers }] of this.#functions) {
      after.set(name, { lastNumber, numbers, versions: after.get(name)?.versions ?? new Map() });
    }
    for (const [name, known] of after) {
      const all = [
        ...known.versions.values(),
        ...this.#published.filter(({ target }) => target.name === name),
      ];
      const kept = functionNames.includes(name) ? keep(all, (version) => isNamed(name, version)) : [];
      const isKept = new Set(kept);
      folders.push(
        ...all.filter((version) => !isKept.has(version)).map(({ target }) => dirname(target.codeFolder)),
      );
      const versions = new Map(kept.map((version) => [version.target.version, version]));
      const numbers = new Map([...known.numbers].filter(([, number]) => versions.has(number)));
      after.set(name, { lastNumber: known.lastNumber, numbers, versions });
    }
    this.#commit(after);
    const versions = new Map(
      [...after].map(([name, known]) => [name, [...known.versions.values()].map(({ target }) => target)]),
    );
    return { versions, folders };
  }

  #of(functionName: string): { lastNumber: number; numbers: Map<string, string> } {
    const known = this.#functions.get(functionName);
    if (known !== undefined) return known;
    const { lastNumber, numbers } = this.#before.get(functionName) ?? nothing;
    const draft = { lastNumber, numbers: new Map(numbers) };
    this.#functions.set(functionName, draft);
    return draft;
  }
}

function keep(versions: readonly Version[], isNamed: (version: string) => boolean): readonly Version[] {
  const nameless = versions.filter(({ isAutomatic, target }) => isAutomatic && !isNamed(target.version));
  const dropped = new Set(nameless.slice(0, -keptVersions));
  return versions.filter((version) => !dropped.has(version));
}
