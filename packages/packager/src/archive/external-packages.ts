import { readFile, realpath } from "node:fs/promises";
import { dirname, join, posix } from "node:path";
import { BuildError, type BuildProblem } from "../build-error.ts";
import type { Architecture } from "./architecture.ts";
import { filesIn, type PlainFile } from "./folder-files.ts";
import { importPlace } from "./import-place.ts";
import { lambdaMachine, machineOf } from "./machine-code.ts";

/** A package that the bundle leaves outside, and who imports it. */
export interface ExternalImport {
  /** `sharp`, `@scope/name`. */
  readonly packageName: string;
  /** The source file, absolute. */
  readonly importer: string;
}

/** What goes along with a bundle. */
export interface CollectedPackages {
  readonly files: readonly PlainFile[];
  readonly warnings: readonly BuildProblem[];
}

/**
 * Takes the external packages that a bundle imports, with everything that they depend on, into `node_modules` of the
 * deployment package, so that each finds the version that it finds on this machine.
 *
 * Packages for other systems are left out, and so are addons for other systems where the package has one for Lambda's too.
 * One that isn't installed is left out with a warning if only other packages import it: many do so on demand.
 *
 * @throws {BuildError} naming each package that the function itself imports and that isn't installed, or that has machine
 * code for another processor only.
 */
export async function collectPackages(
  imports: readonly ExternalImport[],
  architecture: Architecture,
): Promise<CollectedPackages> {
  const collection = new Collection(architecture);
  const warnings: BuildProblem[] = [];
  const wanted = [...imports].sort((a, b) => (a.packageName < b.packageName ? -1 : 1));
  for (const { packageName, importer } of wanted) {
    const found = await findPackage(packageName, dirname(importer));
    if (found !== undefined) await collection.add(packageName, found, "");
    else {
      const isOnDemand = importer.includes("/node_modules/");
      (isOnDemand ? warnings : collection.problems).push({
        message: `The package "${packageName}" is external, but not installed where it is imported${isOnDemand ? ": it is not in the archive" : ""}.`,
        hint: "Install it, or give the function a layer that brings it.",
        file: importer,
        ...(await importPlace(packageName, importer)),
      });
    }
  }
  if (collection.problems.length > 0) {
    throw new BuildError("Packages can't be taken into the archive.", collection.problems);
  }
  return { files: collection.files, warnings };
}

/** What a `package.json` says that matters here. */
interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { optional?: boolean }>>;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
}

class Collection {
  readonly files: PlainFile[] = [];
  readonly problems: BuildProblem[] = [];
  readonly #architecture: Architecture;
  /** Path in the archive to the folder that went there. */
  readonly #slots = new Map<string, string>();

  constructor(architecture: Architecture) {
    this.#architecture = architecture;
  }

  /**
   * Puts a package where a file at `from` finds it, unless it is there.
   * @param from - Path in the archive; empty for its root.
   */
  async add(name: string, { folder, isNested }: FoundPackage, from: string): Promise<void> {
    const seen = this.#lookup(name, from);
    // A bundle is one file: where two of its sources would find two versions, the first is taken.
    if (seen === folder || (seen !== undefined && from === "")) return;
    const slot = posix.join(isNested || seen !== undefined ? from : "", "node_modules", name);
    this.#slots.set(slot, folder);
    await this.#take(name, folder, slot);
    await this.#addDependencies(name, folder, slot);
  }

