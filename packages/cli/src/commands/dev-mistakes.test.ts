import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Project } from "../../../packager/test/project.ts";
import { runHere } from "../../test/recording-terminal.ts";
import { built, template } from "../../test/template.ts";

const source = { "a.ts": "export const handler = async () => 'a';" };
const yaml = (text: string) => ({ "template.yaml": `Transform: AWS::Serverless-2016-10-31\n${text}` });
const json = (resources: Readonly<Record<string, unknown>>) => ({ "template.json": template(resources) });
const plain = (properties: Readonly<Record<string, unknown>>) => ({
  A: {
    Type: "AWS::Serverless::Function",
    Properties: { Handler: "a.handler", Runtime: "nodejs24.x", ...properties },
  },
});
const metadata = (properties: Readonly<Record<string, unknown>>) => ({
  A: {
    ...(built("a") as object),
    Metadata: { BuildMethod: "esbuild", BuildProperties: { EntryPoints: ["a.ts"], ...properties } },
  },
});

/** Each kind of mistake, with what is told: place, severity, logical id, what AWS does, what to write instead. */
const mistakes: readonly { mistake: string; files: Record<string, string>; told: RegExp }[] = [
  {
    mistake: "YAML that can't be read",
    files: yaml("Resources:\n  A: {\n"),
    told: /template\.yaml:4:1 error: /,
  },
  {
    mistake: "no resources",
    files: yaml("Outputs: {}\n"),
    told: /template\.yaml:\d+:\d+ error: /,
  },
  {
    mistake: "a misspelt property",
    files: json(plain({ CodeUri: ".", Timeuot: 3 })),
    told: /template\.json:\d+:\d+ error: A: .*no property `Timeuot`.*AWS: .*\n {2}Did you mean `Timeout`\?/,
  },
  {
    mistake: "a misspelt resource type",
    files: json({ A: { Type: "AWS::Serverless::Functoin" } }),
    told: /error: A: There is no resource type .*CloudFormation answers .*\n {2}Did you mean `AWS::Serverless::Function`/,
  },
  {
    mistake: "a runtime that does not exist",
    files: json(plain({ CodeUri: ".", Runtime: "nodejs24" })),
    told: /error: A: There is no runtime `nodejs24`\. Lambda answers .*\n {2}Did you mean `nodejs24\.x`\?/,
  },
  {
    mistake: "a timeout that Lambda does not take",
    files: json(plain({ CodeUri: ".", Timeout: 901 })),
    told: /error: A: .*901/,
  },
  {
    mistake: "a function URL without AuthType",
    files: json(plain({ CodeUri: ".", FunctionUrlConfig: {} })),
    told: /error: A: The function URL of `A` has no `AuthType`\. AWS answers .*\n {2}Write `AuthType: AWS_IAM`/,
  },
  {
    mistake: "a reference to nothing",
    files: json(plain({ CodeUri: ".", Role: { "Fn::GetAtt": ["Rol", "Arn"] } })),
    told: /error: A: `Fn::GetAtt` names `Rol`.*CloudFormation answers /,
  },
  {
    mistake: "code that is not there",
    files: json(plain({ CodeUri: "dist/" })),
    told: /template\.json:\d+:\d+ error: A: The `CodeUri` of `A`, `dist\/`, does not exist\. Nothing could be uploaded.*\n {2}It is relative/,
  },
  {
    mistake: "an archive that is none",
    files: { ...json(plain({ CodeUri: "a.zip" })), "a.zip": "<html>" },
    told: /error: A: The code of A, a\.zip, is not a ZIP archive.*Lambda answers `Could not unzip uploaded file\./,
  },
  {
    mistake: "a misspelt build property",
    files: json(metadata({ Sourcemaps: true })),
    told: /template\.json:\d+:\d+ error: A: BuildProperties has no property Sourcemaps: esbuild has no such option.*\n {2}Did you mean `Sourcemap`\?/,
  },
  {
    mistake: "a build property with a value that it can't have",
    files: json(metadata({ Format: "commonjs" })),
    told: /error: A: BuildProperties\.Format is "commonjs"; give one of cjs, esm, iife\./,
  },
  {
    mistake: "a misspelt setting of its own",
    files: json({
      A: {
        ...(plain({ CodeUri: "." }).A as object),
        Metadata: { BuildMethod: "esbuild", BuildProperties: {}, Sluice: { Includes: ["x"] } },
      },
    }),
    told: /template\.json:\d+:\d+ error: A: Metadata\.Sluice of A has no property Includes\. It takes CompileCache, Include and NodeVersion\./,
  },
  {
    mistake: "an entry point that is not there",
    files: json(metadata({ EntryPoints: ["src/b.ts"] })),
    told: /error: A: The entry point src\/b\.ts of A does not exist/,
  },
  {
    mistake: "a build method that is not run here",
    files: json({ A: { ...(plain({ CodeUri: "." }).A as object), Metadata: { BuildMethod: "makefile" } } }),
    told: /error: A: A has BuildMethod makefile, which is not run here\.\n {2}Write `BuildMethod: esbuild`/,
  },
  {
    mistake: "a source with a mistake in it",
    files: { ...json({ A: built("a") }), "a.ts": "export const handler = 1;\nconst = 2;\n" },
    told: /a\.ts:2:7 error: A: Expected identifier but found "="/,
  },
  {
    mistake: "an import of nothing",
    files: { ...json({ A: built("a") }), "a.ts": 'import "./b";\n' },
    told: /a\.ts:1:8 error: A: Could not resolve "\.\/b"/,
  },
  {
    mistake: "a layer that is not there",
    files: json({
      ...plain({ CodeUri: ".", Layers: [{ Ref: "Shared" }] }),
      Shared: { Type: "AWS::Serverless::LayerVersion", Properties: { ContentUri: "layer/" } },
    }),
    told: /error: A: The content of Shared, layer\/, does not exist/,
  },
];

describe("a mistake keeps sluice dev from starting, with its place and what to write", () => {
  test.each(mistakes)("$mistake", async ({ files, told }) => {
    await using project = await Project.create({ ...source, ...files });
    const { code, out, talk } = await runHere(["dev", "--port", "0"], project.folder);
    expect(talk).toMatch(told);
    expect(talk).toMatch(/^sluice dev: template\.(yaml|json) can't be run: \d+ errors?(, .*)?\.$/m);
    expect(talk).not.toContain("what ran before");
    const errors = [...talk.matchAll(/ error: .*/g)].map(([error]) => error);
    expect(errors).toEqual([...new Set(errors)]);
    expect({ code, out }).toEqual({ code: 1, out: "" });
  });
});

describe("what has no place in a template is told in a line", () => {
  let project: Project;
  beforeAll(async () => {
    project = await Project.create({ "empty/x": "" });
  });
  afterAll(() => project[Symbol.asyncDispose]());

  test.each([
    {
      asks: ["dev"],
      says: /^sluice dev: there is no template\.yaml, template\.yml or template\.json here\. Name the template/,
    },
    { asks: ["dev", "gone.yaml"], says: /^sluice dev: gone\.yaml does not exist\.\n$/ },
    {
      asks: ["dev", "empty"],
      says: /^sluice dev: empty has no template\.yaml, template\.yml or template\.json\. Name/,
    },
    { asks: ["validate", "empty"], says: /^sluice validate: empty has no template/ },
  ])("$asks", async ({ asks, says }) => {
    const { code, talk } = await runHere(asks, project.folder);
    expect(talk).toMatch(says);
    expect(code).toBe(1);
  });
});
