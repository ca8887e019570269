import { execFile } from "node:child_process";
import { access, readFile, symlink, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import { Project } from "../../../packager/test/project.ts";
import { runHere } from "../../test/recording-terminal.ts";
import { projectTemplates } from "../project-template.ts";

const templates = Object.keys(projectTemplates);
/** What a template has besides what all have. */
const further: Readonly<Record<string, readonly string[]>> = {
  "llm-chat": [
    "src/chat.test.ts",
    "src/chat.ts",
    "src/html.d.ts",
    "src/mock-model.ts",
    "src/model.ts",
    "src/page.html",
  ],
};
const modules = resolve(import.meta.dirname, "../../../../node_modules");

describe("a new project", () => {
  let parent: Project;
  const run = (tool: string, ...parameters: string[]) =>
    promisify(execFile)(resolve(modules, ".bin", tool), parameters, { cwd: parent.folder });

  beforeAll(async () => {
    parent = await Project.create({});
    // As if the packages were installed.
    await symlink(modules, parent.path("node_modules"));
    for (const template of templates) {
      const finished = await runHere(["init", `my-${template}`, "--template", template], parent.folder);
      expect(finished).toMatchObject({ code: 0, talk: "" });
    }
    return () => parent[Symbol.asyncDispose]();
  });

  test.each(templates)("%s has everything", async (template) => {
    const files = [
      ".gitignore",
      "README.md",
      "package.json",
      "src/index.test.ts",
      "src/index.ts",
      "template.yaml",
      "tsconfig.json",
      ...(further[template] ?? []),
    ];
    expect(await parent.files(`my-${template}`)).toEqual(files.sort());
    expect(await readFile(parent.path(`my-${template}/README.md`), "utf8")).toMatch(`# my-${template}\n`);
  });

  test("has the right types", async () => {
    // One compiler for all of them.
    const project = { extends: `./my-${templates[0]}/tsconfig.json`, include: ["*/src"] };
    await writeFile(parent.path("tsconfig.json"), JSON.stringify(project));
    await run("tsc", "--project", ".");
  });

  test.each(templates)("%s has a template without mistakes", async (template) => {
    const { code, talk } = await runHere(["validate", `my-${template}`], parent.folder);
    expect(code).toBe(0);
    expect(talk).toMatch(/template\.yaml: (no mistakes|1 info)\n$/);
  });

  test("passes the tests of its function", async () => {
    const report = parent.path("report.json");
    await run(
      "vitest",
      "run",
      "--no-isolate",
      "--maxWorkers=1",
      "--testNamePattern=alone",
      "--reporter=json",
      `--outputFile=${report}`,
    );
    const { testResults } = JSON.parse(await readFile(report, "utf8")) as {
      testResults: { name: string; assertionResults: { status: string }[] }[];
    };
    const passed = testResults
      .filter(({ assertionResults }) => assertionResults.some(({ status }) => status === "passed"))
      .map(({ name }) => name.slice(parent.folder.length).split("/")[1]);
    expect(passed.sort()).toEqual(templates.map((template) => `my-${template}`).sort());
  });

  test.each(templates)("%s pins the versions that this repository is tested with", async (template) => {
    const manifest = JSON.parse(await readFile(parent.path(`my-${template}/package.json`), "utf8"));
    expect(manifest.name).toBe(`my-${template}`);
    for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
      const installed = JSON.parse(await readFile(resolve(modules, name, "package.json"), "utf8"));
      expect([name, version]).toEqual([name, installed.version]);
    }
  });
});

describe("sluice init", () => {
  test("says what to do next, and makes folders on the way", async () => {
    await using parent = await Project.create({});
    expect(await runHere(["init", "apps/my-stream"], parent.folder)).toEqual({
      code: 0,
      out: "my-stream is a REST API of API Gateway that streams. Next:\n\n  cd apps/my-stream\n  npm install\n  npm test\n  npx sluice dev\n",
      talk: "",
    });
  });

  test("begins in the folder where it runs, if there is only a new repository", async () => {
    await using parent = await Project.create({ "my-stream/.git/HEAD": "" });
    const { code, out } = await runHere(["init", "."], parent.path("my-stream"));
    expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/Next:\n\n {2}npm install\n/) });
    await access(parent.path("my-stream/template.yaml"));
  });

  test.each([
    { name: "my-stream", stack: "my-stream" },
    { name: "2.my_stream", stack: "my-stream" },
    { name: "42", stack: "stack" },
  ])("deploys $name as a stack that CloudFormation takes", async ({ name, stack }) => {
    await using parent = await Project.create({});
    await runHere(["init", name], parent.folder);
    expect(await readFile(parent.path(`${name}/README.md`), "utf8")).toContain(
      `sam deploy --stack-name ${stack} --resolve-s3`,
    );
  });

  test("lists its templates", async () => {
    const { code, out } = await runHere(["init", "--list"]);
    expect([code, out.match(/^ {2}\S+/gm)?.map((name) => name.trim())]).toEqual([0, templates]);
  });

  test.each([
    { asks: [], code: 2, says: /name the project's folder/ },
    { asks: ["a", "b"], code: 2, says: /one project at a time, not 2/ },
    {
      asks: ["a", "--template", "rest-apy"],
      code: 2,
      says: /there is no template "rest-apy"\. Did you mean rest-api\? There are rest-api, function-url, /,
    },
    { asks: ["My Stream!"], code: 2, says: /"My Stream!" is no name .* my-stream would be one\./ },
    { asks: ["_stream"], code: 2, says: /"_stream" is no name .* stream would be one\./ },
    { asks: ["..."], code: 2, says: /"\.\.\." is no name .* last two\.$/m },
    { asks: ["a".repeat(215)], code: 2, says: /at most 214/ },
    { asks: ["node_modules"], code: 2, says: /"node_modules" means something else/ },
    { asks: ["http"], code: 2, says: /"http" means something else/ },
    { asks: ["full"], code: 1, says: /full is not empty: it has mine\.txt\. Choose another name, or empty/ },
    { asks: ["file"], code: 1, says: /file is a file\. Choose another name\./ },
  ])("$asks: says what is wrong, and writes nothing", async ({ asks, code, says }) => {
    await using parent = await Project.create({ "full/mine.txt": "", file: "" });
    const finished = await runHere(["init", ...asks], parent.folder);
    expect(finished).toEqual({ code, out: "", talk: expect.stringMatching(says) });
    expect(await parent.files(".")).toEqual(["file", "full/mine.txt"]);
  });
});
