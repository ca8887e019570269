/** Why WAF refuses a resource, in AWS's words where they are known. */
export class WafError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "WafError";
  }
}

/** What AWS has and this platform does not: the message names it and says what to do. */
export class WafNotServedError extends WafError {}

/** The text of `WAFInvalidParameterException`. */
export function invalidParameter(reason: string, field: string, parameter: string): WafError {
  return new WafError(`Error reason: ${reason}, field: ${field}, parameter: ${parameter}`);
}
