import { join, resolve } from "node:path";
import { cached, hashOf, install, run, skip, succeeds, type Tool } from "./tool.ts";

const source = resolve(import.meta.dirname, "../runtimes/go");

/** Builds the function in Go, or finds it in the cache. Resolves to its `bootstrap`. */
export async function findGoFunction(): Promise<Tool<string>> {
  if (!(await succeeds("go", ["version"]))) return skip("aws-lambda-go needs Go.");
  return install("the function with aws-lambda-go", async () => {
    const hash = await hashOf(source, ["go.mod", "go.sum", "main.go"]);
    return cached(`go-function-${hash}`, async (scratch) => {
      const bootstrap = join(scratch, "bootstrap");
      const build = ["build", "-C", source, "-tags", "lambda.norpc", "-o", bootstrap, "."];
      await run("go", build, { ...process.env, CGO_ENABLED: "0" });
      return bootstrap;
    });
  });
}
