import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const bench = new URL("../", import.meta.url);
const official = new URL("./node_modules/aws-lambda-ric/", bench);

let installFailure: string | undefined;

/**
 * Installs the peers from `bench/package-lock.json` when any is missing. The official client compiles curl and a native
 * module, which takes a compiler, make, cmake and most of a minute; where that fails, the others are there without it.
 */
export function installPeers(log: (line: string) => void): void {
  const manifest: { readonly devDependencies: Readonly<Record<string, string>> } = JSON.parse(
    readFileSync(new URL("package.json", bench), "utf8"),
  );
  const names = Object.keys(manifest.devDependencies);
  if (names.every((name) => existsSync(new URL(`node_modules/${name}/`, bench)))) return;
  log("installing the peers in bench/ (npm ci; the official client compiles native code) ...");
  const { status, error, stderr } = npmCi();
  if (status === 0) return;
  installFailure = error?.message ?? firstReason(stderr);
  npmCi("--ignore-scripts");
}

function npmCi(...options: readonly string[]) {
  return spawnSync("npm", ["ci", "--no-audit", "--no-fund", ...options], {
    cwd: fileURLToPath(bench),
    encoding: "utf8",
  });
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
