import { referencesIn } from "../intrinsics/references.ts";
import { apiIdOf } from "../sam/implicit-api.ts";
import { get, getMap, getString, isMap, type Value, type ValueMap } from "../value.ts";
import type { Check, Located } from "./check.ts";
import { type Integration, integrationsOf } from "./integrations.ts";

const invoke = "lambda:InvokeFunction";

/**
 * Whether API Gateway may call the functions that integrations name: by the role in `credentials`, or by a permission of
 * the function.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/response-streaming-lambda-configure.html
 */
export function checkPermissions(check: Check): void {
  for (const integration of integrationsOf(check)) {
    if (integration.kind === "event" || integration.functionId === undefined) continue;
    if (integration.credentials === undefined)
      checkResourcePolicy(check, integration, integration.functionId);
    else checkRole(check, integration, integration.functionId, integration.credentials);
  }
}

/** An integration without a role needs a permission: one of its own, or one that an event makes. */
function checkResourcePolicy(
  check: Check,
  { logicalId, label, path, isHttpApi }: Integration,
  functionId: string,
): void {
  if (hasEventFor(check, functionId, logicalId) || hasPermission(check, functionId)) return;
  check.report(path, {
    severity: "warning",
    code: "integration-permission-missing",
    message: `Nothing in the template permits API Gateway to call \`${functionId}\` for ${label}: AWS answers every request with 500 \`{"message":"Internal ${isHttpApi ? "Server Error" : "server error"}"}\`.`,
    hint: `Give \`${functionId}\` an event of type \`${isHttpApi ? "HttpApi" : "Api"}\` for this path, an \`AWS::Lambda::Permission\` for \`apigateway.amazonaws.com\`, or put a role into \`credentials\`.`,
  });
}

function hasEventFor(check: Check, functionId: string, apiId: string): boolean {
  const events = getMap(check.template, "Resources", functionId, "Properties", "Events") ?? {};
  return Object.values(events).some((event) => {
    const id = apiIdOf(get(event, "Properties", "RestApiId") ?? get(event, "Properties", "ApiId"));
    return id === apiId;
  });
}

function hasPermission(check: Check, functionId: string): boolean {
  return check
    .resources("AWS::Lambda::Permission")
    .some(([, permission]) =>
      referencesIn(get(permission, "Properties", "FunctionName")).some(({ name }) => name === functionId),
    );
}

function checkRole(check: Check, { label }: Integration, functionId: string, credentials: Located): void {
  const roleId = referencesIn(credentials.value)[0]?.name;
  const role = roleId === undefined ? undefined : getMap(check.template, "Resources", roleId);
  if (roleId === undefined || getString(role, "Type") !== "AWS::IAM::Role" || role === undefined) return;
  const properties = getMap(role, "Properties") ?? {};
  if (!trustsApiGateway(get(properties, "AssumeRolePolicyDocument"))) {
    check.report(["Resources", roleId, "Properties", "AssumeRolePolicyDocument"], {
      severity: "error",
      code: "integration-role-trust",
      message: `API Gateway is to call \`${functionId}\` for ${label} with the role \`${roleId}\`, which does not trust \`apigateway.amazonaws.com\`: AWS answers every request with 500.`,
      hint: "Let the trust policy allow `sts:AssumeRole` to the service `apigateway.amazonaws.com`.",
    });
  }
  const actions = allowedActions(check, roleId, properties, functionId);
  if (actions === undefined || actions.some((action) => matches(action, invoke))) return;
  const isNear = actions.some((action) => matches(action, "lambda:InvokeWithResponseStream"));
  check.report(["Resources", roleId, "Properties"], {
    severity: "error",
    code: "integration-role-policy",
    message: `The role \`${roleId}\`, with which API Gateway is to call \`${functionId}\` for ${label}, does not allow \`${invoke}\` on it: AWS answers every request with 500.`,
    hint: isNear
      ? `Add \`${invoke}\`: API Gateway needs it for streaming too; \`lambda:InvokeWithResponseStream\` alone is not enough.`
      : `Add a statement that allows \`${invoke}\` on \`!GetAtt ${functionId}.Arn\`.`,
  });
}

function trustsApiGateway(policy: Value | undefined): boolean {
  if (!isMap(policy)) return true;
  return statements(policy).some((statement) => {
    const principal = get(statement, "Principal");
    const services = isMap(principal) ? listOf(get(principal, "Service")) : listOf(principal);
    return services.some(
      (service) => service === "apigateway.amazonaws.com" || service === "*" || isMap(service),
    );
  });
}

/**
 * The actions that a role's policies in the template allow on a function; `undefined` when policies outside the template
 * have a say.
 */
function allowedActions(
  check: Check,
  roleId: string,
  properties: ValueMap,
  functionId: string,
): string[] | undefined {
  if (listOf(get(properties, "ManagedPolicyArns")).length > 0) return undefined;
  const inline = listOf(get(properties, "Policies")).map((policy) => get(policy, "PolicyDocument"));
  const attached = check
    .resources("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy")
    .filter(([, policy]) => {
      const names = [get(policy, "Properties", "Roles"), get(policy, "Properties", "RoleName")];
      return names.some((name) => referencesIn(name).some((reference) => reference.name === roleId));
    })
    .map(([, policy]) => get(policy, "Properties", "PolicyDocument"));
  const documents = [...inline, ...attached];
  // A function such as Fn::If in place of a document says nothing before it is evaluated.
  if (!documents.every((document) => isMap(document) && get(document, "Statement") !== undefined))
    return undefined;
  return documents
    .flatMap((document) => statements(document))
    .filter((statement) => get(statement, "Effect") === "Allow" && isAbout(statement, functionId))
    .flatMap((statement) => listOf(get(statement, "Action")))
    .filter((action) => typeof action === "string");
}

/** Whether a statement may be about the function: by reference, by wildcard, or by a text that could be its ARN. */
function isAbout(statement: Value, functionId: string): boolean {
  return listOf(get(statement, "Resource")).some((resource) => {
    const named = referencesIn(resource).map(({ name }) => name);
    if (named.includes(functionId)) return true;
    const others = named.filter((name) => !name.startsWith("AWS::"));
    return others.length === 0;
  });
}

function statements(policy: Value | undefined): Value[] {
  return listOf(get(policy, "Statement"));
}

function matches(pattern: string, action: string): boolean {
  const source = pattern
    .split("*")
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("\\?", "."))
    .join(".*");
  return new RegExp(`^${source}$`, "i").test(action);
}

function listOf(value: Value | undefined): Value[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}
