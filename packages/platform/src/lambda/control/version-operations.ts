import type * as lambdaClient from "@aws-sdk/client-lambda";
import type { AliasConfiguration } from "@aws-sdk/client-lambda";
import { isEqual, type Value, type ValueMap } from "../../cloudformation/index.ts";
import type { AliasResource, ModelResource } from "../../stack/stack-model.ts";
import type { OperationsOf } from "../../wire/service-api.ts";
import { type ControlPlane, type FunctionInput, type FunctionView, pageOf, textOf } from "./control-plane.ts";

import { describe, listed, look } from "./function-operations.ts";
import { checkRevision, invalidParameter, notFound, refusing } from "./refusals.ts";

const aliasName = { length: [1, 128], pattern: "(?!^[0-9]+$)([a-zA-Z0-9-_]+)" } as const;

/** Versions and aliases of functions. */
export function versionOperations(plane: ControlPlane) {
  const rights = ({ FunctionName }: FunctionInput) => plane.rights({ FunctionName });
  const onAlias = ({ FunctionName, Name }: FunctionInput & { readonly Name?: string | undefined }) => {
    const { name } = plane.read({ FunctionName });
    return { name, alias: plane.alias(name, Name), arn: plane.arnOf(name, Name) };
  };
  return {
    PublishVersion: {
      constraints: { Description: { length: [0, 256] } },
      rights,
      run: (input) => {
        const { view } = look(plane, { FunctionName: input.FunctionName });
        checkRevision(input.RevisionId, view.revisionId, "GetFunction/GetAlias");
        return publishWith(plane, view, input);
      },
    },
    ListVersionsByFunction: {
      constraints: { MaxItems: { range: [1, 10_000] } },
      rights,
      run: async (input) => {
        const { view } = look(plane, { FunctionName: input.FunctionName });
        const all = [view, ...plane.versions(view.name)].map((each) => ({
          view: each,
          qualifier: each.version,
        }));
        const { page, next } = pageOf(all, input);
        return { Versions: await listed(plane, page), ...next };
      },
    },
    CreateAlias: {
      constraints: { Description: { length: [0, 256] }, Name: aliasName },
      rights,
      run: (input) => {
        const { name } = plane.read({ FunctionName: input.FunctionName });
        const { Name: alias = "", FunctionVersion: version = "", Description: description = "" } = input;
        const { arn, resource } = plane.require({ name, qualifier: version });
        refusing(arn, () => plane.resources.check(resource));
        const properties = {
          FunctionName: name,
          Name: alias,
          FunctionVersion: version,
          Description: description,
          ...routing(input.RoutingConfig?.AdditionalVersionWeights),
        };
        checkAdditional(plane, name, input.RoutingConfig?.AdditionalVersionWeights);
        refusing(arn, () => plane.resources.create({ type: "AWS::Lambda::Alias", name: alias, properties }));
        return aliasConfiguration(plane, name, alias);
      },
    },
    GetAlias: {
      constraints: { Name: aliasName },
      rights,
      run: (input) => {
        const { name, alias, arn } = onAlias(input);
        if (alias === undefined) throw notFound(`Cannot find alias arn: ${arn}`);
        return aliasConfiguration(plane, name, alias.name);
      },
    },
    UpdateAlias: {
      constraints: { Description: { length: [0, 256] }, Name: aliasName },
      rights,
      run: (input) => {
        const { name, alias, arn } = onAlias(input);
        const resource = alias === undefined ? undefined : plane.aliasResource(alias);
        if (alias === undefined || resource === undefined) throw notFound(`Alias not found: ${arn}`);
        const { Description, FunctionVersion, RoutingConfig, RevisionId } = input;
        checkRevision(RevisionId, plane.aliasRevision(name, alias.name, resource), "GetFunction/GetAlias");
        if (FunctionVersion !== undefined) plane.require({ name, qualifier: FunctionVersion });
        checkAdditional(plane, name, RoutingConfig?.AdditionalVersionWeights);
        const changes = {
          ...(Description === undefined ? {} : { Description }),
          ...(FunctionVersion === undefined ? {} : { FunctionVersion }),
          ...(RoutingConfig === undefined
            ? {}
            : { RoutingConfig: undefined, ...routing(RoutingConfig.AdditionalVersionWeights) }),
        };
        refusing(arn, () => plane.resources.change(resource, changes));
        return aliasConfiguration(plane, name, alias.name);
      },
    },
    DeleteAlias: {
      constraints: { Name: aliasName },
      rights,
      run: (input) => {
        const { name, alias, arn } = onAlias(input);
        const resource = alias === undefined ? undefined : plane.aliasResource(alias);
        // Its URL stays, as it does on AWS.
        if (resource !== undefined)
          refusing(arn, () => plane.resources.remove([resource, ...policy(name, alias)]));
        return {};
      },
    },
    ListAliases: {
      constraints: { MaxItems: { range: [1, 10_000] } },
      rights,
      run: (input) => {
        const { view } = look(plane, { FunctionName: input.FunctionName });
        const all = plane.model.aliases.filter(
          ({ functionName, version, additional }) =>
            functionName === view.name &&
            (input.FunctionVersion === undefined ||
              version === input.FunctionVersion ||
              additional?.version === input.FunctionVersion),
        );
        const { page, next } = pageOf(all, input);
        return { Aliases: page.map((alias) => aliasConfiguration(plane, view.name, alias.name)), ...next };
      },
    },
  } satisfies OperationsOf<typeof lambdaClient>;

  function policy(name: string, alias: AliasResource | undefined): ModelResource[] {
    const ids = plane.model.permissions.filter(
      (each) => each.functionName === name && each.qualifier === alias?.name,
    );
    return plane
      .partsOf(name, "AWS::Lambda::Permission")
      .filter(({ physicalId, deployment }) => deployment === "" && ids.some(({ id }) => id === physicalId));
  }
}

