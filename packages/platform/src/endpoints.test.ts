import { describe, expect, test } from "vitest";
import { scripted, TestPlatform } from "../test/test-platform.ts";
import { endpointsOf } from "./endpoints.ts";
import { emptyModel, type StackModel } from "./stack/stack-model.ts";

/** As far as addresses are made from it. */
const model = {
  ...emptyModel(),
  apis: new Map([
    [
      "api1",
      {
        id: "api1",
        logicalId: "Api",
        api: {
          resources: [
            {
              path: "/orders/{id}",
              methods: new Map([
                ["ANY", { authorization: "AWS_IAM" }],
                ["POST", { authorization: "NONE" }],
              ]),
            },
          ],
        },
      },
    ],
  ]),
  stages: [{ apiId: "api1", name: "live", isOfDeployment: false }],
  urls: [
    { id: "url1", functionName: "greet", authType: "AWS_IAM" },
    { id: "url2", functionName: "open", authType: "NONE" },
  ],
  functions: new Map([
    ["greet", {}],
    ["open", {}],
  ]),
} as unknown as StackModel;

describe("the addresses of a stack", () => {
  test.each([
    {
      usesHostNames: true,
      stage: "http://api1.execute-api.localhost:7000/live/orders/{id}",
      url: (id: string) => `http://${id}.lambda-url.eu-west-1.localhost:7000/`,
    },
    {
      usesHostNames: false,
      stage: "http://127.0.0.1:7000/_aws/execute-api/api1/live/orders/{id}",
      url: (id: string) => `http://127.0.0.1:7000/_lambda-url/${id}/`,
    },
  ])(
    "are what the machine's resolver can reach: host names $usesHostNames",
    ({ usesHostNames, stage, url }) => {
      expect(endpointsOf(model, { port: 7000, region: "eu-west-1", usesHostNames })).toEqual([
        {
          kind: "rest-api",
          name: "Api ANY /orders/{id}",
          url: stage,
          signingName: "execute-api",
          method: "GET",
        },
        {
          kind: "rest-api",
          name: "Api POST /orders/{id}",
          url: stage,
          signingName: undefined,
          method: "POST",
        },
        { kind: "function-url", name: "greet", url: url("url1"), signingName: "lambda", method: "GET" },
        { kind: "function-url", name: "open", url: url("url2"), signingName: undefined, method: "GET" },
        {
          kind: "invoke",
          name: "greet",
          url: "http://127.0.0.1:7000/invoke",
          signingName: undefined,
          method: "POST",
        },
        {
          kind: "invoke",
          name: "open",
          url: "http://127.0.0.1:7000/invoke/open",
          signingName: undefined,
          method: "POST",
        },
      ]);
    },
  );
});

describe("the stage that comes with a deployment", () => {
  const book = { port: 7000, region: "eu-west-1", usesHostNames: false };
  const extra = { apiId: "api1", name: "Stage", isOfDeployment: true } as StackModel["stages"][number];

  test("is last, one address with a remark, where the template names another", () => {
    const endpoints = endpointsOf({ ...model, stages: [extra, ...model.stages] }, book);
    expect(endpoints.filter(({ url }) => url.includes("/live/"))).toHaveLength(2);
    expect(endpoints.filter(({ remark }) => remark !== undefined)).toEqual([endpoints.at(-1)]);
    expect(endpoints.at(-1)).toMatchObject({
      kind: "rest-api",
      name: "Api",
      url: "http://127.0.0.1:7000/_aws/execute-api/api1/Stage/",
    });
  });

  test("is one like others where it is the only one", () => {
    const [first] = endpointsOf({ ...model, stages: [extra] }, book);
    expect(first?.url).toContain("/Stage/");
    expect(first).not.toHaveProperty("remark");
  });
});

describe("a platform's addresses", () => {
  test.each([undefined, "::1"])("answer, whatever it listens on: %s", async (host) => {
    await using platform = await TestPlatform.start({
      ...(host === undefined ? {} : { host }),
      resources: {
        Greet: scripted({ FunctionUrlConfig: { AuthType: "NONE" } }),
        Other: scripted(),
      },
    });
    const { endpoints } = platform.platform;
    expect(endpoints.map(({ kind }) => kind)).toEqual(["function-url", "invoke", "invoke"]);
    for (const { url, method } of endpoints) expect((await fetch(url, { method })).status).toBe(200);
  });
});

describe("the addresses of an HTTP API", () => {
  const withHttpApi = {
    ...emptyModel(),
    httpApis: new Map([["api2", { id: "api2", logicalId: "Web" }]]),
    httpStages: [
      { apiId: "api2", name: "$default" },
      { apiId: "api2", name: "v1" },
    ],
    httpRoutes: [
      { apiId: "api2", route: { key: "$default", authorizer: { kind: "NONE" } } },
      { apiId: "api2", route: { key: "PUT /a/{id}", method: "PUT", authorizer: { kind: "AWS_IAM" } } },
    ],
  } as unknown as StackModel;

  test.each([
    { usesHostNames: true, base: "http://api2.execute-api.localhost:7000/" },
    { usesHostNames: false, base: "http://127.0.0.1:7000/_aws/execute-api/api2/" },
  ])(
    "have a stage in them unless it is the default one: host names $usesHostNames",
    ({ usesHostNames, base }) => {
      const route = { kind: "http-api", name: "Web $default", signingName: undefined, method: "GET" };
      const signed = { kind: "http-api", name: "Web PUT /a/{id}", signingName: "execute-api", method: "PUT" };
      expect(endpointsOf(withHttpApi, { port: 7000, region: "eu-west-1", usesHostNames })).toEqual([
        { ...route, url: base },
        { ...signed, url: `${base}a/{id}` },
        { ...route, url: `${base}v1/` },
        { ...signed, url: `${base}v1/a/{id}` },
      ]);
    },
  );
});
