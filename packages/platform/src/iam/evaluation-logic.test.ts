import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ApplicablePolicies, denialReason, evaluate, type RequestPrincipal } from "./evaluate.ts";
import type { PolicyDocument, Principal, Statement } from "./policy.ts";

/**
 * The cases of AWS's pages on policy evaluation, one by one.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
 */
const account = "123456789012";
const other = "999999999999";
const action = "sqs:SendMessage";
const resource = `arn:aws:sqs:us-east-1:${account}:jobs`;
const roleArn = `arn:aws:iam::${account}:role/staff/Clerk`;
const user: RequestPrincipal = {
  kind: "AWS",
  name: `arn:aws:iam::${account}:user/ann`,
  accountId: account,
};
const session: RequestPrincipal = {
  kind: "AWS",
  name: `arn:aws:sts::${account}:assumed-role/Clerk/one`,
  accountId: account,
};
const stranger: RequestPrincipal = {
  ...session,
  name: session.name.replace(account, other),
  accountId: other,
};

const policy = (Effect: Statement["Effect"], Action: string, more: object = {}): PolicyDocument => ({
  Version: "2012-10-17",
  Statement: [{ Effect, Action, Resource: "*", ...more }],
});
const yes = policy("Allow", action);
const no = policy("Deny", action);
const silent = policy("Allow", "s3:GetObject");
const to = (Principal: Principal, Condition?: object) =>
  policy("Allow", action, { Principal, ...(Condition === undefined ? {} : { Condition }) });

const decide = (principal: RequestPrincipal, policies: Partial<ApplicablePolicies>) =>
  evaluate(
    {
      action,
      resource,
      principal,
      context:
        principal === user ? {} : { "aws:PrincipalArn": roleArn.replace(account, principal.accountId ?? "") },
    },
    { identity: [], resource: [], resourceAccountId: account, ...policies },
  );
/** What comes out, and whose statement or silence it was. */
const verdict = (principal: RequestPrincipal, policies: Partial<ApplicablePolicies>) => {
  const { effect, source } = decide(principal, policies);
  return `${effect} by ${source}`;
};

describe("within an account", () => {
  test.each<[string, RequestPrincipal, Partial<ApplicablePolicies>, string]>([
    ["nothing says anything", session, {}, "implicit-deny by identity"],
    ["the identity side allows", session, { identity: [yes] }, "allow by identity"],
    ["the boundary allows too", session, { identity: [yes], boundary: yes }, "allow by identity"],
    ["the boundary alone allows", session, { boundary: yes }, "implicit-deny by identity"],
    ["the boundary is silent", session, { identity: [yes], boundary: silent }, "implicit-deny by boundary"],
    ["the boundary denies", session, { identity: [yes], boundary: no }, "explicit-deny by boundary"],
    [
      "the session policy is silent",
      session,
      { identity: [yes], session: [silent] },
      "implicit-deny by session",
    ],
    ["a session policy allows", session, { identity: [yes], session: [silent, yes] }, "allow by identity"],
    ["a session policy denies", session, { identity: [yes], session: [yes, no] }, "explicit-deny by session"],
    ["the session policy alone allows", session, { session: [yes] }, "implicit-deny by identity"],
    [
      "the boundary allows what the session policy doesn't",
      session,
      { identity: [yes], boundary: yes, session: [silent] },
      "implicit-deny by session",
    ],
  ])("%s", (_, principal, policies, expected) => {
    expect(verdict(principal, policies)).toBe(expected);
  });

  const limits = { boundary: silent, session: [silent] };
  test.each<[string, RequestPrincipal, Principal, object | undefined, string, string]>([
    ["a user", user, { AWS: user.name }, undefined, "allow by resource", "allow by resource"],
    ["a session", session, { AWS: session.name }, undefined, "allow by resource", "allow by resource"],
    ["everyone", session, "*", undefined, "allow by resource", "allow by resource"],
    [
      "everyone, if it is a session of the role",
      session,
      "*",
      { ArnEquals: { "aws:PrincipalArn": roleArn } },
      "allow by resource",
      "allow by resource",
    ],
    ["a role", session, { AWS: roleArn }, undefined, "allow by resource", "implicit-deny by boundary"],
    [
      "the account",
      session,
      { AWS: account },
      undefined,
      "implicit-deny by identity",
      "implicit-deny by identity",
    ],
  ])(
    "what the resource allows to %s, with no limits and with limits that are silent",
    (_, principal, Principal, Condition, free, limited) => {
      const resource = [to(Principal, Condition)];
      expect([verdict(principal, { resource }), verdict(principal, { resource, ...limits })]).toEqual([
        free,
        limited,
      ]);
    },
  );

  test("a role that is called by its name acts as a session of it", () => {
    const role = { ...session, name: roleArn };
    const resource = [to({ AWS: roleArn })];
    expect(verdict(role, { resource })).toBe("allow by resource");
    expect(verdict(role, { resource, boundary: silent })).toBe("implicit-deny by boundary");
  });

  test("the root of the account and the account are the same", () => {
    for (const AWS of [account, `arn:aws:iam::${account}:root`]) {
      expect(verdict(session, { identity: [yes], resource: [to({ AWS })] })).toBe("allow by identity");
      expect(
        verdict(session, { identity: [yes], resource: [policy("Deny", "*", { Principal: { AWS } })] }),
      ).toBe("explicit-deny by resource");
    }
  });
});

