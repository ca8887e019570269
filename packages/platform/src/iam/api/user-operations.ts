import type { IamOperations } from "./iam-api.ts";
import { noSuchEntity, validationError } from "./iam-errors.ts";

/** There are no users here, which can be told truly of each and of all. */
export function userOperations(): IamOperations {
  return {
    GetUser: ({ UserName }, { caller }) => {
      if (UserName !== undefined) throw noSuchEntity(`The user with name ${UserName} cannot be found.`);
      throw validationError(
        `Must specify userName when calling with non-User credentials${caller === undefined ? "" : `: these are ${caller.arn}`}`,
      );
    },
    ListUsers: () => ({ Users: [], IsTruncated: false }),
    ListGroups: () => ({ Groups: [], IsTruncated: false }),
    ListAccountAliases: () => ({ AccountAliases: [], IsTruncated: false }),
  };
}
