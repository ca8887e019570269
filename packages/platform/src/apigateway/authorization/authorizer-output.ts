import type { PolicyDocument } from "../../iam/policy.ts";
import { findPolicyProblem } from "../../iam/policy-problem.ts";
import { isRecord, parseJson, record } from "../../json-value.ts";

/** What an authorizer's function decided. */
export interface AuthorizerOutput {
  readonly principalId: string;
  readonly policy: PolicyDocument;
  /** For the integration and the logs. */
  readonly context: Readonly<Record<string, string>>;
  readonly usageIdentifierKey: string | undefined;
}

/** Longest resource of a policy that an authorizer gives, in characters. */
const resourceCharacters = 512;

/**
 * Reads what an authorizer's function answered.
 * @returns a text for the developer if it can't be used.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
 */
export function readAuthorizerOutput(payload: Uint8Array): AuthorizerOutput | string {
  const output = parseJson(Buffer.from(payload).toString());
  if (!isRecord(output)) return "it is no JSON object";
  const { principalId, policyDocument, context = {}, usageIdentifierKey } = output;
  if (typeof principalId !== "string" || principalId === "") return "it has no principalId";
  if (!isRecord(policyDocument)) return "it has no policyDocument";
  const policy = policyDocument as unknown as PolicyDocument;
  const problem = findPolicyProblem(policy) ?? longResource(policy);
  if (problem !== undefined) return `its policyDocument can't be used: ${problem}`;
  if (!isRecord(context)) return "its context is no object";
  const values = Object.entries(context).filter(([, value]) => value !== null);
  const nested = values.find(([, value]) => typeof value === "object");
  if (nested !== undefined) {
    return `its context has an object or list as ${nested[0]}; API Gateway takes texts, numbers and flags`;
  }
  return {
    principalId,
    policy,
    context: Object.fromEntries(values.map(([name, value]) => [name, String(value)])),
    usageIdentifierKey: typeof usageIdentifierKey === "string" ? usageIdentifierKey : undefined,
  };
}

/** Whether a function that failed meant to refuse: by this message and no other. */
export function isRefusal(payload: Uint8Array): boolean {
  return record(parseJson(Buffer.from(payload).toString()))["errorMessage"] === "Unauthorized";
}

function longResource({ Statement }: PolicyDocument): string | undefined {
  const statements = Array.isArray(Statement) ? Statement : [Statement];
  const resources: unknown[] = statements.flatMap((statement) => statement.Resource ?? []);
  return resources.some((resource) => typeof resource === "string" && resource.length > resourceCharacters)
    ? `it has a resource of more than ${resourceCharacters} characters.`
    : undefined;
}
