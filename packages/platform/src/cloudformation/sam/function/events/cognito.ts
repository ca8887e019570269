import { copy, get, has, isMap, type ValueMap } from "../../../value.ts";
import { invalidEvent } from "../../errors.ts";
import type { GeneratedResource } from "../../generated-resource.ts";
import { getAtt } from "../../intrinsic-forms.ts";
import { expectMap, type PropertySchema, required, string } from "../../property-schema.ts";
import { shown } from "../../text.ts";
import { type EventSource, invokePermission } from "./event-source.ts";
import { changedResource, linkedId, listed, stringOrStrings } from "./linked-resource.ts";

/** @see https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-cognito.html */
export const cognitoSchema: PropertySchema = { UserPool: required(string), Trigger: stringOrStrings };

/** The user pool of a `Cognito` event. @throws {SamError} unless it is in the template. */
export function linkUserPool(
  event: ValueMap,
  eventId: string,
  logicalId: string,
  resources: ValueMap,
): string {
  return linkedId(
    get(event, "UserPool"),
    resources,
    () => invalidEvent(logicalId, "Ref in Userpool is not a string."),
    () => invalidEvent(eventId, "Cognito events must reference a Cognito UserPool in the same template."),
  );
}

/** The permission for the user pool, which is told to call the function. */
export function expandCognitoEvent(source: EventSource, poolId: string): GeneratedResource[] {
  const { eventId, properties, target, context } = source;
  const permission = invokePermission(source, "cognito-idp.amazonaws.com", {
    sourceArn: getAtt(poolId, "Arn"),
    prefix: `${target.logicalId}Cognito`,
  });
  const pool = changedResource(poolId, context);
  const poolProperties = get(pool, "Properties");
  const own = isMap(poolProperties) ? poolProperties : {};
  pool["Properties"] = own;
  const config = expectMap(get(own, "LambdaConfig") ?? {}, { id: poolId }, "LambdaConfig");
  own["LambdaConfig"] = config;
  const given = get(properties, "Trigger");
  for (const trigger of listed(given).map(String)) {
    if (has(config, trigger)) {
      throw invalidEvent(eventId, `Cognito trigger "${shown(given)}" defined multiple times.`);
    }
    config[trigger] = copy(target.arn);
  }
  return [permission];
}
