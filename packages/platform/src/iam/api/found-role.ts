import type { Right } from "../../wire/service-api.ts";
import type { StoredRole } from "../identity-store.ts";
import type { Role } from "../role.ts";
import type { IamApiOptions } from "./iam-api.ts";
import { noSuchRole, ofTemplate } from "./iam-errors.ts";

/** What members that name a role must satisfy. */
export const roleName = { RoleName: { length: [1, 64], pattern: String.raw`[\w+=,.@-]+` } } as const;

/** @throws {AwsServiceError} if there is no such role. */
export function findRole({ model }: IamApiOptions, name = ""): Role {
  const role = [...model().roles.values()].find((candidate) => candidate.name === name);
  if (role === undefined) throw noSuchRole(name);
  return role;
}

/** Changes a role that no template makes. @throws {AwsServiceError} if there is none of that name. */
export function changeRole(
  options: IamApiOptions,
  name: string | undefined,
  change: (role: StoredRole) => Partial<StoredRole>,
): void {
  const stored = findStoredRole(options, name);
  options.store.putRole({ ...stored, ...change(stored) });
  options.refresh();
}

/** @throws {AwsServiceError} if there is no such role, or a template makes it. */
export function findStoredRole(options: IamApiOptions, name: string | undefined): StoredRole {
  const role = findRole(options, name);
  const stored = options.store.role(role.name);
  if (stored === undefined || stored.arn !== role.arn) throw ofTemplate(`The role ${role.name}`);
  return stored;
}

/** The operation's action on the role that it names, whether or not that is there. */
export function onRole({ model, accountId }: IamApiOptions) {
  return ({ RoleName = "" }: { readonly RoleName?: string | undefined }): readonly Right[] => {
    const role = [...model().roles.values()].find(({ name }) => name === RoleName);
    return [{ resource: role?.arn ?? `arn:aws:iam::${accountId}:role/${RoleName}` }];
  };
}
