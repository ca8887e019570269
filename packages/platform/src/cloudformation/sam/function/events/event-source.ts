import type { Value, ValueMap } from "../../../value.ts";
import { type GeneratedResource, generated } from "../../generated-resource.ts";
import { hashedId } from "../../logical-id.ts";
import { isAlphanumeric } from "../../text.ts";
import type { TransformContext } from "../../types.ts";

/** What an event calls: the function, or its alias when one is published. */
export interface EventTarget {
  readonly logicalId: string;
  readonly arn: ValueMap;
  /** What permissions and mappings name: the function's name, or the alias's ARN. */
  readonly reference: ValueMap;
  /** The condition and the policies that go over to what the event makes. */
  readonly attributes: ValueMap;
}

/** One event of a function, its properties checked. */
export interface EventSource {
  /** The function's logical id and the event's key under `Events`, joined. */
  readonly logicalId: string;
  /** The event's key under `Events`. */
  readonly eventId: string;
  readonly properties: ValueMap;
  readonly target: EventTarget;
  /** The role that is made for the function; events may add policies to it. */
  readonly role: GeneratedResource;
  readonly context: TransformContext;
}

/** The permission for a service to invoke the function. @param suffix - Ends the logical id; hashed unless alphanumeric. */
export function invokePermission(
  { logicalId, target }: EventSource,
  principal: string,
  sourceArn: Value,
  suffix = "",
): GeneratedResource {
  const prefix = `${logicalId}Permission`;
  return generated(
    isAlphanumeric(suffix) ? prefix + suffix : hashedId(prefix, suffix),
    "AWS::Lambda::Permission",
    {
      Action: "lambda:InvokeFunction",
      FunctionName: target.reference,
      Principal: principal,
      SourceArn: sourceArn,
    },
    target.attributes,
  );
}