describe("between accounts", () => {
  const open = [to({ AWS: other })];
  test.each<[string, Partial<ApplicablePolicies>, string]>([
    ["both sides allow", { identity: [yes], resource: open }, "allow by identity"],
    ["the resource alone allows", { resource: open }, "implicit-deny by identity"],
    ["the resource alone allows it to everyone", { resource: [to("*")] }, "implicit-deny by identity"],
    ["the identity side alone allows", { identity: [yes] }, "implicit-deny by resource"],
    [
      "the boundary is silent",
      { identity: [yes], resource: open, boundary: silent },
      "implicit-deny by boundary",
    ],
    [
      "the session policy is silent",
      { identity: [yes], resource: open, session: [silent] },
      "implicit-deny by session",
    ],
    [
      "the resource allows it to the role, and the identity side is silent",
      { resource: [to({ AWS: roleArn.replace(account, other) })] },
      "implicit-deny by identity",
    ],
  ])("%s", (_, policies, expected) => {
    expect(verdict(stranger, policies)).toBe(expected);
  });
});

describe("where the resource's policy must allow, as that of a role or of a key of KMS", () => {
  test.each<[string, Partial<ApplicablePolicies>, string]>([
    ["it is silent", { identity: [yes] }, "implicit-deny by resource"],
    [
      "it names the account, and that gives it on",
      { identity: [yes], resource: [to({ AWS: account })] },
      "allow by identity",
    ],
    ["it names the account alone", { resource: [to({ AWS: account })] }, "implicit-deny by identity"],
    ["it names the role", { resource: [to({ AWS: roleArn })] }, "allow by resource"],
    ["it names the session", { resource: [to({ AWS: session.name })] }, "allow by resource"],
  ])("%s", (_, policies, expected) => {
    expect(verdict(session, { ...policies, needsResourcePolicy: true })).toBe(expected);
  });
});

test("who has a boundary is denied what everybody but they are denied", () => {
  const resource = [to("*"), policy("Deny", "*", { NotPrincipal: { AWS: [roleArn, account] } })];
  expect(verdict(session, { resource })).toBe("allow by resource");
  expect(verdict(session, { resource, boundary: yes })).toBe("explicit-deny by resource");
});

test.each<[Partial<ApplicablePolicies>, string]>([
  [{}, "because no identity-based policy allows the sqs:SendMessage action"],
  [
    { identity: [yes], boundary: silent },
    "because no permissions boundary allows the sqs:SendMessage action",
  ],
  [{ identity: [yes], session: [silent] }, "because no session policy allows the sqs:SendMessage action"],
  [{ identity: [no] }, "with an explicit deny in an identity-based policy"],
  [{ boundary: no }, "with an explicit deny in a permissions boundary"],
  [
    { resource: [policy("Deny", "*", { Principal: "*" })] },
    "with an explicit deny in a resource-based policy",
  ],
])("%j is told as AWS tells it", (policies, reason) => {
  expect(denialReason(decide(session, policies), action)).toBe(reason);
});

describe("what every request has", () => {
  test.each<[string, RequestPrincipal, string, string | boolean]>([
    ["the role of a session, rather than the session", session, "aws:PrincipalArn", roleArn],
    ["the kind of principal", session, "aws:PrincipalType", "AssumedRole"],
    ["the name of a user", user, "aws:username", "ann"],
    ["TLS, as on AWS", user, "aws:SecureTransport", true],
    ["that no service acts", user, "aws:PrincipalIsAWSService", false],
  ])("%s", (_, principal, key, value) => {
    const identity = [policy("Allow", "*", { Condition: { StringEquals: { [key]: value } } })];
    expect(verdict(principal, { identity })).toBe("allow by identity");
  });

  test("the time", () => {
    const between = {
      DateGreaterThan: { "aws:CurrentTime": "2020-01-01T00:00:00Z" },
      NumericGreaterThan: { "aws:EpochTime": 1_577_836_800 },
    };
    expect(verdict(user, { identity: [policy("Allow", "*", { Condition: between })] })).toBe(
      "allow by identity",
    );
  });
});

