import { type CommandInput, textOption } from "../command.ts";

/** Options of every command that speaks to AWS. */
export const awsOptions = { region: { type: "string" }, profile: { type: "string" } } as const;

/** Their help. */
export const awsDetails = `  --region REGION           instead of AWS_REGION or that of the profile
  --profile NAME            a profile of ~/.aws, instead of AWS_PROFILE

Where it goes is what every tool of AWS goes by: credentials, profiles, and AWS_ENDPOINT_URL for the local platform,
which eval "$(npx sluice credentials)" sets.
`;

/** Which AWS is meant, where the user said so. */
export interface AwsChoice {
  readonly region?: string;
  readonly profile?: string;
}

/** What the options say, before what a settings file says. */
export function awsChoice(input: CommandInput, settings: AwsChoice = {}): AwsChoice {
  const region = textOption(input, "region") ?? settings.region;
  const profile = textOption(input, "profile") ?? settings.profile;
  return { ...(region === undefined ? {} : { region }), ...(profile === undefined ? {} : { profile }) };
}
