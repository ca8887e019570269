import type * as lambdaClient from "@aws-sdk/client-lambda";
import { AwsServiceError } from "../../service-error.ts";
import type { ModelResource } from "../../stack/stack-model.ts";
import type { OperationsOf } from "../../wire/service-api.ts";
import { type ControlPlane, type FunctionInput, mapOf, pageOf } from "./control-plane.ts";
import { timeOf } from "./function-configuration.ts";
import { look } from "./function-operations.ts";
import { conflict, invalidParameter, notFound, refusing } from "./refusals.ts";

/** Reserved and provisioned concurrency. */
export function concurrencyOperations(plane: ControlPlane) {
  const rights = (input: FunctionInput) => plane.rights(input);
  const ofFunction = (input: FunctionInput) => {
    const { name, qualifier } = plane.read(input);
    if (qualifier !== undefined) {
      throw invalidParameter(
        "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.",
      );
    }
    return { name, view: plane.find(name) };
  };
  return {
    PutFunctionConcurrency: {
      constraints: { ReservedConcurrentExecutions: { range: [0, Number.MAX_SAFE_INTEGER] } },
      rights,
      run: (input) => {
        const { name, view } = ofFunction(input);
        if (view === undefined) throw notFound(`Function not found: ${plane.arnOf(name, "$LATEST")}`);
        const { ReservedConcurrentExecutions: reserved = 0 } = input;
        const provisioned = [...plane.model.versions, ...plane.model.aliases]
          .filter(({ functionName }) => functionName === name)
          .reduce((sum, { provisionedConcurrency = 0 }) => sum + provisionedConcurrency, 0);
        if (reserved < provisioned) {
          throw invalidParameter(
            ` ReservedConcurrentExecutions  ${reserved} should not be lower than function's total provisioned concurrency [${provisioned}].`,
          );
        }
        const changes = { ReservedConcurrentExecutions: reserved };
        refusing(view.arn, () => plane.resources.change(view.resource, changes));
        return { ReservedConcurrentExecutions: reserved };
      },
    },
    GetFunctionConcurrency: {
      rights,
      run: (input) => {
        const { view } = look(plane, { FunctionName: input.FunctionName });
        const reserved = view.configuration.reservedConcurrency;
        return reserved === undefined ? {} : { ReservedConcurrentExecutions: reserved };
      },
    },
    DeleteFunctionConcurrency: {
      rights,
      run: (input) => {
        const { name, view } = ofFunction(input);
        if (view === undefined) throw notFound(`Function not found: ${plane.arnOf(name)}`);
        refusing(view.arn, () =>
          plane.resources.change(view.resource, { ReservedConcurrentExecutions: undefined }),
        );
        return {};
      },
    },
    PutProvisionedConcurrencyConfig: {
      constraints: { ProvisionedConcurrentExecutions: { range: [1, Number.MAX_SAFE_INTEGER] } },
      rights,
      run: (input) => {
        if (plane.read(input).qualifier === "$LATEST") {
          throw invalidParameter(
            "Provisioned Concurrency Configs cannot be applied to unpublished function versions.",
          );
        }
        const { resource, name, qualifier } = provisionable(plane, input);
        checkOverlap(plane, name, qualifier);
        const { ProvisionedConcurrentExecutions: count = 1 } = input;
        const changes = { ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: count } };
        const changed = refusing(plane.arnOf(name, qualifier), () =>
          plane.resources.change(resource, changes),
        );
        return {
          RequestedProvisionedConcurrentExecutions: count,
          AvailableProvisionedConcurrentExecutions: 0,
          AllocatedProvisionedConcurrentExecutions: 0,
          Status: "IN_PROGRESS" as const,
          LastModified: timeOf(changed.updatedMs ?? 0),
        };
      },
    },
    GetProvisionedConcurrencyConfig: {
      rights,
      run: (input) => {
        const config = provisionedConfig(plane, provisionable(plane, input).resource);
        if (config !== undefined) return config;
        throw new AwsServiceError(
          "ProvisionedConcurrencyConfigNotFoundException",
          404,
          "No Provisioned Concurrency Config found for this function",
          { Type: "User" },
        );
      },
    },
    DeleteProvisionedConcurrencyConfig: {
      rights,
      run: (input) => {
        const { resource, name, qualifier } = provisionable(plane, input);
        if (resource.properties["ProvisionedConcurrencyConfig"] !== undefined) {
          const changes = { ProvisionedConcurrencyConfig: undefined };
          refusing(plane.arnOf(name, qualifier), () => plane.resources.change(resource, changes));
        }
        return {};
      },
    },
    ListProvisionedConcurrencyConfigs: {
      constraints: { MaxItems: { range: [1, 50] } },
      rights,
      run: (input) => {
        const { view } = look(plane, { FunctionName: input.FunctionName });
        const parts = ["AWS::Lambda::Version", "AWS::Lambda::Alias"].flatMap((type) =>
          plane.partsOf(view.name, type),
        );
        const all = parts.flatMap((resource) => {
          const config = provisionedConfig(plane, resource);
          return config === undefined ? [] : [{ FunctionArn: resource.physicalId, ...config }];
        });
        const { page, next } = pageOf(all, input);
        return { ProvisionedConcurrencyConfigs: [...page], ...next };
      },
    },
  } satisfies OperationsOf<typeof lambdaClient>;
}

/** The version or alias that can have provisioned concurrency. */
function provisionable(
  plane: ControlPlane,
  input: FunctionInput,
): { readonly resource: ModelResource; readonly name: string; readonly qualifier: string } {
  const { name, qualifier = "$LATEST" } = plane.read(input);
  if (qualifier === "$LATEST") {
    throw invalidParameter("The function resource provided must be an alias or a published version.");
  }
  const isVersion = /^\d+$/.test(qualifier);
  const alias = plane.alias(name, qualifier);
  const resource = isVersion
    ? plane.find(name, qualifier)?.versionResource
    : alias && plane.aliasResource(alias);
  if (resource !== undefined) return { resource, name, qualifier };
  const arn = plane.arnOf(name, qualifier);
  throw notFound(isVersion ? `Function not found: ${arn}` : `Cannot find alias arn: ${arn}`);
}

/** A version has it once: by itself, or by an alias. */
function checkOverlap(plane: ControlPlane, name: string, qualifier: string): void {
  const { aliases, versions } = plane.model;
  const alias = plane.alias(name, qualifier);
  if (alias === undefined) {
    const isPointedTo = aliases.some(
      (each) =>
        each.functionName === name && each.version === qualifier && each.provisionedConcurrency !== undefined,
    );
    if (isPointedTo) throw conflict("Version is pointed by a Provisioned Concurrency alias");
    return;
  }
  const isProvisioned = versions.some(
    ({ functionName, number, provisionedConcurrency }) =>
      functionName === name && number === alias.version && provisionedConcurrency !== undefined,
  );
  if (isProvisioned) {
    throw conflict(
      "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version",
    );
  }
}

function provisionedConfig(plane: ControlPlane, { properties, updatedMs }: ModelResource) {
  const { ProvisionedConcurrentExecutions: text } = mapOf(properties["ProvisionedConcurrencyConfig"]);
  if (text === undefined) return undefined;
  const count = Number(text);
  return {
    RequestedProvisionedConcurrentExecutions: count,
    AvailableProvisionedConcurrentExecutions: count,
    AllocatedProvisionedConcurrentExecutions: count,
    Status: "READY" as const,
    LastModified: timeOf(updatedMs ?? plane.options.fileTimeMs()),
  };
}
