import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventAsBody, proxyTo, restStage, stagePath } from "../../test/rest-stage.ts";
import { scripted, TestPlatform } from "../../test/test-platform.ts";
import { completeRule, visibility } from "../../test/waf-rules.ts";

const inspecting = (FieldToMatch: object, Type = "NONE") => ({
  FieldToMatch,
  TextTransformations: [{ Priority: 0, Type }],
});
const header = (value: string) => ({
  ByteMatchStatement: {
    ...inspecting({ SingleHeader: { Name: "x-case" } }),
    PositionalConstraint: "EXACTLY",
    SearchString: value,
  },
});
const rules = [
  {
    Name: "marked",
    Statement: header("marked"),
    Action: { Count: { CustomRequestHandling: { InsertHeaders: [{ Name: "suspect", Value: "yes" }] } } },
  },
  {
    Name: "teapot",
    Statement: header("teapot"),
    Action: {
      Block: {
        CustomResponse: {
          ResponseCode: 418,
          CustomResponseBodyKey: "short",
          ResponseHeaders: [{ Name: "X-Spout", Value: "here" }],
        },
      },
    },
  },
  {
    Name: "elsewhere",
    Statement: {
      AndStatement: {
        Statements: [
          header("address"),
          {
            NotStatement: {
              Statement: { IPSetReferenceStatement: { Arn: { "Fn::GetAtt": ["Nearby", "Arn"] } } },
            },
          },
        ],
      },
    },
  },
  { Name: "sql", Statement: { SqliMatchStatement: inspecting({ QueryString: {} }, "URL_DECODE") } },
  {
    Name: "group",
    Statement: { RuleGroupReferenceStatement: { Arn: { "Fn::GetAtt": ["Shared", "Arn"] } } },
    OverrideAction: { None: {} },
  },
  {
    Name: "evil-body",
    Statement: {
      ByteMatchStatement: {
        ...inspecting({ Body: { OversizeHandling: "CONTINUE" } }),
        PositionalConstraint: "CONTAINS",
        SearchString: "evil",
      },
    },
  },
  {
    Name: "rate",
    Statement: {
      RateBasedStatement: {
        Limit: 10,
        EvaluationWindowSec: 600,
        AggregateKeyType: "CONSTANT",
        ScopeDownStatement: header("rate"),
      },
    },
  },
];

const resources = {
  Echo: scripted({ CodeUri: "echo/" }),
  Logs: { Type: "AWS::Logs::LogGroup", Properties: { LogGroupName: "access" } },
  ...restStage({
    invokes: ["Echo"],
    paths: { "/": { get: proxyTo("Echo", "BUFFERED"), post: proxyTo("Echo", "BUFFERED") } },
    root: {
      "x-amazon-apigateway-gateway-responses": {
        WAF_FILTERED: { responseParameters: { "gatewayresponse.header.X-Filtered": "'yes'" } },
      },
    },
    stage: {
      AccessLogSetting: {
        DestinationArn: { "Fn::GetAtt": ["Logs", "Arn"] },
        Format:
          "$context.requestId $context.wafResponseCode $context.waf.status $context.error.responseType $context.webaclArn",
      },
    },
  }),
  Nearby: {
    Type: "AWS::WAFv2::IPSet",
    Properties: { Scope: "REGIONAL", IPAddressVersion: "IPV4", Addresses: ["127.0.0.0/8"] },
  },
  Paths: {
    Type: "AWS::WAFv2::RegexPatternSet",
    Properties: { Scope: "REGIONAL", RegularExpressionList: ["^/test/+admin", "/\\.git/"] },
  },
  Shared: {
    Type: "AWS::WAFv2::RuleGroup",
    Properties: {
      Scope: "REGIONAL",
      Capacity: 50,
      VisibilityConfig: visibility,
      Rules: [
        completeRule(
          {
            Name: "paths",
            Statement: {
              RegexPatternSetReferenceStatement: {
                Arn: { "Fn::GetAtt": ["Paths", "Arn"] },
                ...inspecting({ UriPath: {} }),
              },
            },
          },
          0,
        ),
      ],
    },
  },
  Guard: {
    Type: "AWS::WAFv2::WebACL",
    Properties: {
      Name: "guard",
      Scope: "REGIONAL",
      DefaultAction: { Allow: {} },
      VisibilityConfig: visibility,
      CustomResponseBodies: { short: { ContentType: "TEXT_PLAIN", Content: "and stout" } },
      Rules: rules.map(completeRule),
    },
  },
  Association: {
    Type: "AWS::WAFv2::WebACLAssociation",
    Properties: {
      WebACLArn: { "Fn::GetAtt": ["Guard", "Arn"] },
      ResourceArn: { "Fn::Sub": `arn:aws:apigateway:\${AWS::Region}::/restapis/\${Api}/stages/\${Stage}` },
    },
  },
};

