import { describe, expect, test } from "vitest";
import { Project } from "../../../packager/test/project.ts";
import { runHere } from "../../test/recording-terminal.ts";
import { built, template } from "../../test/template.ts";

const parameterised = `Transform: AWS::Serverless-2016-10-31
Parameters:
  Node: { Type: String }
Resources:
  A:
    Type: AWS::Serverless::Function
    Properties: { Handler: a.handler, Runtime: !Ref Node, CodeUri: . }
`;

describe("sluice validate", () => {
  test.each([
    {
      that: "is right",
      files: { "template.json": template({ A: built("a") }) },
      asks: [],
      out: /^$/,
      talk: /^template\.json: no mistakes\n$/,
      code: 0,
    },
    {
      that: "could be better",
      files: {
        "template.json": template({ A: built("a", { FunctionUrlConfig: { AuthType: "NONE" } }) }),
      },
      asks: ["template.json"],
      out: /^template\.json:\d+:\d+ info: A: Everyone who knows the function URL/,
      talk: /^template\.json: 1 info\n$/,
      code: 0,
    },
    {
      that: "is wrong",
      files: { "app/template.json": template({ A: built("a", { Runtime: "nodejs24", Timeout: 901 }) }) },
      asks: ["app"],
      out: /^app\/template\.json:\d+:\d+ error: A: .*\n {2}.*\napp\/template\.json:\d+:\d+ error: A: /,
      talk: /^app\/template\.json: 2 errors\n$/,
      code: 1,
    },
    {
      that: "asks an API for what is not served here",
      files: {
        "template.json": template({
          A: built("a", {
            Events: {
              Get: { Type: "Api", Properties: { Path: "/", Method: "get", RestApiId: { Ref: "Api" } } },
            },
          }),
          Api: {
            Type: "AWS::Serverless::Api",
            Properties: { StageName: "prod", CacheClusterEnabled: true },
          },
        }),
      },
      asks: [],
      out: /warning: Api: CacheClusterEnabled of Api has no effect on this platform/,
      talk: /^template\.json: 1 warning, 1 info\n$/,
      code: 0,
    },
    {
      that: "asks sam build for what it does not do",
      files: {
        "template.json": template({
          A: {
            ...(built("a") as object),
            Metadata: { BuildMethod: "esbuild", BuildProperties: { Outdir: "dist" } },
          },
        }),
      },
      asks: [],
      out: /warning: A: BuildProperties\.Outdir has no effect: `sam build` sets it itself/,
      talk: /^template\.json: 1 warning\n$/,
      code: 0,
    },
    {
      that: "needs a parameter",
      files: { "template.yml": parameterised },
      asks: ["--parameter", "Node=nodejs24"],
      out: /error: A: There is no runtime `nodejs24`/,
      talk: /1 error\n$/,
      code: 1,
    },
    {
      that: "needs a parameter, and has it",
      files: { "template.yml": parameterised },
      asks: ["--parameter", "Node=nodejs24.x"],
      out: /^$/,
      talk: /no mistakes\n$/,
      code: 0,
    },
    {
      that: "gets a parameter that is none",
      files: { "template.yml": parameterised },
      asks: ["--parameter", "Node"],
      out: /^$/,
      talk: /^sluice validate: --parameter takes Name=value, not "Node"\.\nUsage/,
      code: 2,
    },
  ])("a template that $that", async ({ files, asks, out, talk, code }) => {
    await using project = await Project.create(files as Record<string, string>);
    const finished = await runHere(["validate", ...asks], project.folder);
    expect(finished.out).toMatch(out);
    expect(finished.talk).toMatch(talk);
    expect(finished.code).toBe(code);
  });

  test("prints mistakes for programs too", async () => {
    await using project = await Project.create({
      "template.json": template({ A: built("a", { Timeout: 901 }) }),
    });
    const { code, out } = await runHere(["validate", "--json"], project.folder);
    expect(JSON.parse(out)).toEqual([
      expect.objectContaining({
        severity: "error",
        file: "template.json",
        logicalId: "A",
        line: expect.any(Number),
      }),
    ]);
    expect(code).toBe(1);
  });
});
