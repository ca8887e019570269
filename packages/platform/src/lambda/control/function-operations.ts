import type * as lambdaClient from "@aws-sdk/client-lambda";
import type { FunctionConfiguration, GetFunctionResponse } from "@aws-sdk/client-lambda";
import type { Value, ValueMap } from "../../cloudformation/index.ts";
import { findWithoutEffect } from "../../stack/resources/without-effect.ts";
import type { ModelResource } from "../../stack/stack-model.ts";
import type { CallContext, InputOf, OperationsOf, Right } from "../../wire/service-api.ts";
import { type ControlPlane, type FunctionView, functionOf, pageOf } from "./control-plane.ts";
import { fetchCode } from "./function-code.ts";
import { functionConfiguration, listedConfiguration, type Progress } from "./function-configuration.ts";
import {
  checkArchitectures,
  checkRights,
  checkRole,
  checkServed,
  functionConstraints,
  functionProperties,
} from "./function-properties.ts";
import {
  checkRevision,
  conflict,
  constraintBroken,
  invalidParameter,
  notFound,
  refusing,
} from "./refusals.ts";
import { tagList, tagMap } from "./tags.ts";
import { publishVersion } from "./version-operations.ts";

type Client = typeof lambdaClient;

/** Functions: created, read, changed and deleted. */
export function functionOperations(plane: ControlPlane) {
  const rights = (input: {
    readonly FunctionName?: string | undefined;
    readonly Qualifier?: string | undefined;
  }) => plane.rights(input);
  return {
    CreateFunction: {
      constraints: {
        ...functionConstraints,
        FunctionName: { length: [1, 140] },
        PackageType: { values: ["Zip", "Image"] },
      },
      rights: (input) => [...rights(input), ...passRole(input.Role), ...useLayers(input.Layers)],
      run: (input, context) => createFunction(plane, input, context),
    },
    GetFunction: {
      rights,
      run: async (input, { endpoint }): Promise<GetFunctionResponse> => {
        const { qualifier, view } = look(plane, input);
        const tags = tagMap(view.resource.properties["Tags"]);
        const reserved = view.configuration.reservedConcurrency;
        return {
          Configuration: await describe(plane, view, qualifier),
          Code: { RepositoryType: "S3", Location: `${endpoint}${plane.options.archives.offer(view.code)}` },
          ...(Object.keys(tags).length === 0 ? {} : { Tags: tags }),
          ...(reserved === undefined ? {} : { Concurrency: { ReservedConcurrentExecutions: reserved } }),
        };
      },
    },
    GetFunctionConfiguration: {
      rights,
      run: (input) => {
        const { qualifier, view } = look(plane, input);
        return describe(plane, view, qualifier);
      },
    },
    ListFunctions: {
      constraints: { FunctionVersion: { values: ["ALL"] }, MaxItems: { range: [1, 10_000] } },
      rights: () => [{ resource: "*" }],
      run: async (input) => {
        const isAll = input.FunctionVersion === "ALL";
        const all = plane.list().flatMap((view) => (isAll ? [view, ...plane.versions(view.name)] : [view]));
        const { page, next } = pageOf(all, input);
        const named = page.map((view) => ({ view, qualifier: isAll ? view.version : undefined }));
        return { Functions: await listed(plane, named), ...next };
      },
    },
    UpdateFunctionCode: { rights, run: (input, context) => updateCode(plane, input, context) },
    UpdateFunctionConfiguration: {
      constraints: functionConstraints,
      rights: (input) => [...rights(input), ...passRole(input.Role), ...useLayers(input.Layers)],
      run: (input, context) => updateConfiguration(plane, input, context),
    },
    DeleteFunction: {
      rights,
      run: (input) => {
        deleteFunction(plane, input);
        return { StatusCode: 204 };
      },
    },
  } satisfies OperationsOf<Client>;
}

/** What a request of a function is about. */
export function look(
  plane: ControlPlane,
  input: { readonly FunctionName?: string | undefined; readonly Qualifier?: string | undefined },
): { readonly qualifier: string | undefined; readonly view: FunctionView } {
  const reference = plane.read(input);
  return { qualifier: reference.qualifier, view: plane.require(reference) };
}

