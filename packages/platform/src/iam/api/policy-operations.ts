import { createHash } from "node:crypto";
import type { Right } from "../../wire/service-api.ts";
import { findManagedPolicy, managedPolicyArns } from "../managed-policies.ts";
import type { ManagedPolicy } from "../role.ts";
import type { IamApiOptions, IamOperations } from "./iam-api.ts";
import { alreadyExists, deleteConflict, noSuchEntity, ofTemplate, readPolicy } from "./iam-errors.ts";
import { encodedPolicy, page, policyShape, tagRecord } from "./iam-shapes.ts";
import { uniqueId } from "./role-operations.ts";

/** Managed policies, AWS's and the account's. Each has one version. */
export function policyOperations(options: IamApiOptions): IamOperations {
  const { accountId, store, model, nowMs } = options;
  const rights = ({ PolicyArn = "*" }: { readonly PolicyArn?: string | undefined }): readonly Right[] => [
    { resource: PolicyArn },
  ];
  const roles = () => model().roles.values();
  return {
    CreatePolicy: {
      constraints: { PolicyName: { length: [1, 128], pattern: String.raw`[\w+=,.@-]+` } },
      rights: ({ PolicyName, Path = "/" }) => [
        { resource: `arn:aws:iam::${accountId}:policy${Path}${PolicyName}` },
      ],
      run: ({ PolicyName: name = "", Path = "/", PolicyDocument = "", Description, Tags }) => {
        const arn = `arn:aws:iam::${accountId}:policy${Path}${name}`;
        if ([...model().managedPolicies.values()].some((policy) => policy.name === name)) {
          throw alreadyExists(`A policy called ${name} already exists. Duplicate names are not allowed.`);
        }
        const policy = {
          arn,
          name,
          id: uniqueId("ANPA"),
          document: readPolicy(PolicyDocument),
          description: Description,
          tags: tagRecord(Tags),
          createdMs: nowMs(),
        };
        store.putPolicy(policy);
        options.refresh();
        return { Policy: policyShape(policy, roles()) };
      },
    },
    GetPolicy: { rights, run: ({ PolicyArn = "" }) => ({ Policy: policyShape(find(PolicyArn), roles()) }) },
    GetPolicyVersion: {
      rights,
      run: ({ PolicyArn = "", VersionId = "" }) => {
        const { document, createdMs } = find(PolicyArn);
        if (VersionId !== "v1") {
          throw noSuchEntity(`Policy ${PolicyArn} version ${VersionId} does not exist or is not attachable.`);
        }
        const date = createdMs === undefined ? {} : { CreateDate: new Date(createdMs) };
        return {
          PolicyVersion: { Document: encodedPolicy(document), VersionId, IsDefaultVersion: true, ...date },
        };
      },
    },
    ListPolicyVersions: {
      rights,
      run: ({ PolicyArn = "" }) => {
        find(PolicyArn);
        return { Versions: [{ VersionId: "v1", IsDefaultVersion: true }], IsTruncated: false };
      },
    },
    ListPolicies: {
      rights: () => [{ resource: "*" }],
      run: ({ Scope = "All", OnlyAttached = false, PathPrefix = "/", ...paging }) => {
        const own = Scope === "AWS" ? [] : [...model().managedPolicies.values()];
        const ofAws = Scope === "Local" ? [] : managedPolicyArns().map(find);
        const all = [...own, ...ofAws]
          .map((policy) => policyShape(policy, roles()))
          .filter(({ Path = "/" }) => Path.startsWith(PathPrefix))
          .filter(({ AttachmentCount = 0 }) => !OnlyAttached || AttachmentCount > 0);
        const { items, more } = page(all, paging);
        return { Policies: items, ...more };
      },
    },
    ListEntitiesForPolicy: {
      rights,
      run: ({ PolicyArn = "", ...paging }) => {
        find(PolicyArn);
        const attached = [...roles()].filter((role) => role.managedPolicyArns?.includes(PolicyArn));
        const { items, more } = page(attached, paging);
        const PolicyRoles = items.map(({ name, id }) => ({ RoleName: name, RoleId: id }));
        return { PolicyRoles, PolicyGroups: [], PolicyUsers: [], ...more };
      },
    },
    DeletePolicy: {
      rights,
      run: ({ PolicyArn = "" }) => {
        const policy = find(PolicyArn);
        if (store.policy(PolicyArn) === undefined) throw ofTemplate(`The policy ${policy.name}`);
        if ((policyShape(policy, roles()).AttachmentCount ?? 0) > 0) {
          throw deleteConflict("Cannot delete a policy attached to entities.");
        }
        store.deletePolicy(PolicyArn);
        options.refresh();
        return {};
      },
    },
  };

  /** @throws {AwsServiceError} if there is no such policy here. */
  function find(arn: string): ManagedPolicy {
    const own = model().managedPolicies.get(arn);
    if (own !== undefined) return own;
    const document = findManagedPolicy(arn);
    if (document === undefined) throw noSuchEntity(`Policy ${arn} was not found.`);
    const id = `ANPA${createHash("sha256").update(arn).digest("hex").slice(0, 17).toUpperCase()}`;
    return { arn, name: arn.split("/").at(-1) ?? "", id, document };
  }
}
