import { afterAll, beforeAll, expect, test } from "vitest";
import { deployResources } from "../../test/deploy-resources.ts";
import { FunctionFolder } from "../lambda/environment/testing/function-folder.ts";

let folder: FunctionFolder;
beforeAll(async () => {
  folder = await FunctionFolder.create({ x: "" });
});
afterAll(() => folder[Symbol.asyncDispose]());

const get = {
  get: {
    "x-amazon-apigateway-integration": {
      type: "http_proxy",
      httpMethod: "GET",
      uri: "http://localhost/",
      payloadFormatVersion: "1.0",
    },
  },
};
const resource = (Type: string, Properties: object) => ({ Type: `AWS::${Type}`, Properties });
const body = (...paths: string[]) => ({
  openapi: "3.0.1",
  paths: Object.fromEntries(paths.map((path) => [path, get])),
});
const rest = (...paths: string[]) => resource("ApiGateway::RestApi", { Name: "r", Body: body(...paths) });
const http = (...paths: string[]) => resource("ApiGatewayV2::Api", { Body: body(...paths) });
const restMapping = (more: object = {}) =>
  resource("ApiGateway::BasePathMapping", {
    DomainName: "a.example.com",
    RestApiId: { Ref: "Api" },
    ...more,
  });
const httpMapping = (more: object = {}) =>
  resource("ApiGatewayV2::ApiMapping", {
    DomainName: "a.example.com",
    ApiId: { Ref: "Api" },
    Stage: "$default",
    ...more,
  });

test.each([
  ["of a REST API", { Api: rest("/ping", "/pong"), Mapping: restMapping() }, ["/ping"]],
  ["of an HTTP API", { Api: http("/sping"), Mapping: httpMapping() }, ["/sping"]],
  [
    "both",
    { Api: rest("/ping", "/sping"), Mapping: restMapping({ BasePath: "(none)" }) },
    ["/ping", "/sping"],
  ],
  ["below a base path", { Api: rest("/ping"), Mapping: restMapping({ BasePath: "v1" }) }, []],
  ["below a mapping key", { Api: http("/ping"), Mapping: httpMapping({ ApiMappingKey: "v1" }) }, []],
  ["without a custom domain", { Api: rest("/ping") }, []],
  ["below another path", { Api: rest("/health/ping"), Mapping: restMapping() }, []],
])("a path that API Gateway keeps for itself is told: %s", async (_, resources, paths) => {
  const { diagnostics } = await deployResources(folder, resources);
  const told = diagnostics.filter(({ code }) => code === "reserved-path");
  expect(told.map(({ severity, logicalId, message }) => [severity, logicalId, message])).toEqual(
    paths.map((path) => [
      "warning",
      "Api",
      `API Gateway keeps ${path} of a custom domain for health checks of its own: there ${path} does not reach Api. Call it something else, or give the mapping a base path.`,
    ]),
  );
});
