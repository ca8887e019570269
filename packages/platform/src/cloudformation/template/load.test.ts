import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { loadTemplate } from "./load.ts";

function load(text: string, limits?: Parameters<typeof loadTemplate>[2]) {
  const { loaded, diagnostics } = loadTemplate(text, "template.yaml", limits);
  const codes = diagnostics.map(
    ({ line, column, severity, code }) => `${line}:${column} ${severity} ${code}`,
  );
  return { template: loaded?.template, positions: loaded?.positions, codes };
}

describe("short forms", () => {
  test.each([
    ["!Ref X", { Ref: "X" }],
    ["!GetAtt F.Arn", { "Fn::GetAtt": ["F", "Arn"] }],
    ["!GetAtt F.Outputs.Arn", { "Fn::GetAtt": ["F", "Outputs.Arn"] }],
    ["!GetAtt [F, Arn]", { "Fn::GetAtt": ["F", "Arn"] }],
    ["!Sub 'a-$' ", { "Fn::Sub": "a-$" }],
    ["!Sub [t, {a: !Ref B}]", { "Fn::Sub": ["t", { a: { Ref: "B" } }] }],
    ["!If [C, 1, !Ref AWS::NoValue]", { "Fn::If": ["C", 1, { Ref: "AWS::NoValue" }] }],
    ["!Select [0, !GetAZs '']", { "Fn::Select": [0, { "Fn::GetAZs": "" }] }],
    ["!Condition C", { Condition: "C" }],
    ["!FindInMap [M, a, b]", { "Fn::FindInMap": ["M", "a", "b"] }],
    ["!Ref 12", { Ref: "12" }],
  ])("%s is %j", (source, value) => {
    expect(load(`a: ${source}\n`).template).toEqual({ a: value });
  });
});

