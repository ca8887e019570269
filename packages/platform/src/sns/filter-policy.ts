import { parseJson } from "../json-value.ts";
import { AwsServiceError } from "../service-error.ts";
import type { MessageAttributes } from "../sqs/index.ts";

/** Which messages a subscription wants: for each attribute or key the values that it may have. */
export type FilterPolicy = Readonly<Record<string, readonly FilterValue[]>>;
type FilterValue = string | number | boolean | null;

export type FilterScope = "MessageAttributes" | "MessageBody";

/**
 * Reads a filter policy: exact values of attributes, or of keys at the top of the body.
 * @throws {AwsServiceError} if it isn't one, or has operators, which this platform doesn't serve.
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
 */
export function readFilterPolicy(given: unknown): FilterPolicy {
  const policy = typeof given === "string" ? parseJson(given) : given;
  if (typeof policy !== "object" || policy === null || Array.isArray(policy)) {
    throw invalid("failed to parse JSON");
  }
  for (const [key, values] of Object.entries(policy)) {
    if (!Array.isArray(values)) {
      throw invalid(
        `"${key}" is no list. Nested keys are not served by this platform: it compares lists of values.`,
      );
    }
    const operator = values.find((value) => typeof value === "object" && value !== null);
    if (operator !== undefined) {
      throw invalid(
        `"${key}" has the operator ${Object.keys(operator as object).join(", ")}, which is not served by this platform: it compares exact values.`,
      );
    }
  }
  return policy as FilterPolicy;
}

/** Whether a message is wanted. */
export function passesFilter(
  policy: FilterPolicy,
  scope: FilterScope,
  body: string,
  attributes: MessageAttributes,
): boolean {
  const document = scope === "MessageBody" ? parseJson(body) : undefined;
  if (scope === "MessageBody" && (typeof document !== "object" || document === null)) return false;
  return Object.entries(policy).every(([key, values]) => {
    const found =
      scope === "MessageBody" ? (document as Record<string, unknown>)[key] : attributeValues(attributes[key]);
    const candidates = Array.isArray(found) ? found : [found];
    return values.some((value) => candidates.includes(value));
  });
}

function attributeValues(attribute: MessageAttributes[string] | undefined): unknown {
  if (attribute?.StringValue === undefined) return undefined;
  if (attribute.DataType === "Number") return Number(attribute.StringValue);
  return attribute.DataType === "String.Array" ? parseJson(attribute.StringValue) : attribute.StringValue;
}

function invalid(reason: string): AwsServiceError {
  return new AwsServiceError("InvalidParameter", 400, `Invalid parameter: FilterPolicy: ${reason}`);
}
