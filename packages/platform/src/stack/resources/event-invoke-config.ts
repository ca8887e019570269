import { limits } from "@sluice/protocol";
import type { ValueMap } from "../../cloudformation/index.ts";
import { refusalOf } from "../../lambda/asynchronous/index.ts";
import {
  type CreatedResource,
  type CreationContext,
  optionalText,
  type ResourceWarning,
  requiredText,
  wholeNumber,
} from "../resource-type.ts";

/** `AWS::Lambda::EventInvokeConfig`. A destination that is not served here is told, and gets nothing. */
export function createEventInvokeConfig(context: CreationContext): CreatedResource {
  const { properties, model } = context;
  requiredText(context, "FunctionName");
  requiredText(context, "Qualifier");
  const { functionName, qualifier } = configuredFunction(properties);
  const { eventAgeSeconds: age, eventRetries: retries } = limits;
  const destinations = map(properties["DestinationConfig"]);
  const onSuccess = optionalText(map(destinations["OnSuccess"]), "Destination");
  const onFailure = optionalText(map(destinations["OnFailure"]), "Destination");
  model.eventInvokeConfigs.set(`${functionName}:${qualifier}`, {
    maximumEventAgeSeconds: wholeNumber(
      context,
      "MaximumEventAgeInSeconds",
      age.standard,
      age.minimum,
      age.maximum,
    ),
    maximumRetryAttempts: wholeNumber(
      context,
      "MaximumRetryAttempts",
      retries.standard,
      retries.minimum,
      retries.maximum,
    ),
    onSuccess,
    onFailure,
  });
  return {
    ref: context.id("event-invoke-config", 8),
    attributes: {},
    // Of the function itself if SAM made the configuration from it.
    warnings: destinationWarnings(["EventInvokeConfig", "DestinationConfig"], onSuccess, onFailure),
  };
}

/** What a configuration is of. */
export function configuredFunction(properties: ValueMap): {
  readonly functionName: string;
  readonly qualifier: string;
} {
  const reference = String(properties["FunctionName"]);
  const functionName = /:function:([^:]+)/.exec(reference)?.[1] ?? reference.split(":")[0] ?? "";
  return { functionName, qualifier: String(properties["Qualifier"]) };
}

/** Warns of destinations and dead-letter queues to which nothing can be sent here. */
export function destinationWarnings(
  properties: readonly string[],
  ...arns: readonly (string | undefined)[]
): ResourceWarning[] {
  return arns.flatMap((arn) => {
    const refusal = arn === undefined ? undefined : refusalOf(arn);
    return refusal === undefined ? [] : [{ properties, message: `Nothing is sent there: ${refusal}` }];
  });
}

function map(value: unknown): ValueMap {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as ValueMap) : {};
}
