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
  /** The function's tags, where everything that it becomes is to have them. */
  readonly propagatedTags: ValueMap | undefined;
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

/** For what a service may invoke the function. */
export interface PermissionDetails {
  readonly sourceArn?: Value | undefined;
  readonly sourceAccount?: Value | undefined;
  readonly eventSourceToken?: Value | undefined;
  /** Begins the logical id; the event's logical id by default. */
  readonly prefix?: string;
  /** Ends the logical id; hashed unless alphanumeric. */
  readonly suffix?: string;
}

/** The permission for a service to invoke the function. */
export function invokePermission(
  { logicalId, target }: EventSource,
  principal: string,
  details: PermissionDetails,
): GeneratedResource {
  const { suffix = "" } = details;
  const prefix = `${details.prefix ?? logicalId}Permission`;
  return generated(
    isAlphanumeric(suffix) ? prefix + suffix : hashedId(prefix, suffix),
    "AWS::Lambda::Permission",
    {
      Action: "lambda:InvokeFunction",
      FunctionName: target.reference,
      Principal: principal,
      SourceArn: details.sourceArn,
      SourceAccount: details.sourceAccount,
      EventSourceToken: details.eventSourceToken,
    },
    target.attributes,
  );
}
