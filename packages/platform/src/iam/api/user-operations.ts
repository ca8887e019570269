import type { User } from "@aws-sdk/client-iam";
import { administratorUser } from "../sessions.ts";
import type { IamApiOptions, IamOperations } from "./iam-api.ts";
import { noSuchEntity, validationError } from "./iam-errors.ts";
import { platformStart } from "./iam-shapes.ts";

/** There is one user here, and can be no other: the owner of the access key that this platform gives. */
export function userOperations({ accountId }: Pick<IamApiOptions, "accountId">): IamOperations {
  const { name, userId, arn } = administratorUser(accountId);
  const user: User = { Path: "/", UserName: name, UserId: userId, Arn: arn, CreateDate: platformStart };
  return {
    GetUser: ({ UserName }, { caller }) => {
      if (UserName === name || (UserName === undefined && caller?.arn === arn)) return { User: user };
      if (UserName !== undefined) throw noSuchEntity(`The user with name ${UserName} cannot be found.`);
      throw validationError(
        `Must specify userName when calling with non-User credentials${caller === undefined ? "" : `: these are ${caller.arn}`}`,
      );
    },
    ListUsers: () => ({ Users: [user], IsTruncated: false }),
    ListGroups: () => ({ Groups: [], IsTruncated: false }),
    ListAccountAliases: () => ({ AccountAliases: [], IsTruncated: false }),
  };
}