/** A function as the API tells it. */
export async function describe(
  plane: ControlPlane,
  view: FunctionView,
  qualifier: string | undefined,
  progress: Progress = "created",
): Promise<FunctionConfiguration> {
  const facts = await plane.options.archives.factsOf(view.code);
  return functionConfiguration(view, facts, plane.model, qualifier, progress);
}

/** Functions as lists have them. */
export function listed(
  plane: ControlPlane,
  views: readonly { readonly view: FunctionView; readonly qualifier: string | undefined }[],
): Promise<FunctionConfiguration[]> {
  return Promise.all(
    views.map(async ({ view, qualifier }) =>
      listedConfiguration(view, await plane.options.archives.factsOf(view.code), plane.model, qualifier),
    ),
  );
}

async function createFunction(
  plane: ControlPlane,
  input: InputOf<Client, "CreateFunction">,
  context: CallContext,
): Promise<FunctionConfiguration> {
  const { FunctionName = "", Runtime: runtime, Handler: handler, Role: role = "" } = input;
  if (FunctionName.length > 64 && !FunctionName.includes(":")) {
    throw invalidParameter(
      constraintBroken(FunctionName, "functionName", "Member must have length less than or equal to 64")
        .message,
    );
  }
  const { name } = plane.read({ FunctionName });
  const arn = plane.arnOf(name);
  checkServed(input);
  checkArchitectures(input.Architectures);
  if (runtime === undefined || handler === undefined) {
    throw invalidParameter(
      "Runtime and Handler are mandatory parameters for functions created with deployment packages.",
    );
  }
  const { model, options } = plane;
  const properties = functionProperties(input, {}, model, options.region);
  checkRole(role, model, options.accountId, context.note);
  refusing(arn, () => checkRights(role, properties, model, options));
  if (plane.functionResource(name) !== undefined) throw conflict(`Function already exist: ${name}`);
  const { content, location } = await fetchCode(plane, input.Code ?? {}, context);
  const all = defined({
    ...properties,
    FunctionName: name,
    Code: location,
    ...(input.Architectures === undefined ? {} : { Architectures: [...input.Architectures] }),
    ...(input.CodeSigningConfigArn === undefined ? {} : { CodeSigningConfigArn: input.CodeSigningConfigArn }),
    ...(input.TenancyConfig === undefined ? {} : { TenancyConfig: { ...input.TenancyConfig } as ValueMap }),
    ...(input.Tags === undefined ? {} : { Tags: tagList(input.Tags) }),
  });
  await plane.resources.layOut(plane.model, input.Layers ?? []);
  noteWithoutEffect(name, all, context);
  refusing(arn, () =>
    plane.resources.create({ type: "AWS::Lambda::Function", name, properties: all, content }),
  );
  if (input.Publish === true) {
    const published = publishVersion(plane, name, {});
    return { ...(await describe(plane, published, undefined, "creating")) };
  }
  return describe(plane, plane.require({ name, qualifier: undefined }), undefined, "creating");
}

async function updateCode(
  plane: ControlPlane,
  input: InputOf<Client, "UpdateFunctionCode">,
  context: CallContext,
): Promise<FunctionConfiguration> {
  const { view } = look(plane, { FunctionName: input.FunctionName });
  const { name, arn, resource } = view;
  refusing(arn, () => plane.resources.check(resource));
  checkRevision(input.RevisionId, view.revisionId, "GetFunction/GetAlias");
  if (input.ImageUri !== undefined) {
    throw invalidParameter("Please don't provide ImageUri when updating a function with packageType Zip.");
  }
  checkArchitectures(input.Architectures);
  const { content, location } = await fetchCode(plane, input, context);
  if (input.DryRun === true) {
    const code =
      content.package === undefined ? view.code : ({ kind: "package", ...content.package } as const);
    return describe(plane, { ...view, code }, undefined, "updating");
  }
  const architectures = input.Architectures === undefined ? {} : { Architectures: [...input.Architectures] };
  // Code that a stack's template names stays what that says: the next update fetches it only if the template has changed.
  const code = resource.deployment === "" ? { Code: location } : {};
  refusing(arn, () => plane.resources.change(resource, { ...code, ...architectures }, content));
  if (input.Publish === true) {
    const published = publishVersion(plane, name, {});
    return describe(plane, published, published.version);
  }
  return describe(plane, plane.require({ name, qualifier: undefined }), undefined, "updating");
}

