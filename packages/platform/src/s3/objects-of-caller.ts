import { AwsServiceError } from "../service-error.ts";
import type { ObjectStore } from "../stack/object-store.ts";
import { denialOf } from "../wire/denial.ts";
import type { CallContext } from "../wire/service-api.ts";
import { Access } from "./access.ts";
import type { S3Store } from "./s3-store.ts";

/**
 * Objects as other services read them for their callers: with the rights that a caller has itself.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html
 */
export function objectsOfCaller(store: S3Store, context: CallContext): Pick<ObjectStore, "read"> {
  const access = new Access(store);
  return {
    async read(bucket, key, versionId) {
      const action = versionId === undefined ? "GetObject" : "GetObjectVersion";
      const denial = denialOf(context, access.right(action, bucket, key, context));
      if (denial !== undefined) throw new AwsServiceError("AccessDenied", 403, denial);
      try {
        return await store.read(bucket, key, versionId);
      } catch (error) {
        throw access.hideMissing(error, bucket, context);
      }
    },
  };
}
