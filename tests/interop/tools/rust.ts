import { join, resolve } from "node:path";
import { cached, hashOf, install, run, skip, succeeds, type Tool } from "./tool.ts";

const source = resolve(import.meta.dirname, "../runtimes/rust");

/** Releases of the web adapter are layers and images; as a program it is to be had as a crate only. */
const webAdapter = { crate: "lambda_web_adapter", version: "1.0.0-rc1" };

/** What Rust builds. */
export interface RustPrograms {
  /** The `bootstrap` of a function with lambda_runtime. */
  readonly function: string;
  /** AWS Lambda Web Adapter: an external extension. */
  readonly webAdapter: string;
}

/** Builds them, or finds them in the cache. Unoptimized, which takes a third of the time. */
export async function findRustPrograms(): Promise<Tool<RustPrograms>> {
  if (!(await succeeds("cargo", ["--version"]))) {
    return skip("lambda_runtime and AWS Lambda Web Adapter need Rust.");
  }
  return install("lambda_runtime and AWS Lambda Web Adapter", async () => ({
    // One after the other, because each keeps all processors busy.
    function: await buildFunction(),
    webAdapter: await buildWebAdapter(),
  }));
}

async function buildFunction(): Promise<string> {
  const hash = await hashOf(source, ["Cargo.lock", "Cargo.toml", "src/main.rs"]);
  return cached(`rust-function-${hash}`, async (scratch) => {
    const manifest = join(source, "Cargo.toml");
    await run("cargo", [
      "build",
      "--quiet",
      "--locked",
      "--manifest-path",
      manifest,
      "--target-dir",
      scratch,
    ]);
    return join(scratch, "debug", "bootstrap");
  });
}

function buildWebAdapter(): Promise<string> {
  const { crate, version } = webAdapter;
  return cached(`web-adapter-${version}`, async (scratch) => {
    const parameters = ["install", crate, "--version", `=${version}`, "--locked", "--debug", "--quiet"];
    const folders = ["--root", scratch, "--target-dir", join(scratch, "target")];
    const fast = { CARGO_PROFILE_DEV_DEBUG: "false", CARGO_INCREMENTAL: "0" };
    await run("cargo", [...parameters, ...folders, "--no-track"], { ...process.env, ...fast });
    return join(scratch, "bin", "lambda-adapter");
  });
}
