import { validationError } from "../service/stack-errors.ts";
import type { CloudFormationOperations } from "./cloudformation-api.ts";

const drift =
  "This platform does not compare stacks with what is there. Deploy the template again: what it says takes over.";
const policies =
  "Stack policies are not kept by this platform, which would not hold updates to them. Set them on AWS.";

/** What is refused in so many words, since people who call it wonder what to do instead. */
export function refusedOperations(): CloudFormationOperations {
  const refuse = (message: string) => (): never => {
    throw validationError(message);
  };
  return {
    DetectStackDrift: refuse(drift),
    DetectStackResourceDrift: refuse(drift),
    DescribeStackDriftDetectionStatus: refuse(drift),
    DescribeStackResourceDrifts: refuse(drift),
    SetStackPolicy: refuse(policies),
    // A stack without a policy, which every stack is.
    GetStackPolicy: () => ({}),
    ContinueUpdateRollback: refuse(
      "No rollback of this platform stays unfinished: there is nothing to continue. Update or delete the stack.",
    ),
  };
}
