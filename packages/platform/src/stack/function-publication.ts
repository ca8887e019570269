import type { PolicyDocument } from "../iam/policy.ts";
import { qualifiedArn } from "../lambda/function-name.ts";
import type { LambdaFunction, Publication } from "../lambda/lambda-function.ts";
import { functionPolicy } from "../lambda/permissions.ts";
import type { StackModel } from "./stack-model.ts";

/** Everything of a function besides `$LATEST`, as the model has it. */
export function publicationOf(
  { name, arn }: LambdaFunction,
  model: StackModel,
  versions: readonly LambdaFunction[],
): Publication {
  const aliases = model.aliases.filter(({ functionName }) => functionName === name);
  const requested = model.versions.filter(({ functionName }) => functionName === name);
  const provisioned = [
    ...requested.map(({ number, provisionedConcurrency }) => [number, provisionedConcurrency] as const),
    ...aliases.map((alias) => [alias.name, alias.provisionedConcurrency] as const),
  ];
  const qualifiers = [...versions.map(({ version }) => version), ...aliases.map((alias) => alias.name)];
  return {
    versions,
    aliases,
    policies: new Map(qualifiers.map((qualifier) => [qualifier, policiesOf(model, name, arn, qualifier)])),
    provisioned: new Map(
      provisioned.flatMap(([qualifier, count]) => (count === undefined ? [] : [[qualifier, count] as const])),
    ),
  };
}

/** The resource policy of a function, or of a version or alias, if it has one. */
export function policiesOf(
  { permissions }: StackModel,
  name: string,
  arn: string,
  qualifier: string | undefined,
): PolicyDocument[] {
  const own = permissions.filter((each) => each.functionName === name && each.qualifier === qualifier);
  if (own.length === 0) return [];
  return [functionPolicy(own, qualifiedArn(arn, qualifier))];
}
