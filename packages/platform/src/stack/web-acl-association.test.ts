import { describe, expect, test } from "vitest";
import { deployResources } from "../../test/deploy-resources.ts";
import { restStage } from "../../test/rest-stage.ts";
import { StackBench } from "../../test/stack-bench.ts";
import { visibility } from "../../test/waf-rules.ts";
import { FunctionFolder } from "../lambda/environment/testing/function-folder.ts";

const acl = (more: object = {}) => ({
  Type: "AWS::WAFv2::WebACL",
  Properties: { Scope: "REGIONAL", DefaultAction: { Allow: {} }, VisibilityConfig: visibility, ...more },
});
const association = (ResourceArn: unknown, more: object = {}) => ({
  Type: "AWS::WAFv2::WebACLAssociation",
  Properties: { WebACLArn: { "Fn::GetAtt": ["Acl", "Arn"] }, ResourceArn, ...more },
});
const stage = { "Fn::Sub": `arn:aws:apigateway:\${AWS::Region}::/restapis/\${Api}/stages/\${Stage}` };

/** What is told of a template with a REST API: severity, logical id and text. */
async function told(resources: Readonly<Record<string, unknown>>): Promise<readonly string[]> {
  await using folder = await FunctionFolder.create({ x: "" });
  const { diagnostics } = await deployResources(folder, {
    ...restStage({ invokes: [], paths: {} }),
    ...resources,
  });
  return diagnostics.map(({ severity, logicalId, message }) => `${severity} ${logicalId} ${message}`);
}

test("a web ACL for a stage is made without a word", async () => {
  expect(await told({ Acl: acl(), Association: association(stage) })).toEqual([]);
});

test("references to a web ACL give what AWS's give", async () => {
  await using folder = await FunctionFolder.create({ x: "" });
  const { stack } = await deployResources(
    folder,
    { Acl: acl({ Name: "guard" }) },
    {
      Outputs: {
        Ref: { Value: { Ref: "Acl" } },
        Arn: { Value: { "Fn::GetAtt": ["Acl", "Arn"] } },
        Capacity: { Value: { "Fn::GetAtt": ["Acl", "Capacity"] } },
      },
    },
  );
  const outputs = Object.fromEntries(stack?.model.outputs.map(({ name, value }) => [name, value]) ?? []);
  expect(outputs["Ref"]).toMatch(/^guard\|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\|REGIONAL$/);
  expect(outputs["Arn"]).toMatch(/^arn:aws:wafv2:[a-z0-9-]+:\d{12}:regional\/webacl\/guard\/[0-9a-f-]{36}$/);
});

const apiOf = (service: string) => `arn:aws:${service}`;

test.each([
  [
    "an HTTP API",
    { Acl: acl(), Association: association(apiOf("apigateway:us-east-1::/apis/abc/stages/prod")) },
    /^error Association Error reason: The ARN isn't valid\. A valid ARN begins with arn: and includes other information separated by colons or slashes\., field: RESOURCE_ARN, parameter: arn:aws:apigateway:us-east-1::\/apis\/abc\/stages\/prod\. AWS WAF does not protect HTTP APIs\./,
  ],
  [
    "something that is no ARN",
    { Acl: acl(), Association: association("prod") },
    /^error Association Error reason: The ARN isn't valid.*parameter: prod\./,
  ],
  [
    "a load balancer",
    { Acl: acl(), Association: association(apiOf("elasticloadbalancing:us-east-1:1:loadbalancer/app/a/b")) },
    /^warning Association A web ACL for arn:.* is not served by this platform: it has no elasticloadbalancing\..*Association is left out\.$/,
  ],
  [
    "a stage that is not there",
    { Acl: acl(), Association: association(apiOf("apigateway:us-east-1::/restapis/abc/stages/prod")) },
    /^error Association ResourceArn is arn:.*\/restapis\/abc\/stages\/prod\. AWS WAF couldn’t perform the operation because your resource doesn’t exist\./,
  ],
  [
    "a stage of another region",
    {
      Acl: acl(),
      Association: association({
        "Fn::Sub": `arn:aws:apigateway:eu-west-1::/restapis/\${Api}/stages/\${Stage}`,
      }),
    },
    /^error Association ResourceArn is arn:aws:apigateway:eu-west-1:.* AWS WAF couldn’t perform the operation/,
  ],
  [
    "a stage with a slip in a name",
    { Acl: acl(), Association: association(stage, { WebAclArn: "x" }) },
    /^error Association #: extraneous key \[WebAclArn\] is not permitted\./,
  ],
  [
    "a stage with a web ACL that is not in the template",
    { Association: association(stage, { WebACLArn: "arn:aws:wafv2:x" }) },
    /^error Association WebACLArn is arn:aws:wafv2:x\. AWS WAF couldn’t perform the operation/,
  ],
])("a web ACL for %s is told", async (_, resources, message) => {
  expect(await told(resources)).toEqual([expect.stringMatching(message)]);
});

