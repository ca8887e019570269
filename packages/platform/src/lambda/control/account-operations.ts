import type * as lambdaClient from "@aws-sdk/client-lambda";
import { limits } from "@sluice/protocol";
import type { InputOf, OperationsOf } from "../../wire/service-api.ts";
import type { ControlPlane, FunctionInput } from "./control-plane.ts";
import { look } from "./function-operations.ts";
import { invalidParameter, notFound, refusing } from "./refusals.ts";
import { tagList, tagMap } from "./tags.ts";

/** @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const codeBytes = { total: 80_530_636_800, unpacked: 262_144_000, zipped: 52_428_800 };
const mostTags = 50;
const resourcePattern = String.raw`arn:(aws[a-zA-Z-]*):lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:(function:[a-zA-Z0-9-_]+(:(\$LATEST|[a-zA-Z0-9-_]+))?|layer:([a-zA-Z0-9-_]+)|code-signing-config:csc-[a-z0-9]{17}|event-source-mapping:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|capacity-provider:[a-zA-Z0-9-_]+)`;
const constraints = { Resource: { length: [1, 256], pattern: resourcePattern } } as const;

/** Tags, and what is told of the account and of settings that functions have here as everywhere. */
export function accountOperations(plane: ControlPlane) {
  const rights = (input: FunctionInput) => plane.rights(input);
  const tagRights = ({ Resource = "" }: { readonly Resource?: string | undefined }) => [
    { resource: Resource },
  ];
  return {
    GetAccountSettings: {
      rights: () => [{ resource: "*" }],
      run: async () => {
        const views = plane.list().flatMap((view) => [view, ...plane.versions(view.name)]);
        const facts = await Promise.all(views.map(({ code }) => plane.options.archives.factsOf(code)));
        const reserved = [...plane.model.functions.values()].reduce(
          (sum, { configuration }) => sum + (configuration.reservedConcurrency ?? 0),
          0,
        );
        return {
          AccountLimit: {
            TotalCodeSize: codeBytes.total,
            CodeSizeUnzipped: codeBytes.unpacked,
            CodeSizeZipped: codeBytes.zipped,
            ConcurrentExecutions: limits.accountConcurrency,
            UnreservedConcurrentExecutions: limits.accountConcurrency - reserved,
          },
          AccountUsage: {
            TotalCodeSize: facts.reduce((sum, { bytes }) => sum + bytes, 0),
            FunctionCount: plane.model.functions.size,
          },
        };
      },
    },
    TagResource: {
      constraints,
      rights: tagRights,
      run: (input) => {
        const { arn, resource } = tagged(plane, input);
        const { Tags: tags = {} } = input;
        if (Object.keys(tags).length === 0) {
          throw invalidParameter("An error occurred and the request cannot be processed.");
        }
        const all = { ...tagMap(resource.properties["Tags"]), ...tags };
        if (Object.keys(all).filter((key) => !key.startsWith("aws:")).length > mostTags)
          throw invalidParameter("Number of tags exceeds resource tag limit.");
        refusing(arn, () => plane.resources.change(resource, { Tags: tagList(all) }));
        return {};
      },
    },
    UntagResource: {
      constraints,
      rights: tagRights,
      run: (input) => {
        const { arn, resource } = tagged(plane, input);
        const left = Object.entries(tagMap(resource.properties["Tags"])).filter(
          ([key]) => !(input.TagKeys ?? []).includes(key),
        );
        const Tags = left.length === 0 ? undefined : tagList(Object.fromEntries(left));
        refusing(arn, () => plane.resources.change(resource, { Tags }));
        return {};
      },
    },
    ListTags: {
      constraints,
      rights: tagRights,
      run: (input) => ({ Tags: tagMap(tagged(plane, input).resource.properties["Tags"]) }),
    },
    GetRuntimeManagementConfig: {
      rights,
      run: (input) => {
        const { view, qualifier = "$LATEST" } = look(plane, input);
        return { UpdateRuntimeOn: "Auto" as const, FunctionArn: plane.arnOf(view.name, qualifier) };
      },
    },
    GetFunctionRecursionConfig: {
      rights,
      run: (input) => {
        const { resource } = look(plane, { FunctionName: input.FunctionName }).view;
        return { RecursiveLoop: resource.properties["RecursiveLoop"] === "Allow" ? "Allow" : "Terminate" };
      },
    },
    PutFunctionRecursionConfig: {
      constraints: { RecursiveLoop: { values: ["Terminate", "Allow"] } },
      rights,
      run: ({ FunctionName, RecursiveLoop = "Terminate" }, { note }) => {
        const { arn, resource } = look(plane, { FunctionName }).view;
        refusing(arn, () => plane.resources.change(resource, { RecursiveLoop }));
        note(`RecursiveLoop of ${arn} has no effect on this platform: recursive loops are not looked for.`);
        return { RecursiveLoop };
      },
    },
    GetFunctionCodeSigningConfig: {
      rights,
      run: (input) => {
        const { name, resource } = look(plane, { FunctionName: input.FunctionName }).view;
        const { CodeSigningConfigArn: arn } = resource.properties;
        return { FunctionName: name, CodeSigningConfigArn: typeof arn === "string" ? arn : undefined };
      },
    },
    ListEventSourceMappings: {
      rights: () => [{ resource: "*" }],
      // There are none, since none can be created.
      run: () => ({ EventSourceMappings: [] }),
    },
  } satisfies OperationsOf<typeof lambdaClient>;
}

function tagged(plane: ControlPlane, { Resource: arn = "" }: InputOf<typeof lambdaClient, "ListTags">) {
  if (!/:function:/.test(arn)) {
    throw invalidParameter(`${arn} is no function. This platform keeps the tags of functions only.`);
  }
  const { name, qualifier } = plane.read({ FunctionName: arn });
  if (qualifier !== undefined) {
    throw invalidParameter(
      "Tags on function aliases and versions are not supported. Please specify a function ARN.",
    );
  }
  const resource = plane.functionResource(name);
  if (resource === undefined) throw notFound(`Function not found: ${plane.arnOf(name)}`);
  return { arn, resource };
}
