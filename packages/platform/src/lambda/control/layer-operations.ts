import { join, resolve } from "node:path";
import type * as lambdaClient from "@aws-sdk/client-lambda";
import type { Architecture, LayerVersionsListItem, Runtime } from "@aws-sdk/client-lambda";
import type { Value } from "../../cloudformation/index.ts";
import type { ModelResource } from "../../stack/stack-model.ts";
import type { CallContext, InputOf, OperationsOf } from "../../wire/service-api.ts";
import type { ArchivedCode } from "./code-archives.ts";
import { type ControlPlane, pageOf, textOf } from "./control-plane.ts";
import { fetchCode } from "./function-code.ts";
import { timeOf } from "./function-configuration.ts";
import { constraintBroken, invalidParameter, notFound, refusing } from "./refusals.ts";
import { canBeCreated } from "./runtime-names.ts";

const type = "AWS::Lambda::LayerVersion";
/** Stands in the properties of one that can't be seen any more, and is still a part of functions. */
const deletedMark = "DeletedByApi";
const layerName = {
  length: [1, 140],
  pattern: String.raw`(arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:\d{12}:layer:[a-zA-Z0-9-_]+)|[a-zA-Z0-9-_]+`,
} as const;
const architectures = ["x86_64", "arm64"];
const missing = "The resource you requested does not exist.";
const filters = {
  MaxItems: { range: [1, 50] },
  CompatibleRuntime: { values: canBeCreated },
  CompatibleArchitecture: { values: architectures },
} as const;

/** Layers. */
export function layerOperations(plane: ControlPlane) {
  const layerRights = (input: { readonly LayerName?: string | undefined }) => [
    { resource: layerArn(plane, input.LayerName) },
  ];
  const versionRights = (input: {
    readonly LayerName?: string | undefined;
    readonly VersionNumber?: number | undefined;
  }) => [{ resource: `${layerArn(plane, input.LayerName)}:${input.VersionNumber}` }];
  return {
    PublishLayerVersion: {
      constraints: {
        LayerName: layerName,
        Description: { length: [0, 256] },
        LicenseInfo: { length: [0, 512] },
        CompatibleRuntimes: { length: [0, 15] },
        CompatibleArchitectures: { length: [0, 2] },
      },
      rights: layerRights,
      run: async (input, context) => {
        const made = await publish(plane, input, context);
        return described(plane, made, context.endpoint);
      },
    },
    GetLayerVersion: {
      constraints: { LayerName: layerName },
      rights: versionRights,
      run: (input, { endpoint }) => {
        checkNumber(input.VersionNumber);
        return described(
          plane,
          find(plane, `${layerArn(plane, input.LayerName)}:${input.VersionNumber}`),
          endpoint,
        );
      },
    },
    GetLayerVersionByArn: {
      constraints: {
        Arn: {
          pattern: String.raw`(arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+)|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+)`,
        },
      },
      rights: ({ Arn = "" }) => [{ action: "lambda:GetLayerVersion", resource: Arn }],
      run: ({ Arn = "" }, { endpoint }) => described(plane, find(plane, Arn), endpoint),
    },
    DeleteLayerVersion: {
      constraints: { LayerName: layerName },
      rights: versionRights,
      run: (input) => {
        checkNumber(input.VersionNumber);
        const arn = `${layerArn(plane, input.LayerName)}:${input.VersionNumber}`;
        const found = versions(plane).find(({ physicalId }) => physicalId === arn);
        if (found === undefined) return {};
        refusing(arn, () => {
          if (isUsed(plane, arn)) plane.resources.change(found, { [deletedMark]: true });
          else plane.resources.remove([found]);
        });
        return {};
      },
    },
    ListLayers: {
      constraints: filters,
      rights: () => [{ resource: "*" }],
      run: (input) => {
        const latest = new Map<string, ModelResource>();
        for (const each of compatible(versions(plane), input)) {
          const { layer, number } = partsOf(each);
          const known = latest.get(layer);
          if (known === undefined || partsOf(known).number < number) latest.set(layer, each);
        }
        const { page, next } = pageOf([...latest], input);
        const Layers = page.map(([arn, version]) => ({
          LayerName: arn.split(":").at(-1),
          LayerArn: arn,
          LatestMatchingVersion: listItem(plane, version),
        }));
        return { Layers, ...next };
      },
    },
    ListLayerVersions: {
      constraints: { LayerName: layerName, ...filters },
      rights: layerRights,
      run: (input) => {
        const arn = layerArn(plane, input.LayerName);
        const all = compatible(versions(plane), input)
          .filter((each) => partsOf(each).layer === arn)
          .sort((one, other) => partsOf(other).number - partsOf(one).number);
        const { page, next } = pageOf(all, input);
        return { LayerVersions: page.map((each) => listItem(plane, each)), ...next };
      },
    },
  } satisfies OperationsOf<typeof lambdaClient>;
}

