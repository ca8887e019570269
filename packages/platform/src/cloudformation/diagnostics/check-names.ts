import { samTransformName, usesSam } from "../sam/transform.ts";
import { functionType, refusedTypes, supportedTypes } from "../sam/types.ts";
import type { Path } from "../template/positions.ts";
import { get, getMap, getString, isMap, type Value, type ValueMap } from "../value.ts";
import type { Check } from "./check.ts";
import type { Severity } from "./diagnostic.ts";
import {
  eventProperties,
  knownTypes,
  resourceKeys,
  templateSections,
  typeProperties,
} from "./known-names.ts";
import { nearest } from "./spelling.ts";

/** Sections, resource types, and properties that do not exist, mostly since a letter is wrong. */
export function checkNames(check: Check): void {
  checkSections(check);
  checkTransform(check);
  for (const [logicalId, resource] of check.resources()) {
    checkResourceKeys(check, logicalId, resource);
    checkType(check, logicalId, resource);
    const type = getString(resource, "Type") ?? "";
    const known = Object.hasOwn(typeProperties, type) ? typeProperties[type] : undefined;
    if (known === undefined) continue;
    const properties = getMap(resource, "Properties");
    const answer = supportedTypes.includes(type)
      ? (name: string) => `property ${name} not defined for resource of type ${type}`
      : (name: string) => `Encountered unsupported property ${name}`;
    checkKeys(check, properties, ["Resources", logicalId, "Properties"], known, type, answer);
    if (type === functionType) checkEvents(check, logicalId, getMap(properties, "Events"));
  }
}

function checkSections(check: Check): void {
  for (const name of Object.keys(check.template)) {
    if (templateSections.includes(name)) continue;
    check.report([name], {
      severity: "error",
      code: "unknown-section",
      message: `\`${name}\` is no section of a template. CloudFormation answers \`Invalid template property or properties [${name}]\`.`,
      hint: suggestion(name, templateSections),
    });
  }
  if (get(check.template, "Rules") === undefined) return;
  check.report(["Rules"], {
    severity: "info",
    code: "rules-not-evaluated",
    message: "`Rules` are not evaluated here; AWS evaluates them before it makes a stack.",
  });
}

function checkTransform(check: Check): void {
  const transform = get(check.template, "Transform");
  const names = transform === undefined ? [] : Array.isArray(transform) ? transform : [transform];
  for (const name of names) {
    if (name === samTransformName) continue;
    const text = typeof name === "string" ? name : (getString(name, "Name") ?? "a macro");
    check.report(["Transform"], {
      severity: "error",
      code: "transform-not-supported",
      message: `The transform \`${text}\` is not supported here; \`${samTransformName}\` is the one that is.`,
      hint: nearest(text, [samTransformName])
        ? `Write \`${samTransformName}\`.`
        : "Put what it would make into the template.",
    });
  }
  if (usesSam(check.template)) return;
  if (get(check.template, "Globals") !== undefined) {
    check.report(["Globals"], {
      severity: "error",
      code: "sam-transform-missing",
      message:
        "The template has `Globals` and does not ask for the SAM transform. CloudFormation answers `Invalid template property or properties [Globals]`.",
      hint: `Put \`Transform: ${samTransformName}\` at the left margin.`,
    });
  }
  const [first] = check.resources(...supportedTypes, ...refusedTypes);
  if (first === undefined) return;
  check.report(["Resources", first[0], "Type"], {
    severity: "error",
    code: "sam-transform-missing",
    message: `The template has SAM resources and does not ask for the SAM transform. CloudFormation answers \`Template format error: Unrecognized resource types: [${getString(first[1], "Type")}]\`.`,
    hint: `Put \`Transform: ${samTransformName}\` at the left margin.`,
  });
}

function checkResourceKeys(check: Check, logicalId: string, resource: ValueMap): void {
  for (const key of Object.keys(resource)) {
    if (resourceKeys.includes(key)) continue;
    check.report(["Resources", logicalId, key], {
      severity: "error",
      code: "unknown-resource-key",
      message: `\`${key}\` can't stand beside \`Type\`. CloudFormation answers \`Invalid template resource property '${key}'\`.`,
      hint: suggestion(key, resourceKeys) ?? "Properties belong under `Properties`, one level deeper.",
    });
  }
}

