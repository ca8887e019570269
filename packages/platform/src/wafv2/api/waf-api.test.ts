import {
  AssociateWebACLCommand,
  DisassociateWebACLCommand,
  GetWebACLCommand,
  GetWebACLForResourceCommand,
  ListResourcesForWebACLCommand,
  ListWebACLsCommand,
  WAFV2Client,
} from "@aws-sdk/client-wafv2";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { apiIdOf, eventAsBody, proxyTo, restStage, stagePath } from "../../../test/rest-stage.ts";
import { scripted, TestPlatform } from "../../../test/test-platform.ts";
import { completeRule, visibility } from "../../../test/waf-rules.ts";

const TextTransformations = [{ Priority: 0, Type: "NONE" }];
const rules = [
  {
    Name: "evil",
    Priority: "1",
    Statement: {
      ByteMatchStatement: {
        FieldToMatch: { UriPath: {} },
        PositionalConstraint: "CONTAINS",
        SearchString: "evil",
        TextTransformations,
      },
    },
  },
  {
    Name: "addresses",
    Statement: { IPSetReferenceStatement: { Arn: { "Fn::GetAtt": ["Set", "Arn"] } } },
    Action: { Count: {} },
  },
  { Name: "rate", Priority: 3, Statement: { RateBasedStatement: { Limit: "100", AggregateKeyType: "IP" } } },
];

let platform: TestPlatform;
let waf: WAFV2Client;
beforeAll(async () => {
  platform = await TestPlatform.start({
    resources: {
      Echo: scripted({ CodeUri: "echo/" }),
      ...restStage({ invokes: ["Echo"], paths: { "/evil": { get: proxyTo("Echo", "BUFFERED") } } }),
      Set: {
        Type: "AWS::WAFv2::IPSet",
        Properties: { Scope: "REGIONAL", IPAddressVersion: "IPV4", Addresses: ["192.0.2.0/24"] },
      },
      Guard: {
        Type: "AWS::WAFv2::WebACL",
        Properties: {
          Name: "guard",
          Description: "for tests",
          Scope: "REGIONAL",
          DefaultAction: { Allow: {} },
          VisibilityConfig: { ...visibility, SampledRequestsEnabled: "true" },
          Rules: rules.map((rule, index) => ({ ...completeRule(rule, 10 + index), ...rule })),
        },
      },
    },
    files: { "echo/bootstrap": eventAsBody },
  });
  waf = new WAFV2Client({ ...platform.platform.clientConfig, maxAttempts: 1 });
});
afterAll(async () => {
  waf.destroy();
  expect(platform.bugs).toEqual([]);
  await platform[Symbol.asyncDispose]();
});

const guard = async () => {
  const { WebACLs } = await waf.send(new ListWebACLsCommand({ Scope: "REGIONAL" }));
  return WebACLs?.[0];
};
const stageArn = () => `arn:aws:apigateway:us-east-1::/restapis/${apiIdOf(platform)}/stages/test`;
/** What went wrong: code and text. */
const problem = (call: Promise<unknown>) =>
  call.then(
    () => "nothing went wrong",
    (error: Error) => [error.name, error.message],
  );

