import { glob, readFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { loadTemplate, type ValueMap } from "../../../packages/platform/src/cloudformation/index.ts";
import { packageLocally } from "../../../packages/platform/src/cloudformation/local-artifacts.ts";
import { transformSam } from "../../../packages/platform/src/cloudformation/sam/transform.ts";
import { supportedTypes } from "../../../packages/platform/src/cloudformation/sam/types.ts";
import { RunningProcess } from "../platform/running-process.ts";
import { findSamCli } from "../tools/sam.ts";
import { say } from "../tools/tool.ts";
import { differences, samTypes } from "./comparison.ts";
import { findPublished, readPublished } from "./published.ts";

const root = resolve(import.meta.dirname, "../../..");
const published = await findPublished();
const samCli = await findSamCli();

/** What the issue asks for; what there is is printed, and told in docs/sam-transform.md. */
const leastPercent = 95;
const readMs = 120_000;

/** What differs from what the translator made; nothing if it is the same. */
function compare(text: string, region: string, output: unknown): string | undefined {
  const { loaded, diagnostics } = loadTemplate(text, "template.yaml");
  if (loaded === undefined) return `not read: ${diagnostics[0]?.message}`;
  return compareTemplate(loaded.template, region, { param1: "value1", param2: "value2" }, output);
}

function compareTemplate(
  template: ValueMap,
  region: string,
  parameters: Record<string, string>,
  output: unknown,
): string | undefined {
  const result = transformSam(template, { region, parameters });
  if (typeof output === "string") {
    const made = result.ok ? "accepted" : result.message;
    return made === output ? undefined : `expected “${output}”, got “${made}”`;
  }
  if (!result.ok) return `refused: ${result.message}`;
  return differences(output as ValueMap, result.template)[0];
}

describe.skipIf(published.missing !== undefined)(
  "of the templates that AWS's translator is tested with",
  { timeout: readMs },
  () => {
    test(`${leastPercent} % with nothing but functions, APIs and layers come out the same`, async () => {
      const failures: string[] = [];
      const counts = { compared: 0, same: 0, otherTypes: 0 };
      for await (const { name, region, template, output } of readPublished(published.tool ?? "")) {
        const { loaded } = loadTemplate(template, name);
        const types = samTypes(loaded?.template);
        if (![...types].every((type) => supportedTypes.includes(type))) {
          counts.otherTypes++;
          continue;
        }
        counts.compared++;
        const refusal = (output as { errorMessage?: string }).errorMessage;
        const difference = compare(template, region, refusal ?? output);
        if (difference === undefined) counts.same++;
        else failures.push(`${name} (${region}): ${difference.slice(0, 400)}`);
      }
      const percent = (100 * counts.same) / counts.compared;
      say(
        `SAM transform: ${counts.same} of ${counts.compared} published outcomes (${percent.toFixed(1)} %) are the same; ` +
          `${counts.otherTypes} have SAM types that are refused by name. The rest:\n  ${failures.join("\n  ")}`,
      );
      expect(counts.compared).toBeGreaterThan(1000);
      expect(percent).toBeGreaterThanOrEqual(leastPercent);
    });
  },
);

describe.skipIf(samCli.missing !== undefined)("AWS's translator, side by side", { timeout: readMs }, () => {
  const outcomes = new Map<string, { template: ValueMap; output: unknown }>();
  const region = "us-east-1";
  const places = [
    "tests/interop/sam-transform/templates/*.yaml",
    "examples/*/template.yaml",
    "packages/cli/templates/*/template.yaml",
  ];

  beforeAll(async () => {
    const files: string[] = [];
    const templates: ValueMap[] = [];
    for await (const file of glob(places, { cwd: root })) {
      const { loaded } = loadTemplate(await readFile(join(root, file), "utf8"), file);
      if (loaded === undefined) throw new Error(`${file} can't be read`);
      files.push(file);
      templates.push(packageLocally(loaded.template).template);
    }
    await using python = new RunningProcess(
      join(samCli.tool ?? "", "python"),
      [join(import.meta.dirname, "translate.py"), region],
      { folder: root, environment: { PATH: process.env["PATH"] ?? "" }, input: JSON.stringify(templates) },
    );
    const exit = await python.exit;
    if (exit !== 0) throw new Error(python.stderr.text);
    const made: unknown[] = JSON.parse(python.stdout.text);
    for (const [index, file] of files.entries()) {
      outcomes.set(file, { template: templates[index] ?? {}, output: made[index] });
    }
  }, readMs);

  test("makes the same of every template of ours", () => {
    expect(outcomes.size).toBeGreaterThan(8);
    const failures = [...outcomes].flatMap(([file, { template, output }]) => {
      const difference = compareTemplate(template, region, {}, output);
      return difference === undefined ? [] : [`${file}: ${difference}`];
    });
    expect(failures).toEqual([]);
  });

  test("refuses what the transform refuses, in the same words", () => {
    const refused = [...outcomes].filter(([, { output }]) => typeof output === "string");
    expect(refused.map(([file]) => basename(file))).toEqual(["refused.yaml"]);
  });
});