function checkType(check: Check, logicalId: string, resource: ValueMap): void {
  const type = getString(resource, "Type");
  if (type === undefined || knownTypes.includes(type)) return;
  const isSam = type.startsWith("AWS::Serverless::");
  const meant = nearest(type, knownTypes);
  const isSlip = meant !== undefined && !isRealNeighbour(type, meant);
  if (!isSam && !isSlip) return;
  check.report(["Resources", logicalId, "Type"], {
    severity: "error",
    code: "unknown-resource-type",
    message: `There is no resource type \`${type}\`. CloudFormation answers \`Template format error: Unrecognized resource types: [${type}]\`.`,
    hint:
      meant === undefined ? `SAM's types are ${supportedTypes.join(", ")}.` : `Did you mean \`${meant}\`?`,
  });
}

/** Types of AWS differ by whole words; a slip changes a few letters of one. */
function isRealNeighbour(type: string, meant: string): boolean {
  const [, service, name] = type.split("::");
  const [, otherService, otherName] = meant.split("::");
  if (service === undefined || name === undefined) return false;
  if (service !== otherService)
    return nearest(service, [otherService ?? ""]) === undefined || name !== otherName;
  return nearest(name, [otherName ?? ""]) === undefined;
}

function checkEvents(check: Check, logicalId: string, events: ValueMap | undefined): void {
  for (const [eventId, event] of Object.entries(events ?? {})) {
    const path = ["Resources", logicalId, "Properties", "Events", eventId];
    const type = getString(event, "Type");
    if (type === undefined) continue;
    const known = Object.hasOwn(eventProperties, type) ? eventProperties[type] : undefined;
    if (known !== undefined) {
      const answer = (name: string): string => `property ${name} not defined for resource of type ${type}`;
      checkKeys(check, getMap(event, "Properties"), [...path, "Properties"], known, `${type} event`, answer);
    } else {
      check.report([...path, "Type"], {
        severity: "error",
        code: "unknown-event-type",
        message: `There is no event type \`${type}\`. AWS answers \`Resource dict has missing or invalid value for key Type. Event Type is: ${type}.\``,
        hint: suggestion(type, Object.keys(eventProperties)),
      });
    }
  }
}

/**
 * Reports the keys of a map that are not among `known`.
 *
 * @param answer - What AWS answers to such a key.
 */
export function checkKeys(
  check: Check,
  map: Value | undefined,
  path: Path,
  known: readonly string[],
  owner: string,
  answer: (name: string) => string,
  severity: Severity = "error",
  code = "unknown-property",
): void {
  if (!isMap(map)) return;
  for (const name of Object.keys(map)) {
    if (known.includes(name) || name.startsWith("Fn::") || name === "Ref") continue;
    check.report([...path, name], {
      severity,
      code,
      message: `\`${owner}\` has no property \`${name}\`. AWS: \`${answer(name)}\`.`,
      hint: streamingHint(owner, name) ?? suggestion(name, known) ?? `It has ${known.join(", ")}.`,
    });
  }
}

/** Where streaming is asked for in a place that has no word for it. */
function streamingHint(owner: string, name: string): string | undefined {
  if (!/^(response)?(transfer|invoke)mode$/i.test(name)) return undefined;
  if (owner.startsWith("HttpApi")) {
    return "HTTP APIs cannot stream. Use an event of type `Api` with `ResponseTransferMode: RESPONSE_STREAM`, or `FunctionUrlConfig` with `InvokeMode: RESPONSE_STREAM`.";
  }
  if (owner === "Api event") return "On an `Api` event it is `ResponseTransferMode: RESPONSE_STREAM`.";
  if (owner === functionType) {
    return "A function streams by how it is called: put `InvokeMode: RESPONSE_STREAM` under `FunctionUrlConfig`, or `ResponseTransferMode: RESPONSE_STREAM` on an `Api` event.";
  }
  if (owner === "AWS::Serverless::Api" || owner === "AWS::ApiGateway::RestApi") {
    return "A REST API streams method by method: put `ResponseTransferMode: RESPONSE_STREAM` on the `Api` event, or `responseTransferMode: STREAM` into the method's `x-amazon-apigateway-integration`.";
  }
  return undefined;
}

function suggestion(name: string, candidates: readonly string[]): string | undefined {
  const meant = nearest(name, candidates);
  return meant === undefined ? undefined : `Did you mean \`${meant}\`?`;
}
