import { describe, expect, test } from "vitest";
import { MemoryObjects } from "../../../test/memory-objects.ts";
import { objectOf, readTemplate } from "./template-source.ts";

// Where a TemplateURL leads: to S3 in any of its forms, and to this platform by any name that a tool may have for it.

const endpoint = "http://127.0.0.1:4566";

describe("an address names an object", () => {
  test.each<[string, string, string, string?]>([
    ["http://127.0.0.1:4566/bucket/a/b.template", "bucket", "a/b.template"],
    ["http://localhost:4566/bucket/key", "bucket", "key"],
    ["http://[::1]:4566/bucket/key", "bucket", "key"],
    ["http://s3.localhost:4566/bucket/key", "bucket", "key"],
    // The platform's machine, as another container calls it.
    ["http://sluice:4566/bucket/key", "bucket", "key"],
    ["https://s3.amazonaws.com/bucket/key", "bucket", "key"],
    ["https://s3.eu-west-1.amazonaws.com/bucket/key", "bucket", "key"],
    ["https://s3-eu-west-1.amazonaws.com/bucket/key", "bucket", "key"],
    ["https://s3.dualstack.eu-west-1.amazonaws.com/bucket/key", "bucket", "key"],
    ["https://my.bucket.s3.eu-west-1.amazonaws.com/a/key", "my.bucket", "a/key"],
    ["https://bucket.s3.amazonaws.com/a%20b", "bucket", "a b"],
    ["https://bucket.s3.amazonaws.com/key?versionId=v1", "bucket", "key", "v1"],
  ])("%s", (url, bucket, key, version) => {
    expect(objectOf(url, endpoint)).toEqual({ bucket, key, version });
  });
});

describe("an address is refused", () => {
  test.each([
    ["s3://bucket/key", "S3 error: Domain name specified in bucket is not a valid S3 domain"],
    ["https://example.com/bucket/key", "TemplateURL must be a supported URL."],
    ["https://s3.amazonaws.com.example.com/bucket/key", "TemplateURL must be a supported URL."],
    ["file:///etc/passwd", "TemplateURL must be a supported URL."],
    ["bucket/key", "TemplateURL must be a supported URL."],
    ["http://localhost:4566/bucket", "TemplateURL must be a supported URL."],
  ])("%s", (url, message) => {
    expect(() => objectOf(url, endpoint)).toThrow(message);
  });
});

describe("a template is read", () => {
  const objects = new MemoryObjects();
  objects.put("bucket", "key", "Resources: {}");
  objects.put("bucket", "large", " ".repeat(1_000_001));

  test.each([
    ["from the request", { TemplateBody: "x" }, "x"],
    ["from S3", { TemplateURL: `${endpoint}/bucket/key` }, "Resources: {}"],
    ["from nowhere", {}, undefined],
  ])("%s", async (_, location, text) => {
    expect(await readTemplate(location, objects, endpoint)).toBe(text);
  });

  test.each([
    [
      "no object",
      { TemplateURL: `${endpoint}/bucket/none` },
      "S3 error: The specified key does not exist.\nFor more information check http://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html",
    ],
    [
      "no bucket",
      { TemplateURL: `${endpoint}/none/key` },
      "S3 error: The specified bucket does not exist\nFor more information check http://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html",
    ],
    [
      "too much",
      { TemplateURL: `${endpoint}/bucket/large` },
      "Template may not exceed 1000000 bytes in size.",
    ],
    [
      "two of them",
      { TemplateURL: `${endpoint}/bucket/key`, TemplateBody: "x" },
      "Either Template URL or Template Body must be specified, not both.",
    ],
  ])("unless there is %s", async (_, location, message) => {
    await expect(readTemplate(location, objects, endpoint)).rejects.toThrow(message);
  });
});