/**
 * Publishes a function as it is now, or gives the last version if nothing has changed since that.
 * @throws {AwsServiceError} `InvalidParameterValueException` for a function of the template's file.
 */
export function publishVersion(
  plane: ControlPlane,
  name: string,
  { Description }: { readonly Description?: string | undefined },
): FunctionView {
  const latest = plane.require({ name, qualifier: undefined });
  refusing(latest.arn, () => plane.resources.check(latest.resource));
  const before = plane.versions(name).at(-1);
  if (before !== undefined && isSame(before, latest)) return before;
  const properties: ValueMap = { FunctionName: name, ...(Description ? { Description } : {}) };
  const { attributes } = refusing(latest.arn, () =>
    plane.resources.create({ type: "AWS::Lambda::Version", name, properties }),
  );
  return plane.require({ name, qualifier: String(attributes["Version"]) });
}

async function publishWith(
  plane: ControlPlane,
  view: FunctionView,
  input: { readonly CodeSha256?: string | undefined; readonly Description?: string | undefined },
) {
  const { sha256 } = await plane.options.archives.factsOf(view.code);
  const { CodeSha256: wanted } = input;
  if (wanted !== undefined && wanted !== sha256) {
    throw invalidParameter(
      `CodeSHA256 (${wanted}) is different from current CodeSHA256 in $LATEST (${sha256}). Please try again with the CodeSHA256 in $LATEST.`,
    );
  }
  const published = publishVersion(plane, view.name, input);
  return describe(plane, published, published.version);
}

/** What belongs to all versions of a function makes no new one. */
function isSame(version: FunctionView, latest: FunctionView): boolean {
  return isEqual(configured(version), configured(latest)) && isEqual({ ...version.code }, { ...latest.code });
}

function configured({ properties }: FunctionView): ValueMap {
  const { Tags: _tags, ReservedConcurrentExecutions: _reserved, Code: _code, ...rest } = properties;
  return rest;
}

function aliasConfiguration(plane: ControlPlane, name: string, aliasName: string): AliasConfiguration {
  const alias = plane.alias(name, aliasName);
  const resource = alias === undefined ? undefined : plane.aliasResource(alias);
  const arn = plane.arnOf(name, aliasName);
  if (alias === undefined || resource === undefined) throw notFound(`Cannot find alias arn: ${arn}`);
  const { version, additional } = alias;
  return {
    AliasArn: arn,
    Name: aliasName,
    FunctionVersion: version,
    Description: textOf(resource.properties["Description"]),
    ...(additional === undefined
      ? {}
      : { RoutingConfig: { AdditionalVersionWeights: { [additional.version]: additional.weight } } }),
    RevisionId: plane.aliasRevision(name, aliasName, resource),
  };
}

/** `RoutingConfig` as CloudFormation has it. */
function routing(weights: Readonly<Record<string, number>> | undefined): { RoutingConfig?: Value } {
  const entries = Object.entries(weights ?? {});
  if (entries.length === 0) return {};
  return {
    RoutingConfig: {
      AdditionalVersionWeights: entries.map(([FunctionVersion, FunctionWeight]) => ({
        FunctionVersion,
        FunctionWeight,
      })),
    },
  };
}

function checkAdditional(
  plane: ControlPlane,
  name: string,
  weights: Readonly<Record<string, number>> | undefined,
): void {
  const [version, ...others] = Object.keys(weights ?? {});
  const isNumber = version !== undefined && /^\d+$/.test(version);
  if (isNumber && others.length === 0) plane.require({ name, qualifier: version });
}
