import { ListStackResourcesCommand, type StackResourceSummary } from "@aws-sdk/client-cloudformation";
import { type Aws, asked } from "./aws.ts";

/** Everything that a stack has, or has had since it was last worked on. */
export async function stackResources(aws: Aws, StackName: string): Promise<StackResourceSummary[]> {
  const found: StackResourceSummary[] = [];
  let NextToken: string | undefined;
  do {
    const page = await asked(
      aws.cloudFormation.send(new ListStackResourcesCommand({ StackName, NextToken })),
    );
    found.push(...(page.StackResourceSummaries ?? []));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return found;
}
