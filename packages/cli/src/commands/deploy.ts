import type { Command } from "../command.ts";
import { awsDetails, awsOptions } from "../deploy/aws-options.ts";
import { settingsFile } from "../deploy/settings.ts";

/** Builds, uploads and deploys a template, and tells whether what it deployed streams. */
export const deploy: Command = {
  usage: "[template] --stack-name NAME [--yes | --no-execute] [--guided] [--region REGION] [--profile NAME]",
  summary: "Deploys a template to AWS or to the local platform, and checks that it streams.",
  details: `Builds what Metadata says is built (as sluice archive does), uploads it, shows what CloudFormation would change, and
after a yes lets it. In the end it prints the stack's outputs, and calls those that are endpoints with a signed GET:
status, time to the first byte, and whether the bytes came in pieces.

  --stack-name NAME         the stack; it is made if there is none
  --yes                     don't ask; needed where there is no terminal
  --no-execute              show the changes, and leave them to be executed later
  --guided                  ask for everything, and keep the answers in ${settingsFile} beside the template
  --parameter Name=value    a value for one of the template's parameters; others stay as the stack has them
  --capability NAME         what the template may do, besides CAPABILITY_IAM: roles with names of their own
                            (CAPABILITY_NAMED_IAM), macros (CAPABILITY_AUTO_EXPAND)
  --s3-bucket NAME          where artifacts are uploaded to; unless given, sluice-artifacts-ACCOUNT-REGION, made at need
  --no-stream-check         don't call what was deployed
  --json                    print the result as JSON
${awsDetails}`,
  options: {
    "stack-name": { type: "string" },
    yes: { type: "boolean", short: "y" },
    "no-execute": { type: "boolean" },
    guided: { type: "boolean" },
    parameter: { type: "string", multiple: true },
    capability: { type: "string", multiple: true },
    "s3-bucket": { type: "string" },
    "no-stream-check": { type: "boolean" },
    json: { type: "boolean" },
    ...awsOptions,
  },
  async run(input, terminal) {
    // What it is made of takes longer to load than other commands take to run.
    const { runDeployment } = await import("../deploy/deployment.ts");
    return runDeployment(input, terminal);
  },
};
