import { get, isEqual, isGiven, isMap, type Value, type ValueMap } from "../../value.ts";
import { invalidDocument } from "../errors.ts";
import { sub } from "../intrinsic-forms.ts";
import { shown } from "../text.ts";
import { anyMethod, pathItems } from "./paths.ts";
import type { RestBody } from "./rest-body.ts";

const policyKey = "x-amazon-apigateway-policy";

/**
 * Adds what SAM's `ResourcePolicy` says about one path to the API's resource policy.
 *
 * @param stage - The stage that the statements are about.
 * @see https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-api-resourcepolicystatement.html
 */
export function addResourcePolicy(body: RestBody, path: string, policy: ValueMap, stage: Value): void {
  const document = policyOf(body);
  const resources = methodResources(body, path, stage);
  addAccounts(document, get(policy, "AwsAccountWhitelist"), "Allow", resources);
  addAccounts(document, get(policy, "AwsAccountBlacklist"), "Deny", resources);
  addAddresses(document, get(policy, "IpRangeWhitelist"), "NotIpAddress", resources);
  addAddresses(document, get(policy, "IpRangeBlacklist"), "IpAddress", resources);
  addNetworks(document, networks(policy, "Blacklist"), "StringEquals", resources);
  addNetworks(document, networks(policy, "Whitelist"), "StringNotEquals", resources);
  body.document[policyKey] = document;
}

/** Adds statements that the template writes out itself. */
export function addCustomStatements(body: RestBody, statements: Value): void {
  const document = policyOf(body);
  document["Version"] = "2012-10-17";
  const existing = document["Statement"];
  if (existing === undefined || existing === null) document["Statement"] = statements;
  else addStatements(document, Array.isArray(statements) ? statements : [statements]);
  body.document[policyKey] = document;
}

function policyOf(body: RestBody): ValueMap {
  const policy = body.document[policyKey];
  return isMap(policy) ? policy : {};
}

function methodResources(body: RestBody, path: string, stage: Value): Value[] {
  const pattern = path.replace(/\{([a-zA-Z0-9._-]+|[a-zA-Z0-9._-]+\+|proxy\+)\}/g, "*");
  return pathItems(body.paths, path)
    .flatMap((item) => Object.keys(item))
    .map((name) => {
      const isAny = name.toLowerCase() === anyMethod || name.toLowerCase() === "any";
      const method = isAny ? "*" : name.toUpperCase();
      return sub(`execute-api:/\${__Stage__}/${method}${pattern}`, { __Stage__: stage });
    });
}

function addAccounts(
  document: ValueMap,
  accounts: Value | undefined,
  effect: string,
  resources: Value[],
): void {
  if (!isGiven(accounts)) return;
  if (!isMap(accounts) && !Array.isArray(accounts)) {
    throw invalidDocument(`Type of '${shown(accounts)}' must be a list or dictionary`);
  }
  document["Version"] = "2012-10-17";
  const statement = {
    Effect: effect,
    Action: "execute-api:Invoke",
    Resource: resources,
    Principal: { AWS: asList(accounts) },
  };
  const existing = document["Statement"];
  if (existing === undefined || existing === null) document["Statement"] = statement;
  else document["Statement"] = [...asList(existing), statement];
}

function addAddresses(
  document: ValueMap,
  ranges: Value | undefined,
  operator: string,
  resources: Value[],
): void {
  if (!isGiven(ranges)) return;
  addGuarded(document, { [operator]: { "aws:SourceIp": asList(ranges) } }, resources);
}

interface Networks {
  readonly vpcs: Value[];
  readonly endpoints: Value[];
}

function networks(policy: ValueMap, kind: "Whitelist" | "Blacklist"): Networks {
  const names = get(policy, `SourceVpc${kind}`) ?? [];
  if (!Array.isArray(names) || !names.every((name) => typeof name === "string")) {
    throw invalidDocument(
      `SourceVpc${kind} must be a list of strings. Use IntrinsicVpc${kind} instead for values that use Intrinsic Functions`,
    );
  }
  return {
    vpcs: [...names.filter((name) => name.startsWith("vpc-")), ...listed(policy, `IntrinsicVpc${kind}`)],
    endpoints: [
      ...names.filter((name) => name.startsWith("vpce-")),
      ...listed(policy, `IntrinsicVpce${kind}`),
    ],
  };
}

function addNetworks(
  document: ValueMap,
  { vpcs, endpoints }: Networks,
  operator: string,
  resources: Value[],
): void {
  const condition: ValueMap = {};
  if (vpcs.length > 0) condition["aws:SourceVpc"] = vpcs;
  if (endpoints.length > 0) condition["aws:SourceVpce"] = endpoints;
  if (isGiven(condition)) addGuarded(document, { [operator]: condition }, resources);
}

/** Everyone may call, except whom the condition describes. */
function addGuarded(document: ValueMap, condition: ValueMap, resources: Value[]): void {
  document["Version"] = "2012-10-17";
  const about = { Action: "execute-api:Invoke", Resource: resources, Principal: "*" };
  const statements = [
    { Effect: "Allow", ...about },
    { Effect: "Deny", ...about, Condition: condition },
  ];
  addStatements(document, statements);
}

function addStatements(document: ValueMap, statements: readonly Value[]): void {
  const existing = document["Statement"];
  const all = existing === undefined || existing === null ? [] : asList(existing);
  for (const statement of statements) {
    if (!all.some((other) => isEqual(other, statement))) all.push(statement);
  }
  document["Statement"] = all;
}

function listed(policy: ValueMap, name: string): Value[] {
  const value = get(policy, name);
  return Array.isArray(value) ? value : [];
}

function asList(value: Value): Value[] {
  return Array.isArray(value) ? [...value] : [value];
}
