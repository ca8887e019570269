import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AddressBook, type Endpoint, endpointsOf } from "./endpoints.ts";
import { RuntimeFinder } from "./lambda/environment/index.ts";
import { FunctionFolder } from "./lambda/environment/testing/function-folder.ts";
import type { StackModel } from "./stack/stack-model.ts";
import { deployTemplate } from "./stack/template-deployment.ts";

let folder: FunctionFolder;
beforeAll(async () => {
  folder = await FunctionFolder.create({ "code/bootstrap": "#!/bin/sh\n" });
});
afterAll(() => folder[Symbol.asyncDispose]());

async function modelOf(api: Readonly<Record<string, unknown>>): Promise<StackModel> {
  const resources = {
    Items: {
      Type: "AWS::Serverless::Function",
      Properties: {
        CodeUri: "code",
        Handler: "bootstrap",
        Runtime: "provided.al2023",
        FunctionUrlConfig: { AuthType: "AWS_IAM" },
        Events: {
          Get: { Type: "Api", Properties: { RestApiId: { Ref: "Api" }, Path: "/items/{id}", Method: "get" } },
        },
      },
    },
    Other: {
      Type: "AWS::Serverless::Function",
      Properties: { CodeUri: "code", Handler: "bootstrap", Runtime: "provided.al2023" },
    },
    Api: { Type: "AWS::Serverless::Api", Properties: { StageName: "v1", ...api } },
  };
  const template = { Transform: "AWS::Serverless-2016-10-31", Resources: resources };
  await folder.write({ "template.json": JSON.stringify(template) });
  const { stack } = await deployTemplate({
    template: join(folder.path, "template.json"),
    parameters: {},
    region: "eu-west-1",
    accountId: "123456789012",
    stackName: "sluice",
    idOf: (kind) => kind,
    buildFolder: join(folder.path, "build"),
    runtimes: new RuntimeFinder({ hostPath: "", warn: () => {}, searchFrom: [] }),
  });
  if (stack === undefined) throw new Error("The template has mistakes.");
  return stack.model;
}

const book: AddressBook = { port: 7000, region: "eu-west-1", usesHostNames: false };
const line = ({ kind, name, url, signingName, method, remark }: Endpoint) =>
  [kind, name, method, url, signingName ?? "unsigned", ...(remark === undefined ? [] : ["remark"])].join(" ");

describe("the addresses of a stack", () => {
  test("are paths where this machine can't resolve names under localhost, SAM's extra stage last", async () => {
    expect(endpointsOf(await modelOf({}), book).map(line)).toEqual([
      "rest-api Api GET /items/{id} GET http://127.0.0.1:7000/_aws/execute-api/rest-api/v1/items/{id} unsigned",
      "function-url Items GET http://127.0.0.1:7000/_lambda-url/function-url/ lambda",
      "invoke Items POST http://127.0.0.1:7000/invoke unsigned",
      "invoke Other POST http://127.0.0.1:7000/invoke/Other unsigned",
      "rest-api Api GET /items/{id} GET http://127.0.0.1:7000/_aws/execute-api/rest-api/Stage/items/{id} unsigned remark",
    ]);
  });

  test("are host names where it can", async () => {
    const endpoints = endpointsOf(await modelOf({}), { ...book, usesHostNames: true });
    expect(endpoints.map(({ url }) => url)).toEqual([
      "http://rest-api.execute-api.localhost:7000/v1/items/{id}",
      "http://function-url.lambda-url.eu-west-1.localhost:7000/",
      "http://127.0.0.1:7000/invoke",
      "http://127.0.0.1:7000/invoke/Other",
      "http://rest-api.execute-api.localhost:7000/Stage/items/{id}",
    ]);
  });

  test("say who must sign; an API with an OpenApiVersion has no extra stage", async () => {
    const model = await modelOf({ OpenApiVersion: "3.0.1", Auth: { DefaultAuthorizer: "AWS_IAM" } });
    const apis = endpointsOf(model, book).filter(({ kind }) => kind === "rest-api");
    expect(apis.map(line)).toEqual([
      "rest-api Api GET /items/{id} GET http://127.0.0.1:7000/_aws/execute-api/rest-api/v1/items/{id} execute-api",
    ]);
  });
});