async function updateConfiguration(
  plane: ControlPlane,
  input: InputOf<Client, "UpdateFunctionConfiguration">,
  context: CallContext,
): Promise<FunctionConfiguration> {
  const { view } = look(plane, { FunctionName: input.FunctionName });
  const { name, arn, resource } = view;
  const { model, options } = plane;
  refusing(arn, () => plane.resources.check(resource));
  checkRevision(input.RevisionId, view.revisionId, "GetFunction/GetAlias");
  checkServed(input);
  const properties = functionProperties(input, resource.properties, model, options.region);
  if (input.Role !== undefined) checkRole(input.Role, model, options.accountId, context.note);
  const { Role: role = view.configuration.roleArn } = input;
  // What stays as it is was looked at when it came, unless the role is another one.
  const asked = input.Role === undefined ? properties : { ...resource.properties, ...properties };
  refusing(arn, () => checkRights(role, asked, model, options));
  await plane.resources.layOut(plane.model, input.Layers ?? []);
  noteWithoutEffect(name, defined(properties), context);
  refusing(arn, () => plane.resources.change(resource, properties));
  return describe(plane, plane.require({ name, qualifier: undefined }), undefined, "updating");
}

function deleteFunction(plane: ControlPlane, input: InputOf<Client, "DeleteFunction">): void {
  const { name, qualifier } = plane.read(input);
  if (qualifier === "$LATEST") {
    throw invalidParameter("$LATEST version cannot be deleted without deleting the function.");
  }
  const resource = plane.functionResource(name);
  if (resource === undefined) throw notFound(`Function not found: ${plane.arnOf(name)}`);
  if (qualifier === undefined) {
    refusing(plane.arnOf(name), () => plane.resources.remove([...subordinates(plane, name), resource]));
    return;
  }
  if (!/^\d+$/.test(qualifier)) throw invalidParameter("Deletion of aliases is not currently supported.");
  const version = plane.find(name, qualifier);
  // As often as one likes.
  if (version === undefined) return;
  const aliases = plane.model.aliases.filter(
    (alias) =>
      alias.functionName === name && (alias.version === qualifier || alias.additional?.version === qualifier),
  );
  if (aliases.length > 0) {
    const names = aliases.map((alias) => alias.name).join(", ");
    throw conflict(`Unable to delete version because the following aliases reference it: [${names}]`);
  }
  const own = subordinates(plane, name).filter(
    (each) => each === version.versionResource || each.properties["Qualifier"] === qualifier,
  );
  refusing(plane.arnOf(name, qualifier), () => plane.resources.remove(own));
}

/** Everything that goes with a function. */
function subordinates(plane: ControlPlane, name: string): ModelResource[] {
  return plane.model.resources.filter(
    (each) =>
      each.type.startsWith("AWS::Lambda::") &&
      each.type !== "AWS::Lambda::Function" &&
      each.type !== "AWS::Lambda::LayerVersion" &&
      functionOf(each) === name,
  );
}

function noteWithoutEffect(origin: string, properties: ValueMap, { note }: CallContext): void {
  const type = "AWS::Lambda::Function";
  for (const { message } of findWithoutEffect({ node: { logicalId: origin, type, origin }, properties })) {
    note(message);
  }
}

/** Who gives a role to Lambda must be allowed to. */
function passRole(role: string | undefined): Right[] {
  if (role === undefined) return [];
  const context = { "iam:PassedToService": "lambda.amazonaws.com" };
  return [{ action: "iam:PassRole", resource: role, context }];
}

function useLayers(layers: readonly string[] | undefined): Right[] {
  return (layers ?? []).map((resource) => ({ action: "lambda:GetLayerVersion", resource }));
}

function defined(properties: Readonly<Record<string, Value | undefined>>): ValueMap {
  return Object.fromEntries(
    Object.entries(properties).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value] as const],
    ),
  );
}
