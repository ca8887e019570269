import { referencesIn } from "../intrinsics/references.ts";
import { get, getMap, type ValueMap } from "../value.ts";
import type { Check } from "./check.ts";

/**
 * Whether anybody may call the function URLs that ask for no signature. SAM writes the permissions for a
 * `FunctionUrlConfig`, and CloudFormation for none: an `AWS::Lambda::Url` of its own needs both.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
 */
export function checkUrlPermissions(check: Check): void {
  for (const [id, resource] of check.resources("AWS::Lambda::Url")) {
    if (check.text(get(resource, "Properties", "AuthType")) !== "NONE") continue;
    const functionId = referencesIn(get(resource, "Properties", "TargetFunctionArn"))[0]?.name;
    // A function of another stack has its policy there, and SAM writes one for its own URL.
    if (functionId === undefined || getMap(check.template, "Resources", functionId) === undefined) continue;
    if (get(check.template, "Resources", functionId, "Properties", "FunctionUrlConfig") !== undefined)
      continue;
    const permissions = permissionsOf(check, functionId);
    const missing = ["lambda:InvokeFunctionUrl", "lambda:InvokeFunction"].filter(
      (action) => !permissions.some((permission) => allows(check, permission, action)),
    );
    if (missing.length === 0) continue;
    check.report(["Resources", id, "Properties", "AuthType"], {
      severity: "warning",
      code: "url-permission-missing",
      message: `Nothing in the template permits everyone ${missing.map((action) => `\`${action}\``).join(" and ")} on \`${functionId}\`: AWS answers every request to this URL with 403.`,
      hint: `Add an \`AWS::Lambda::Permission\` for \`${functionId}\` with \`Principal: "*"\` for each: ${missing.map((action) => hints[action]).join(", and ")}.`,
    });
  }
}

const hints: Readonly<Record<string, string>> = {
  "lambda:InvokeFunctionUrl": "`Action: lambda:InvokeFunctionUrl` with `FunctionUrlAuthType: NONE`",
  "lambda:InvokeFunction": "`Action: lambda:InvokeFunction` with `InvokedViaFunctionUrl: true`",
};

function permissionsOf(check: Check, functionId: string): ValueMap[] {
  return check
    .resources("AWS::Lambda::Permission")
    .map(([, permission]) => getMap(permission, "Properties") ?? {})
    .filter((properties) => {
      const named = referencesIn(get(properties, "FunctionName"));
      // A name that is written out may be any function's.
      return named.length === 0 || named.some(({ name }) => name === functionId);
    });
}

function allows(check: Check, permission: ValueMap, action: string): boolean {
  const given = check.text(get(permission, "Action"));
  const principal = check.text(get(permission, "Principal"));
  // What an intrinsic function gives is not known here.
  return (given ?? action) === action && (principal ?? "*") === "*";
}
