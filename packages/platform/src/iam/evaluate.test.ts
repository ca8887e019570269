import { describe, expect, test } from "vitest";
import { type ApplicablePolicies, type AuthorizationRequest, evaluate } from "./evaluate.ts";
import type { PolicyDocument, Principal, Statement } from "./policy.ts";
import { findPolicyProblem } from "./policy-problem.ts";

const account = "123456789012";
const arn = `arn:aws:lambda:us-east-1:${account}:function:shop`;
const user = { kind: "AWS", name: `arn:aws:iam::${account}:user/ann`, accountId: account } as const;
const session = { ...user, name: `arn:aws:sts::${account}:assumed-role/Clerk/1` } as const;
const stranger = {
  kind: "AWS",
  name: "arn:aws:iam::999999999999:user/eve",
  accountId: "999999999999",
} as const;
const gateway = { kind: "Service", name: "apigateway.amazonaws.com", accountId: undefined } as const;
const anonymous = { kind: "anonymous", name: "anonymous", accountId: undefined } as const;

const policy = (...statements: Partial<Statement>[]): PolicyDocument => ({
  Version: "2012-10-17",
  Statement: statements.map((statement) => ({
    Effect: "Allow",
    ...("NotAction" in statement ? {} : { Action: "*" }),
    ...("NotResource" in statement ? {} : { Resource: "*" }),
    ...statement,
  })),
});
const deny = { Effect: "Deny" } as const;

function effect(policies: Partial<ApplicablePolicies>, request: Partial<AuthorizationRequest> = {}): string {
  return evaluate(
    { action: "lambda:InvokeFunction", resource: arn, context: {}, principal: user, ...request },
    { identity: [], resource: [], resourceAccountId: account, ...policies },
  ).effect;
}

/** What the caller's own policy comes to. */
const byIdentity = (statement: Partial<Statement>, request: Partial<AuthorizationRequest> = {}) =>
  effect({ identity: [policy(statement)] }, request);

describe("the two sides", () => {
  const allowed = policy({ Principal: "*" });
  const denied = policy({ ...deny, Principal: "*" });
  const own = policy({});
  const ownDenial = policy(deny);
  test.each<[string, PolicyDocument[], PolicyDocument[], string, string]>([
    ["allow and allow", [own], [allowed], "allow", "allow"],
    ["allow and silence", [own], [], "allow", "implicit-deny"],
    ["silence and allow", [], [allowed], "allow", "implicit-deny"],
    ["silence and silence", [], [], "implicit-deny", "implicit-deny"],
    ["deny and allow", [own, ownDenial], [allowed], "explicit-deny", "explicit-deny"],
    ["allow and deny", [own], [allowed, denied], "explicit-deny", "explicit-deny"],
  ])("identity and resource: %s", (_, identity, resource, within, between) => {
    expect(effect({ identity, resource })).toBe(within);
    expect(effect({ identity, resource }, { principal: stranger })).toBe(between);
  });

  test("name the statement that decided, and whose it was", () => {
    const identity = policy({ Sid: "mine" });
    const resource = policy({ Sid: "theirs", Principal: "*", ...deny });
    const request = { action: "a:B", resource: arn, context: {}, principal: user };
    const of = (policies: Partial<ApplicablePolicies>) =>
      evaluate(request, { identity: [identity], resource: [], resourceAccountId: account, ...policies });
    expect(of({})).toMatchObject({ source: "identity", statement: { Sid: "mine" } });
    expect(of({ resource: [resource] })).toMatchObject({ source: "resource", statement: { Sid: "theirs" } });
    expect(of({}).policy).toBe(identity);
    expect(of({ identity: [] })).toEqual({
      effect: "implicit-deny",
      statement: undefined,
      policy: undefined,
      source: "identity",
    });
  });
});

describe("a statement applies", () => {
  test.each<[string, Partial<Statement>, string]>([
    ["to its action, in any letter case", { Action: "LAMBDA:invokefunction" }, "allow"],
    ["to an action of a list", { Action: ["s3:*", "lambda:Invoke*"] }, "allow"],
    ["to what a question mark stands for", { Action: "lambda:InvokeFunctio?" }, "allow"],
    ["not to another action", { Action: "lambda:GetFunction" }, "implicit-deny"],
    ["to all but its NotAction", { NotAction: "s3:*" }, "allow"],
    ["not to its NotAction", { NotAction: ["s3:*", "lambda:Invoke*"] }, "implicit-deny"],
    ["to its resource", { Resource: `arn:aws:lambda:*:${account}:function:sh?p` }, "allow"],
    ["not to a resource in another letter case", { Resource: arn.toUpperCase() }, "implicit-deny"],
    ["to all but its NotResource", { NotResource: "arn:aws:s3:::*" }, "allow"],
    ["not to its NotResource", { NotResource: ["arn:aws:s3:::*", arn] }, "implicit-deny"],
    ["when its condition holds", { Condition: { StringEquals: { "aws:PrincipalAccount": "1" } } }, "allow"],
    [
      "not when it doesn't",
      { Condition: { StringEquals: { "aws:PrincipalAccount": "2" } } },
      "implicit-deny",
    ],
    [
      "to resources of the account that it asks for",
      { Condition: { StringEquals: { "aws:ResourceAccount": [account] } } },
      "allow",
    ],
    [
      "not to those of another account than it asks for",
      { Condition: { StringEquals: { "aws:ResourceAccount": ["210987654321"] } } },
      "implicit-deny",
    ],
  ])("%s", (_, statement, expected) => {
    expect(byIdentity(statement, { context: { "aws:PrincipalAccount": "1" } })).toBe(expected);
  });
});