describe("whatever the policies", () => {
  const statement = fc.record(
    {
      Effect: fc.constantFrom<Statement["Effect"]>("Allow", "Deny"),
      Action: fc.constantFrom("*", "sqs:*", action, "s3:*"),
      Resource: fc.constantFrom("*", resource, "arn:aws:s3:::*"),
      Principal: fc.constantFrom<Principal>(
        "*",
        { AWS: account },
        { AWS: roleArn },
        { AWS: session.name },
        { AWS: other },
      ),
    },
    { requiredKeys: ["Effect", "Action", "Resource", "Principal"] },
  );
  const side = fc
    .array(statement, { maxLength: 3 })
    .map((Statement) => ({ Version: "2012-10-17", Statement }));
  const policies = fc.record({
    identity: fc.array(side, { maxLength: 2 }),
    resource: fc.array(side, { maxLength: 2 }),
    boundary: fc.option(side, { nil: undefined }),
    session: fc.option(fc.array(side, { maxLength: 2 }), { nil: undefined }),
    resourceAccountId: fc.constantFrom(account, other),
    needsResourcePolicy: fc.boolean(),
  });
  const sides = ["identity", "resource", "boundary", "session"] as const;
  const principals = fc.constantFrom(user, session, stranger);
  type Arbitrary = ApplicablePolicies;
  /** The same with a statement more on a side that is there; `undefined` if it isn't. */
  function withStatement(
    given: Arbitrary,
    where: (typeof sides)[number],
    extra: Statement,
  ): Arbitrary | undefined {
    const document = { Version: "2012-10-17", Statement: [extra] };
    if (where === "boundary") {
      const { boundary } = given;
      if (boundary === undefined) return undefined;
      return {
        ...given,
        boundary: { ...boundary, Statement: [...(boundary.Statement as Statement[]), extra] },
      };
    }
    const documents = given[where];
    return documents === undefined ? undefined : { ...given, [where]: [...documents, document] };
  }
  const allows = (principal: RequestPrincipal, given: Arbitrary) =>
    decide(principal, given).effect === "allow";

  test("a deny on any side wins", () => {
    fc.assert(
      fc.property(policies, principals, fc.constantFrom(...sides), (given, principal, where) => {
        const denied = withStatement(given, where, {
          Effect: "Deny",
          Action: "*",
          Resource: "*",
          Principal: "*",
        });
        fc.pre(denied !== undefined);
        expect(decide(principal, denied).effect).toBe("explicit-deny");
      }),
    );
  });

  test("one allow more takes nothing away, and one less gives nothing", () => {
    fc.assert(
      fc.property(
        policies,
        principals,
        fc.constantFrom(...sides),
        statement,
        (given, principal, where, extra) => {
          const more = withStatement(given, where, { ...extra, Effect: "Allow" });
          fc.pre(more !== undefined);
          // Read from right to left, it is one statement less.
          if (allows(principal, given)) expect(allows(principal, more)).toBe(true);
        },
      ),
    );
  });

  test("one deny more gives nothing", () => {
    fc.assert(
      fc.property(
        policies,
        principals,
        fc.constantFrom(...sides),
        statement,
        (given, principal, where, extra) => {
          const more = withStatement(given, where, { ...extra, Effect: "Deny" });
          fc.pre(more !== undefined);
          if (allows(principal, more)) expect(allows(principal, given)).toBe(true);
        },
      ),
    );
  });

  test("what decided is a statement of that effect, of the side that is named", () => {
    fc.assert(
      fc.property(policies, principals, (given, principal) => {
        const { effect, statement: decisive, policy: document, source } = decide(principal, given);
        const documents = source === "boundary" ? [given.boundary] : (given[source] ?? []);
        if (effect === "implicit-deny") expect([decisive, document]).toEqual([undefined, undefined]);
        else {
          expect(decisive?.Effect).toBe(effect === "allow" ? "Allow" : "Deny");
          expect(documents).toContain(document);
        }
      }),
    );
  });
});
