import { get, has, isGiven, isMap, type Value, type ValueMap } from "../../value.ts";
import { invalidDocument } from "../errors.ts";
import { conditional, isNoValue } from "../intrinsic-forms.ts";
import { shown } from "../text.ts";

/** How API Gateway's OpenAPI dialect spells "any method". */
export const anyMethod = "x-amazon-apigateway-any-method";
export const integrationKey = "x-amazon-apigateway-integration";

/** A method's key in a path item: lower case, and `any` in the dialect's spelling. */
export function methodKey(method: string): string {
  const lower = method.toLowerCase();
  return lower === "any" ? anyMethod : lower;
}

/**
 * What an item may stand for: the item itself, or, when it is an `Fn::If`, the branches that have a value.
 */
export function alternatives(item: Value | undefined): (Value | undefined)[] {
  if (!has(item, "Fn::If")) return [item];
  const branches = get(item, "Fn::If");
  if (!Array.isArray(branches)) throw invalidDocument("Value of Fn::If must be a list.");
  return branches.slice(1).filter((branch) => !isNoValue(branch));
}

/** The path items that a path may stand for. @throws {SamDocumentError} if one is no map. */
export function pathItems(paths: ValueMap, path: string): ValueMap[] {
  return alternatives(get(paths, path)).map((item) => asPathItem(item, path));
}

export function asPathItem(item: Value | undefined, path: string): ValueMap {
  return asDocumentMap(item, `Value of '${path}' path must be a dictionary according to Swagger spec.`);
}

export function asDocumentMap(value: Value | undefined, message: string): ValueMap {
  if (isMap(value)) return value;
  throw invalidDocument(message);
}

export function asMethodDefinition(definition: Value | undefined, path: string, method: string): ValueMap {
  return asDocumentMap(definition, `Definition of method '${method}' for path '${path}' should be a map.`);
}

/** The definitions that a method may stand for; by default only those that have an integration already. */
export function methodDefinitions(paths: ValueMap, path: string, method: string, all = false): ValueMap[] {
  return pathItems(paths, path).flatMap((item) =>
    alternatives(get(item, methodKey(method)))
      .map((definition) => asMethodDefinition(definition, path, method))
      .filter((definition) => all || isGiven(definition[integrationKey])),
  );
}

/** Whether the path, and the method in every alternative of it, is there. */
function hasPath(paths: ValueMap, path: string, method: string): boolean {
  if (!has(paths, path)) return false;
  return alternatives(get(paths, path)).every((item) => has(item, methodKey(method)));
}

/** Whether the method has an integration in every alternative of the path. */
export function hasIntegration(paths: ValueMap, path: string, method: string): boolean {
  if (!hasPath(paths, path, method)) return false;
  return pathItems(paths, path).every((item) => {
    const definition = get(item, methodKey(method));
    return isMap(definition) && hasIntegrationIn(definition, path, method);
  });
}

/** Makes room for a method: an empty definition in every alternative of the path that lacks it. */
export function addPath(paths: ValueMap, path: string, method: string): void {
  if (!has(paths, path)) paths[path] = {};
  for (const item of alternatives(asPathItem(get(paths, path), path))) {
    const pathItem = asPathItem(item, path);
    if (!has(pathItem, methodKey(method))) pathItem[methodKey(method)] = {};
  }
}

export function makePathConditional(paths: ValueMap, path: string, condition: string): void {
  paths[path] = conditional(condition, get(paths, path) ?? null);
}

/** The `security` of a method definition. @throws {SamDocumentError} if it is no list. */
export function securityOf(definition: ValueMap, path: string, method: string): Value[] {
  const security = has(definition, "security") ? get(definition, "security") : [];
  if (Array.isArray(security)) return security;
  throw invalidDocument(`Type of security for path ${path} method ${method} must be a list`);
}

/** One entry of a method's `security`. @throws {SamDocumentError} if it is no map. */
export function asSecurityEntry(entry: Value, path: string, method: string): ValueMap {
  return asDocumentMap(
    entry,
    `${shown(entry)} in Security for path ${path} method ${method} is not a valid dictionary.`,
  );
}

/** Whether the version is `3`-something, such as `3.0.1`. */
export function isOpenApi3(version: Value | undefined): boolean {
  return /^3(\.\d)(\.\d)?$/.test(shown(version));
}

function hasIntegrationIn(definition: ValueMap, path: string, method: string): boolean {
  return alternatives(definition).some((alternative) =>
    isGiven(asMethodDefinition(alternative, path, method)[integrationKey]),
  );
}
