import * as ecrClient from "@aws-sdk/client-ecr";
import type { PolicyDocument } from "../iam/policy.ts";
import { AwsServiceError } from "../service-error.ts";
import { defineService, type Right, type ServiceApi } from "../wire/service-api.ts";
import type { Repository, RepositorySettings, RepositoryStore } from "./repository-store.ts";

const pageSize = 100;

/** Of requests about one repository. */
interface OfRepository {
  readonly repositoryName?: string | undefined;
}

/**
 * ECR's repositories with their settings, as far as CDK's bootstrap needs them. Images can't be pushed.
 * @see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_Operations.html
 */
export function ecrApi(store: RepositoryStore): ServiceApi {
  const rights = ({ repositoryName = "" }: OfRepository): Right[] => {
    const { policy } = store.get(repositoryName) ?? {};
    const resource = store.arnOf(repositoryName);
    return [{ resource, policies: policy === undefined ? [] : [ofResource(policy, resource)] }];
  };
  const found = ({ repositoryName: name = "" }: OfRepository, accountId: string): Repository => {
    const repository = store.get(name);
    if (repository !== undefined) return repository;
    throw new AwsServiceError(
      "RepositoryNotFoundException",
      400,
      `The repository with name '${name}' does not exist in the registry with id '${accountId}'`,
    );
  };
  const named = (accountId: string, { name }: Repository) => ({
    registryId: accountId,
    repositoryName: name,
  });
  const shown = (accountId: string, repository: Repository) => ({
    ...named(accountId, repository),
    repositoryArn: repository.arn,
    repositoryUri: store.uriOf(repository.name),
    createdAt: new Date(repository.createdMs),
    imageTagMutability: repository.mutability as "MUTABLE",
    imageScanningConfiguration: { scanOnPush: repository.scansOnPush },
    encryptionConfiguration: {
      encryptionType: repository.encryptionType as "AES256",
      ...(repository.kmsKey === undefined ? {} : { kmsKey: repository.kmsKey }),
    },
  });
  const byArn = (arn: string | undefined, accountId: string) =>
    found({ repositoryName: arn?.split(":repository/")[1] }, accountId);
  const onArn = ({ resourceArn = "" }: { readonly resourceArn?: string | undefined }): Right[] => [
    { resource: resourceArn },
  ];

  return defineService(ecrClient, {
    CreateRepository: {
      rights,
      run: (input, { accountId }) => {
        const { repositoryName = "", imageTagMutability, imageScanningConfiguration, tags = [] } = input;
        const { encryptionType, kmsKey } = input.encryptionConfiguration ?? {};
        const settings: RepositorySettings = {
          ...(imageTagMutability === undefined ? {} : { mutability: imageTagMutability }),
          ...(encryptionType === undefined ? {} : { encryptionType, kmsKey }),
          scansOnPush: imageScanningConfiguration?.scanOnPush === true,
          tags: Object.fromEntries(tags.map(({ Key = "", Value = "" }) => [Key, Value])),
        };
        return { repository: shown(accountId, store.create(repositoryName, settings)) };
      },
    },
    DescribeRepositories: {
      rights: ({ repositoryNames = [] }) =>
        repositoryNames.length === 0
          ? [{ resource: store.arnOf("*") }]
          : repositoryNames.flatMap((repositoryName) => rights({ repositoryName })),
      run: ({ repositoryNames, maxResults = pageSize, nextToken }, { accountId }) => {
        const all =
          repositoryNames?.map((repositoryName) => found({ repositoryName }, accountId)) ?? store.list();
        const from = nextToken === undefined ? 0 : Number(Buffer.from(nextToken, "base64").toString());
        const end = from + maxResults;
        return {
          repositories: all.slice(from, end).map((repository) => shown(accountId, repository)),
          ...(end < all.length ? { nextToken: Buffer.from(String(end)).toString("base64") } : {}),
        };
      },
    },
    DeleteRepository: {
      rights,
      run: (input, { accountId }) => {
        const repository = found(input, accountId);
        store.delete(repository.name);
        return { repository: shown(accountId, repository) };
      },
    },
    PutImageScanningConfiguration: {
      rights,
      run: (input, { accountId }) => {
        const scanOnPush = input.imageScanningConfiguration?.scanOnPush === true;
        const repository = store.change(found(input, accountId), { scansOnPush: scanOnPush });
        return { ...named(accountId, repository), imageScanningConfiguration: { scanOnPush } };
      },
    },
    PutImageTagMutability: {
      rights,
      run: (input, { accountId }) => {
        const { imageTagMutability = "MUTABLE" } = input;
        const repository = store.change(found(input, accountId), { mutability: imageTagMutability });
        return { ...named(accountId, repository), imageTagMutability };
      },
    },
    SetRepositoryPolicy: {
      rights,
      run: (input, { accountId }) => {
        const { policyText = "" } = input;
        const repository = store.change(found(input, accountId), { policy: policyText });
        return { ...named(accountId, repository), policyText };
      },
    },
    GetRepositoryPolicy: {
      rights,
      run: (input, { accountId }) => policyOf(found(input, accountId), accountId),
    },
    DeleteRepositoryPolicy: {
      rights,
      run: (input, { accountId }) => {
        const answer = policyOf(found(input, accountId), accountId);
        store.change(found(input, accountId), { policy: undefined });
        return answer;
      },
    },
    PutLifecyclePolicy: {
      rights,
      run: (input, { accountId }) => {
        const { lifecyclePolicyText = "" } = input;
        const repository = store.change(found(input, accountId), { lifecyclePolicy: lifecyclePolicyText });
        return { ...named(accountId, repository), lifecyclePolicyText };
      },
    },
    GetLifecyclePolicy: {
      rights,
      run: (input, { accountId }) => lifecycleOf(found(input, accountId), accountId),
    },
    DeleteLifecyclePolicy: {
      rights,
      run: (input, { accountId }) => {
        const answer = lifecycleOf(found(input, accountId), accountId);
        store.change(found(input, accountId), { lifecyclePolicy: undefined });
        return answer;
      },
    },
    ListImages: {
      rights,
      run: (input, { accountId }) => {
        found(input, accountId);
        return { imageIds: [] };
      },
    },
    DescribeImages: {
      rights,
      run: (input, { accountId }) => {
        const { name } = found(input, accountId);
        const [first] = input.imageIds ?? [];
        if (first === undefined) return { imageDetails: [] };
        const { imageDigest = "null", imageTag = "null" } = first;
        throw new AwsServiceError(
          "ImageNotFoundException",
          400,
          `The image with imageId {imageDigest:'${imageDigest}', imageTag:'${imageTag}'} does not exist within the repository with name '${name}' in the registry with id '${accountId}'`,
        );
      },
    },
    ListTagsForResource: {
      rights: onArn,
      run: ({ resourceArn }, { accountId }) => ({
        tags: Object.entries(byArn(resourceArn, accountId).tags).map(([Key, Value]) => ({ Key, Value })),
      }),
    },
    TagResource: {
      rights: onArn,
      run: ({ resourceArn, tags = [] }, { accountId }) => {
        const repository = byArn(resourceArn, accountId);
        const added = tags.map(({ Key = "", Value = "" }) => [Key, Value]);
        store.change(repository, { tags: { ...repository.tags, ...Object.fromEntries(added) } });
        return {};
      },
    },
    UntagResource: {
      rights: onArn,
      run: ({ resourceArn, tagKeys = [] }, { accountId }) => {
        const repository = byArn(resourceArn, accountId);
        const left = Object.entries(repository.tags).filter(([key]) => !tagKeys.includes(key));
        store.change(repository, { tags: Object.fromEntries(left) });
        return {};
      },
    },
  });
}

function policyOf({ name, policy }: Repository, registryId: string) {
  if (policy !== undefined) return { registryId, repositoryName: name, policyText: policy };
  throw new AwsServiceError(
    "RepositoryPolicyNotFoundException",
    400,
    `Repository policy does not exist for the repository with name '${name}' in the registry with id '${registryId}'`,
  );
}

function lifecycleOf({ name, lifecyclePolicy }: Repository, registryId: string) {
  if (lifecyclePolicy !== undefined) {
    return { registryId, repositoryName: name, lifecyclePolicyText: lifecyclePolicy };
  }
  throw new AwsServiceError(
    "LifecyclePolicyNotFoundException",
    400,
    `Lifecycle policy does not exist for the repository with name '${name}' in the registry with id '${registryId}'`,
  );
}

/** A repository's policy is about the repository, and names no resource. */
function ofResource(text: string, Resource: string): PolicyDocument {
  const { Statement, ...policy } = JSON.parse(text) as PolicyDocument;
  const statements = Array.isArray(Statement) ? Statement : [Statement];
  return { ...policy, Statement: statements.map((statement) => ({ Resource, ...statement })) };
}
