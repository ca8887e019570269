import { randomInt } from "node:crypto";
import { changeRole, findRole, findStoredRole, onRole, roleName } from "./found-role.ts";
import type { IamApiOptions, IamOperations } from "./iam-api.ts";
import { alreadyExists, deleteConflict, readPolicy } from "./iam-errors.ts";
import { page, roleShape, tagList, tagRecord } from "./iam-shapes.ts";

const maxSession = { MaxSessionDuration: { range: [3600, 43_200] } } as const;
const path = {
  Path: { length: [1, 512], pattern: String.raw`(\u002F)|(\u002F[\u0021-\u007E]+\u002F)` },
} as const;

/** Roles themselves. */
export function roleOperations(options: IamApiOptions): IamOperations {
  const { accountId, store, model, nowMs } = options;
  const rights = onRole(options);
  const constraints = roleName;
  const noInstanceProfiles = { InstanceProfiles: [], IsTruncated: false };
  return {
    CreateRole: {
      constraints: { ...roleName, ...maxSession, ...path },
      rights: ({ RoleName, Path = "/", PermissionsBoundary }) => [
        {
          resource: `arn:aws:iam::${accountId}:role${Path}${RoleName}`,
          context: { "iam:PermissionsBoundary": PermissionsBoundary },
        },
      ],
      run: (input) => {
        const { RoleName: name = "", Path = "/", AssumeRolePolicyDocument = "" } = input;
        if (
          [...model().roles.values()].some((role) => role.name === name) ||
          store.role(name) !== undefined
        ) {
          throw alreadyExists(`Role with name ${name} already exists.`);
        }
        const arn = `arn:aws:iam::${accountId}:role${Path}${name}`;
        store.putRole({
          arn,
          name,
          id: uniqueId("AROA"),
          trustPolicy: readPolicy(AssumeRolePolicyDocument, "trust"),
          inlinePolicies: [],
          managedPolicyArns: [],
          boundaryArn: input.PermissionsBoundary,
          maxSessionSeconds: input.MaxSessionDuration ?? 3600,
          description: input.Description,
          tags: tagRecord(input.Tags),
          createdMs: nowMs(),
        });
        options.refresh();
        return { Role: roleShape(findRole(options, name)) };
      },
    },
    GetRole: {
      constraints,
      rights,
      run: ({ RoleName }) => ({ Role: roleShape(findRole(options, RoleName)) }),
    },
    ListRoles: {
      constraints: { MaxItems: { range: [1, 1000] } },
      rights: ({ PathPrefix = "/" }) => [{ resource: `arn:aws:iam::${accountId}:role${PathPrefix}` }],
      run: ({ PathPrefix = "/", ...paging }) => {
        const roles = [...model().roles.values()]
          .map(roleShape)
          .filter(({ Path = "/" }) => Path.startsWith(PathPrefix))
          .sort((left, right) => ((left.RoleName ?? "") < (right.RoleName ?? "") ? -1 : 1));
        const { items, more } = page(roles, paging);
        // As on AWS, lists leave out what takes a look at each role.
        const Roles = items.map(({ Tags, RoleLastUsed, PermissionsBoundary, ...role }) => role);
        return { Roles, ...more };
      },
    },
    UpdateRole: {
      constraints: { ...roleName, ...maxSession },
      rights,
      run: ({ RoleName, Description, MaxSessionDuration }) => {
        changeRole(options, RoleName, ({ description, maxSessionSeconds }) => ({
          description: Description ?? description,
          maxSessionSeconds: MaxSessionDuration ?? maxSessionSeconds,
        }));
        return {};
      },
    },
    UpdateAssumeRolePolicy: {
      constraints,
      rights,
      run: ({ RoleName, PolicyDocument = "" }) => {
        changeRole(options, RoleName, () => ({ trustPolicy: readPolicy(PolicyDocument, "trust") }));
        return {};
      },
    },
    DeleteRole: {
      constraints,
      rights,
      run: ({ RoleName }) => {
        const { name, managedPolicyArns, inlinePolicies } = findStoredRole(options, RoleName);
        if (managedPolicyArns.length > 0) {
          throw deleteConflict("Cannot delete entity, must detach all policies first.");
        }
        if (inlinePolicies.length > 0)
          throw deleteConflict("Cannot delete entity, must delete policies first.");
        store.deleteRole(name);
        options.refresh();
        return {};
      },
    },
    TagRole: {
      constraints,
      rights,
      run: ({ RoleName, Tags }) => {
        changeRole(options, RoleName, ({ tags }) => ({ tags: { ...tags, ...tagRecord(Tags) } }));
        return {};
      },
    },
    UntagRole: {
      constraints,
      rights,
      run: ({ RoleName, TagKeys = [] }) => {
        changeRole(options, RoleName, ({ tags }) => ({
          tags: Object.fromEntries(Object.entries(tags).filter(([key]) => !TagKeys.includes(key))),
        }));
        return {};
      },
    },
    ListRoleTags: {
      constraints,
      rights,
      run: ({ RoleName, ...paging }) => {
        const { items, more } = page(tagList(findRole(options, RoleName).tags), paging);
        return { Tags: items, ...more };
      },
    },
    PutRolePermissionsBoundary: {
      constraints,
      rights,
      run: ({ RoleName, PermissionsBoundary }) => {
        changeRole(options, RoleName, () => ({ boundaryArn: PermissionsBoundary }));
        return {};
      },
    },
    DeleteRolePermissionsBoundary: {
      constraints,
      rights,
      run: ({ RoleName }) => {
        changeRole(options, RoleName, () => ({ boundaryArn: undefined }));
        return {};
      },
    },
    // Asked by tools before they delete a role.
    ListInstanceProfilesForRole: {
      constraints,
      rights,
      run: ({ RoleName }) => {
        findRole(options, RoleName);
        return noInstanceProfiles;
      },
    },
  };
}

/** As AWS's: a prefix that says what it is of, and 17 characters. */
export function uniqueId(prefix: "AROA" | "ANPA"): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  return prefix + Array.from({ length: 17 }, () => alphabet[randomInt(alphabet.length)]).join("");
}