const managedRules = [
  {
    Name: "common",
    Priority: 0,
    VisibilityConfig: visibility,
    OverrideAction: { None: {} },
    Statement: { ManagedRuleGroupStatement: { VendorName: "AWS", Name: "AWSManagedRulesCommonRuleSet" } },
  },
];
const notEnforced =
  "The rule common of Acl is not enforced here; other rules are. #/Rules/0/Statement: ManagedRuleGroupStatement AWS AWSManagedRulesCommonRuleSet is not served by this platform: the rules of managed rule groups are their vendors' own.";

test("a web ACL with managed rules is made, and the warning names what is not enforced", async () => {
  const resources = { Acl: acl({ Rules: managedRules }), Association: association(stage) };
  expect(await told(resources)).toEqual([`warning Acl ${notEnforced}`]);
});

test("an event of a stack tells of managed rules too", async () => {
  await using bench = await StackBench.open();
  await bench.deploy("s", { Resources: { Acl: acl({ Rules: managedRules }) } });
  expect(bench.reasons("s", "CREATE_COMPLETE")).toMatchObject({ Acl: notEnforced });
});

test.each([
  ["CLOUDFRONT", /^warning Acl AWS::WAFv2::WebACL with the scope CLOUDFRONT is not served.*left out\.$/],
  ["Regional", /^error Acl #\/Scope: Regional is not a valid enum value\./],
])("a web ACL of scope %s is told", async (Scope, message) => {
  expect(await told({ Acl: acl({ Scope }) })).toEqual([expect.stringMatching(message)]);
});

test("capacity that costs extra is told", async () => {
  const inspecting = { FieldToMatch: { UriPath: {} }, TextTransformations: [{ Priority: 0, Type: "NONE" }] };
  const Rules = Array.from({ length: 38 }, (_, index) => ({
    Name: `rule-${index}`,
    Priority: index,
    Action: { Count: {} },
    VisibilityConfig: visibility,
    Statement: { XssMatchStatement: inspecting },
  }));
  expect(await told({ Acl: acl({ Rules }) })).toEqual([
    "warning Acl Acl uses 1520 web ACL capacity units. AWS charges extra for more than 1500.",
  ]);
});

describe("a stage beside that with the web ACL", () => {
  const api = (more: object) => ({
    Open: {
      Type: "AWS::Serverless::Api",
      Properties: { StageName: "prod", DefinitionBody: { openapi: "3.0.1", paths: {} }, ...more },
    },
    Acl: acl({ Name: "guard" }),
  });
  const prod = { "Fn::Sub": `arn:aws:apigateway:\${AWS::Region}::/restapis/\${Open}/stages/\${Open.Stage}` };
  const other = { "Fn::Sub": `arn:aws:apigateway:\${AWS::Region}::/restapis/\${Open}/stages/Stage` };

  test("that SAM has made is told: it is a way round", async () => {
    expect(await told({ ...api({}), Association: association(prod) })).toEqual([
      "warning Open The stage Stage of Open has no web ACL, and prod has guard: whoever calls /Stage instead of /prod goes round it. A deployment makes that stage; SAM has none made for an API with an OpenApiVersion, such as 3.0.1.",
    ]);
  });

  test.each([
    ["that is not made", { ...api({ OpenApiVersion: "3.0.1" }), Association: association(prod) }],
    [
      "that has one itself",
      {
        ...api({}),
        Association: association(prod),
        Second: { ...association(other), DependsOn: "Association" },
      },
    ],
    ["that has none either", api({})],
  ])("%s is no matter", async (_, resources) => {
    expect(await told(resources)).toEqual([]);
  });
});
