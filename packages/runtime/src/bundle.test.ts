import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { describe, expect, test } from "vitest";
import { FunctionProcess } from "../test/function-process.ts";

const source = fileURLToPath(new URL("index.ts", import.meta.url));

const bundles = new Map<string, ReturnType<typeof build>>();

/** A function's code as it would be deployed: with the runtime, in one file. */
function bundle(handler: string): ReturnType<typeof build> {
  const bundled = bundles.get(handler) ?? build(handler);
  bundles.set(handler, bundled);
  return bundled;
}

async function build(handler: string) {
  const { outputFiles, metafile } = await esbuild.build({
    stdin: {
      contents: `
        import { background, buffered, LambdaRuntime, pipe, sse, streaming, web } from "@sluice/runtime";
        await new LambdaRuntime(${handler}).run();
      `,
      resolveDir: import.meta.dirname,
    },
    alias: { "@sluice/runtime": source },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "node",
    target: "node24",
    write: false,
    metafile: true,
  });
  const [output] = Object.values(metafile.outputs);
  return {
    files: outputFiles.map((file) => file.contents),
    inputs: Object.keys(metafile.inputs),
    imports: output?.imports ?? [],
  };
}

const helloWorld = `streaming(async (event, response) => {
  await response.write("Hello, world!");
  await response.finish();
})`;

test("a function of a few lines takes at most 30 KB, in one file", async () => {
  const { files } = await bundle(helloWorld);
  expect(files).toHaveLength(1);
  expect(files[0]?.length).toBeLessThanOrEqual(30_720);
});

describe.each([
  ["streaming", helloWorld],
  ["buffered", "buffered((event) => event)"],
  ["background", "background((event, respond) => respond(event))"],
  ["web", "web((request) => new Response(request.url))"],
  ["piping", "streaming((event, response) => pipe([], response))"],
  ["sending events", "streaming(async (event, response) => (await sse(response)).close())"],
])("the bundle of a %s function", (_, handler) => {
  test("needs nothing but Node.js, and no HTTP server or client of it, which takes 20 ms to load", async () => {
    const { imports } = await bundle(handler);
    expect(imports.length).toBeGreaterThan(0);
    for (const { path } of imports) {
      expect(path).toMatch(/^node:/);
      expect(isBuiltin(path)).toBe(true);
      expect(path).not.toMatch(/^node:(?:http|https|http2|tls)$/);
    }
  });

  test("has nothing of the local server, of testing, or of what it does not use", async () => {
    const { inputs, files } = await bundle(handler);
    expect(inputs.some((path) => path.endsWith("/runtime.ts") || path === "runtime.ts")).toBe(true);
    expect(inputs.filter((path) => /local\/|testing\.ts|bootstrap/.test(path))).toEqual([]);
    expect(Buffer.from(files[0] ?? []).toString()).not.toContain("LOCAL_LAMBDA_");
  });
});

describe("alone in its folder", () => {
  async function deployed(handler = helloWorld) {
    const folder = await mkdtemp(join(tmpdir(), "sluice-bundle-"));
    const { files } = await bundle(handler);
    const program = join(folder, "index.mjs");
    await writeFile(program, files[0] ?? "");
    return { program, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
  }

  test("it runs", async () => {
    await using code = await deployed();
    await using environment = await FunctionProcess.start({ program: code.program });
    const { body, complete } = await environment.invoke({});
    expect({ text: body.toString(), complete }).toEqual({ text: "Hello, world!", complete: true });
  });

  test("its log lines tell errors by name, though it is minified", async () => {
    await using code = await deployed("streaming(async () => {})");
    await using environment = await FunctionProcess.start({ program: code.program });
    expect((await environment.invoke({})).errorType).toBe("Runtime.ResponseNotFinished");
    await environment.api.waitForNext();
    expect(await environment.stop()).toContain("ResponseNotFinishedError");
  });

  test("without Lambda it says that the local server is not part of it, and ends", async () => {
    await using code = await deployed();
    const env = { PATH: process.env["PATH"] };
    const { status, stderr } = spawnSync(process.execPath, [code.program], { env, encoding: "utf8" });
    expect(stderr).toMatch(
      /^LocalServerError: AWS_LAMBDA_RUNTIME_API is not set, .* Install @sluice\/runtime .*\n$/,
    );
    expect(status).toBe(1);
  });
});
