/**
 * The Signature Version 4 suite that AWS publishes (awslabs/aws-c-auth, `tests/aws-signing-test-suite/v4`). It is not part
 * of the repository: the suite is read from the folder that `SLUICE_VECTORS` names, or from `shared/vectors` beside the
 * repository, and skipped where neither is there.
 * @see https://github.com/awslabs/aws-c-auth/tree/main/tests/aws-signing-test-suite
 */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { AwsServiceError } from "../service-error.ts";
import type { SignedRequest } from "./signed-request.ts";
import { sha256Hex } from "./signing-key.ts";
import { signingRulesOf } from "./signing-rules.ts";
import { verifyByRules } from "./verify-signature.ts";

const folder = join(
  process.env["SLUICE_VECTORS"] ?? resolve(import.meta.dirname, "../../../../../shared/vectors"),
  "v4",
);
const names = existsSync(folder) ? readdirSync(folder).sort() : [];

test("AWS's suite is here, with its 38 cases", ({ skip }) => {
  skip(
    names.length === 0,
    `There are no vectors in ${folder}. Set SLUICE_VECTORS to the folder that holds v4.`,
  );
  expect(names).toHaveLength(38);
});

const cases = names.flatMap((name) => [
  { name, form: "header" },
  { name, form: "query" },
]);

describe.runIf(cases.length > 0)("a signed request of AWS's suite", () => {
  test.each(cases)("is accepted, but not with any bit of its signature changed: $name, $form", (vector) => {
    const { text, signature, context } = readVector(vector);
    expect(verify(text, context)).toMatchObject({
      status: "verified",
      form: vector.form,
      scope: { date: "20150830", region: "us-east-1", service: "service" },
      credentials: { accessKeyId: "AKIDEXAMPLE" },
    });
    for (const changed of bitChanges(signature)) {
      expect(() => verify(text.replace(signature, changed), context)).toThrow(AwsServiceError);
    }
  });
});

interface Context {
  readonly credentials: {
    readonly access_key_id: string;
    readonly secret_access_key: string;
    readonly token?: string;
  };
  readonly normalize: boolean;
  readonly region: string;
  readonly service: string;
  readonly timestamp: string;
}

/** The text of the request has one character for each byte. */
function readVector({ name, form }: { name: string; form: string }) {
  const read = (file: string) => readFileSync(join(folder, name, file), "latin1");
  return {
    text: read(`${form}-signed-request.txt`),
    signature: read(`${form}-signature.txt`).trim(),
    context: JSON.parse(read("context.json")) as Context,
  };
}

function verify(text: string, context: Context) {
  const { request, body } = parseRequest(text);
  const rules = signingRulesOf(context.service);
  const { access_key_id: accessKeyId, secret_access_key: secretAccessKey, token } = context.credentials;
  return verifyByRules(
    request,
    {
      service: context.service,
      region: context.region,
      credentials: (id) =>
        id === accessKeyId ? { accessKeyId, secretAccessKey, sessionToken: token } : undefined,
      nowMs: Date.parse(context.timestamp),
    },
    context.normalize ? rules : { ...rules, pathRule: "as-sent" },
  ).verifyBody(sha256Hex(body));
}

function parseRequest(text: string): { request: SignedRequest; body: string } {
  const headEnd = text.indexOf("\n\n");
  const [requestLine = "", ...lines] = text.slice(0, headEnd).split("\n");
  const method = requestLine.slice(0, requestLine.indexOf(" "));
  const target = requestLine.slice(method.length + 1, requestLine.lastIndexOf(" "));
  const [rawPath = "", ...query] = target.split("?");
  const headers: [string, string][] = [];
  for (const line of lines) {
    const last = headers.at(-1);
    if (/^\s/.test(line) && last !== undefined) last[1] += `\n${line}`;
    else headers.push([line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)]);
  }
  return {
    request: { method, rawPath, rawQuery: query.join("?"), headers },
    body: text.slice(headEnd + 2),
  };
}

function* bitChanges(signature: string): Generator<string> {
  for (let index = 0; index < signature.length; index++) {
    for (const bit of [1, 2, 4, 8]) {
      const digit = Number.parseInt(signature.charAt(index), 16) ^ bit;
      yield signature.slice(0, index) + digit.toString(16) + signature.slice(index + 1);
    }
  }
}
