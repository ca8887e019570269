import type { SamCause } from "../sam/errors.ts";
import type { Path, SourcePositions } from "../template/positions.ts";
import { type Diagnostic, diagnosticAt } from "./diagnostic.ts";

/**
 * What the SAM transform found wrong, with its place.
 *
 * @param others - What checks found. A cause that a check has told in more detail is left out.
 */
export function transformDiagnostics(
  causes: readonly SamCause[],
  positions: SourcePositions,
  others: readonly Diagnostic[],
): Diagnostic[] {
  return causes
    .filter((cause) => !isTold(cause, others))
    .map((cause) =>
      diagnosticAt(positions.key(placeOf(cause)), {
        severity: "error",
        code: cause.kind === "unsupported" ? "sam-not-supported" : "sam-transform",
        message:
          cause.kind === "unsupported"
            ? cause.message
            : `${cause.message} (AWS: \`Transform AWS::Serverless-2016-10-31 failed with: Invalid Serverless Application Specification document.\`)`,
        logicalId: cause.logicalId,
      }),
    );
}

/** Where a cause stands: the event, the property that the message names, or the resource. */
function placeOf({ logicalId, eventId, message }: SamCause): Path {
  if (logicalId === undefined) return message.startsWith("'Globals'") ? ["Globals"] : ["Resources"];
  const properties = ["Resources", logicalId, "Properties"];
  if (eventId !== undefined) return [...properties, "Events", eventId];
  const property = /(?:[Pp]roperty '?|invalid\. ')([A-Za-z]+)'?/.exec(message)?.[1];
  return property === undefined ? ["Resources", logicalId] : [...properties, property];
}

const toldBy: readonly { readonly pattern: RegExp; readonly codes: readonly string[] }[] = [
  { pattern: /property \S+ not defined for resource of type/, codes: ["unknown-property"] },
  { pattern: /AuthType is required to configure function property/, codes: ["function-url-auth-type"] },
  { pattern: /Runtime and Handler needs to be present/, codes: ["missing-runtime", "missing-handler"] },
  { pattern: /missing or invalid value for key Type/, codes: ["unknown-event-type"] },
];

function isTold({ message, logicalId = "" }: SamCause, others: readonly Diagnostic[]): boolean {
  const rule = toldBy.find(({ pattern }) => pattern.test(message));
  if (rule === undefined) return false;
  return others.some(
    (other) =>
      rule.codes.includes(other.code) &&
      other.logicalId !== undefined &&
      logicalId.startsWith(other.logicalId),
  );
}
