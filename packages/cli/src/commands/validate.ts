import { relative, resolve } from "node:path";
import { checkTemplate, hasErrors } from "@sluice/platform";
import type { Command } from "../command.ts";
import { countDiagnostics, formatDiagnostic } from "../diagnostics.ts";
import { parameterValues, templatePath } from "../template-path.ts";

/** Tells every mistake in a template that can be seen without AWS. */
export const validate: Command = {
  usage: "[template] [--parameter Name=value] [--json]",
  summary: "Tells the mistakes in a SAM or CloudFormation template.",
  details: `Each mistake has its file, line and logical id, what AWS would do, and what to write instead.
Code is left alone: sluice dev and sluice archive tell its mistakes. The exit code is 1 if one of them is an error.

  --parameter Name=value    a value for one of the template's parameters
  --json                    print the mistakes as JSON
`,
  options: { parameter: { type: "string", multiple: true }, json: { type: "boolean" } },
  async run(input, terminal) {
    const template = templatePath(input, terminal);
    const region = terminal.environment["AWS_REGION"] ?? "us-east-1";
    const diagnostics = await checkTemplate({
      template: resolve(template),
      name: relative(terminal.folder, template),
      parameters: parameterValues(input),
      region,
    });
    if (input.values["json"] === true) {
      terminal.out(`${JSON.stringify(diagnostics, undefined, 2)}\n`);
    } else {
      for (const diagnostic of diagnostics) terminal.out(formatDiagnostic(diagnostic));
      terminal.talk(`${relative(terminal.folder, template)}: ${countDiagnostics(diagnostics)}\n`);
    }
    return hasErrors(diagnostics) ? 1 : 0;
  },
};