async function publish(
  plane: ControlPlane,
  input: InputOf<typeof lambdaClient, "PublishLayerVersion">,
  context: CallContext,
): Promise<ModelResource> {
  const {
    LayerName: given = "",
    Description,
    LicenseInfo,
    CompatibleRuntimes,
    CompatibleArchitectures,
  } = input;
  checkAll(CompatibleRuntimes, "compatibleRuntimes", canBeCreated);
  checkAll(CompatibleArchitectures, "compatibleArchitectures", architectures);
  const name = given.split(":").at(-1) ?? "";
  const { content, location } = await fetchCode(plane, input.Content ?? {}, context);
  const properties: Record<string, Value> = { LayerName: name, Content: location };
  if (Description !== undefined) properties["Description"] = Description;
  if (LicenseInfo !== undefined) properties["LicenseInfo"] = LicenseInfo;
  if (CompatibleRuntimes !== undefined) properties["CompatibleRuntimes"] = [...CompatibleRuntimes];
  if (CompatibleArchitectures !== undefined)
    properties["CompatibleArchitectures"] = [...CompatibleArchitectures];
  return refusing(layerArn(plane, name), () => plane.resources.create({ type, name, properties, content }));
}

function layerArn({ options }: ControlPlane, nameOrArn = ""): string {
  const { region, accountId } = options;
  return nameOrArn.startsWith("arn:")
    ? nameOrArn
    : `arn:aws:lambda:${region}:${accountId}:layer:${nameOrArn}`;
}

/** Those that can be seen, in the order in which they were made. */
function versions({ model }: ControlPlane): ModelResource[] {
  return model.resources.filter((each) => each.type === type && each.properties[deletedMark] === undefined);
}

function find(plane: ControlPlane, arn: string): ModelResource {
  const found = versions(plane).find(({ physicalId }) => physicalId === arn);
  if (found === undefined) throw notFound(missing);
  return found;
}

/** Functions keep a layer that was deleted. */
function isUsed({ model }: ControlPlane, arn: string): boolean {
  const published = model.versions.flatMap((version) => version.published ?? []);
  return [...model.functions.values(), ...published].some(({ layers }) => layers.includes(arn));
}

function partsOf({ physicalId }: ModelResource): { readonly layer: string; readonly number: number } {
  const at = physicalId.lastIndexOf(":");
  return { layer: physicalId.slice(0, at), number: Number(physicalId.slice(at + 1)) };
}

async function described(plane: ControlPlane, version: ModelResource, endpoint: string) {
  const code = codeOf(plane, version);
  const { sha256, bytes } = await plane.options.archives.factsOf(code);
  return {
    ...listItem(plane, version),
    LayerArn: partsOf(version).layer,
    Content: {
      Location: `${endpoint}${plane.options.archives.offer(code)}`,
      CodeSha256: sha256,
      CodeSize: bytes,
    },
  };
}

function listItem(plane: ControlPlane, version: ModelResource): LayerVersionsListItem {
  const { properties, physicalId, createdMs, updatedMs } = version;
  const list = (name: string) => (Array.isArray(properties[name]) ? properties[name].map(String) : undefined);
  const runtimes = list("CompatibleRuntimes") as Runtime[] | undefined;
  const processors = list("CompatibleArchitectures") as Architecture[] | undefined;
  return {
    LayerVersionArn: physicalId,
    Version: partsOf(version).number,
    Description: textOf(properties["Description"]),
    CreatedDate: timeOf(createdMs ?? updatedMs ?? plane.options.fileTimeMs()),
    ...(runtimes === undefined ? {} : { CompatibleRuntimes: runtimes }),
    ...(processors === undefined ? {} : { CompatibleArchitectures: processors }),
    ...(properties["LicenseInfo"] === undefined ? {} : { LicenseInfo: textOf(properties["LicenseInfo"]) }),
  };
}

function codeOf({ model, options }: ControlPlane, { physicalId }: ModelResource): ArchivedCode {
  const content = model.layers.get(physicalId)?.content;
  if (content === undefined) throw notFound(missing);
  if (content.kind === "package") return content;
  const folder = resolve(join(options.templateFolder, content.path));
  return { kind: "folder", folder, generation: String(options.fileTimeMs()) };
}

function compatible(
  all: readonly ModelResource[],
  input: {
    readonly CompatibleRuntime?: string | undefined;
    readonly CompatibleArchitecture?: string | undefined;
  },
): ModelResource[] {
  const has = ({ properties }: ModelResource, name: string, wanted: string | undefined) => {
    const list = properties[name];
    return wanted === undefined || (Array.isArray(list) && list.includes(wanted));
  };
  return all.filter(
    (each) =>
      has(each, "CompatibleRuntimes", input.CompatibleRuntime) &&
      has(each, "CompatibleArchitectures", input.CompatibleArchitecture),
  );
}

function checkNumber(number: number | undefined): void {
  if (number !== undefined && number < 1) throw invalidParameter("Layer Version Cannot be less than 1");
}

function checkAll(values: readonly string[] | undefined, member: string, allowed: readonly string[]): void {
  if (values === undefined || values.every((value) => allowed.includes(value))) return;
  throw constraintBroken(
    `[${values.join(", ")}]`,
    member,
    `Member must satisfy enum value set: [${allowed.join(", ")}]`,
  );
}
