import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { cached, exists, run, skip, type Tool } from "../tools/tool.ts";

/**
 * The state of the translator's repository that has the templates; its own release is 1.110.0.
 * @see https://github.com/aws/serverless-application-model
 */
const commit = "7000d0a3b0e5e0d9fca014ce135850718aad1290";
const repository = "https://github.com/aws/serverless-application-model.git";

/** A template, and what AWS's translator makes of it in one partition. */
export interface Published {
  readonly name: string;
  readonly region: string;
  readonly template: string;
  /** The processed template, or the text with which it is refused. */
  readonly output: unknown;
}

const regions = { "": "ap-southeast-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1" };

/** Gets the translator's templates with what it makes of them, by way of git, into the cache. */
export async function findPublished(): Promise<Tool<string>> {
  try {
    const folder = await cached(`sam-templates-${commit.slice(0, 12)}`, async (into) => {
      const git = async (...parameters: string[]) => run("git", ["-C", into, ...parameters]);
      await git("init", "--quiet");
      await git("remote", "add", "origin", repository);
      await git("sparse-checkout", "set", "tests/translator/input", "tests/translator/output");
      await git("fetch", "--quiet", "--depth=1", "--filter=blob:none", "origin", commit);
      await git("checkout", "--quiet", "FETCH_HEAD");
      return into;
    });
    return { tool: join(folder, "tests/translator") };
  } catch (error) {
    const reason = error instanceof Error ? error.message.trim() : String(error);
    return skip(`the SAM translator's own templates could not be had from ${repository}: ${reason}`);
  }
}

/** Those of the templates that the translator's own tests transform without settings of their own. */
export async function* readPublished(folder: string): AsyncGenerator<Published> {
  for (const file of (await readdir(join(folder, "input"))).sort()) {
    const name = file.replace(/\.yaml$/, "");
    if (/^(translate|feature_toggle)_/.test(name)) continue;
    const template = await readFile(join(folder, "input", file), "utf8");
    for (const [partition, region] of Object.entries(regions)) {
      const path = join(folder, "output", partition, `${name}.json`);
      if (!(await exists(path))) continue;
      yield { name, region, template, output: JSON.parse(await readFile(path, "utf8")) };
    }
  }
}
