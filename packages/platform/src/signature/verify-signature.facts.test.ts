/**
 * Signatures that others computed: the worked examples of AWS's documentation, and a few cases of AWS's suite.
 */

import { describe, expect, test } from "vitest";
import { AwsServiceError } from "../service-error.ts";
import { emptySha256, sha256Hex } from "./signing-key.ts";
import { type SigningCredentials, verifySignature } from "./verify-signature.ts";

const suite = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  time: "20150830T123600Z",
};
const s3 = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  time: "20130524T000000Z",
};
const s3Host = "examplebucket.s3.amazonaws.com";

interface Fact {
  readonly name: string;
  readonly key: SigningCredentials & { readonly time: string };
  readonly service: string;
  readonly method?: string;
  readonly path: string;
  readonly query?: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body?: string;
  readonly signature: string;
}

const facts: Fact[] = [
  {
    name: "the suite's get-vanilla",
    key: suite,
    service: "service",
    path: "/",
    headers: [["Host", "example.amazonaws.com"]],
    signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
  },
  {
    name: "the suite's get-header-key-duplicate",
    key: suite,
    service: "service",
    path: "/",
    headers: [
      ["Host", "example.amazonaws.com"],
      ["My-Header1", "value2"],
      ["My-Header1", "value2"],
      ["My-Header1", "value1"],
    ],
    signature: "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea",
  },
  {
    name: "the suite's get-slashes-normalized",
    key: suite,
    service: "service",
    path: "//example//",
    headers: [["Host", "example.amazonaws.com"]],
    signature: "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84",
  },
  {
    name: "the suite's get-vanilla-utf8-query",
    key: suite,
    service: "service",
    path: "/",
    query: "\u00e1\u0088\u00b4=bar",
    headers: [["Host", "example.amazonaws.com"]],
    signature: "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04",
  },
  {
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
    name: "the IAM guide's ListUsers",
    key: suite,
    service: "iam",
    path: "/",
    query: "Action=ListUsers&Version=2010-05-08",
    headers: [
      ["Host", "iam.amazonaws.com"],
      ["Content-Type", "application/x-www-form-urlencoded; charset=utf-8"],
    ],
    signature: "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
  },
  // https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
  {
    name: "the S3 guide's GET Object",
    key: s3,
    service: "s3",
    path: "/test.txt",
    headers: [
      ["Host", s3Host],
      ["Range", "bytes=0-9"],
      ["x-amz-content-sha256", emptySha256],
    ],
    signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
  },
  {
    name: "the S3 guide's PUT Object, whose path is encoded once",
    key: s3,
    service: "s3",
    method: "PUT",
    path: "/test%24file.text",
    headers: [
      ["Host", s3Host],
      ["Date", "Fri, 24 May 2013 00:00:00 GMT"],
      ["x-amz-storage-class", "REDUCED_REDUNDANCY"],
      ["x-amz-content-sha256", "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"],
    ],
    body: "Welcome to Amazon S3.",
    signature: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
  },
  {
    name: "the S3 guide's GET Bucket Lifecycle",
    key: s3,
    service: "s3",
    path: "/",
    query: "lifecycle",
    headers: [
      ["Host", s3Host],
      ["x-amz-content-sha256", emptySha256],
    ],
    signature: "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
  },
  {
    name: "the S3 guide's List Objects",
    key: s3,
    service: "s3",
    path: "/",
    query: "max-keys=2&prefix=J",
    headers: [
      ["Host", s3Host],
      ["x-amz-content-sha256", emptySha256],
    ],
    signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
  },
];

describe("a signature in the header", () => {
  test.each(facts)("holds for $name", (fact) => {
    expect(verifyFact(fact)).toMatchObject({ status: "verified", form: "header" });
    const [last] = fact.signature.slice(-1);
    const changed = fact.signature.slice(0, -1) + (last === "0" ? "1" : "0");
    expect(() => verifyFact({ ...fact, signature: changed })).toThrow(AwsServiceError);
  });
});

// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
test("the S3 guide's presigned URL holds, and covers no body", () => {
  const query = [
    "X-Amz-Algorithm=AWS4-HMAC-SHA256",
    "X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request",
    "X-Amz-Date=20130524T000000Z",
    "X-Amz-Expires=86400",
    "X-Amz-SignedHeaders=host",
    "X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
  ];
  const result = verifySignature(
    { method: "GET", rawPath: "/test.txt", rawQuery: query.join("&"), headers: [["Host", s3Host]] },
    { service: "s3", region: "us-east-1", credentials: () => s3, nowMs: Date.UTC(2013, 4, 24, 23, 59, 59) },
  );
  expect(result).toMatchObject({ status: "verified", form: "query", payload: { kind: "unsigned" } });
});

function verifyFact({ key, service, method = "GET", path, query = "", headers, body = "", signature }: Fact) {
  const signed: (readonly [string, string])[] = [...headers, ["X-Amz-Date", key.time]];
  const names = [...new Set(signed.map(([name]) => name.toLowerCase()))].sort();
  const scope = `${key.time.slice(0, 8)}/us-east-1/${service}/aws4_request`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${key.accessKeyId}/${scope}, SignedHeaders=${names.join(";")}, Signature=${signature}`;
  const [year, month, day, hour, minute] = [0, 4, 6, 9, 11].map((at) =>
    Number(key.time.slice(at, at === 0 ? 4 : at + 2)),
  ) as [number, number, number, number, number];
  return verifySignature(
    { method, rawPath: path, rawQuery: query, headers: [...signed, ["Authorization", authorization]] },
    {
      service,
      region: "us-east-1",
      credentials: (id) => (id === key.accessKeyId ? key : undefined),
      nowMs: Date.UTC(year, month - 1, day, hour, minute),
    },
  ).verifyBody(sha256Hex(body));
}
