import type * as lambdaClient from "@aws-sdk/client-lambda";
import type { DestinationConfig, FunctionEventInvokeConfig } from "@aws-sdk/client-lambda";
import { limits } from "@sluice/protocol";
import type { Value } from "../../cloudformation/index.ts";
import type { ModelResource } from "../../stack/stack-model.ts";
import type { OperationsOf } from "../../wire/service-api.ts";
import { splitFunctionReference } from "../function-name.ts";
import { destinationRefusal } from "../send-rights.ts";
import {
  type ControlPlane,
  type FunctionInput,
  type FunctionView,
  mapOf,
  pageOf,
  textOf,
} from "./control-plane.ts";
import { constraintBroken, invalidParameter, notFound, refusing } from "./refusals.ts";

const type = "AWS::Lambda::EventInvokeConfig";
const { eventAgeSeconds: age, eventRetries: retries } = limits;
const constraints = {
  MaximumRetryAttempts: { range: [retries.minimum, retries.maximum] },
  MaximumEventAgeInSeconds: { range: [age.minimum, age.maximum] },
} as const;

interface ConfigInput extends FunctionInput {
  readonly MaximumRetryAttempts?: number | undefined;
  readonly MaximumEventAgeInSeconds?: number | undefined;
  readonly DestinationConfig?: DestinationConfig | undefined;
}

/** How functions, versions and aliases are invoked asynchronously. */
export function eventInvokeOperations(plane: ControlPlane) {
  const rights = (input: FunctionInput) => plane.rights(input);
  const find = (input: FunctionInput) => {
    const { name, qualifier = "$LATEST" } = plane.read(input);
    const found = plane
      .partsOf(name, type)
      .find(({ properties }) => (properties["Qualifier"] ?? "$LATEST") === qualifier);
    return { name, qualifier, found };
  };
  const require = (input: FunctionInput) => {
    const { name, qualifier, found } = find(input);
    if (found !== undefined) return { name, qualifier, found };
    throw notFound(`The function ${plane.arnOf(name, qualifier)} doesn't have an EventInvokeConfig`);
  };
  const put = (input: ConfigInput, isUpdate: boolean): FunctionEventInvokeConfig => {
    const { name, qualifier, found } = find(input);
    const view = plane.find(name, qualifier);
    if (view === undefined) throw notFound("The function doesn't exist.");
    const arn = plane.arnOf(name, qualifier);
    const changes = configured(plane, input, view);
    if (Object.keys(changes).length === 0) {
      throw invalidParameter("You must specify at least one of error handling or destination setting.");
    }
    refusing(arn, () => plane.resources.check(view.resource));
    if (found === undefined) {
      const properties = { FunctionName: name, Qualifier: qualifier, ...changes };
      refusing(arn, () => plane.resources.create({ type, name, properties }));
    } else {
      const cleared = {
        MaximumRetryAttempts: undefined,
        MaximumEventAgeInSeconds: undefined,
        DestinationConfig: undefined,
      };
      refusing(arn, () => plane.resources.change(found, { ...(isUpdate ? {} : cleared), ...changes }));
    }
    return configuration(plane, require(input).found);
  };
  return {
    PutFunctionEventInvokeConfig: { constraints, rights, run: (input) => put(input, false) },
    UpdateFunctionEventInvokeConfig: {
      constraints,
      rights,
      run: (input) => {
        require(input);
        return put(input, true);
      },
    },
    GetFunctionEventInvokeConfig: { rights, run: (input) => configuration(plane, require(input).found) },
    DeleteFunctionEventInvokeConfig: {
      rights,
      run: (input) => {
        const { name, qualifier, found } = require(input);
        refusing(plane.arnOf(name, qualifier), () => plane.resources.remove([found]));
        return {};
      },
    },
    ListFunctionEventInvokeConfigs: {
      constraints: { MaxItems: { range: [1, 50] } },
      rights,
      run: (input) => {
        const { name } = plane.read(input);
        if (plane.find(name) === undefined) throw notFound("The function doesn't exist.");
        const { page, next } = pageOf(plane.partsOf(name, type), input);
        return { FunctionEventInvokeConfigs: page.map((each) => configuration(plane, each)), ...next };
      },
    },
  } satisfies OperationsOf<typeof lambdaClient>;
}