describe("the principal of a resource's policy", () => {
  test.each<[string, Principal, AuthorizationRequest["principal"], string]>([
    ["everyone", "*", anonymous, "allow"],
    ["everyone of AWS", { AWS: "*" }, anonymous, "allow"],
    ["a user", { AWS: [stranger.name, user.name] }, user, "allow"],
    ["another user", { AWS: stranger.name }, user, "implicit-deny"],
    ["nobody but a user", { AWS: user.name }, anonymous, "implicit-deny"],
    ["a session of a role", { AWS: session.name }, session, "allow"],
    ["the role of a session", { AWS: `arn:aws:iam::${account}:role/staff/Clerk` }, session, "allow"],
    ["another role", { AWS: `arn:aws:iam::${account}:role/Clerk2` }, session, "implicit-deny"],
    ["a service", { Service: "apigateway.amazonaws.com" }, gateway, "allow"],
    ["another service", { Service: "s3.amazonaws.com" }, gateway, "implicit-deny"],
    ["AWS, which services aren't", { AWS: "*" }, gateway, "implicit-deny"],
    ["the own account, which only its own policies can give on", { AWS: account }, user, "implicit-deny"],
    ["the own account by its root", { AWS: `arn:aws:iam::${account}:root` }, user, "implicit-deny"],
  ])("%s", (_, Principal, principal, expected) => {
    expect(effect({ resource: [policy({ Principal })] }, { principal })).toBe(expected);
  });

  test("counts for another account when it names that account, and for a denial when it names one's own", () => {
    const ofStranger = policy({ Principal: { AWS: stranger.accountId } });
    expect(effect({ identity: [policy({})], resource: [ofStranger] }, { principal: stranger })).toBe("allow");
    const denial = policy({ ...deny, Principal: { AWS: account } });
    expect(effect({ identity: [policy({})], resource: [denial] })).toBe("explicit-deny");
  });

  test("may be everyone but someone", () => {
    const resource = [policy({ Principal: "*" }, { ...deny, NotPrincipal: { AWS: user.name } })];
    expect([effect({ resource }), effect({ resource }, { principal: session })]).toEqual([
      "allow",
      "explicit-deny",
    ]);
  });

  test("must be there", () => {
    expect(effect({ resource: [policy({})] })).toBe("implicit-deny");
  });
});

describe("a policy variable", () => {
  const own = `arn:aws:lambda:us-east-1:${account}:function:\${aws:username}`;
  const as = (username: string | undefined, statement: Partial<Statement> = { Resource: own }) =>
    byIdentity(statement, { context: { "AWS:UserName": username } });

  test("stands for the request's value", () => {
    expect([as("shop"), as("other"), as(undefined)]).toEqual(["allow", "implicit-deny", "implicit-deny"]);
  });

  test("can't be a wildcard, whatever its value", () => {
    expect([as("*"), as("sho?")]).toEqual(["implicit-deny", "implicit-deny"]);
    const like = { Condition: { StringLike: { "aws:username": `\${*}` } } };
    expect([as("*", like), as("x", like)]).toEqual(["allow", "implicit-deny"]);
  });

  test("may have a value for the case that there is none", () => {
    const resource = own.replace("username", "username, 'shop'");
    expect([as(undefined, { Resource: resource }), as("x", { Resource: resource })]).toEqual([
      "allow",
      "implicit-deny",
    ]);
  });

  test("stands for nothing where a condition is not about texts", () => {
    const ofNumber = { Condition: { NumericEquals: { "aws:epochtime": `\${aws:epochtime}` } } };
    expect(byIdentity(ofNumber, { context: { "aws:epochtime": 1 } })).toBe("implicit-deny");
    const ofText = { Condition: { StringEquals: { "aws:epochtime": `\${aws:epochtime}` } } };
    expect(byIdentity(ofText, { context: { "aws:epochtime": 1 } })).toBe("allow");
  });

  test("stands for itself in conditions too, and in a document of the older version", () => {
    const equals = { Condition: { StringEquals: { "aws:username": `\${aws:username}` } } };
    expect(as("*", equals)).toBe("allow");
    const older = { ...policy({ Resource: own }), Version: "2008-10-17" };
    expect(effect({ identity: [older] }, { context: { "aws:username": "shop" } })).toBe("implicit-deny");
  });
});

