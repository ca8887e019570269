import { compileTemplate } from "../src/cloudformation/compile.ts";
import type { Diagnostic } from "../src/cloudformation/diagnostics/diagnostic.ts";

const stack = {
  stackName: "s",
  stackId: "id",
  region: "us-east-1",
  accountId: "123456789012",
  partition: "aws",
};

/** What is said of a SAM template that has the sections in YAML, beginning in its second line, by code. */
export function diagnosed(sections: string, code: string): readonly Diagnostic[] {
  const text = `Transform: AWS::Serverless-2016-10-31\n${sections}`;
  return compileTemplate(text, "t.yaml", { stack }).diagnostics.filter((each) => each.code === code);
}
