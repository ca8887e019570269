import { cloudFormationUser, type ParameterStore } from "../../ssm/index.ts";
import {
  type CreatedResource,
  type CreationContext,
  type DeployedResource,
  optionalText,
  ResourceError,
  type ResourceProvider,
  type ResourceServices,
  requiredText,
} from "../resource-type.ts";
import type { StackModel } from "../stack-model.ts";

/** `AWS::SSM::Parameter`. Parameter Store keeps it. */
export function createParameter(context: CreationContext): CreatedResource {
  const { properties, node, model } = context;
  const type = requiredText(context, "Type");
  if (type === "SecureString") {
    throw new ResourceError("SSM Parameters of type SecureString cannot be created using CloudFormation");
  }
  const value = requiredText(context, "Value");
  const name = optionalText(properties, "Name") ?? context.nameFor(`CFN-${node.logicalId}`);
  model.parameters.set(name, { logicalId: node.logicalId, physicalId: name, properties });
  return { ref: name, attributes: { Type: type, Value: value } };
}

/** Keeps parameters in Parameter Store. */
export function parameterProvider({ parameters }: ResourceServices): ResourceProvider | undefined {
  if (parameters === undefined) return undefined;
  return {
    put: (resource, before) => {
      put(parameters, resource, before !== undefined);
    },
    remove: ({ physicalId }) => {
      parameters.delete(physicalId);
    },
  };
}

/** Makes the parameters of a template that is run from its file. One that is as the template has it stays. */
export function makeParameters(model: StackModel, store: ParameterStore): void {
  for (const resource of model.parameters.values()) {
    const last = store.get(resource.physicalId)?.versions.at(-1);
    const { Value, Type } = resource.properties;
    if (last?.value !== String(Value) || last.type !== Type) put(store, resource, true);
  }
}

function put(store: ParameterStore, { physicalId, properties }: DeployedResource, overwrites: boolean): void {
  const text = (name: string) => optionalText(properties, name);
  const tags = properties["Tags"];
  store.put(
    {
      name: physicalId,
      value: text("Value") ?? "",
      type: text("Type"),
      description: text("Description"),
      allowedPattern: text("AllowedPattern"),
      tier: text("Tier"),
      dataType: text("DataType"),
      ...(typeof tags === "object" && tags !== null && !Array.isArray(tags)
        ? { tags: Object.fromEntries(Object.entries(tags).map(([key, value]) => [key, String(value)])) }
        : {}),
    },
    overwrites,
    cloudFormationUser,
  );
}
