import * as s3Client from "@aws-sdk/client-s3";
import { AwsServiceError } from "../service-error.ts";
import { defineService, type ServiceApi } from "../wire/service-api.ts";
import { Access } from "./access.ts";
import { bucketOperations } from "./bucket-operations.ts";
import { settingOperations } from "./bucket-settings.ts";
import { checkWholeBody } from "./checksum/claims.ts";
import { listingOperations } from "./listing-operations.ts";
import { multipartOperations } from "./multipart-operations.ts";
import { objectOperations } from "./object-operations.ts";
import type { S3Store } from "./s3-store.ts";

/** Documents with ten thousand parts or a thousand long keys are longer than requests of other services. Ours, in bytes. */
const documentBytes = 16 * 1024 * 1024;

/**
 * S3: buckets, and the objects in them.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
 */
export function s3Api(store: S3Store): ServiceApi {
  const access = new Access(store);
  return defineService(
    s3Client,
    {
      ...bucketOperations(store, access),
      ...settingOperations(store, access),
      ...objectOperations(store, access),
      ...listingOperations(store, access),
      ...multipartOperations(store, access),
    },
    {
      requestBytes: documentBytes,
      missingMembers: (names) =>
        new AwsServiceError("MalformedXML", 400, `The request has no ${names.join(", ")}.`),
      checkBody: (operation, request, body, trailers) => {
        // That one's checksums are those of the object.
        if (operation !== "CompleteMultipartUpload") checkWholeBody(request, body, trailers);
      },
    },
  );
}
