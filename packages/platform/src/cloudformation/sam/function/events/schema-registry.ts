import { get, has, isGiven, isMap, type Value, type ValueMap } from "../../../value.ts";
import { invalidEvent } from "../../errors.ts";
import { sub } from "../../intrinsic-forms.ts";
import { resolveParameterRefs } from "../../parameter-refs.ts";
import { expectMap } from "../../property-schema.ts";
import type { EventSource } from "./event-source.ts";

/**
 * What the role of a function needs for reading the schemas of Kafka events.
 *
 * @throws {SamError} if `SchemaRegistryConfig` is wrong.
 */
export function schemaRegistryStatements(source: EventSource): ValueMap[] {
  const given = get(source.properties, "SchemaRegistryConfig");
  if (!isGiven(given)) return [];
  const config = checkedConfig(source.eventId, given);
  const statements = accessConfigs(config).map((each) =>
    allow(["secretsmanager:GetSecretValue"], get(each, "URI") ?? null),
  );
  const uri = get(config, "SchemaRegistryURI") ?? null;
  const name = registryName(uri, source);
  if (name === undefined) return statements;
  const schemas = sub(`arn:\${AWS::Partition}:glue:\${AWS::Region}:\${AWS::AccountId}:schema/${name}/*`);
  return [...statements, allow(["glue:GetRegistry"], uri), allow(["glue:GetSchemaVersion"], [schemas])];
}

function checkedConfig(eventId: string, given: Value): ValueMap {
  const refuse = (text: string): Error => invalidEvent(eventId, text);
  const config = expectMap(given, { id: eventId, isEvent: true }, "SchemaRegistryConfig");
  for (const name of ["SchemaRegistryURI", "EventRecordFormat", "SchemaValidationConfigs"]) {
    if (!has(config, name)) throw refuse(`Missing required field ${name} in SchemaRegistryConfig`);
  }
  const format = get(config, "EventRecordFormat");
  if (format !== "JSON" && format !== "SOURCE") {
    throw refuse("EventRecordFormat in SchemaRegistryConfig must be either 'JSON' or 'SOURCE'");
  }
  if (!Array.isArray(get(config, "SchemaValidationConfigs"))) {
    throw refuse("SchemaValidationConfigs must be a list");
  }
  const access = get(config, "AccessConfigs");
  if (isGiven(access) && !Array.isArray(access)) {
    throw refuse("AccessConfigs in SchemaRegistryConfig must be a list");
  }
  if (!accessConfigs(config).every((each) => has(each, "Type") && has(each, "URI"))) {
    throw refuse("Each AccessConfig must be a dict with 'Type' and 'URI' fields");
  }
  return config;
}

function accessConfigs(config: ValueMap): Value[] {
  const access = get(config, "AccessConfigs");
  return Array.isArray(access) ? access : [];
}

/** The name of a Glue schema registry, from its ARN or from an `Fn::Sub` that writes one. */
function registryName(uri: Value, { context }: EventSource): string | undefined {
  const resolved = isMap(uri) ? get(resolveParameterRefs(uri, context.parameters), "Fn::Sub") : uri;
  if (typeof resolved !== "string" || !resolved.startsWith("arn")) return undefined;
  const segment = resolved.split(":")[5];
  return segment?.startsWith("registry/") ? segment.slice("registry/".length) : undefined;
}

function allow(actions: string[], resource: Value): ValueMap {
  return { Action: actions, Effect: "Allow", Resource: resource };
}
