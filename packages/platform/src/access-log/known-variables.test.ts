import { describe, expect, test } from "vitest";
import { unknownVariables } from "./known-variables.ts";

describe("a variable that API Gateway does not know is told", () => {
  test.each([
    ["REST", "$context.identity.sourceIP", " Did you mean `$context.identity.sourceIp`?"],
    [
      "REST",
      "$context.integration.responsetransfermode",
      " Did you mean `$context.integration.responseTransferMode`?",
    ],
    ["REST", "$context.routeKey", ""],
    ["HTTP", "$context.integration.timeToFirstContent", ""],
    ["HTTP", "$context.requestID", " Did you mean `$context.requestId`?"],
    ["HTTP", "$context.whatever", ""],
  ] as const)("of %s APIs: %s", (api, variable, hint) => {
    const name = variable.replace("$context.", "");
    expect(
      unknownVariables(`{"a":"${variable}","again":"${variable}","id":"$context.requestId"}`, api),
    ).toEqual([
      `\`$context.${name}\` is no variable of ${api} APIs: the access log has - in its place.${hint}`,
    ]);
  });
});

test.each([
  [
    "REST",
    "$context.requestId $context.waf.status $context.authorizer.claims.custom:team-id $context.authorizer.own",
  ],
  [
    "REST",
    '$context.identity.clientCert.subjectDN $context.responseOverride.header.x "$context.error.messageString"',
  ],
  [
    "HTTP",
    "$context.requestId $context.routeKey $context.dataProcessed $context.authorizer.error plain $text",
  ],
] as const)("nothing is told of %s: %s", (api, format) => {
  expect(unknownVariables(format, api)).toEqual([]);
});
