import { readFile, writeFile } from "node:fs/promises";
import { relative } from "node:path";
import type { Reporter, TestModule, Vitest } from "vitest/node";
import { contracts } from "./contracts.ts";
import { conformancePage } from "./document.ts";

const page = "docs/conformance.md";

/**
 * Holds the table of conformance to the tests that it names, and writes its page. Only where all tests of a configuration
 * ran; each looks at the tests that it has itself.
 */
export default class ConformanceReporter implements Reporter {
  readonly #writesPage: boolean;
  #vitest: Vitest | undefined;

  /** @param options - `writesPage`: unless false; the other configurations only look. */
  constructor({ writesPage = true }: { readonly writesPage?: boolean } = {}) {
    this.#writesPage = writesPage;
  }

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  async onTestRunEnd(modules: readonly TestModule[]): Promise<void> {
    const vitest = this.#vitest;
    if (vitest === undefined || contracts.length === 0) return;
    const specifications = await vitest.globTestSpecifications();
    const { testNamePattern } = vitest.config;
    if (modules.length < specifications.length || testNamePattern !== undefined) return;
    const problems = findProblems(modules);
    if (this.#writesPage) {
      const made = conformancePage(contracts);
      const kept = await readFile(page, "utf8").catch(() => "");
      if (made !== kept && process.env["CI"] === undefined) {
        await writeFile(page, made);
        console.log(`\n${page} is written anew: commit it.`);
      } else if (made !== kept) {
        problems.push(`${page} is not what tests/conformance makes: run \`npm test\` and commit it.`);
      }
    }
    if (problems.length === 0) return;
    console.error(`\nConformance:\n${problems.map((problem) => `  ${problem}`).join("\n")}`);
    process.exitCode = 1;
  }
}

/** What the table says that the tests don't show. */
function findProblems(modules: readonly TestModule[]): string[] {
  const results = new Map<string, { readonly name: string; readonly state: string }[]>();
  for (const module of modules) {
    const tests = [...module.children.allTests()];
    results.set(
      relative(process.cwd(), module.moduleId),
      tests.map((test) => ({ name: test.fullName, state: test.result().state })),
    );
  }
  const areas = [...new Set([...results.keys()].map((file) => file.split("/")[0]))];
  return contracts.flatMap(({ behaviours }) =>
    behaviours.flatMap(({ behaviour, verdict, test, note }) => {
      if (verdict !== "pass" && note === undefined) return [`"${behaviour}" has no note.`];
      if (test === undefined) {
        return verdict === "not emulated" ? [] : [`"${behaviour}" names no test.`];
      }
      const [file = "", ...names] = test.split(" > ");
      if (!areas.includes(file.split("/")[0])) return [];
      // What it needs is not everywhere: AWS's signature vectors are not part of the repository.
      if (results.get(file)?.every(({ state }) => state === "skipped")) return [];
      const found = results.get(file)?.filter(({ name }) => name.startsWith(names.join(" > ")));
      if (found === undefined || found.length === 0) return [`There is no test "${test}".`];
      const failed = found.filter(({ state }) => state === "failed");
      return failed.map(({ name }) => `"${behaviour}" is not shown: ${file} > ${name} failed.`);
    }),
  );
}
