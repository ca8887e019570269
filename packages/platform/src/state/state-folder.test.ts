import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  createBuildFolder,
  makeStateFolder,
  readRunningPlatform,
  readRunningPlatformAt,
  removeRunningPlatform,
  stateFolderOf,
  writeRunningPlatform,
} from "./state-folder.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "state-folder-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const here = { pid: process.pid, port: 7000, region: "us-east-1" };

/** The id of a process that is gone. */
async function goneProcess(): Promise<number> {
  const child = spawn(process.execPath, ["-e", ""]);
  await once(child, "exit");
  return child.pid ?? 0;
}

test.each([
  [{}, "/work/.sluice"],
  [{ SLUICE_STATE: "" }, "/work/.sluice"],
  [{ SLUICE_STATE: "state" }, "/work/state"],
  [{ SLUICE_STATE: "/var/state" }, "/var/state"],
])("the folder with %j is %s", (environment, expected) => {
  expect(stateFolderOf(environment, "/work")).toBe(expected);
});

test("a state folder that is made is overlooked by git, and one that was there stays as it is", async () => {
  const git = promisify(execFile);
  await git("git", ["init", "--quiet", folder]);
  makeStateFolder(join(folder, ".sluice"));
  await writeFile(join(folder, ".sluice", "credentials.json"), "{}");
  await mkdir(join(folder, "mine"));
  makeStateFolder(join(folder, "mine"));
  await writeFile(join(folder, "mine", "index.ts"), "");
  const { stdout } = await git("git", ["status", "--porcelain", "--untracked-files=all"], { cwd: folder });
  expect(stdout).toBe("?? mine/index.ts\n");
});

test("a platform that runs is found until it goes", async () => {
  expect(await readRunningPlatform(folder)).toBeUndefined();
  await writeRunningPlatform(folder, here);
  expect(await readRunningPlatform(folder)).toEqual(here);
  await removeRunningPlatform(folder, here);
  expect(await readRunningPlatform(folder)).toBeUndefined();
});

test("a platform that was killed is not found", async () => {
  await writeRunningPlatform(folder, { ...here, pid: await goneProcess() });
  expect(await readRunningPlatform(folder)).toBeUndefined();
});

test("of several platforms the one that came last is found, and the others when it goes", async () => {
  await writeRunningPlatform(folder, here);
  const second = { ...here, port: 7001 };
  await writeRunningPlatform(folder, second);
  expect(await readRunningPlatform(folder)).toEqual(second);
  await removeRunningPlatform(folder, second);
  expect(await readRunningPlatform(folder)).toEqual(here);
});

test("a platform is found by its port, with its template, while it runs", async () => {
  const template = "/work/template.yaml";
  await writeRunningPlatform(folder, { ...here, template });
  await writeRunningPlatform(folder, { ...here, port: 7001 });
  expect(await readRunningPlatformAt(folder, 7000)).toEqual({ ...here, template });
  expect(await readRunningPlatformAt(folder, 7002)).toBeUndefined();
  await writeFile(
    join(folder, "running-7000.json"),
    JSON.stringify({ ...here, template, pid: await goneProcess() }),
  );
  expect(await readRunningPlatformAt(folder, 7000)).toBeUndefined();
});

test("a platform that goes leaves the note of the one that has its port now", async () => {
  await writeRunningPlatform(folder, { ...here, pid: await goneProcess() });
  await writeRunningPlatform(folder, here);
  await removeRunningPlatform(folder, { ...here, pid: await goneProcess() });
  expect(await readRunningPlatform(folder)).toEqual(here);
});

test("the notes of platforms that were killed are removed by the next one", async () => {
  await writeRunningPlatform(folder, { ...here, port: 7001, pid: await goneProcess() });
  await writeRunningPlatform(folder, here);
  expect(await readdir(folder)).toEqual(["running-7000.json"]);
});

test.each([
  "",
  "{",
  "null",
  '{"pid":"1"}',
  '{"pid":0,"port":1,"region":"x"}',
  '{"pid":-1,"port":1,"region":"x"}',
])("a note that was half written, or is something else, counts as none: %s", async (text) => {
  await writeFile(join(folder, "running-7000.json"), text);
  expect(await readRunningPlatform(folder)).toBeUndefined();
});

test("each platform builds in a folder of its own, and those of the dead go", async () => {
  const dead = join(folder, "build", `${await goneProcess()}-abc`);
  await mkdir(join(dead, "1"), { recursive: true });
  await mkdir(join(folder, "build", "1"), { recursive: true });
  const [first, second] = [await createBuildFolder(folder), await createBuildFolder(folder)];
  expect(new Set([first, second]).size).toBe(2);
  expect((await readdir(join(folder, "build"))).toSorted()).toEqual(
    ["1", basename(first), basename(second)].toSorted(),
  );
});