function configuration(plane: ControlPlane, resource: ModelResource): FunctionEventInvokeConfig {
  const { properties, updatedMs } = resource;
  const { name } = splitFunctionReference(textOf(properties["FunctionName"]));
  const destinations = mapOf(properties["DestinationConfig"]);
  const number = (member: string) =>
    properties[member] === undefined ? {} : { [member]: Number(properties[member]) };
  return {
    LastModified: new Date(updatedMs ?? plane.options.fileTimeMs()),
    FunctionArn: plane.arnOf(name, textOf(properties["Qualifier"]) || "$LATEST"),
    ...number("MaximumRetryAttempts"),
    ...number("MaximumEventAgeInSeconds"),
    DestinationConfig: {
      OnSuccess: mapOf(destinations["OnSuccess"]),
      OnFailure: mapOf(destinations["OnFailure"]),
    },
  };
}

function configured(plane: ControlPlane, input: ConfigInput, view: FunctionView): Record<string, Value> {
  const { MaximumRetryAttempts, MaximumEventAgeInSeconds, DestinationConfig: destinations } = input;
  const properties: Record<string, Value> = {};
  if (MaximumRetryAttempts !== undefined) properties["MaximumRetryAttempts"] = MaximumRetryAttempts;
  if (MaximumEventAgeInSeconds !== undefined)
    properties["MaximumEventAgeInSeconds"] = MaximumEventAgeInSeconds;
  if (destinations === undefined) return properties;
  const kept: Record<string, { readonly Destination: string }> = {};
  for (const name of ["OnSuccess", "OnFailure"] as const) {
    const arn = destinations[name]?.Destination;
    if (arn === undefined) continue;
    checkDestination(plane, arn, name, destinations, view.arn);
    kept[name] = { Destination: arn };
  }
  const role = plane.model.roles.get(view.configuration.roleArn ?? "");
  const arns = Object.values(kept).map((each) => each.Destination);
  const refusal = destinationRefusal(role, arns, plane.options);
  if (refusal !== undefined) throw invalidParameter(refusal.message);
  return { ...properties, DestinationConfig: kept };
}

const destinationPattern = String.raw`$|kafka://([^.]([a-zA-Z0-9\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*)`;

/** @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html */
function checkDestination(
  plane: ControlPlane,
  arn: string,
  member: "OnSuccess" | "OnFailure",
  { OnSuccess, OnFailure }: DestinationConfig,
  functionArn: string,
): void {
  if (!new RegExp(`^(?:${destinationPattern})$`).test(arn)) {
    throw constraintBroken(
      arn,
      `destinationConfig.o${member.slice(1)}.destination`,
      `Member must satisfy regular expression pattern: ${destinationPattern}`,
    );
  }
  const service = arn.split(":")[2] ?? "";
  if (service === "lambda") {
    if (arn === functionArn)
      throw invalidParameter("You can't specify the function as a destination for itself.");
    const { name, qualifier } = splitFunctionReference(arn);
    if (plane.find(name, qualifier) === undefined) {
      throw invalidParameter(`The destination ARN ${arn} is invalid.`);
    }
    return;
  }
  if (["sqs", "sns", "events", "s3"].includes(service) && (service !== "s3" || member === "OnFailure"))
    return;
  const shown = (name: string, destination: string | undefined) =>
    destination === undefined ? "null" : `${name}(destination=${destination})`;
  throw invalidParameter(
    `The provided destination config DestinationConfig(onSuccess=${shown("OnSuccess", OnSuccess?.Destination)}, onFailure=${shown("OnFailure", OnFailure?.Destination)}) is invalid.`,
  );
}
