import { defineConfig } from "vitest/config";

/** Clients and runtimes that are not ours, against ours, as it is built. */
export default defineConfig({
  test: {
    include: ["tests/interop/**/*.test.ts"],
    globalSetup: ["tests/interop/setup.ts"],
    reporters: ["default", ["./tests/conformance/reporter.ts", { writesPage: false }]],
    pool: "forks",
    // Real processes, some of which have a second or two to wait for.
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
