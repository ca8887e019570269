import type { Path } from "../template/positions.ts";
import { get, isMap, type Value } from "../value.ts";
import { cidrBlocks } from "./cidr.ts";
import { functionName, isResolved } from "./function-form.ts";
import { IntrinsicError } from "./intrinsic-error.ts";
import type { StackScope } from "./scope.ts";

type Apply = (argument: Value, scope: StackScope, path: Path) => Value | undefined;

const needsTransform = "Declare `AWS::LanguageExtensions` as the first `Transform` of the template.";

/** Functions that CloudFormation has and this platform does not, and what to do instead. */
export const refusedFunctions: ReadonlyMap<string, string> = new Map([
  ...["Fn::ForEach", "Fn::Length", "Fn::ToJsonString"].map((name): [string, string] => [
    name,
    needsTransform,
  ]),
  [
    "Fn::Transform",
    "Put what the macro would make into the template. `AWS::Include` is served where its `Location` is a path on this machine.",
  ],
]);

/**
 * Applies a function other than `Ref`, `Fn::GetAtt`, `Fn::Sub` and `Fn::If` to its argument.
 *
 * @returns `undefined` when too little of the argument is known yet.
 * @throws {IntrinsicError} for an unknown function or an argument that it can never take.
 */
export function applyFunction(
  name: string,
  argument: Value,
  scope: StackScope,
  path: Path,
): Value | undefined {
  const apply = functions.get(name);
  if (apply === undefined)
    throw new IntrinsicError(path, `Template error: ${name} is no function that can stand here`);
  return apply(argument, scope, path);
}

const functions: ReadonlyMap<string, Apply> = new Map<string, Apply>([
  ["Fn::Base64", base64],
  ["Fn::Cidr", cidr],
  ["Fn::FindInMap", findInMap],
  ["Fn::GetAZs", zones],
  ["Fn::ImportValue", importValue],
  ["Fn::Join", join],
  ["Fn::Select", select],
  ["Fn::Split", split],
]);

function base64(argument: Value, _scope: StackScope, path: Path): Value | undefined {
  if (!isResolved(argument)) return undefined;
  if (isScalar(argument)) return Buffer.from(String(argument)).toString("base64");
  throw new IntrinsicError(path, "Template error: every Fn::Base64 object must have a String-typed value.");
}

function join(argument: Value, _scope: StackScope, path: Path): Value | undefined {
  const text =
    "Template error: every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings to be joined or a function that returns a list of strings (such as Fn::GetAZs) to be joined.";
  const [delimiter, list] = pair(argument, path, text);
  if (typeof delimiter !== "string") throw new IntrinsicError(path, text);
  if (!isResolved(list)) return undefined;
  if (Array.isArray(list) && list.every(isScalar)) return list.map(String).join(delimiter);
  throw new IntrinsicError(path, text);
}

function select(argument: Value, _scope: StackScope, path: Path): Value | undefined {
  const text =
    "Template error: Fn::Select requires a list argument with two elements: an integer index and a list";
  const [index, list] = pair(argument, path, text);
  if (!isResolved(index) || functionName(list) !== undefined) return undefined;
  if (!Array.isArray(list) || !isScalar(index) || !/^\d+$/.test(String(index)))
    throw new IntrinsicError(path, text);
  const selected = list[Number(index)];
  if (selected !== undefined) return selected;
  throw new IntrinsicError(
    path,
    `Template error: Fn::Select cannot select nonexistent value at index ${String(index)}`,
  );
}

function split(argument: Value, _scope: StackScope, path: Path): Value | undefined {
  const text =
    "Template error: every Fn::Split object requires two parameters, (1) a string delimiter and (2) a string to be split or a function that returns a string to be split.";
  const [delimiter, source] = pair(argument, path, text);
  if (typeof delimiter !== "string" || delimiter === "") throw new IntrinsicError(path, text);
  if (!isResolved(source)) return undefined;
  if (isScalar(source)) return String(source).split(delimiter);
  throw new IntrinsicError(path, text);
}

function findInMap(argument: Value, scope: StackScope, path: Path): Value | undefined {
  if (!Array.isArray(argument) || argument.length !== 3) {
    throw new IntrinsicError(
      path,
      "Template error: every Fn::FindInMap object requires three parameters, the map name, map key and the attribute for return value",
    );
  }
  if (!isResolved(argument)) return undefined;
  const keys = argument.map(String);
  const found = get(scope.mappings, ...keys);
  if (found !== undefined && !isMap(found)) return found;
  throw new IntrinsicError(path, `Template error: Unable to get mapping for ${keys.join("::")}`);
}

function zones(argument: Value, scope: StackScope, path: Path): Value | undefined {
  if (!isResolved(argument)) return undefined;
  if (typeof argument !== "string") {
    throw new IntrinsicError(
      path,
      'Template error: every Fn::GetAZs object must have a String-typed value: a region or ""',
    );
  }
  const region = argument === "" ? String(scope.pseudoParameters.get("AWS::Region")) : argument;
  return [...scope.availabilityZones(region)];
}

function importValue(argument: Value, scope: StackScope, path: Path): Value | undefined {
  if (!isResolved(argument)) return undefined;
  const name = String(argument);
  const value = scope.importValue(name);
  if (value !== undefined) return value;
  throw new IntrinsicError(path, `No export named ${name} found.`);
}

function cidr(argument: Value, _scope: StackScope, path: Path): Value | undefined {
  if (!isResolved(argument)) return undefined;
  const [block, count, bits = 8] = Array.isArray(argument) ? argument : [];
  const blocks = typeof block === "string" ? cidrBlocks(block, Number(count), Number(bits)) : undefined;
  if (blocks !== undefined) return blocks;
  throw new IntrinsicError(
    path,
    `Template error: Fn::Cidr cannot take ${String(count)} blocks of ${String(bits)} bits from ${String(block)}`,
  );
}

function pair(argument: Value, path: Path, text: string): [Value, Value] {
  if (Array.isArray(argument) && argument.length === 2) return [argument[0] ?? null, argument[1] ?? null];
  throw new IntrinsicError(path, text);
}

function isScalar(value: Value): value is string | number | boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}