describe("WAF's API", () => {
  test("lists the template's web ACLs", async () => {
    expect(await guard()).toEqual({
      Name: "guard",
      Description: "for tests",
      Id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      ARN: expect.stringMatching(/^arn:aws:wafv2:us-east-1:\d{12}:regional\/webacl\/guard\/[0-9a-f-]{36}$/),
      LockToken: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  test("shows a web ACL as the API has it", async () => {
    const { Id, LockToken, ARN } = (await guard()) ?? {};
    const byName = await waf.send(new GetWebACLCommand({ Name: "guard", Id, Scope: "REGIONAL" }));
    const byArn = await waf.send(new GetWebACLCommand({ ARN }));
    expect(byArn.WebACL).toEqual(byName.WebACL);
    expect(byName.LockToken).toBe(LockToken);
    expect(byName.WebACL).toMatchObject({
      ARN,
      Capacity: 13,
      LabelNamespace: "awswaf:123456789012:webacl:guard:",
      DefaultAction: { Allow: {} },
      VisibilityConfig: { ...visibility, SampledRequestsEnabled: true },
    });
    expect(
      byName.WebACL?.Rules?.map(({ Name, Priority, Statement }) => ({ Name, Priority, Statement })),
    ).toEqual([
      {
        Name: "evil",
        Priority: 1,
        Statement: {
          ByteMatchStatement: {
            FieldToMatch: { UriPath: {} },
            PositionalConstraint: "CONTAINS",
            SearchString: new Uint8Array(Buffer.from("evil")),
            TextTransformations,
          },
        },
      },
      {
        Name: "addresses",
        Priority: 11,
        Statement: { IPSetReferenceStatement: { ARN: expect.stringContaining(":regional/ipset/Set/") } },
      },
      {
        Name: "rate",
        Priority: 3,
        Statement: { RateBasedStatement: { Limit: 100, EvaluationWindowSec: 300, AggregateKeyType: "IP" } },
      },
    ]);
  });

  test("puts a web ACL before a stage, and takes it away", async () => {
    const WebACLArn = (await guard())?.ARN;
    const ResourceArn = stageArn();
    const status = async () => (await platform.send({ path: `${stagePath(platform)}/evil` })).status;
    const aclOfStage = async () =>
      (await waf.send(new GetWebACLForResourceCommand({ ResourceArn }))).WebACL?.Name;
    const stagesOfAcl = async () => {
      const input = { WebACLArn, ResourceType: "API_GATEWAY" } as const;
      return (await waf.send(new ListResourcesForWebACLCommand(input))).ResourceArns;
    };
    expect([await status(), await aclOfStage(), await stagesOfAcl()]).toEqual([200, undefined, []]);
    await waf.send(new AssociateWebACLCommand({ WebACLArn, ResourceArn }));
    expect([await status(), await aclOfStage(), await stagesOfAcl()]).toEqual([403, "guard", [ResourceArn]]);
    await waf.send(new DisassociateWebACLCommand({ ResourceArn }));
    expect([await status(), await aclOfStage(), await stagesOfAcl()]).toEqual([200, undefined, []]);
  });

  const doesNotExist = "AWS WAF couldn’t perform the operation because your resource doesn’t exist.";
  test.each([
    [
      "arn:aws:apigateway:us-east-1::/restapis/aaaaaaaaaa/stages/test",
      ["WAFNonexistentItemException", doesNotExist],
    ],
    [
      "arn:aws:apigateway:us-east-1::/apis/aaaaaaaaaa/stages/test",
      [
        "WAFInvalidParameterException",
        "Error reason: The ARN isn't valid. A valid ARN begins with arn: and includes other information separated by colons or slashes., field: RESOURCE_ARN, parameter: arn:aws:apigateway:us-east-1::/apis/aaaaaaaaaa/stages/test",
      ],
    ],
  ])("does not put a web ACL before %s", async (ResourceArn, expected) => {
    const WebACLArn = (await guard())?.ARN;
    expect(await problem(waf.send(new AssociateWebACLCommand({ WebACLArn, ResourceArn })))).toEqual(expected);
  });

  test("knows no web ACL of another scope or name", async () => {
    const { Id } = (await guard()) ?? {};
    expect(await problem(waf.send(new ListWebACLsCommand({ Scope: "CLOUDFRONT" })))).toEqual([
      "WAFInvalidParameterException",
      expect.stringContaining("field: SCOPE_VALUE, parameter: CLOUDFRONT"),
    ]);
    const other = new GetWebACLCommand({ Name: "other", Id, Scope: "REGIONAL" });
    expect(await problem(waf.send(other))).toEqual(["WAFNonexistentItemException", doesNotExist]);
  });
});
