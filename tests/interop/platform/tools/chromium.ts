import { install, run, skip, succeeds, type Tool } from "./tool.ts";

/** Finds Chromium in `PATH`, or installs Debian's. */
export async function findChromium(): Promise<Tool<string>> {
  if (await succeeds("chromium", ["--version"])) return { tool: "chromium" };
  if (process.getuid?.() !== 0 || !(await succeeds("apt-get", ["--version"]))) {
    return skip("chromium is not in PATH, and only root on Debian can install it.");
  }
  return install("chromium", async () => {
    const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    await run("apt-get", ["update", "--quiet"], environment);
    await run("apt-get", ["install", "--quiet", "--yes", "--no-install-recommends", "chromium"], environment);
    return "chromium";
  });
}
