import type { StateDatabase } from "../state/database.ts";
import type { ObjectVersion, UploadRecord } from "./object-record.ts";

/** What is to be listed. */
export interface ListQuery {
  readonly bucket: string;
  readonly prefix: string;
  /** Keys that have it behind the prefix are listed by what they have up to it, once for all. Empty: none are. */
  readonly delimiter: string;
  /** Only what comes behind this: a key, or what several keys were listed by. */
  readonly after: string | undefined;
  /** Of versions and uploads of the key `after`, only those behind this. */
  readonly afterId?: string | undefined;
  /** Most entries. */
  readonly limit: number;
}

/** A part of a list. */
export interface Listing<Item> {
  readonly items: readonly Item[];
  readonly commonPrefixes: readonly string[];
  /** What the next part comes behind, if there is one. */
  readonly next: { readonly after: string; readonly afterId: string | undefined } | undefined;
}

/** Reads entries in order: those from `from` on, and behind `afterId` where they have that very key. */
export type ReadEntries<Item> = (from: From, limit: number) => readonly Item[];

export interface From {
  readonly key: string;
  /** Whether entries of that key are passed over, up to the one of this id, or all of them. */
  readonly isAfter: boolean;
  readonly afterId: string | undefined;
}

/**
 * Lists what has a prefix, in the order of the keys' UTF-8 bytes, which is the order of their code points.
 * @param idOf - tells entries of one key apart, where there may be several.
 */
export function list<Item extends { readonly key: string }>(
  { prefix, delimiter, after, afterId, limit }: ListQuery,
  read: ReadEntries<Item>,
  idOf: (item: Item) => string | undefined = () => undefined,
): Listing<Item> {
  const items: Item[] = [];
  const commonPrefixes: string[] = [];
  let next: Listing<Item>["next"];
  let from: From | undefined = { key: prefix, isAfter: false, afterId: undefined };
  if (after !== undefined && compareKeys(after, prefix) >= 0) {
    from = startAfter(after, afterId, prefix, delimiter);
  }
  while (from !== undefined) {
    const wanted = limit - items.length - commonPrefixes.length;
    const batch: readonly Item[] = read(from, Math.min(wanted + 1, batchSize));
    if (batch.length === 0) return { items, commonPrefixes, next: undefined };
    for (const item of batch) {
      if (!item.key.startsWith(prefix)) return { items, commonPrefixes, next: undefined };
      if (items.length + commonPrefixes.length === limit) return { items, commonPrefixes, next };
      const common = commonPrefixOf(item.key, prefix, delimiter);
      if (common === undefined) {
        items.push(item);
        next = { after: item.key, afterId: idOf(item) };
        from = { key: item.key, isAfter: true, afterId: idOf(item) };
        continue;
      }
      commonPrefixes.push(common);
      next = { after: common, afterId: undefined };
      from = behind(common);
      break;
    }
  }
  return { items, commonPrefixes, next: undefined };
}

/** Behind what several keys were listed by come no keys that have it. */
function startAfter(
  after: string,
  afterId: string | undefined,
  prefix: string,
  delimiter: string,
): From | undefined {
  if (commonPrefixOf(after, prefix, delimiter) === after) return behind(after);
  return { key: after, isAfter: true, afterId };
}

function commonPrefixOf(key: string, prefix: string, delimiter: string): string | undefined {
  if (delimiter === "" || !key.startsWith(prefix)) return undefined;
  const at = key.indexOf(delimiter, prefix.length);
  return at === -1 ? undefined : key.slice(0, at + delimiter.length);
}

/** The place behind every key with a prefix; nothing if there is none. */
function behind(prefix: string): From | undefined {
  const points = [...prefix].map((character) => character.codePointAt(0) ?? 0);
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    if (last === 0x10ffff) continue;
    // Surrogates are no code points of text.
    const following = last === 0xd7ff ? 0xe000 : last + 1;
    return { key: String.fromCodePoint(...points, following), isAfter: false, afterId: undefined };
  }
  return undefined;
}

/** As SQLite has them, and S3: by their bytes. */
function compareKeys(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

/** How many rows are read at once. */
const batchSize = 1001;

const columns = "bucket, key, version_id, is_latest, is_marker, size, etag, modified_ms, details";

/** Reads objects that are there now. */
export function currentObjects(
  { database }: StateDatabase,
  bucket: string,
  toVersion: (row: Record<string, unknown>) => ObjectVersion,
): ReadEntries<ObjectVersion> {
  return ({ key, isAfter }, limit) =>
    database
      .prepare(
        `SELECT ${columns} FROM object_version WHERE bucket = ? AND key ${isAfter ? ">" : ">="} ? AND is_latest = 1 AND is_marker = 0 ORDER BY key LIMIT ?`,
      )
      .all(bucket, key, limit)
      .map(toVersion);
}

/** Reads versions and delete markers, the newest of a key first. */
export function allVersions(
  { database }: StateDatabase,
  bucket: string,
  toVersion: (row: Record<string, unknown>) => ObjectVersion,
): ReadEntries<ObjectVersion> {
  const rest = database.prepare(
    `SELECT ${columns} FROM object_version WHERE bucket = ?1 AND key = ?2 AND id < (SELECT id FROM object_version WHERE bucket = ?1 AND key = ?2 AND version_id = ?3) ORDER BY id DESC LIMIT ?4`,
  );
  return ({ key, isAfter, afterId }, limit) => {
    const ofKey = isAfter && afterId !== undefined ? rest.all(bucket, key, afterId, limit) : [];
    const following = database
      .prepare(
        `SELECT ${columns} FROM object_version WHERE bucket = ? AND key ${isAfter ? ">" : ">="} ? ORDER BY key, id DESC LIMIT ?`,
      )
      .all(bucket, key, limit - ofKey.length);
    return [...ofKey, ...following].map(toVersion);
  };
}

/** Reads uploads that are under way, in the order of their keys and ids. */
export function uploadsUnderWay(
  { database }: StateDatabase,
  bucket: string,
  toUpload: (row: Record<string, unknown>) => UploadRecord,
): ReadEntries<UploadRecord> {
  return ({ key, isAfter, afterId }, limit) =>
    database
      .prepare(
        `SELECT * FROM multipart_upload WHERE bucket = ?1 AND ${
          isAfter
            ? afterId === undefined
              ? "key > ?2"
              : "(key > ?2 OR (key = ?2 AND id > ?3))"
            : "key >= ?2"
        } ORDER BY key, id LIMIT ?4`,
      )
      .all(bucket, key, afterId ?? "", limit)
      .map(toUpload);
}
