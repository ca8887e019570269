import { execFile } from "node:child_process";
import { readFile, symlink, utimes } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { Project } from "../../test/project.ts";
import { unzip } from "../../test/unzip.ts";
import { type ArchiveRequest, archiveFunction } from "./function-archive.ts";

const program = fileURLToPath(new URL("../../test/archive-elsewhere.ts", import.meta.url));

/** A function with a bit of everything that goes into an archive. */
const sources = {
  "src/index.ts": `
    import { greet } from "bundled";
    import { paint } from "outside";
    import { word } from "./word.ts";
    export const handler = async () => paint(greet(word));`,
  "src/word.ts": "export const word: string = 'wörld';\n",
  "tsconfig.json": '{ "compilerOptions": { "target": "es2022" } }',
  "assets/page.html": "<p>page</p>\n",
  "assets/nested/run.sh": "#!/bin/sh\necho run\n",
  "node_modules/bundled/package.json": '{ "name": "bundled", "main": "main.js" }',
  "node_modules/bundled/main.js": "exports.greet = (name) => 'hello ' + name;\n",
  "node_modules/outside/package.json": '{ "name": "outside", "dependencies": { "deeper": "1" } }',
  "node_modules/outside/index.js": "exports.paint = require('deeper');\n",
  "node_modules/outside/bin/tool": "#!/usr/bin/env node\n",
  "node_modules/deeper/package.json": '{ "name": "deeper", "version": "1.0.0" }',
  "node_modules/deeper/index.js": "module.exports = (text) => text.toUpperCase();\n",
};

/** What must not matter. */
interface Circumstances {
  /** Below the temporary folder. */
  readonly folder?: string;
  readonly timeZone?: string;
  readonly umask?: number;
  readonly now?: string;
  readonly modifiedAt?: string;
  readonly isBackwards?: boolean;
  /** Reached through a symbolic link. */
  readonly isLinked?: boolean;
  /** In a process of its own. */
  readonly locale?: string;
}

async function archiveUnder(
  { folder = "app", timeZone = "UTC", umask = 0o022, locale, ...circumstances }: Circumstances,
  files: Readonly<Record<string, string>> = sources,
): Promise<Buffer> {
  vi.stubEnv("TZ", timeZone);
  const umaskBefore = process.umask(umask);
  vi.useFakeTimers({ toFake: ["Date"], now: new Date(circumstances.now ?? "2026-03-01T00:00:00Z") });
  try {
    const entries = Object.entries(files).map(([name, content]) => [`${folder}/${name}`, content]);
    if (circumstances.isBackwards === true) entries.reverse();
    await using project = await Project.create(Object.fromEntries(entries));
    const modifiedAt = new Date(circumstances.modifiedAt ?? "2026-02-28T00:00:00Z");
    for (const [name = ""] of entries) await utimes(project.path(name), modifiedAt, modifiedAt);
    if (circumstances.isLinked === true) await symlink(project.path(folder), project.path("link"));
    const request = requestFor(project, circumstances.isLinked === true ? "link" : folder);
    if (locale === undefined) await archiveFunction(request);
    else {
      const env = { ...process.env, LANG: locale, LC_ALL: locale };
      await promisify(execFile)(process.execPath, [program, JSON.stringify(request)], { env, cwd: "/" });
    }
    return await readFile(request.file);
  } finally {
    vi.useRealTimers();
    process.umask(umaskBefore);
    vi.unstubAllEnvs();
  }
}

function requestFor(project: Project, folder: string): ArchiveRequest {
  return {
    source: {
      logicalId: "Numbers",
      runtime: "nodejs24.x",
      handler: "index.handler",
      templateFolder: project.path(folder),
      codeUri: ".sluice/Numbers.zip",
      buildProperties: {
        EntryPoints: ["src/index.ts"],
        External: ["outside"],
        Minify: false,
        Sourcemap: true,
      },
      include: ["assets/"],
    },
    architecture: "arm64",
    file: project.path("Numbers.zip"),
    cacheFolder: project.path("cache"),
  };
}

describe("the same input", () => {
  let reference: Buffer;
  beforeAll(async () => {
    reference = await archiveUnder({});
  });

  test.each<{ what: string; circumstances: Circumstances }>([
    { what: "a second time", circumstances: {} },
    { what: "in another folder", circumstances: { folder: "somewhere/else/more deeply" } },
    { what: "through a link", circumstances: { isLinked: true } },
    { what: "in another time zone", circumstances: { timeZone: "Asia/Kathmandu" } },
    { what: "under another umask", circumstances: { umask: 0o077 } },
    { what: "in another year", circumstances: { now: "2041-07-01T00:00:00Z" } },
    { what: "with older files", circumstances: { modifiedAt: "1999-12-31T23:59:59Z" } },
    { what: "with files made in another order", circumstances: { isBackwards: true } },
    { what: "in another process and locale", circumstances: { locale: "tr_TR.UTF-8" } },
  ])("$what gives the same bytes", async ({ circumstances }) => {
    expect((await archiveUnder(circumstances)).equals(reference)).toBe(true);
  });

  test("changed by a letter gives others", async () => {
    const changed = { ...sources, "assets/page.html": "<p>Page</p>\n" };
    expect((await archiveUnder({}, changed)).equals(reference)).toBe(false);
  });

  test("has what the function needs, and nothing of the machine", async () => {
    const files = await unzip(reference);
    expect(files.map(({ name, mode }) => `${mode.toString(8)} ${name}`)).toEqual([
      "755 assets/nested/run.sh",
      "644 assets/page.html",
      "644 index.js",
      "644 index.js.map",
      "644 node_modules/deeper/index.js",
      "644 node_modules/deeper/package.json",
      "755 node_modules/outside/bin/tool",
      "644 node_modules/outside/index.js",
      "644 node_modules/outside/package.json",
    ]);
    const map = files.find(({ name }) => name === "index.js.map")?.content.toString() ?? "";
    expect(JSON.parse(map).sources).toContain("../../src/word.ts");
    expect(map).not.toContain("project-");
  });
});
