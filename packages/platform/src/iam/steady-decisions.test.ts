import { describe, expect, test } from "vitest";
import { type AuthorizationRequest, evaluate } from "./evaluate.ts";
import type { PolicyDocument, Statement } from "./policy.ts";
import { RequestTrace, traceRequest } from "./request-trace.ts";
import { SteadyDecisions } from "./steady-decisions.ts";

const account = "123456789012";
const resource = `arn:aws:lambda:us-east-1:${account}:function:greet`;
const request: AuthorizationRequest = {
  action: "lambda:InvokeFunctionUrl",
  resource,
  context: { "lambda:FunctionUrlAuthType": "NONE" },
  principal: { kind: "anonymous", name: "*", accountId: undefined },
};
const allowing = (more: Partial<Statement> = {}): readonly PolicyDocument[] => [
  {
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Principal: "*", Action: request.action, Resource: resource, ...more },
      {
        Effect: "Allow",
        Principal: "*",
        Action: "lambda:InvokeFunction",
        Resource: resource,
        Condition: { Bool: { "lambda:InvokedViaFunctionUrl": "true" } },
      },
    ],
  },
];

function traceFrom(sourceIp: string): RequestTrace {
  return new RequestTrace({
    timeMs: Date.now(),
    method: "GET",
    path: "/",
    host: "localhost",
    sourceIp,
    userAgent: `browser of ${sourceIp}`,
    referer: undefined,
    region: "us-east-1",
    door: "a function URL",
  });
}

describe.each<[string, readonly PolicyDocument[]]>([
  ["that asks for nothing", allowing()],
  [
    "that asks for what the request says",
    allowing({ Condition: { StringEquals: { "LAMBDA:functionurlauthtype": "NONE" } } }),
  ],
  [
    "that asks for something else of the request",
    allowing({ Condition: { StringEquals: { "lambda:FunctionUrlAuthType": "AWS_IAM" } } }),
  ],
  [
    "that asks for what no request says",
    allowing({ Condition: { Bool: { "lambda:InvokedViaFunctionUrl": "true" } } }),
  ],
  ["that asks for an address", allowing({ Condition: { IpAddress: { "aws:SourceIp": "10.0.0.0/8" } } })],
  ["that asks for no address", allowing({ Condition: { NotIpAddress: { "AWS:sourceip": "10.0.0.0/8" } } })],
  ["that asks for the browser", allowing({ Condition: { StringLike: { "aws:UserAgent": "*10.0.0.1" } } })],
  [
    "with a variable",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable
    allowing({ Condition: { StringEquals: { "lambda:FunctionUrlAuthType": "${aws:SourceIp}" } } }),
  ],
  [
    "that asks of others for an address",
    [
      ...allowing(),
      ...allowing({
        Principal: { Service: "apigateway.amazonaws.com" },
        Condition: { IpAddress: { "aws:SourceIp": "10.0.0.0/8" } },
      }),
    ],
  ],
  [
    "that denies it to those of an address",
    [
      ...allowing(),
      ...allowing({ Effect: "Deny", Condition: { IpAddress: { "aws:SourceIp": "10.0.0.0/8" } } }),
    ],
  ],
  ["of nobody", []],
])("a policy %s", (_, policies) => {
  test("decides about each request as if it were the first", () => {
    const decisions = new SteadyDecisions(account);
    for (const sourceIp of ["10.0.0.1", "127.0.0.1", "10.0.0.1", "192.168.0.1"]) {
      const { steady, plain } = traceRequest(traceFrom(sourceIp), () => ({
        steady: decisions.evaluate(request, policies),
        plain: evaluate(request, { identity: [], resource: policies, resourceAccountId: account }),
      }));
      expect(steady).toEqual(plain);
    }
  });

  test("is told to each request with that request's own context", () => {
    const decisions = new SteadyDecisions(account);
    for (const sourceIp of ["10.0.0.1", "127.0.0.1"]) {
      const trace = traceFrom(sourceIp);
      const decision = traceRequest(trace, () => decisions.evaluate(request, policies));
      expect(trace.steps).toMatchObject([{ kind: "decision", request, decision }]);
      const [step] = trace.steps;
      expect(step?.kind === "decision" && step.request.context).toMatchObject({
        "lambda:FunctionUrlAuthType": "NONE",
        "aws:SourceIp": sourceIp,
        "aws:UserAgent": `browser of ${sourceIp}`,
        "aws:ResourceAccount": account,
      });
    }
  });
});

test("another policy, action or resource is decided about by itself", () => {
  const decisions = new SteadyDecisions(account);
  const policies = allowing();
  const effect = (asked: AuthorizationRequest, by = policies) => decisions.evaluate(asked, by).effect;
  expect(effect(request)).toBe("allow");
  expect(effect(request, [])).toBe("implicit-deny");
  expect(effect({ ...request, resource: `${resource}:live` })).toBe("implicit-deny");
  expect(effect({ ...request, action: "lambda:GetFunction" })).toBe("implicit-deny");
  expect(effect(request)).toBe("allow");
});