let platform: TestPlatform;
beforeAll(async () => {
  platform = await TestPlatform.start({ resources, files: { "echo/bootstrap": eventAsBody } });
});
afterAll(async () => {
  expect(platform.bugs).toEqual([]);
  await platform[Symbol.asyncDispose]();
});

const send = (given: { path?: string; headers?: Record<string, string>; body?: string; method?: string }) =>
  platform.send({ ...given, path: stagePath(platform) + (given.path ?? "/") });
const requestIdOf = ({ headers }: Awaited<ReturnType<typeof send>>) => String(headers["x-amzn-requestid"]);

describe("a stage with a web ACL", () => {
  test("answers a blocked request with 403 Forbidden, before it is known whether there is such a method", async () => {
    const answer = await send({ path: "/nowhere?id=1%27%20or%201=1--" });
    expect(answer.status).toBe(403);
    expect(answer.headers).toMatchObject({
      "x-amzn-errortype": "ForbiddenException",
      "content-type": "application/json",
      "x-filtered": "yes",
    });
    expect(await answer.text()).toBe('{"message":"Forbidden"}');
    expect(platform.notes(requestIdOf(answer))).toEqual([
      "403: the web ACL guard blocked the request with its rule sql.",
    ]);
  });

  test("names the rule of a rule group to the developer", async () => {
    const answer = await send({ path: "/admin" });
    expect(answer.status).toBe(403);
    expect(platform.notes(requestIdOf(answer))).toEqual([
      "403: the web ACL guard blocked the request with its rule group (paths of its rule group).",
    ]);
  });

  test("lets the web ACL's own response go before the API's", async () => {
    const answer = await send({ headers: { "x-case": "teapot" } });
    expect(answer.status).toBe(418);
    expect(answer.headers).toMatchObject({ "x-spout": "here", "content-type": "text/plain" });
    expect(answer.headers).not.toHaveProperty("x-filtered");
    expect(await answer.text()).toBe("and stout");
  });

  test("passes on what is allowed, with the headers that rules add in the place of the client's", async () => {
    const answer = await send({ headers: { "x-case": "marked", "X-Amzn-Waf-Suspect": "no" } });
    expect(answer.status).toBe(200);
    const event = JSON.parse(await answer.text()) as { multiValueHeaders: Record<string, string[]> };
    expect(event.multiValueHeaders).toHaveProperty("x-amzn-waf-suspect", ["yes"]);
    expect(event.multiValueHeaders).not.toHaveProperty("X-Amzn-Waf-Suspect");
  });

  test("knows where a request comes from", async () => {
    expect((await send({ headers: { "x-case": "address" } })).status).toBe(200);
  });

  test.each([
    { at: 16 * 1024 - 4, status: 403 },
    { at: 16 * 1024 - 3, status: 200 },
  ])("shows 16 KB of a body to the web ACL: a word at $at gives $status", async ({ at, status }) => {
    const body = `${"x".repeat(at)}evil and more`;
    expect((await send({ method: "POST", body })).status).toBe(status);
  });

  test("counts requests", async () => {
    const statuses: number[] = [];
    for (let sent = 0; sent < 11; sent += 1) {
      statuses.push((await send({ headers: { "x-case": "rate" } })).status);
    }
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 200), 403]);
  });

  test("logs what the web ACL said", async () => {
    const blocked = requestIdOf(await send({ path: "/admin" }));
    const allowed = requestIdOf(await send({}));
    const { accessKeyId, secretAccessKey, sessionToken = "" } = platform.platform.credentials;
    using logs = {
      client: new CloudWatchLogsClient({
        region: "us-east-1",
        endpoint: platform.url,
        credentials: { accessKeyId, secretAccessKey, sessionToken },
      }),
      [Symbol.dispose]() {
        this.client.destroy();
      },
    };
    const { events } = await logs.client.send(new FilterLogEventsCommand({ logGroupName: "access" }));
    const lines = events?.map(({ message = "" }) => message.split(" ")) ?? [];
    const arn = expect.stringMatching(
      /^arn:aws:wafv2:us-east-1:\d{12}:regional\/webacl\/guard\/[0-9a-f-]{36}$/,
    );
    expect(lines.find(([id]) => id === blocked)).toEqual([blocked, "WAF_BLOCK", "403", "WAF_FILTERED", arn]);
    expect(lines.find(([id]) => id === allowed)).toEqual([allowed, "WAF_ALLOW", "200", "-", arn]);
  });
});
