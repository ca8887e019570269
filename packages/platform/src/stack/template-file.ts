import { existsSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { startBuilder } from "@sluice/packager";
import { compileTemplate } from "../cloudformation/index.ts";
import { localAccountId, localStackName } from "../platform-options.ts";

/** A template and what it is compiled with. */
export interface TemplateFile {
  /** Absolute path. */
  readonly template: string;
  /** What diagnostics call it. */
  readonly name: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly region: string;
  /** The local account unless set. */
  readonly accountId?: string;
  /** The local stack unless set. */
  readonly stackName?: string;
  /** Whether its functions are built next. Not unless set. */
  readonly isToBeBuilt?: boolean;
}

/**
 * Compiles a template as the stack that the platform makes of it.
 * @throws if the file can't be read.
 */
export async function compileTemplateFile({
  template,
  name,
  parameters,
  region,
  accountId = localAccountId,
  stackName = localStackName,
  isToBeBuilt = false,
}: TemplateFile): Promise<ReturnType<typeof compileTemplate>> {
  const text = await readFile(template, "utf8");
  // Its process starts while the template is compiled here.
  if (isToBeBuilt && /\besbuild\b/.test(text)) await startBuilder();
  const stackId = `arn:aws:cloudformation:${region}:${accountId}:stack/${stackName}/local`;
  return compileTemplate(text, name, {
    stack: { region, accountId, stackName, stackId, partition: "aws" },
    overrides: parameters,
    readText: (path) => {
      const file = resolve(dirname(template), path);
      return existsSync(file) ? readFileSync(file, "utf8") : undefined;
    },
    pathExists: (path) => existsSync(resolve(dirname(template), path)),
  });
}
