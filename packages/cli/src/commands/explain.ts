import {
  type Cure,
  type ExplainedDecision,
  type ExplainedStep,
  type Explanation,
  explainRequest,
  PlatformQuestionError,
} from "@sluice/platform";
import { type Command, CommandError, UsageError } from "../command.ts";
import { isRefusedConnection, noPlatform, runningPlatform } from "./running.ts";

/** Tells what became of a request to the platform that runs here. */
export const explain: Command = {
  usage: "[REQUEST-ID] [--json]",
  summary: "Tells which statement allowed or denied a request.",
  details: `The platform must be running (sluice dev); it remembers its last thousand requests. The id stands in the headers of
the answer: x-amzn-RequestId, Apigw-Requestid or x-amz-request-id. Without one it is the request that was denied last.

  --json    print it as JSON
`,
  options: { json: { type: "boolean" } },
  async run(input, terminal) {
    const [requestId, ...others] = input.positionals;
    if (others.length > 0) throw new UsageError("name one request.");
    const { folder, url, region, credentials } = await runningPlatform(terminal);
    try {
      const explanation = await explainRequest(url, { region, credentials }, requestId);
      const isJson = input.values["json"] === true;
      terminal.out(isJson ? `${JSON.stringify(explanation, undefined, 2)}\n` : explanationText(explanation));
      return 0;
    } catch (error) {
      if (error instanceof PlatformQuestionError) throw new CommandError(error.message);
      if (isRefusedConnection(error)) throw new CommandError(noPlatform(folder));
      throw error;
    }
  },
};

function explanationText(explanation: Explanation): string {
  const { method, path, host, sourceIp, door, time, status, requestIds, steps, laterSteps } = explanation;
  const head = [
    `${method} ${path} to ${door}`,
    `  at ${time}, from ${sourceIp}, as ${host}`,
    ...(requestIds.length === 0 ? [] : [`  request ${requestIds.join(", ")}`]),
  ];
  const way = steps.length === 0 ? ["Nobody asked for a signature or a right."] : steps.flatMap(stepLines);
  const later =
    laterSteps.length === 0 ? [] : ["It began what went on later:", "", ...laterSteps.flatMap(stepLines), ""];
  return [...head, "", ...way, "", answerLine(status), "", ...later].join("\n");
}

function answerLine(status: number | undefined): string {
  if (status === undefined) return "It is not answered yet.";
  return status === 0 ? "The client was gone before it was answered." : `It was answered with ${status}.`;
}

function stepLines(step: ExplainedStep): string[] {
  switch (step.kind) {
    case "signature":
      return [`signed   by ${step.arn}`, `         with ${step.accessKeyId}`];
    case "refused-signature":
      return [`REFUSED  its signature: ${step.problem}`];
    case "invocation":
      return [`ran      ${step.functionName}, as invocation ${step.requestId}`];
    case "note":
      return [`note     ${step.message}`];
    case "decision":
      return decisionLines(step);
  }
}

function decisionLines(decision: ExplainedDecision): string[] {
  const { effect, principal, action, resource, cure } = decision;
  return [
    `${effect === "allow" ? "allowed " : "DENIED  "} ${action}`,
    ...indented([`on ${resource}`, `to ${principal}`, ...reasonLines(decision)]),
    ...(cure === undefined ? [] : indented(cureLines(cure))),
  ];
}

const sides = {
  identity: "policy of the caller",
  resource: "policy of the resource",
  boundary: "permissions boundary",
  session: "session policy",
} as const;

function reasonLines({ side, statement, statementNumber, policy }: ExplainedDecision): string[] {
  if (statement === undefined) return [`since no ${sides[side]} allows it`];
  const document = policy?.name ?? `a ${sides[side]}`;
  const place = placeOf(policy);
  return [
    `by statement ${statementNumber} of ${document}${place === undefined ? "" : `, ${place}`}`,
    ...JSON.stringify(statement, undefined, 2).split("\n"),
  ];
}

function cureLines({ advice, addition, at }: Cure): string[] {
  const place = placeOf(at);
  return [
    advice,
    ...(place === undefined ? [] : [`It is at ${place}.`]),
    ...(addition === undefined ? [] : JSON.stringify(addition, undefined, 2).split("\n")),
  ];
}

/** Where a policy stands in the template: file and line, or the logical id alone in a stack of CloudFormation. */
function placeOf(origin: ExplainedDecision["policy"]): string | undefined {
  const { position, logicalId } = origin ?? {};
  if (position === undefined) return logicalId;
  return `${position.file}:${position.line} (${logicalId})`;
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `         ${line}`);
}
