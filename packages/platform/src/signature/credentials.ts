/**
 * The credentials of the local platform: generated once, kept in a file that only its owner can read.
 *
 * The file has the form of a credential process' output, so that `credential_process = cat <file>` works in an AWS profile.
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
 */

import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { type FileHandle, link, open, unlink } from "node:fs/promises";
import { join } from "node:path";
import { makeStateFolder } from "../state/state-folder.ts";

/** Credentials that can be stored and read again. */
export interface StoredCredentials {
  /** `AKIA` and 16 characters for long-term credentials, `ASIA` and 16 for temporary ones. */
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Set for temporary credentials. */
  readonly sessionToken: string | undefined;
  /** When temporary credentials cease to hold, in Unix milliseconds; never when left out. */
  readonly expiresAtMs: number | undefined;
}

/** A credentials file that holds something else. */
export class CredentialsFileError extends Error {
  override readonly name = "CredentialsFileError";
}

/** The name of the credentials file in its folder. */
export const credentialsFileName = "credentials.json";

/** The name of the file with the access key that was asked for, in the same form. */
const accessKeyFileName = "access-key.json";

/**
 * The credentials of a state folder: those in its file, or new temporary ones, which do not expire.
 *
 * The file has mode 0600, and one that others may read is made so. It appears whole or not at all, and when several
 * processes come first at once, all get the same credentials.
 *
 * @param folder - Made when it is not there, with mode 0700.
 * @throws {CredentialsFileError} if the file holds something else; file system errors as they are.
 */
export function loadOrCreateCredentials(folder: string): Promise<StoredCredentials> {
  return loadOrCreate(folder, credentialsFileName, "temporary");
}

/**
 * Long-term credentials of a state folder, as a user has them: without a session token. They are made when they are asked
 * for first, and hold besides the others.
 *
 * @param folder - as of {@link loadOrCreateCredentials}.
 * @throws {CredentialsFileError} if the file holds something else; file system errors as they are.
 */
export function loadOrCreateAccessKey(folder: string): Promise<StoredCredentials> {
  return loadOrCreate(folder, accessKeyFileName, "long-term");
}

/**
 * The same, if they were made.
 * @throws {CredentialsFileError} if the file holds something else; file system errors as they are.
 */
export function findAccessKey(folder: string): StoredCredentials | undefined {
  const path = join(folder, accessKeyFileName);
  try {
    return decode(readFileSync(path, "utf8"), path);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

async function loadOrCreate(
  folder: string,
  fileName: string,
  kind: "long-term" | "temporary",
): Promise<StoredCredentials> {
  const path = join(folder, fileName);
  const stored = await readCredentials(path);
  if (stored !== undefined) return stored;
  makeStateFolder(folder);
  const created = generateCredentials(kind);
  if (await createFile(folder, path, encode(created))) return created;
  const others = await readCredentials(path);
  if (others === undefined) throw new CredentialsFileError(`${path} was removed while it was being made.`);
  return others;
}

/**
 * New credentials in the form that AWS gives them.
 *
 * @param kind - `temporary` ones have a session token.
 * @param options - `expiresAtMs`: for temporary ones, in Unix milliseconds; never by default.
 */
export function generateCredentials(
  kind: "long-term" | "temporary",
  options: { readonly expiresAtMs?: number } = {},
): StoredCredentials {
  const isTemporary = kind === "temporary";
  return {
    accessKeyId: (isTemporary ? "ASIA" : "AKIA") + randomBase32(16),
    secretAccessKey: randomBytes(30).toString("base64"),
    sessionToken: isTemporary ? randomBytes(192).toString("base64") : undefined,
    expiresAtMs: isTemporary ? options.expiresAtMs : undefined,
  };
}

function randomBase32(characters: number): string {
  // 256 is a multiple of 32: every character is equally likely.
  return Array.from(randomBytes(characters), (byte) => base32[byte % 32]).join("");
}

const base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

async function readCredentials(path: string): Promise<StoredCredentials | undefined> {
  let file: FileHandle;
  try {
    file = await open(path, "r");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
  try {
    const status = await file.stat();
    if (!status.isFile()) throw invalid(path, "it is not a file");
    const { mode } = status;
    // Windows has no such bits: it reports 0666 for every file, and a folder's owner is the boundary there.
    if (process.platform !== "win32" && (mode & 0o077) !== 0) await file.chmod(0o600);
    return decode(await file.readFile("utf8"), path);
  } finally {
    await file.close();
  }
}

/** Writes beside the file and links it into place, which fails when another process was first. */
async function createFile(folder: string, path: string, content: string): Promise<boolean> {
  const temporary = join(folder, `.${credentialsFileName}.${randomBytes(6).toString("hex")}`);
  const file = await open(temporary, "wx", 0o600);
  try {
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await link(temporary, path);
    return true;
  } catch (error) {
    if (hasCode(error, "EEXIST")) return false;
    throw error;
  } finally {
    await unlink(temporary);
  }
}

function encode(credentials: StoredCredentials): string {
  const { accessKeyId, secretAccessKey, sessionToken, expiresAtMs } = credentials;
  const document = {
    Version: 1,
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: sessionToken,
    Expiration: expiresAtMs === undefined ? undefined : new Date(expiresAtMs).toISOString(),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function decode(text: string, path: string): StoredCredentials {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw invalid(path, "it is not JSON", error);
  }
  if (typeof document !== "object" || document === null) throw invalid(path, "it is not a JSON object");
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = document as Record<string, unknown>;
  if (typeof AccessKeyId !== "string" || !/^A[KS]IA[A-Z2-7]{16}$/.test(AccessKeyId)) {
    throw invalid(path, "AccessKeyId is not AKIA or ASIA and 16 characters");
  }
  if (typeof SecretAccessKey !== "string" || SecretAccessKey === "")
    throw invalid(path, "SecretAccessKey is missing");
  if (AccessKeyId.startsWith("ASIA") ? !isText(SessionToken) : SessionToken !== undefined) {
    throw invalid(path, "ASIA keys have a SessionToken, and AKIA keys have none");
  }
  const expiresAtMs = typeof Expiration === "string" ? Date.parse(Expiration) : undefined;
  if ((Expiration !== undefined && expiresAtMs === undefined) || Number.isNaN(expiresAtMs)) {
    throw invalid(path, "Expiration is not a time");
  }
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: isText(SessionToken) ? SessionToken : undefined,
    expiresAtMs,
  };
}

function invalid(path: string, problem: string, cause?: unknown): CredentialsFileError {
  return new CredentialsFileError(
    `${path} does not hold credentials: ${problem}. Remove it, and the next start makes new ones.`,
    { cause },
  );
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
