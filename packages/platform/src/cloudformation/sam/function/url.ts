import { get, isGiven, isMap, type Value, type ValueMap } from "../../value.ts";
import { invalidResource } from "../errors.ts";
import { type GeneratedResource, generated, passedOnAttributes } from "../generated-resource.ts";
import { isIntrinsic } from "../intrinsic-forms.ts";

const corsTypes: Readonly<
  Record<string, { readonly name: string; readonly test: (value: Value) => boolean }>
> = {
  AllowOrigins: { name: "list", test: Array.isArray },
  AllowMethods: { name: "list", test: Array.isArray },
  AllowCredentials: { name: "bool", test: (value) => typeof value === "boolean" },
  AllowHeaders: { name: "list", test: Array.isArray },
  ExposeHeaders: { name: "list", test: Array.isArray },
  MaxAge: { name: "int", test: (value) => typeof value === "boolean" || Number.isInteger(value) },
};

/**
 * The function URL of a function and, when everyone may call it, the two permissions that this takes since October 2025.
 *
 * @param target - The alias's ARN, or the function's name.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
 */
export function functionUrl(
  logicalId: string,
  source: ValueMap,
  config: ValueMap,
  target: ValueMap,
): GeneratedResource[] {
  check(logicalId, config);
  const attributes = passedOnAttributes(source);
  const authType = get(config, "AuthType");
  const cors = get(config, "Cors");
  const url = generated(
    `${logicalId}Url`,
    "AWS::Lambda::Url",
    {
      Cors: isGiven(cors) ? cors : undefined,
      AuthType: authType,
      TargetFunctionArn: target,
      InvokeMode: get(config, "InvokeMode"),
    },
    attributes,
  );
  if (authType !== "NONE" || isIntrinsic(config)) return [url];
  const everyone = { FunctionName: target, Principal: "*" };
  return [
    url,
    generated(
      `${logicalId}UrlPublicPermissions`,
      "AWS::Lambda::Permission",
      { Action: "lambda:InvokeFunctionUrl", ...everyone, FunctionUrlAuthType: "NONE" },
      attributes,
    ),
    generated(
      `${logicalId}URLInvokeAllowPublicAccess`,
      "AWS::Lambda::Permission",
      { Action: "lambda:InvokeFunction", ...everyone, InvokedViaFunctionUrl: true },
      attributes,
    ),
  ];
}

function check(logicalId: string, config: ValueMap): void {
  if (isIntrinsic(config)) return;
  const authType = get(config, "AuthType");
  if (!isIntrinsic(authType) && authType !== "AWS_IAM" && authType !== "NONE") {
    throw invalidResource(
      logicalId,
      "AuthType is required to configure function property `FunctionUrlConfig`. Please provide either AWS_IAM or NONE.",
    );
  }
  const cors = get(config, "Cors");
  if (!isGiven(cors) || isIntrinsic(cors)) return;
  if (!isMap(cors)) throw invalidResource(logicalId, "Property 'FunctionUrlConfig.Cors' should be a map.");
  for (const [name, value] of Object.entries(cors)) {
    const type = Object.hasOwn(corsTypes, name) ? corsTypes[name] : undefined;
    if (type === undefined)
      throw invalidResource(logicalId, `${name} is not a valid property for configuring Cors.`);
    if (!isIntrinsic(value) && !type.test(value)) {
      throw invalidResource(logicalId, `${name} must be of type ${type.name}.`);
    }
  }
}
