import type { Contract } from "../contract.ts";

const folder = "packages/platform/src/s3";
const objects = `${folder}/objects.test.ts`;
const multipart = `${folder}/multipart.test.ts`;
const buckets = `${folder}/buckets.test.ts`;
const versioning = `${folder}/versioning.test.ts`;

/** Buckets and objects, as deployment tools and functions use them. */
export const s3: Contract = {
  title: "S3",
  sources: [
    "https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html",
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html",
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html",
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html",
  ],
  behaviours: [
    {
      behaviour: "An object is read with the metadata, type and encoding that it was written with.",
      verdict: "pass",
      test: `${objects} > an object is read as it was written, with what was said of it`,
    },
    {
      behaviour: "An object has S3's own type and encryption unless it says otherwise, and may be empty.",
      verdict: "pass",
      test: `${objects} > an object that nothing is said of has S3's own type and encryption, and may be empty`,
    },
    {
      behaviour: "A key may have any character.",
      verdict: "pass",
      test: `${objects} > the key `,
    },
    {
      behaviour: "A key has at most 1,024 bytes.",
      verdict: "pass",
      test: `${objects} > a key of more than 1,024 bytes is refused`,
    },
    {
      behaviour: "A range gives a part of an object.",
      verdict: "pass",
      test: `${objects} > a range > bytes=2-4 has 234`,
    },
    {
      behaviour: "A range that can't be read, or that has several parts, gives the whole.",
      verdict: "pass",
      test: `${objects} > a range > bytes=4-2 has `,
    },
    {
      behaviour: "A range beyond the object is InvalidRange (416).",
      verdict: "pass",
      test: `${objects} > a range > bytes=10- is refused`,
    },
    {
      behaviour: "Conditions of reading give 304 and 412.",
      verdict: "pass",
      test: `${objects} > conditions of reading`,
    },
    {
      behaviour: "A write may be conditional.",
      verdict: "pass",
      test: `${objects} > a write can be kept from replacing what is there, or anything else`,
    },
    {
      behaviour: "A request may set headers of its answer.",
      verdict: "pass",
      test: `${objects} > an answer has the headers that its request wants`,
    },
    {
      behaviour: "A copy keeps the content, and the metadata unless that is replaced.",
      verdict: "pass",
      test: `${objects} > a copy has the content, and what it is told of the rest`,
    },
    {
      behaviour: "DeleteObjects deletes many at once, and those that are not there.",
      verdict: "pass",
      test: `${objects} > many objects are deleted at once, those among them that are not there`,
    },
    {
      behaviour: "GetObjectAttributes gives what it is asked for.",
      verdict: "pass",
      test: `${objects} > the attributes of an object are those that are asked for`,
    },
    {
      behaviour: "Objects have at most ten tags and 2 KB of metadata.",
      verdict: "pass",
      test: `${objects} > a write with `,
    },
    {
      behaviour: "Lists encode keys if they are asked to.",
      verdict: "pass",
      test: `${objects} > lists write keys as they are asked to`,
    },
    {
      behaviour: "The pages of a list have every key and common prefix once, in the order of their bytes.",
      verdict: "pass",
      test: `${folder}/listing.test.ts > the pages of a list together have every key and common prefix once, in the order of their bytes`,
    },
    {
      behaviour: "A list begins behind a key or a token.",
      verdict: "pass",
      test: `${folder}/listing.test.ts > a list begins behind what it is told to`,
    },
    {
      behaviour: "The five checksums are verified and kept, in headers and in trailers.",
      verdict: "pass",
      test: `${folder}/uploads.test.ts > the SDK's uploads`,
    },
    {
      behaviour: "A body that is not what headers say is refused.",
      verdict: "pass",
      test: `${folder}/uploads.test.ts > a body`,
    },
    {
      behaviour: "An upload that breaks off leaves nothing.",
      verdict: "pass",
      test: `${folder}/uploads.test.ts > an upload that breaks off leaves nothing`,
    },
    {
      behaviour: "Parts of an upload may come in any order, and again.",
      verdict: "pass",
      test: `${multipart} > parts that come out of order, and twice, are put together as their numbers say`,
    },
    {
      behaviour: "The checksum of parts is composite or of the whole object, as its algorithm allows.",
      verdict: "pass",
      test: `${multipart} > the checksum of an upload`,
    },
    {
      behaviour: "An upload is completed with the parts that were uploaded only.",
      verdict: "pass",
      test: `${multipart} > an upload is not complete > with parts that aren't what was uploaded`,
    },
    {
      behaviour: "An upload that was given up can't be completed.",
      verdict: "pass",
      test: `${multipart} > an upload is not complete > once it was given up`,
    },
    {
      behaviour: "Uploads and their parts are listed in pages.",
      verdict: "pass",
      test: `${multipart} > uploads under way are listed, and their parts in pages`,
    },
    {
      behaviour: "A part may be copied from an object.",
      verdict: "pass",
      test: `${multipart} > parts can be copied from other objects`,
    },
    {
      behaviour: "The name of a bucket follows S3's rules.",
      verdict: "pass",
      test: `${buckets} > ab is no name of a bucket`,
    },
    {
      behaviour: "A new bucket blocks public access, is encrypted with AES256 and grants its owner alone.",
      verdict: "pass",
      test: `${buckets} > a new bucket has what AWS gives every new one`,
    },
    {
      behaviour: "A bucket's policy must name somebody and be about the bucket.",
      verdict: "pass",
      test: `${buckets} > a bucket's policy > that `,
    },
    {
      behaviour: "A bucket's policy lets in and keeps out.",
      verdict: "pass",
      test: `${folder}/access.test.ts > a bucket's policy`,
    },
    {
      behaviour: "A role may do what its policies allow, and a refusal says who may not do what.",
      verdict: "pass",
      test: `${folder}/access.test.ts > a refusal says who may not do what`,
    },
    {
      behaviour: "With versioning every write is a version, and a deletion hides them.",
      verdict: "pass",
      test: `${versioning} > with versioning every write is a version, and what is deleted only hides them`,
    },
    {
      behaviour: "Suspended versioning keeps one version with the id null.",
      verdict: "pass",
      test: `${versioning} > suspended versioning has one version without an id besides those that were there`,
    },
    {
      behaviour: "A bucket goes when it has no version and no mark.",
      verdict: "pass",
      test: `${versioning} > a bucket goes when every version and mark is gone, as sam delete and others see to`,
    },
    {
      behaviour: "Every operation of S3 is served.",
      verdict: "not emulated",
      test: `${buckets} > what is not served is refused by name, and noted`,
      note: "what is not served is refused by name with NotImplemented (501)",
    },
  ],
};
