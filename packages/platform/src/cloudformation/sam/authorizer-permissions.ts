import type { Value, ValueMap } from "../value.ts";
import { type GeneratedResource, generated } from "./generated-resource.ts";
import { ref, sub } from "./intrinsic-forms.ts";

/**
 * The permissions for API Gateway to call the functions of an API's Lambda authorizers.
 * @param partition - as the translator writes it for that kind of API.
 */
export function generateAuthorizerPermissions(
  { logicalId, attributes }: { readonly logicalId: string; readonly attributes: ValueMap },
  partition: string,
  authorizers: readonly { readonly name: string; readonly permittedFunction: Value | undefined }[],
): GeneratedResource[] {
  const arn = `arn:${partition}:execute-api:\${AWS::Region}:\${AWS::AccountId}`;
  return authorizers.flatMap(({ name, permittedFunction }) =>
    permittedFunction === undefined
      ? []
      : [
          generated(
            `${logicalId}${name}AuthorizerPermission`,
            "AWS::Lambda::Permission",
            {
              Action: "lambda:InvokeFunction",
              FunctionName: permittedFunction,
              Principal: "apigateway.amazonaws.com",
              SourceArn: sub(`${arn}:\${__ApiId__}/authorizers/*`, { __ApiId__: ref(logicalId) }),
            },
            attributes,
          ),
        ],
  );
}
