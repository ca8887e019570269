import type { RepositorySettings, RepositoryStore } from "../../ecr/index.ts";
import { AwsServiceError } from "../../service-error.ts";
import {
  type CreatedResource,
  type CreationContext,
  type DeployedResource,
  optionalText,
  type ResourceProvider,
  type ResourceServices,
} from "../resource-type.ts";
import type { StackModel } from "../stack-model.ts";

/** `AWS::ECR::Repository`. ECR keeps it. */
export function createRepository(context: CreationContext): CreatedResource {
  const { properties, node, region, accountId, model } = context;
  const name =
    optionalText(properties, "RepositoryName") ?? context.nameFor(node.logicalId, 256).toLowerCase();
  model.repositories.set(name, { logicalId: node.logicalId, physicalId: name, properties });
  return {
    ref: name,
    attributes: {
      Arn: `arn:aws:ecr:${region}:${accountId}:repository/${name}`,
      RepositoryUri: `${accountId}.dkr.ecr.${region}.amazonaws.com/${name}`,
    },
  };
}

/** Keeps repositories in ECR. */
export function repositoryProvider({ repositories }: ResourceServices): ResourceProvider | undefined {
  if (repositories === undefined) return undefined;
  return {
    put: (resource, before) => {
      put(repositories, resource, before !== undefined);
    },
    remove: ({ physicalId }) => {
      repositories.delete(physicalId);
    },
  };
}

/** Makes the repositories of a template that is run from its file. */
export function makeRepositories(model: StackModel, store: RepositoryStore): void {
  for (const resource of model.repositories.values()) put(store, resource, true);
}

function put(store: RepositoryStore, resource: DeployedResource, mayExist: boolean): void {
  const known = store.get(resource.physicalId);
  if (known !== undefined && !mayExist) {
    throw new AwsServiceError("AlreadyExists", 400, `${resource.physicalId} already exists`);
  }
  const settings = settingsOf(resource);
  if (known === undefined) store.create(resource.physicalId, settings);
  else store.change(known, settings);
}

function settingsOf({ properties }: DeployedResource): RepositorySettings {
  const scanning = Object(properties["ImageScanningConfiguration"]) as { ScanOnPush?: unknown };
  const lifecycle = Object(properties["LifecyclePolicy"]) as { LifecyclePolicyText?: unknown };
  const encryption = Object(properties["EncryptionConfiguration"]) as {
    EncryptionType?: unknown;
    KmsKey?: unknown;
  };
  const policy = properties["RepositoryPolicyText"];
  const tags = properties["Tags"];
  return {
    mutability: optionalText(properties, "ImageTagMutability") ?? "MUTABLE",
    scansOnPush: String(scanning.ScanOnPush) === "true",
    encryptionType: typeof encryption.EncryptionType === "string" ? encryption.EncryptionType : "AES256",
    kmsKey: typeof encryption.KmsKey === "string" ? encryption.KmsKey : undefined,
    policy: policy === undefined || policy === null ? undefined : textOf(policy),
    lifecyclePolicy:
      lifecycle.LifecyclePolicyText === undefined ? undefined : textOf(lifecycle.LifecyclePolicyText),
    tags: Object.fromEntries(
      (Array.isArray(tags) ? tags : []).map((tag) => {
        const { Key, Value } = Object(tag) as { Key?: unknown; Value?: unknown };
        return [String(Key), String(Value)];
      }),
    ),
  };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
