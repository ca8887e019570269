import { mkdtemp, readdir, readFile, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { projectTemplates } from "../../packages/cli/src/project-template.ts";
import { RunningProcess } from "./platform/running-process.ts";
import { install, run } from "./tools/tool.ts";

const root = resolve(import.meta.dirname, "../..");
const published = ["runtime", "packager", "platform", "cli"].map((name) => join(root, "packages", name));
const [, ...others] = Object.keys(projectTemplates);

const registry = await install("What projects of sluice init need", () =>
  run("npm", ["view", "vitest", "version"]),
);

/** Each install has a hundred packages to get. */
const installMs = 300_000;

/** The user's, without what npm and Vitest add for the programs that they run. */
const environment = Object.fromEntries(
  Object.entries(process.env).flatMap(([name, value = ""]) =>
    /^(npm_(?!config_registry)|INIT_CWD$|NODE_ENV$|VITEST|TEST$)/.test(name) ? [] : [[name, value]],
  ),
);

/** Runs a program to its end, and returns what it said. @throws if it fails. */
async function finish(folder: string, command: string, ...parameters: string[]): Promise<string> {
  await using running = new RunningProcess(command, parameters, { folder, environment });
  const code = await running.exit;
  const said = running.stdout.text + running.stderr.text;
  if (code !== 0) throw new Error(`${command} ${parameters[0]} ended with ${code}:\n${said}`);
  return said;
}

describe.skipIf(registry.missing !== undefined)(
  "in an empty folder, with our packages as npm packs them",
  () => {
    let folder: string;
    /** `npm install`, as if ours were in the registry, too. */
    let npmInstall: (into: string, ...packages: string[]) => Promise<string>;

    beforeAll(async () => {
      folder = await realpath(await mkdtemp(join(tmpdir(), "sluice-init-")));
      const packed = ["--silent", "--ignore-scripts", "--pack-destination", folder];
      await finish(folder, "npm", "pack", ...packed, ...published);
      const tarballs = (await readdir(folder)).map((name) => join(folder, name));
      npmInstall = (into, ...packages) =>
        // Named, since npm would go up to a folder above that happens to have modules.
        finish(
          into,
          "npm",
          "install",
          ...["--prefix", into, "--no-save", "--no-audit", "--no-fund"],
          ...tarballs,
          ...packages,
        );
      await npmInstall(folder);
      return () => rm(folder, { recursive: true, force: true });
    }, installMs);

    test(
      "sluice init, npm install, npm test and sluice dev work one after the other",
      async () => {
        await finish(folder, "npx", "--no-install", "sluice", "init", "my-stream");
        const project = join(folder, "my-stream");
        await npmInstall(project);
        expect(await finish(project, "npm", "test")).toMatch(/Tests .*passed/);

        await using dev = new RunningProcess(
          join(project, "node_modules/.bin/sluice"),
          ["dev", "--port", "0"],
          {
            folder: project,
            environment,
          },
        );
        const [, port] = await dev.stderr.until(/It listens on http:\/\/127\.0\.0\.1:(\d+)/);
        const response = await fetch(`http://127.0.0.1:${port}/invoke`, { method: "POST", body: "{}" });
        const pieces: string[] = [];
        for await (const piece of response.body ?? []) pieces.push(Buffer.from(piece).toString());
        expect(pieces.join("")).toBe("Number: 1\nNumber: 2\nNumber: 3\nThat is all.\n");
        expect(pieces.length).toBeGreaterThan(1);
        dev.kill("SIGINT");
        expect(await dev.exit).toBe(0);
      },
      installMs,
    );

    describe("the other templates", () => {
      beforeAll(async () => {
        const wanted = new Map<string, string>();
        for (const template of others) {
          await finish(folder, "npx", "--no-install", "sluice", "init", template, "--template", template);
          const manifest = JSON.parse(await readFile(join(folder, template, "package.json"), "utf8"));
          for (const [name, version] of Object.entries({
            ...manifest.dependencies,
            ...manifest.devDependencies,
          })) {
            if (!/^(sluice$|@sluice\/)/.test(name)) wanted.set(name, String(version));
          }
        }
        // Above the projects, so that they have it in common.
        await npmInstall(folder, ...[...wanted].map(([name, version]) => `${name}@${version}`));
      }, installMs);

      test.each(others)(
        "%s passes its tests and its type check",
        async (template) => {
          expect(await finish(join(folder, template), "npm", "test")).toMatch(/Tests .*passed/);
          await finish(join(folder, template), "npm", "run", "check");
        },
        installMs,
      );
    });
  },
);
