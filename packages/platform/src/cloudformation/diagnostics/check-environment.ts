import { functionType } from "../sam/types.ts";
import type { Path } from "../template/positions.ts";
import { getMap, type ValueMap } from "../value.ts";
import type { Check } from "./check.ts";

/** @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime */
const reserved: readonly string[] = [
  "_HANDLER",
  "_X_AMZN_TRACE_ID",
  "AWS_ACCESS_KEY",
  "AWS_ACCESS_KEY_ID",
  "AWS_DEFAULT_REGION",
  "AWS_EXECUTION_ENV",
  "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
  "AWS_LAMBDA_FUNCTION_NAME",
  "AWS_LAMBDA_FUNCTION_VERSION",
  "AWS_LAMBDA_INITIALIZATION_TYPE",
  "AWS_LAMBDA_LOG_GROUP_NAME",
  "AWS_LAMBDA_LOG_STREAM_NAME",
  "AWS_LAMBDA_MAX_CONCURRENCY",
  "AWS_LAMBDA_METADATA_API",
  "AWS_LAMBDA_METADATA_TOKEN",
  "AWS_LAMBDA_RUNTIME_API",
  "AWS_REGION",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "LAMBDA_RUNTIME_DIR",
  "LAMBDA_TASK_ROOT",
];

/** Names of environment variables that Lambda does not take. */
export function checkEnvironment(check: Check): void {
  const globals = ["Globals", "Function", "Environment", "Variables"];
  checkNames(check, getMap(check.template, ...globals), globals);
  for (const [id, resource] of check.resources(functionType, "AWS::Lambda::Function")) {
    const variables = getMap(resource, "Properties", "Environment", "Variables");
    checkNames(check, variables, ["Resources", id, "Properties", "Environment", "Variables"]);
  }
}

function checkNames(check: Check, variables: ValueMap | undefined, path: Path): void {
  if (variables === undefined || isFunction(variables)) return;
  for (const name of Object.keys(variables)) {
    if (reserved.includes(name)) {
      check.report([...path, name], {
        severity: "error",
        code: "environment-variable",
        message: `The environment variable \`${name}\` is Lambda's own. Lambda answers \`Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${name}\`.`,
        hint: "Leave it out: Lambda sets it. A value of your own needs another name.",
      });
    } else if (!/^[A-Za-z]\w+$/.test(name)) {
      check.report([...path, name], {
        severity: "error",
        code: "environment-variable",
        message: `\`${name}\` is no name of an environment variable. Lambda answers \`Value at 'environment.variables' failed to satisfy constraint: Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]\`.`,
        hint: "Begin with a letter, and use letters, digits and underscores, two at least.",
      });
    }
  }
}

/** Whether an intrinsic function stands in place of the map. */
function isFunction(value: ValueMap): boolean {
  const [key] = Object.keys(value);
  return key === "Ref" || key?.startsWith("Fn::") === true;
}