describe("a wildcard in the wrong place lets nobody in", () => {
  const byResource = (Principal: Principal, principal: AuthorizationRequest["principal"]) =>
    effect({ resource: [policy({ Principal })] }, { principal });
  test.each<[string, Principal, AuthorizationRequest["principal"]]>([
    ["all roles of the account", { AWS: `arn:aws:iam::${account}:role/*` }, session],
    ["all users of the account", { AWS: `arn:aws:iam::${account}:user/*` }, user],
    ["every account's root", { AWS: "arn:aws:iam::*:root" }, stranger],
    ["part of an account", { AWS: "99999999999*" }, stranger],
    ["every service of AWS", { Service: "*.amazonaws.com" }, gateway],
    ["every ARN, for somebody without one", { AWS: "arn:*" }, anonymous],
  ])("as a principal: %s", (_, Principal, principal) => {
    expect(byResource(Principal, principal)).toBe("implicit-deny");
  });

  test.each([
    ["a resource in the place of an action", { Action: arn }],
    ["an action with a blank", { Action: " * " }],
    ["another function whose name begins the same", { Resource: `${arn.slice(0, -1)}?x` }],
    ["another service's ARNs", { Resource: `arn:aws:sqs:*:${account}:*` }],
    ["an ARN of too few parts", { Resource: `arn:aws:lambda:*:function:shop` }],
    ["text that is no ARN", { Resource: "*shop" }],
  ])("as something else: %s", (_, statement) => {
    expect(byIdentity(statement)).toBe("implicit-deny");
  });
});

describe("a policy that can't be evaluated is named", () => {
  const base = { Effect: "Allow", Action: "*", Resource: "*" } as const;
  const problemOf = (statement: object, version = "2012-10-17") =>
    findPolicyProblem({ Version: version, Statement: statement as Statement });
  test.each<[object, string]>([
    [
      { ...base, Condition: { StringMatches: { a: "b" } } },
      "Statement 1: there is no condition operator StringMatches.",
    ],
    [{ ...base, Sid: "S", Effect: "allow" }, 'Statement "S": its Effect is "allow"; write Allow or Deny.'],
    [{ ...base, Action: undefined }, "Statement 1: it needs either Action or NotAction."],
    [{ ...base, NotAction: "*" }, "Statement 1: it needs either Action or NotAction."],
    [{ ...base, NotResource: "*" }, "Statement 1: it has both Resource and NotResource."],
    [
      { ...base, Principal: { Federated: "x" } },
      "Statement 1: principals of kind Federated are not evaluated by this platform; it knows AWS and Service.",
    ],
    [{ ...base, Condition: { StringEquals: { a: [] } } }, "Statement 1: the condition on a has no values."],
    [[], "The policy has no Statement."],
    [
      { ...base, Action: ["sqs:SendMessage", "InvokeFunction"] },
      'Statement 1: its action "InvokeFunction" names no service, and AWS answers "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."',
    ],
    [
      { ...base, Action: undefined, NotAction: "*:InvokeFunction" },
      'Statement 1: its action "*:InvokeFunction" has a wildcard in the name of the service; AWS takes them behind the colon only.',
    ],
    [
      { ...base, Principal: { AWS: ["*", `arn:aws:iam::${account}:role/*`] } },
      `Statement 1: the principal "arn:aws:iam::${account}:role/*" has a wildcard in it, and AWS answers "Invalid principal in policy". Name it whole, or write "*" and a condition on aws:PrincipalArn.`,
    ],
    [
      { ...base, NotPrincipal: { Service: "*.amazonaws.com" } },
      'Statement 1: the principal "*.amazonaws.com" has a wildcard in it, and AWS answers "Invalid principal in policy". Name it whole, or write "*" and a condition on aws:PrincipalArn.',
    ],
  ])("%j", (statement, problem) => {
    expect(problemOf(statement)).toBe(problem);
  });

  test("and so is an unknown version", () => {
    expect(problemOf(base, "2020-01-01")).toContain('Version is "2020-01-01"');
    expect([
      problemOf(base),
      problemOf(base, "2008-10-17"),
      findPolicyProblem({ Statement: [base] }),
    ]).toEqual([undefined, undefined, undefined]);
  });
});
