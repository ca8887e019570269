import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const source = (path: string) => fileURLToPath(new URL(`./packages/runtime/src/${path}`, import.meta.url));
const entry = (name: string, folder = "") =>
  fileURLToPath(new URL(`./packages/${name}/src/${folder}index.ts`, import.meta.url));

/** Templates are projects of their own, which the tests of `sluice init` run. */
const exclude = ["**/node_modules/**", "**/dist/**", "packages/cli/templates/**"];

export default defineConfig({
  resolve: {
    // Tests run the sources, not what was built last.
    alias: [
      { find: /^@sluice\/runtime$/, replacement: source("index.ts") },
      { find: /^@sluice\/runtime\/local$/, replacement: source("local/index.ts") },
      { find: /^@sluice\/runtime\/(testing|awslambda|bootstrap)$/, replacement: source("$1.ts") },
      { find: /^@sluice\/packager$/, replacement: entry("packager") },
      { find: /^@sluice\/platform$/, replacement: entry("platform") },
      { find: /^@sluice\/platform\/vitest$/, replacement: entry("platform", "vitest/") },
    ],
  },
  test: {
    // Processes of their own: several tests set variables, listen to signals, or take over the console.
    pool: "forks",
    // They wait for processes more than they compute; one worker fewer than processors is too few.
    maxWorkers: "150%",
    dangerouslyIgnoreUnhandledErrors: false,
    reporters: ["default", fileURLToPath(new URL("./tests/conformance/reporter.ts", import.meta.url))],
    restoreMocks: true,
    unstubEnvs: true,
    testTimeout: 15_000,
    projects: [
      {
        extends: true,
        // Its tests change nothing of their process, and its modules are many: each worker loads them once.
        test: { name: "platform", include: ["packages/platform/**/*.test.ts"], exclude, isolate: false },
      },
      {
        extends: true,
        test: {
          name: "others",
          include: ["packages/**/*.test.ts", "examples/**/*.test.ts"],
          exclude: [...exclude, "packages/platform/**"],
        },
      },
    ],
  },
});
