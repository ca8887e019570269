import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { StateDatabase } from "../state/database.ts";
import { allVersions, currentObjects, type Listing, list } from "./listing.ts";
import type { ObjectVersion } from "./object-record.ts";
import { S3Store } from "./s3-store.ts";
import { toVersion } from "./version-store.ts";

let folder: string;
let state: StateDatabase;
let store: S3Store;
let bucketCount = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "listing-"));
  state = StateDatabase.open(folder, () => {});
  store = new S3Store({ state, folder: join(folder, "objects"), nowMs: () => 0 });
});
afterAll(async () => {
  await store.close();
  state.close();
  await rm(folder, { recursive: true });
});

const details = {
  headers: {},
  metadata: {},
  encryption: { ServerSideEncryption: "AES256" },
  tags: [],
} as const;

function bucketWith(keys: Iterable<string>, versioning = false): string {
  const bucket = `bucket-${++bucketCount}`;
  store.createBucket(bucket);
  if (versioning) store.setVersioning(bucket, "Enabled");
  for (const key of keys) store.objects.put({ bucket, key, etag: "", details, parts: [], conditions: {} });
  return bucket;
}

const byBytes = (left: string, right: string) => Buffer.compare(Buffer.from(left), Buffer.from(right));

/** The pages of a list, read to its end. */
function pages(
  read: (after: string | undefined, afterId: string | undefined) => Listing<ObjectVersion>,
): Listing<ObjectVersion>[] {
  const found: Listing<ObjectVersion>[] = [];
  for (let next: Listing<unknown>["next"] | "first" = "first"; next !== undefined; ) {
    const page: Listing<ObjectVersion> =
      next === "first" ? read(undefined, undefined) : read(next.after, next.afterId);
    found.push(page);
    next = page.next;
  }
  return found;
}

/** Few characters, so that keys have prefixes in common; some whose order differs between UTF-8 and UTF-16. */
const key = fc.string({
  unit: fc.constantFrom("a", "b", "/", "-", "é", "\u{ffff}", "\u{10000}", "\u{10ffff}", "\ud7ff", " ", "\0"),
  minLength: 1,
  maxLength: 6,
});
const part = fc.string({ unit: fc.constantFrom("a", "/", "-", "\u{10ffff}", "\ud7ff"), maxLength: 2 });

test("the pages of a list together have every key and common prefix once, in the order of their bytes", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(key, { maxLength: 12 }),
      part,
      part,
      fc.integer({ min: 1, max: 4 }),
      (keys, prefix, delimiter, limit) => {
        const bucket = bucketWith(keys);
        const read = currentObjects(state, bucket, toVersion);
        const all = pages((after) => list({ bucket, prefix, delimiter, after, limit }, read));

        const inOrder = keys.toSorted(byBytes).filter((each) => each.startsWith(prefix));
        const commonOf = (each: string) => {
          const at = delimiter === "" ? -1 : each.indexOf(delimiter, prefix.length);
          return at === -1 ? undefined : each.slice(0, at + delimiter.length);
        };
        expect(all.flatMap(({ items }) => items.map((item) => item.key))).toEqual(
          inOrder.filter((each) => commonOf(each) === undefined),
        );
        expect(all.flatMap(({ commonPrefixes }) => commonPrefixes)).toEqual([
          ...new Set(inOrder.flatMap((each) => commonOf(each) ?? [])),
        ]);
        for (const page of all) {
          expect(page.items.length + page.commonPrefixes.length).toBeLessThanOrEqual(limit);
        }
      },
    ),
    { numRuns: 150 },
  );
});

test("a list begins behind what it is told to", () => {
  fc.assert(
    fc.property(fc.uniqueArray(key, { maxLength: 12 }), key, (keys, after) => {
      const bucket = bucketWith(keys);
      const { items } = list(
        { bucket, prefix: "", delimiter: "", after, limit: 100 },
        currentObjects(state, bucket, toVersion),
      );
      expect(items.map((item) => item.key)).toEqual(
        keys.filter((each) => byBytes(each, after) > 0).toSorted(byBytes),
      );
    }),
    { numRuns: 60 },
  );
});

test("the pages of versions have every version once, the newest of a key first", () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom("a", "b", "c/d"), { maxLength: 9 }),
      fc.integer({ min: 1, max: 3 }),
      (keys, limit) => {
        const bucket = bucketWith(keys, true);
        const read = allVersions(state, bucket, toVersion);
        const all = pages((after, afterId) =>
          list({ bucket, prefix: "", delimiter: "", after, afterId, limit }, read, (item) => item.versionId),
        ).flatMap(({ items }) => items);
        expect(all.map((item) => item.key)).toEqual(keys.toSorted(byBytes));
        expect(new Set(all.map(({ versionId }) => versionId)).size).toBe(keys.length);
        const latest = all.filter(({ isLatest }) => isLatest);
        expect(latest.map((item) => item.key)).toEqual([...new Set(keys)].toSorted(byBytes));
        for (const each of new Set(keys)) expect(all.find((item) => item.key === each)?.isLatest).toBe(true);
      },
    ),
    { numRuns: 60 },
  );
});