describe("a template", () => {
  test.each([
    ["YAML", "a: 1\nb: [x, true]\n", { a: 1, b: ["x", true] }],
    ["JSON", '{"a": 1e2, "b": [null, "on"]}', { a: 100, b: [null, "on"] }],
    ["JSON with tabs", '{\n\t"a": {\n\t\t"b": 1\n\t}\n}', { a: { b: 1 } }],
    ["numeric keys", "responses:\n  200: {}\n", { responses: { "200": {} } }],
    ["block text", "a: |\n  x\n  y\n", { a: "x\ny\n" }],
    ["a logical id that every object has", "constructor: {}\n", { constructor: {} }],
  ])("may be %s", (_, text, value) => {
    const { template, codes } = load(text);
    expect(template).toEqual(value);
    expect(codes).toEqual([]);
  });

  test("may use aliases and merge keys, which CloudFormation would refuse", () => {
    const { template, codes } = load("x: &x {a: 1, b: 2}\ny:\n  <<: *x\n  b: 3\n");
    expect(template).toEqual({ x: { a: 1, b: 2 }, y: { a: 1, b: 3 } });
    expect(codes).toEqual(["3:7 info yaml-alias"]);
  });

  test.each([
    ["nothing", "", "1:1 error template-not-a-map"],
    ["a list", "- 1\n", "1:1 error template-not-a-map"],
    ["broken YAML", "a: [1\nb: 2\n", "2:1 error template-syntax"],
    ["two documents", "a: 1\n---\nb: 2\n", "2:1 error template-syntax"],
    ["an unknown tag", "a:\n  b: !Rff X\n", "2:3 error unknown-tag"],
    ["a list as a key", "? [a]\n: 1\n", "1:3 error key-not-a-scalar"],
    ["a reserved key", "a:\n  __proto__: {}\n", "2:3 error key-reserved"],
    ["an alias within itself", "a: &a [*a]\n", "1:8 error yaml-alias-unresolved"],
    ["a merge of no map", "a:\n  <<: 3\n", "2:3 error merge-not-a-map"],
    ["endless nesting", `a: ${"[".repeat(20_000)}`, "1:1 error template-too-deep"],
  ])("is refused when it is %s", (_, text, code) => {
    const result = load(text);
    expect(result.codes).toContain(code);
  });

  test.each([
    [
      "an open list",
      "Resources:\n  F:\n    Type: [T\n    Properties:\n      A: 1\n      B: 2\n  G:\n    Type: T\n",
    ],
    [
      "an open quote",
      'Resources:\n  F:\n    Type: "T\n    Properties: {}\n  G:\n    Type: "T"\n    X: "y"\n',
    ],
    ["a tab", "Resources:\n  F:\n\tType: T\n\tProperties:\n\t  A: 1\n"],
    [
      "a lost colon",
      "Resources:\n  F:\n    Type T\n    Properties:\n      A: 1\n    Metadata:\n      B: 1\n",
    ],
  ])("with one slip, such as %s, has one error", (_, text) => {
    expect(load(text).codes).toEqual([expect.stringMatching(/^[2-4]:\d+ error template-syntax$/)]);
  });

  test.each([
    ["bytes", { bytes: 5, nodes: 100, depth: 10 }, "template-too-large"],
    ["nodes", { bytes: 500, nodes: 3, depth: 10 }, "template-too-many-nodes"],
    ["depth", { bytes: 500, nodes: 100, depth: 1 }, "template-too-deep"],
  ])("has a limit on %s", (_, limits, code) => {
    const { template, codes } = load("a: {b: {c: 1}}\n", limits);
    expect(template).toBeUndefined();
    expect(codes.join()).toContain(code);
  });

  test("whose aliases multiply is stopped at the limit", () => {
    const levels = Array.from({ length: 9 }, (_, i) => `l${i + 1}: &l${i + 1} [${`*l${i}, `.repeat(10)}]`);
    expect(load(`l0: &l0 [1]\n${levels.join("\n")}\n`).codes.join()).toContain("template-too-many-nodes");
  });

  test("keeps the last of two equal keys, and says so", () => {
    const { template, codes } = load("a:\n  b: 1\n  c: 2\n  b: 3\n");
    expect(template).toEqual({ a: { b: 3, c: 2 } });
    expect(codes).toEqual(["4:3 warning duplicate-key"]);
  });

  test("of any content comes back from YAML as it was", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.stringMatching(/^[A-Za-z]\w*$/), fc.jsonValue({ maxDepth: 3 })),
        (value) => {
          fc.pre(Object.keys(value).length > 0 && !JSON.stringify(value).includes("__proto__"));
          const text = stringify(value, { version: "1.1", aliasDuplicateObjects: false });
          const jsonText = JSON.stringify(value);
          expect(load(jsonText).template).toEqual(JSON.parse(jsonText));
          // Numbers with an exponent are text to YAML 1.1 unless they have a dot, so only JSON is compared for them.
          if (!/\d[eE]/.test(jsonText)) expect(load(text).template).toEqual(JSON.parse(jsonText));
        },
      ),
      { numRuns: 200 },
    );
  });

  test("that is garbage is told, never thrown", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
        const { loaded, diagnostics } = loadTemplate(text, "x");
        expect(loaded !== undefined || diagnostics.length > 0).toBe(true);
      }),
    );
  });
});

describe("positions", () => {
  const { positions } = load(
    "Resources:\n  F:\n    Properties:\n      Uri: !Sub\n        - t\n        - { a: !Ref B }\n",
  );

  test.each<[(string | number)[], string]>([
    [["Resources"], "1:1"],
    [["Resources", "F", "Properties", "Uri"], "4:7"],
    [["Resources", "F", "Properties", "Uri", "Fn::Sub", 1, "a"], "6:13"],
    [["Resources", "F", "Properties", "Missing", "Deeper"], "3:5"],
    [["Nowhere"], "1:1"],
  ])("of the key at %j is %s", (path, place) => {
    const { line, column, file } = positions?.key(path) ?? {};
    expect(`${line}:${column}`).toBe(place);
    expect(file).toBe("template.yaml");
  });

  test("of a value are those of what stands after the key", () => {
    expect(positions?.value(["Resources", "F", "Properties", "Uri", "Fn::Sub", 0])).toMatchObject({
      line: 5,
      column: 11,
    });
  });
});
