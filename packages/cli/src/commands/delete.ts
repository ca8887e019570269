import type { Command } from "../command.ts";
import { awsDetails, awsOptions } from "../deploy/aws-options.ts";
import { settingsFile } from "../deploy/settings.ts";

/** Removes a stack and what was uploaded for it. */
export const deleteStack: Command = {
  usage: "--stack-name NAME [--yes] [--region REGION] [--profile NAME]",
  summary: "Removes a stack, and what sluice deploy uploaded for it.",
  details: `Shows what goes, and after a yes removes it: the stack's resources, its artifacts, and the bucket that sluice deploy
made for these if nothing else is in it.

  --stack-name NAME         the stack; what ${settingsFile} here says unless given
  --yes                     don't ask; needed where there is no terminal
  --s3-bucket NAME          where artifacts were uploaded to, if sluice deploy was told to
${awsDetails}`,
  options: {
    "stack-name": { type: "string" },
    "s3-bucket": { type: "string" },
    yes: { type: "boolean", short: "y" },
    ...awsOptions,
  },
  async run(input, terminal) {
    const { runRemoval } = await import("../deploy/removal.ts");
    return runRemoval(input, terminal);
  },
};
