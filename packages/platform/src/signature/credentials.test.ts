import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  CredentialsFileError,
  credentialsFileName,
  findAccessKey,
  generateCredentials,
  loadOrCreateAccessKey,
  loadOrCreateCredentials,
} from "./credentials.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "credentials-"));
});
afterEach(() => rm(folder, { recursive: true }));

describe("generated credentials", () => {
  test("have AWS's form", () => {
    expect(generateCredentials("long-term")).toEqual({
      accessKeyId: expect.stringMatching(/^AKIA[A-Z2-7]{16}$/),
      secretAccessKey: expect.stringMatching(/^[A-Za-z0-9+/]{40}$/),
      sessionToken: undefined,
      expiresAtMs: undefined,
    });
    expect(generateCredentials("temporary", { expiresAtMs: 1 })).toEqual({
      accessKeyId: expect.stringMatching(/^ASIA[A-Z2-7]{16}$/),
      secretAccessKey: expect.stringMatching(/^[A-Za-z0-9+/]{40}$/),
      sessionToken: expect.stringMatching(/^[A-Za-z0-9+/]{256}$/),
      expiresAtMs: 1,
    });
  });

  test("are never the same twice", () => {
    expect(generateCredentials("temporary")).not.toEqual(generateCredentials("temporary"));
  });
});

describe("the credentials of a folder", () => {
  test("are made once, temporary and without an end, and read again", async () => {
    const state = join(folder, "deep", "state");
    const created = await loadOrCreateCredentials(state);
    expect(created.accessKeyId).toMatch(/^ASIA/);
    expect(created.expiresAtMs).toBeUndefined();
    expect(await loadOrCreateCredentials(state)).toEqual(created);
    expect((await readdir(state)).toSorted()).toEqual([".gitignore", credentialsFileName]);
  });

  test.skipIf(process.platform === "win32")("lie in a file that only their owner can read", async () => {
    const state = join(folder, "state");
    await loadOrCreateCredentials(state);
    expect((await stat(state)).mode & 0o777).toBe(0o700);
    expect((await stat(join(state, credentialsFileName))).mode & 0o777).toBe(0o600);
  });

  test.skipIf(process.platform === "win32")("are closed to others again when they were opened", async () => {
    await loadOrCreateCredentials(folder);
    await chmod(join(folder, credentialsFileName), 0o644);
    await loadOrCreateCredentials(folder);
    expect((await stat(join(folder, credentialsFileName))).mode & 0o777).toBe(0o600);
  });

  test("are the same for all that come first at once", async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => loadOrCreateCredentials(folder)));
    expect(new Set(all.map(({ accessKeyId }) => accessKeyId)).size).toBe(1);
    expect(await readdir(folder)).toEqual([credentialsFileName]);
  });

  test("have an access key beside them once that is asked for", async () => {
    const temporary = await loadOrCreateCredentials(folder);
    expect(findAccessKey(folder)).toBeUndefined();
    const created = await loadOrCreateAccessKey(folder);
    expect(created).toMatchObject({
      accessKeyId: expect.stringMatching(/^AKIA/),
      sessionToken: undefined,
      expiresAtMs: undefined,
    });
    expect(await loadOrCreateAccessKey(folder)).toEqual(created);
    expect(findAccessKey(folder)).toEqual(created);
    expect(await loadOrCreateCredentials(folder)).toEqual(temporary);
  });

  test("are in the form of a credential process, with their end if they have one", async () => {
    const created = await loadOrCreateCredentials(folder);
    const path = join(folder, credentialsFileName);
    const document = JSON.parse(await readFile(path, "utf8")) as Record<string, unknown>;
    expect(document).toEqual({
      Version: 1,
      AccessKeyId: created.accessKeyId,
      SecretAccessKey: created.secretAccessKey,
      SessionToken: created.sessionToken,
    });
    await writeFile(path, JSON.stringify({ ...document, Expiration: "2026-02-28T12:00:00Z" }));
    expect(await loadOrCreateCredentials(folder)).toEqual({
      ...created,
      expiresAtMs: Date.UTC(2026, 1, 28, 12),
    });
  });

  const valid = { AccessKeyId: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "secret" };
  test.each([
    ["", "it is not JSON"],
    ['{"AccessKeyId": "AK', "it is not JSON"],
    ["null", "it is not a JSON object"],
    [JSON.stringify({ ...valid, AccessKeyId: "test" }), "AccessKeyId is not AKIA or ASIA and 16 characters"],
    [JSON.stringify({ ...valid, SecretAccessKey: "" }), "SecretAccessKey is missing"],
    [
      JSON.stringify({ ...valid, SessionToken: "token" }),
      "ASIA keys have a SessionToken, and AKIA keys have none",
    ],
    [JSON.stringify({ ...valid, AccessKeyId: "ASIAIOSFODNN7EXAMPLE" }), "ASIA keys have a SessionToken"],
    [JSON.stringify({ ...valid, Expiration: "tomorrow" }), "Expiration is not a time"],
    [JSON.stringify({ ...valid, Expiration: 1 }), "Expiration is not a time"],
  ])("are refused, and left alone, when the file holds %s", async (content, problem) => {
    const path = join(folder, credentialsFileName);
    await writeFile(path, content, { mode: 0o600 });
    const load = loadOrCreateCredentials(folder);
    await expect(load).rejects.toThrow(CredentialsFileError);
    await expect(load).rejects.toThrow(`${path} does not hold credentials: ${problem}`);
    await expect(load).rejects.toThrow("Remove it, and the next start makes new ones.");
    expect(await readFile(path, "utf8")).toBe(content);
  });

  test("are refused when a folder has the file's name, and that is left alone", async () => {
    const path = join(folder, credentialsFileName);
    await mkdir(path, { mode: 0o755 });
    const load = loadOrCreateCredentials(folder);
    await expect(load).rejects.toThrow(CredentialsFileError);
    await expect(load).rejects.toThrow(`${path} does not hold credentials: it is not a file. Remove it`);
    expect((await stat(path)).mode & 0o777).toBe(0o755);
    expect(await readdir(folder)).toEqual([credentialsFileName]);
  });
});
