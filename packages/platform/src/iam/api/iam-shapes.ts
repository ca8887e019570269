import type * as iam from "@aws-sdk/client-iam";
import type { PolicyDocument } from "../policy.ts";
import type { ManagedPolicy, Role } from "../role.ts";

/** What is said of something whose creation nobody has dated: what templates make begins with the platform. */
export const platformStart = new Date(Math.floor((Date.now() - performance.now()) / 1000) * 1000);

/** Documents are answered as they would stand in a URL. */
export function encodedPolicy(document: PolicyDocument | undefined): string {
  return encodeURIComponent(JSON.stringify(document ?? {})).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

export function roleShape(role: Role): iam.Role {
  const { name, arn, id, createdMs, trustPolicy, description, maxSessionSeconds, boundaryArn } = role;
  return {
    Path: pathOf(arn),
    RoleName: name,
    RoleId: id,
    Arn: arn,
    CreateDate: createdMs === undefined ? platformStart : new Date(createdMs),
    AssumeRolePolicyDocument: encodedPolicy(trustPolicy),
    ...(description === undefined ? {} : { Description: description }),
    MaxSessionDuration: maxSessionSeconds,
    ...(boundaryArn === undefined
      ? {}
      : {
          PermissionsBoundary: {
            PermissionsBoundaryType: "PermissionsBoundaryPolicy",
            PermissionsBoundaryArn: boundaryArn,
          },
        }),
    ...(Object.keys(role.tags ?? {}).length === 0 ? {} : { Tags: tagList(role.tags) }),
    RoleLastUsed: {},
  };
}

export function policyShape(policy: ManagedPolicy, roles: Iterable<Role>): iam.Policy {
  const { name, id, arn, createdMs, description } = policy;
  const date = createdMs === undefined ? platformStart : new Date(createdMs);
  const all = [...roles];
  return {
    PolicyName: name,
    PolicyId: id,
    Arn: arn,
    Path: pathOf(arn),
    DefaultVersionId: "v1",
    AttachmentCount: all.filter((role) => role.managedPolicyArns?.includes(arn)).length,
    PermissionsBoundaryUsageCount: all.filter(({ boundaryArn }) => boundaryArn === arn).length,
    IsAttachable: true,
    ...(description === undefined ? {} : { Description: description }),
    CreateDate: date,
    UpdateDate: date,
  };
}

export function tagList(tags: Readonly<Record<string, string>> = {}): iam.Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

export function tagRecord(tags: readonly iam.Tag[] = []): Record<string, string> {
  return Object.fromEntries(tags.map(({ Key = "", Value = "" }) => [Key, Value]));
}

/** `/` or what stands between two. */
function pathOf(arn: string): string {
  return arn.slice(arn.indexOf("/"), arn.lastIndexOf("/") + 1);
}

/** A part of a list, as IAM gives it: 100 at once unless asked. */
export function page<Item>(
  list: readonly Item[],
  {
    Marker,
    MaxItems = 100,
  }: { readonly Marker?: string | undefined; readonly MaxItems?: number | undefined },
): { readonly items: Item[]; readonly more: { IsTruncated: boolean; Marker?: string } } {
  const start = Number(Buffer.from(Marker ?? "", "base64").toString() || "0");
  const end = start + MaxItems;
  const isTruncated = end < list.length;
  const next = isTruncated ? { Marker: Buffer.from(String(end)).toString("base64") } : {};
  return { items: list.slice(start, end), more: { IsTruncated: isTruncated, ...next } };
}
