/** How many bytes of JavaScript a minimal streaming function deploys, the runtime included. */
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

export interface BundleSize {
  readonly bytes: number;
  readonly gzipBytes: number;
  readonly aimBytes: number;
}

const helloWorld = `
  import { LambdaRuntime, streaming } from "@sluice/runtime";
  await new LambdaRuntime(
    streaming(async (event, response) => {
      await response.write("Hello, world!");
      await response.finish();
    }),
  ).run();
`;

/** @param folder - from where `@sluice/runtime` is found, as it is published; the repository's build unless set. */
export async function measureBundleSize(
  folder = fileURLToPath(new URL(".", import.meta.url)),
): Promise<BundleSize> {
  const { outputFiles } = await build({
    stdin: { contents: helloWorld, resolveDir: folder, loader: "ts" },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "node",
    target: "node24",
    write: false,
    logLevel: "error",
  });
  const contents = outputFiles[0]?.contents ?? new Uint8Array();
  return { bytes: contents.length, gzipBytes: gzipSync(contents).length, aimBytes: 30 * 1024 };
}
