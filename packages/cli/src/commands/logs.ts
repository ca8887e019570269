import type { Command } from "../command.ts";
import { awsDetails, awsOptions } from "../deploy/aws-options.ts";
import { settingsFile } from "../deploy/settings.ts";

/** Prints what functions logged. */
export const logs: Command = {
  usage:
    "[function] [--stack-name NAME] [--since 10m] [--follow] [--filter PATTERN] [--region REGION] [--profile NAME]",
  summary: "Prints what functions logged, and with --follow what they log.",
  details: `The function is one of the stack, by its logical id, and all of the stack's unless one is named. Without a stack it is
a function's own name.

  --stack-name NAME         the stack; what ${settingsFile} here says unless given
  --since TIME              how far back: 90s, 10m, 2h, 1d; 10m unless given
  --follow                  go on until you stop it
  --filter PATTERN          only what matches, as CloudWatch Logs writes patterns
${awsDetails}`,
  options: {
    "stack-name": { type: "string" },
    since: { type: "string" },
    follow: { type: "boolean", short: "f" },
    filter: { type: "string" },
    ...awsOptions,
  },
  async run(input, terminal) {
    const { runLogs } = await import("../deploy/function-logs.ts");
    return runLogs(input, terminal);
  },
};