  /** What Node.js would find from there. */
  #lookup(name: string, from: string): string | undefined {
    for (let at = from; ; at = at.includes("/node_modules/") ? parentPackage(at) : "") {
      const found = this.#slots.get(posix.join(at, "node_modules", name));
      if (found !== undefined || at === "") return found;
    }
  }

  async #take(name: string, folder: string, slot: string): Promise<void> {
    const files = await filesIn(folder, slot, new Set(["node_modules"]));
    const machine = lambdaMachine(this.#architecture);
    const compiled = files.flatMap((file) => {
      const madeFor = machineOf(file.name, file.content);
      return madeFor === undefined ? [] : [{ file, madeFor }];
    });
    const foreign = compiled.filter(({ madeFor }) => madeFor !== machine);
    if (compiled.length > 0 && foreign.length === compiled.length) {
      const [first] = foreign;
      this.#refuse(
        folder,
        `The package "${name}" is compiled for ${first?.madeFor} (${first?.file.name}), and the function runs on ${machine}. ${this.#reinstall(name)}`,
      );
      return;
    }
    const useless = new Set(
      foreign.filter(({ file }) => file.name.endsWith(".node")).map(({ file }) => file),
    );
    this.files.push(...files.filter((file) => !useless.has(file)));
  }

  async #addDependencies(name: string, folder: string, slot: string): Promise<void> {
    const manifest = await readManifest(folder);
    const { dependencies = {}, optionalDependencies = {}, peerDependencies = {} } = manifest;
    const names = new Set([dependencies, optionalDependencies, peerDependencies].flatMap(Object.keys));
    const passedOver: string[] = [];
    let hasOwnBuild = false;
    for (const dependency of [...names].sort()) {
      const found = await findPackage(dependency, folder);
      const isOptional =
        dependency in optionalDependencies ||
        manifest.peerDependenciesMeta?.[dependency]?.optional === true ||
        !(dependency in dependencies);
      if (found === undefined) {
        if (isOptional) continue;
        this.#refuse(
          folder,
          `The package "${name}" needs "${dependency}", which is not installed. Run npm install.`,
        );
        continue;
      }
      const { os, cpu, libc } = await readManifest(found.folder);
      const fits = accepts(os, "linux") && accepts(cpu, npmCpu[this.#architecture]) && accepts(libc, "glibc");
      if (cpu !== undefined && fits) hasOwnBuild = true;
      if (fits) await this.add(dependency, found, slot);
      else if (cpu !== undefined) passedOver.push(dependency);
    }
    if (passedOver.length > 0 && !hasOwnBuild) {
      this.#refuse(
        folder,
        `The package "${name}" is installed for another machine (${passedOver.join(", ")}), and the function runs on ${lambdaMachine(this.#architecture)}. ${this.#reinstall(name)}`,
      );
    }
  }

  #refuse(folder: string, message: string): void {
    this.problems.push({ message, file: join(folder, "package.json"), line: undefined, column: undefined });
  }

  #reinstall(name: string): string {
    return `Install it for that: npm install --os=linux --cpu=${npmCpu[this.#architecture]} --libc=glibc ${name}. If it was compiled here, build the archive on such a machine.`;
  }
}

const npmCpu = { arm64: "arm64", x86_64: "x64" } as const;

/** Whether a list of a package's `os`, `cpu` or `libc` takes a value: `["linux", "darwin"]`, `["!win32"]`. */
function accepts(list: readonly string[] | undefined, value: string): boolean {
  if (list === undefined || list.length === 0) return true;
  if (list.includes(`!${value}`)) return false;
  return list.includes(value) || list.includes("any") || list.every((item) => item.startsWith("!"));
}

/** `node_modules/a/node_modules/b` is inside of `node_modules/a`. */
function parentPackage(slot: string): string {
  return slot.slice(0, slot.lastIndexOf("/node_modules/"));
}

/** An installed package. */
interface FoundPackage {
  /** Links resolved. */
  readonly folder: string;
  /** Whether it is inside of the folder from which it was looked for. */
  readonly isNested: boolean;
}

/** An installed package as a file in `from` finds it. */
async function findPackage(name: string, from: string): Promise<FoundPackage | undefined> {
  for (let folder = from; ; folder = dirname(folder)) {
    try {
      const found = await realpath(join(folder, "node_modules", name));
      await readFile(join(found, "package.json"));
      return { folder: found, isNested: folder === from };
    } catch {
      if (dirname(folder) === folder) return undefined; // not here, and there is nothing above
    }
  }
}

async function readManifest(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as Manifest;
}
