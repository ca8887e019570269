import { referencesIn } from "../intrinsics/references.ts";
import type { Path } from "../template/positions.ts";
import { get, getMap, getString, type Value, type ValueMap } from "../value.ts";
import { nearest } from "./spelling.ts";

/**
 * What to write instead of something that can't be evaluated, as far as its place tells.
 * @param place - in the template as it was written.
 */
export function intrinsicHint(place: Path, template: ValueMap): string | undefined {
  const path = place.map(String);
  const [section, name] = path;
  if (section === "Parameters") return name === undefined ? undefined : parameterHint(name, template);
  if (section === "Conditions") return conditionHint(path, template);
  return path.at(-1) === "Condition" ? namedConditionHint(path, template) : undefined;
}

function parameterHint(name: string, template: ValueMap): string | undefined {
  const definition = getMap(template, "Parameters", name);
  if (getString(definition, "Type") === undefined) return "Write `Type: String`, or what the value is.";
  const standard = get(definition, "Default");
  return standard === undefined
    ? `Give it a value with \`--parameter ${name}=…\`, or a \`Default\`.`
    : `Its \`Default\` is \`${String(standard)}\`; \`--parameter ${name}=…\` gives another value.`;
}

/** Conditions may name parameters, and resources may not be named. */
function conditionHint(path: readonly string[], template: ValueMap): string | undefined {
  const parameters = Object.keys(getMap(template, "Parameters") ?? {});
  const unknown = referencesIn(valueAt(path, template)).find(
    ({ name }) => !parameters.includes(name) && !name.startsWith("AWS::"),
  );
  if (unknown === undefined) return undefined;
  return `${suggestion(unknown.name, parameters) ?? "Name a parameter"} instead of \`${unknown.name}\`.`;
}

function namedConditionHint(path: readonly string[], template: ValueMap): string | undefined {
  const conditions = Object.keys(getMap(template, "Conditions") ?? {});
  const name = valueAt(path, template);
  if (typeof name !== "string") return undefined;
  if (conditions.length === 0) return `Define \`${name}\` under \`Conditions\`.`;
  return `${suggestion(name, conditions) ?? `Name one of ${conditions.join(", ")}`} instead of \`${name}\`.`;
}

function suggestion(name: string, candidates: readonly string[]): string | undefined {
  const meant = nearest(name, candidates);
  return meant === undefined ? undefined : `Write \`${meant}\``;
}

function valueAt(path: readonly string[], template: ValueMap): Value | undefined {
  return path.reduce<Value | undefined>(
    (value, step) => (Array.isArray(value) ? value[Number(step)] : get(value, step)),
    template,
  );
}
