import type * as s3Client from "@aws-sdk/client-s3";
import { AwsServiceError } from "../service-error.ts";
import type { OperationsOf } from "../wire/service-api.ts";
import type { Access } from "./access.ts";
import { checkBucketName } from "./bucket-name.ts";
import { ownerOf } from "./listing-operations.ts";
import { checkAcl, checkTags } from "./object-input.ts";
import { invalidArgument, notImplemented } from "./s3-error.ts";
import { newBucketSettings, type S3Store } from "./s3-store.ts";

/** Operations on buckets. */
export function bucketOperations(store: S3Store, access: Access): OperationsOf<typeof s3Client> {
  return {
    CreateBucket: {
      rights: access.onBucket("CreateBucket"),
      run: (input, { region }) => {
        const { Bucket: name = "", CreateBucketConfiguration: configuration = {} } = input;
        checkBucketName(name);
        checkLocation(configuration.LocationConstraint, region);
        if (configuration.Bucket !== undefined || configuration.Location !== undefined) {
          throw notImplemented("This platform has no directory buckets.");
        }
        if (input.ObjectLockEnabledForBucket === true) {
          throw notImplemented("This platform locks no objects (Object Lock).");
        }
        const settings = newBucketSettings();
        const { ObjectOwnership: ownership } = input;
        if (ownership !== undefined)
          settings["OwnershipControls"] = { Rules: [{ ObjectOwnership: ownership }] };
        // A new bucket may be said to be private: it is.
        if (input.ACL !== "private") {
          checkAcl(input.ACL, { name, createdMs: 0, versioning: undefined, settings });
        }
        if (configuration.Tags !== undefined) settings["Tags"] = checkTags(configuration.Tags, 50);
        // In the oldest Region, creating one's own bucket once more does nothing.
        if (region !== "us-east-1" || store.buckets.find(name) === undefined) {
          store.buckets.create(name, settings);
        }
        return { Location: region === "us-east-1" ? `/${name}` : `http://${name}.s3.amazonaws.com/` };
      },
    },

    DeleteBucket: {
      rights: access.onBucket("DeleteBucket"),
      run: (input, context) => {
        store.buckets.delete(access.bucket(input, context).name);
        return {};
      },
    },

    HeadBucket: {
      rights: access.onBucket("ListBucket"),
      run: (input, context) => {
        const { name } = access.bucket(input, context);
        return { BucketRegion: context.region, BucketArn: `arn:aws:s3:::${name}`, AccessPointAlias: false };
      },
    },

    GetBucketLocation: {
      rights: access.onBucket("GetBucketLocation"),
      run: (input, context) => {
        access.bucket(input, context);
        const { region } = context;
        return region === "us-east-1" ? {} : { LocationConstraint: region as "eu-west-1" };
      },
    },

    ListBuckets: {
      rights: (_, context) => [
        { action: "s3:ListAllMyBuckets", resource: "*", context: secure(access, context) },
      ],
      run: (input, context) => {
        const {
          Prefix: prefix = "",
          BucketRegion,
          MaxBuckets: most = 10_000,
          ContinuationToken: token,
        } = input;
        if (!Number.isInteger(most) || most < 1 || most > 10_000) {
          throw invalidArgument(
            "Argument max-buckets must be an integer between 1 and 10000",
            "max-buckets",
            most,
          );
        }
        const after = token === undefined ? "" : Buffer.from(token, "base64").toString();
        const isHere = BucketRegion === undefined || BucketRegion === context.region;
        const found = store.buckets
          .list()
          .filter(({ name }) => isHere && name.startsWith(prefix) && name > after);
        const buckets = found.slice(0, most);
        const last = buckets.at(-1)?.name ?? "";
        return {
          Owner: ownerOf(context),
          Buckets: buckets.map(({ name, createdMs }) => ({
            Name: name,
            CreationDate: new Date(createdMs),
            ...((token ?? input.MaxBuckets ?? input.Prefix ?? BucketRegion)
              ? { BucketRegion: context.region }
              : {}),
          })),
          ...(input.Prefix === undefined ? {} : { Prefix: prefix }),
          ...(found.length > most ? { ContinuationToken: Buffer.from(last).toString("base64") } : {}),
        };
      },
    },
  };
}

/** What is known of a request to no bucket. */
function secure(access: Access, context: Parameters<Access["right"]>[3]) {
  return access.right("", "", undefined, context).context ?? {};
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html */
function checkLocation(location: string | undefined, region: string): void {
  if (location === region && region === "us-east-1") {
    throw new AwsServiceError(
      "InvalidLocationConstraint",
      400,
      "The specified location-constraint is not valid",
      { LocationConstraint: location },
    );
  }
  if (location === region || (location === undefined && region === "us-east-1")) return;
  throw new AwsServiceError(
    "IllegalLocationConstraintException",
    400,
    `The ${location ?? "unspecified"} location constraint is incompatible for the region specific endpoint this request was sent to.`,
  );
}
