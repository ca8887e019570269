import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const bench = new URL("../", import.meta.url);
const official = new URL("./node_modules/aws-lambda-ric/", bench);

let installFailure: string | undefined;

/**
 * Installs the peers from `bench/package-lock.json` when they are missing. The official client compiles curl and a native
 * module, which takes a compiler, make, cmake and most of a minute.
 */
export function installPeers(log: (line: string) => void): void {
  if (existsSync(official)) return;
  log("installing the peers in bench/ (npm ci; the official client compiles native code) ...");
  const { status, error, stderr } = spawnSync("npm", ["ci", "--no-audit", "--no-fund"], {
    cwd: fileURLToPath(bench),
    encoding: "utf8",
  });
  if (status !== 0) installFailure = error?.message ?? firstReason(stderr);
}

/** The reason why the official client cannot be measured here, or `undefined` when it can. */
export function officialUnavailable(): string | undefined {
  if (installFailure !== undefined) return `its installation failed: ${installFailure}`;
  if (existsSync(new URL("rapid-client.node", official))) return undefined;
  return `its native client is not built on this system (${process.platform})`;
}

export function officialVersion(): string | undefined {
  if (officialUnavailable() !== undefined) return undefined;
  const manifest: unknown = JSON.parse(readFileSync(new URL("package.json", official), "utf8"));
  return typeof manifest === "object" && manifest !== null && "version" in manifest
    ? String(manifest.version)
    : undefined;
}

/** npm prints the script's own error among its own lines; that one says what is missing. Paths are cut to their last part. */
function firstReason(stderr: string): string {
  const lines = stderr.split("\n").map((line) => line.replace(/^npm (error|ERR!)\s*/, "").trim());
  const reason =
    lines.find((line) => /^error:|not found|fatal error|CMake Error/i.test(line)) ?? lines.find(Boolean);
  return reason?.replace(/\.$/, "").replace(/\/\S*\//g, "") ?? "unknown";
}
