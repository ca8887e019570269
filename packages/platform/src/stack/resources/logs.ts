import { type CreatedResource, type CreationContext, optionalText } from "../resource-type.ts";

/** `AWS::Logs::LogGroup`. Groups come into being with their first line; one that is named here has no other effect yet. */
export function createLogGroup(context: CreationContext): CreatedResource {
  const { properties, node, region, accountId } = context;
  const name = optionalText(properties, "LogGroupName") ?? context.nameFor(node.logicalId, 512);
  return { ref: name, attributes: { Arn: `arn:aws:logs:${region}:${accountId}:log-group:${name}:*` } };
}
