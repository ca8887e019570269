import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { refusalOf, sharedS3 } from "../../test/s3-host.ts";

const s3 = sharedS3();
const Key = "key";

/** A bucket of a test's own. */
async function bucket(Bucket: string, versioning?: "Enabled") {
  const send: typeof s3.host.client.send = s3.host.client.send.bind(s3.host.client);
  const setVersioning = (Status: "Enabled" | "Suspended") =>
    send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));
  await send(new CreateBucketCommand({ Bucket }));
  if (versioning !== undefined) await setVersioning(versioning);
  return {
    setVersioning,
    status: async () => (await send(new GetBucketVersioningCommand({ Bucket }))).Status,
    put: async (Body: string) => (await send(new PutObjectCommand({ Bucket, Key, Body }))).VersionId,
    read: async (VersionId?: string) => {
      const answer = await send(new GetObjectCommand({ Bucket, Key, VersionId }));
      return answer.Body?.transformToString();
    },
    remove: (VersionId?: string) => send(new DeleteObjectCommand({ Bucket, Key, VersionId })),
    head: (VersionId?: string) => send(new HeadObjectCommand({ Bucket, Key, VersionId })),
    versions: async () => {
      const { Versions = [], DeleteMarkers = [] } = await send(new ListObjectVersionsCommand({ Bucket }));
      return {
        versions: Versions.map(({ VersionId, IsLatest }) => `${VersionId}${IsLatest ? " latest" : ""}`),
        markers: DeleteMarkers.map(({ VersionId, IsLatest }) => `${VersionId}${IsLatest ? " latest" : ""}`),
      };
    },
    keys: async () =>
      ((await send(new ListObjectsV2Command({ Bucket }))).Contents ?? []).map((object) => object.Key),
    deleteBucket: () => send(new DeleteBucketCommand({ Bucket })),
    deleteMany: (VersionIds: string[]) =>
      send(
        new DeleteObjectsCommand({
          Bucket,
          Delete: { Objects: VersionIds.map((VersionId) => ({ Key, VersionId })) },
        }),
      ),
  };
}

test("without versioning there is one version, which has no id to tell", async () => {
  const plain = await bucket("plain");
  expect(await plain.status()).toBeUndefined();
  expect(await plain.put("one")).toBeUndefined();
  expect(await plain.put("two")).toBeUndefined();
  expect(await plain.versions()).toEqual({ versions: ["null latest"], markers: [] });
  expect(await plain.read("null")).toBe("two");
  const removed = await plain.remove();
  expect([removed.DeleteMarker, removed.VersionId]).toEqual([undefined, undefined]);
  expect(await plain.versions()).toEqual({ versions: [], markers: [] });
});

test("with versioning every write is a version, and what is deleted only hides them", async () => {
  const versioned = await bucket("versioned", "Enabled");
  expect(await versioned.status()).toBe("Enabled");
  const one = await versioned.put("one");
  const two = await versioned.put("two");
  expect(await versioned.versions()).toEqual({ versions: [`${two} latest`, one], markers: [] });
  expect([await versioned.read(), await versioned.read(one)]).toEqual(["two", "one"]);

  const { DeleteMarker, VersionId: marker } = await versioned.remove();
  expect(DeleteMarker).toBe(true);
  expect(await versioned.keys()).toEqual([]);
  expect(await versioned.versions()).toEqual({ versions: [two, one], markers: [`${marker} latest`] });
  expect(await refusalOf(versioned.read())).toBe("404 NoSuchKey");
  expect(await refusalOf(versioned.read(marker))).toBe("405 MethodNotAllowed");
  expect(await versioned.read(one)).toBe("one");

  expect(await versioned.remove(marker)).toMatchObject({ DeleteMarker: true, VersionId: marker });
  expect(await versioned.read()).toBe("two");
  expect(await versioned.remove(two)).toMatchObject({ VersionId: two });
  expect(await versioned.read()).toBe("one");
  expect(await refusalOf(versioned.read(two))).toBe("404 NoSuchVersion");
});

test("suspended versioning has one version without an id besides those that were there", async () => {
  const suspended = await bucket("suspended");
  await suspended.put("before");
  await suspended.setVersioning("Enabled");
  const during = await suspended.put("during");
  await suspended.setVersioning("Suspended");
  expect(await suspended.versions()).toEqual({ versions: [`${during} latest`, "null"], markers: [] });
  await suspended.put("after");
  expect(await suspended.versions()).toEqual({ versions: ["null latest", during], markers: [] });
  expect(await suspended.read()).toBe("after");
  expect(await suspended.remove()).toMatchObject({ DeleteMarker: true, VersionId: "null" });
  expect(await suspended.versions()).toEqual({ versions: [during], markers: ["null latest"] });
});

test("a bucket goes when every version and mark is gone, as sam delete and others see to", async () => {
  const emptied = await bucket("emptied", "Enabled");
  const ids = [await emptied.put("one"), await emptied.put("two"), (await emptied.remove()).VersionId];
  await expect(emptied.deleteBucket()).rejects.toThrow(
    "The bucket you tried to delete is not empty. You must delete all versions in the bucket.",
  );
  const { Deleted } = await emptied.deleteMany(ids.map(String));
  expect(Deleted?.map(({ VersionId, DeleteMarker }) => [VersionId, DeleteMarker])).toEqual([
    [ids[0], undefined],
    [ids[1], undefined],
    [ids[2], true],
  ]);
  await emptied.deleteBucket();
  expect(await refusalOf(emptied.status())).toBe("404 NoSuchBucket");
});

test("what is hidden tells so in headers, also where there is no body", async () => {
  const hidden = await bucket("hidden", "Enabled");
  await hidden.put("one");
  const { VersionId = "" } = await hidden.remove();
  const headersOf = async (path: string) => {
    const answer = await s3.host.test.sendSigned({
      service: "s3",
      method: "HEAD",
      path,
      headers: { "x-amz-content-sha256": "UNSIGNED-PAYLOAD" },
    });
    await answer.ended;
    return [
      answer.status,
      answer.headers["x-amz-delete-marker"],
      answer.headers["x-amz-version-id"],
      answer.headers.allow,
    ];
  };
  expect(await headersOf("/hidden/key")).toEqual([404, "true", VersionId, undefined]);
  expect(await headersOf(`/hidden/key?versionId=${VersionId}`)).toEqual([405, "true", VersionId, "DELETE"]);
});
