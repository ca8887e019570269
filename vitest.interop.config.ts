import { defineConfig } from "vitest/config";

// Real processes, some of which have a second or two to wait for.
const shared = { pool: "forks", testTimeout: 30_000, hookTimeout: 30_000 } as const;

/** Clients and runtimes that are not ours, against ours, as it is built. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...shared,
          name: "emulator",
          include: ["tests/interop/*.test.ts"],
          globalSetup: ["tests/interop/emulator/setup.ts"],
        },
      },
      {
        test: {
          ...shared,
          name: "platform",
          include: ["tests/interop/platform/*.test.ts"],
          globalSetup: ["tests/interop/platform/setup.ts"],
        },
      },
    ],
  },
});
