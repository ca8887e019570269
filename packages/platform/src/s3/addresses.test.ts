import { request } from "node:http";
import { CreateBucketCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { beforeAll, expect, test } from "vitest";
import { sharedS3 } from "../../test/s3-host.ts";
import { signWithSdk } from "../../test/sdk-signer.ts";
import { bucketOfHost } from "./virtual-host.ts";

const s3 = sharedS3();
const Bucket = "named";
beforeAll(async () => {
  await s3.host.client.send(new CreateBucketCommand({ Bucket }));
  await s3.host.client.send(new PutObjectCommand({ Bucket, Key: "a/b", Body: "found" }));
});

test.each([
  ["b.s3.amazonaws.com", "b"],
  ["b.s3.us-east-1.amazonaws.com", "b"],
  ["b.s3-eu-west-1.amazonaws.com", "b"],
  ["with.dots.s3.dualstack.eu-west-1.amazonaws.com:443", "with.dots"],
  ["b.s3.us-east-1.localhost:4566", "b"],
  ["b.localhost:4566", "b"],
  ["s3.us-east-1.amazonaws.com", undefined],
  ["s3.localhost", undefined],
  ["s3.us-east-1.localhost", undefined],
  ["localhost:4566", undefined],
  ["127.0.0.1:4566", undefined],
  ["[::1]:4566", undefined],
])("the host %s names the bucket %s", (host, bucket) => {
  expect(bucketOfHost(host)).toBe(bucket);
});

/** A request under another name of the platform. */
function get(host: string, path: string, headers: Record<string, string> = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    request({ host: "127.0.0.1", port: s3.host.test.port, path, headers: { ...headers, host } }, (answer) => {
      let text = `${answer.statusCode} `;
      answer.on("data", (piece) => {
        text += piece;
      });
      answer.on("end", () => resolve(text));
    })
      .on("error", reject)
      .end();
  });
}

async function getSigned(host: string, path: string): Promise<string> {
  const signed = await signWithSdk(
    {
      method: "GET",
      path,
      query: {},
      headers: { host, "x-amz-content-sha256": "UNSIGNED-PAYLOAD" },
      body: Buffer.alloc(0),
    },
    {
      service: "s3",
      region: "us-east-1",
      credentials: s3.host.test.platform.credentials,
      timeMs: Date.now(),
    },
  );
  return get(host, path, Object.fromEntries(signed.headers));
}

test.each([
  ["127.0.0.1", "/named/a/b"],
  ["s3.us-east-1.amazonaws.com", "/named/a/b"],
  ["named.s3.us-east-1.amazonaws.com", "/a/b"],
  ["named.s3.us-east-1.localhost", "/a/b"],
  ["named.localhost", "/a/b"],
])("an object is found at %s%s", async (host, path) => {
  expect(await getSigned(host, path)).toBe("200 found");
});

test("a host name of S3 makes an unsigned request S3's to refuse", async () => {
  expect(await get("named.s3.us-east-1.localhost", "/a/b")).toMatch(
    /^403 <\?xml .*\?>\n<Error><Code>AccessDenied<\/Code><Message>Access Denied<\/Message>/,
  );
});

test.each<[string, string, Record<string, string>]>([
  ["URL", "/named/a/b?AWSAccessKeyId=a&Signature=b%3D&Expires=1795658905", {}],
  ["request", "/named/a/b", { authorization: "AWS a:b=", date: new Date().toUTCString() }],
])(
  "a %s that is signed as before SigV4 is refused by S3, saying how to sign",
  async (form, path, headers) => {
    expect(await get("127.0.0.1", path, headers)).toContain(
      form === "URL"
        ? "<Code>InvalidRequest</Code><Message>The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.</Message>"
        : "<Code>InvalidArgument</Code><Message>Unsupported Authorization Type</Message>",
    );
  },
);

test("an error names what it is about, and the request", async () => {
  expect(await getSigned("127.0.0.1", "/named/nothing%20here%26")).toMatch(
    /^404 <\?xml version="1.0" encoding="UTF-8"\?>\n<Error><Code>NoSuchKey<\/Code><Message>The specified key does not exist\.<\/Message><Key>nothing here&amp;<\/Key><RequestId>[^<]+<\/RequestId><HostId>[^<]+<\/HostId><\/Error>$/,
  );
});

test("a path that is no text is no key", async () => {
  expect(await getSigned("127.0.0.1", "/named/%FF")).toMatch(/^400 [\s\S]*<Code>InvalidURI<\/Code>/);
});

test("a presigned URL is enough to write and to read, until it expires", async () => {
  const presign = (method: string, headers: Record<string, string> = {}, timeMs = Date.now()) =>
    signWithSdk(
      { method, path: "/named/presigned", query: {}, headers: { host: "127.0.0.1", ...headers } },
      { service: "s3", credentials: s3.host.test.platform.credentials, timeMs, form: "query", expiresIn: 60 },
    );
  const send = async (
    method: string,
    { rawPath, rawQuery }: { rawPath: string; rawQuery: string },
    body = "",
  ) => {
    const answer = await s3.host.test.send({
      method,
      path: `${rawPath}?${rawQuery}`,
      headers: { host: "127.0.0.1", "content-length": String(body.length) },
      body,
    });
    await answer.ended;
    return answer;
  };
  // The signer moves this header to the query.
  const written = await send("PUT", await presign("PUT", { "x-amz-meta-maker": "me" }), "by URL");
  expect(written.status).toBe(200);
  const read = await send("GET", await presign("GET"));
  expect([read.status, read.soFar, read.headers["x-amz-meta-maker"]]).toEqual([200, "by URL", "me"]);
  const expired = await send("GET", await presign("GET", {}, Date.now() - 120_000));
  expect([expired.status, expired.soFar]).toEqual([403, expect.stringContaining("Request has expired")]);
});
