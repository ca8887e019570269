/** Members that are numbers in the API, and may be text in a template. */
const numbers = new Set(["EvaluationWindowSec", "ImmunityTime", "Limit", "Priority", "ResponseCode", "Size"]);

/** Members that are flags in the API, and may be text in a template. */
const flags = new Set(["CloudWatchMetricsEnabled", "SampledRequestsEnabled"]);

/**
 * Rules and actions as the API has them, from what they are in a template. They differ in little: an `Arn` is an `ARN`,
 * what is searched for is bytes, and numbers are numbers.
 */
export function apiShapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(apiShapeOf);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => memberOf(name, member)));
}

function memberOf(name: string, member: unknown): readonly [name: string, value: unknown] {
  if (name === "Arn") return ["ARN", member];
  if (name === "SearchString") return [name, Buffer.from(String(member), "utf8")];
  if (name === "SearchStringBase64") return ["SearchString", Buffer.from(String(member), "base64")];
  if (numbers.has(name)) return [name, Number(member)];
  if (flags.has(name)) return [name, String(member) === "true"];
  if (name === "RateBasedStatement") {
    return [name, { EvaluationWindowSec: 300, ...(apiShapeOf(member) as object) }];
  }
  return [name, apiShapeOf(member)];
}
