import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { accessLogFormatProblem, parseAccessLogFormat } from "./format.ts";

const context = {
  requestId: "id-1",
  status: 200,
  path: "/a",
  empty: "",
  none: null,
  identity: { sourceIp: "203.0.113.7", userAgent: 'a "quoted" \\ agent' },
  error: { message: 'It "failed"', messageString: '"It \\"failed\\""' },
  authorizer: { admin: true, level: 3, "own-key": "v", claims: { sub: "ada", "cognito:username": "ada-1" } },
};

describe("a format", () => {
  test.each([
    ["no variables", "no variables"],
    ["$context.requestId", "id-1"],
    ['$context.identity.sourceIp - - "GET $context.path" $context.status', '203.0.113.7 - - "GET /a" 200'],
    ["$context.status,$context.path.", "200,/a."],
    ["$context.status-$context.path", "200-/a"],
    ["$context.status$context.status", "200200"],
    // Nothing there.
    ["$context.unknown", "-"],
    ["$context.identity.unknown.deeper", "-"],
    ["$context.empty $context.none", "- -"],
    ["$context.status.deeper", "-"],
    ["$context.constructor $context.identity.toString", "- -"],
    // Not variables.
    ["$context", "$context"],
    ["$contexts.status $stageVariables.a $$context.status", "$contexts.status $stageVariables.a $200"],
    // Of an authorizer.
    ["$context.authorizer.admin $context.authorizer.level", "true 3"],
    ["$context.authorizer.own-key", "v"],
    ["$context.authorizer.claims.cognito:username", "ada-1"],
    ["$context.authorizer.claims", "null"],
    // Text as it is, unless the format is JSON.
    ["$context.identity.userAgent", 'a "quoted" \\ agent'],
    ['{"agent":"$context.identity.userAgent"}', '{"agent":"a \\"quoted\\" \\\\ agent"}'],
    ['{"error":$context.error.messageString}', '{"error":"It \\"failed\\""}'],
    ['{"admin":$context.authorizer.admin,"no":"$context.no"}', '{"admin":true,"no":"-"}'],
  ])("%s gives %s", (format, line) => {
    expect(parseAccessLogFormat(format).render(context)).toBe(line);
  });

  test("that is JSON gives JSON, whatever a client sends", () => {
    const format = parseAccessLogFormat(
      '{ "path": "$context.path", "agent": "$context.identity.userAgent" }',
    );
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, unit: "binary" }),
        fc.string({ minLength: 1 }),
        (path, userAgent) => {
          const line = format.render({ path, identity: { userAgent } });
          expect(JSON.parse(line)).toEqual({ path, agent: userAgent });
        },
      ),
    );
  });

  test.each([
    ['{"id":"$context.requestId"}', undefined],
    ["$context.extendedRequestId $context.status", undefined],
    ["$context.status", /wants `\$context\.requestId`/],
    ["$context.requestIds", /wants `\$context\.requestId`/],
    [`$context.requestId ${"x".repeat(3_054)}`, /it has 3073 bytes; API Gateway takes 3072/],
    [`$context.requestId ${"x".repeat(3_053)}`, undefined],
  ])("is refused as by AWS: %.60s", (format, problem) => {
    if (problem === undefined) expect(accessLogFormatProblem(format)).toBeUndefined();
    else expect(accessLogFormatProblem(format)).toMatch(problem);
  });
});
