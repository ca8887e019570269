import { randomInt } from "node:crypto";
import type { Value, ValueMap } from "../../cloudformation/index.ts";
import type { Sequences } from "../../state/sequences.ts";
import {
  type CreatedResource,
  type CreationContext,
  type FunctionVersions,
  NotServedError,
  ResourceError,
} from "../resource-type.ts";
import { resourceTypes } from "../resource-types.ts";
import type { FunctionResource, StackModel } from "../stack-model.ts";
import type { ResourceRow } from "./stack-record.ts";
import { actualProperties } from "./stack-tags.ts";

/** What resources are made with, whatever stack they are of. */
export interface ModelEnvironment {
  readonly region: string;
  readonly accountId: string;
  readonly queueUrl: (queueName: string) => string;
  readonly sequences: Sequences;
}

/** A resource as far as its part of the model is concerned. */
export type ModelledResource = Pick<
  ResourceRow,
  | "logicalId"
  | "templateId"
  | "type"
  | "stackName"
  | "stackId"
  | "stackTags"
  | "properties"
  | "drift"
  | "metadata"
  | "content"
  | "deployment"
  | "createdMs"
  | "updatedMs"
> & {
  /** What is made up for it; added to. */
  readonly assigned: ValueMap;
};

/** A resource that is kept and has no place in the model. */
export interface ModelProblem {
  readonly row: ResourceRow;
  readonly error: ResourceError | NotServedError;
}

/** Makes a resource a part of the model. @throws {ResourceError} if it can't be made. */
export function addResource(
  model: StackModel,
  resource: ModelledResource,
  environment: ModelEnvironment,
): CreatedResource {
  const { logicalId, templateId, type, stackName, assigned } = resource;
  const create = resourceTypes[type]?.create;
  // Kept by a version of the platform that had it.
  if (create === undefined) throw new NotServedError(`${type} is not served by this platform.`);
  const properties = actualProperties(resource);
  const keep = <T extends Value>(name: string, make: () => T): T => {
    assigned[name] ??= make();
    return assigned[name] as T;
  };
  const context: CreationContext = {
    ...environment,
    node: { logicalId, type, origin: templateId },
    metadata: resource.metadata,
    properties,
    content: resource.content,
    stackName,
    id: (kind, length) => keep(kind, () => randomText(lowerCase, length)),
    nameFor: (_local, length) => keep("name", () => generatedName(stackName, logicalId, length)),
    keep,
    nextNumber: (kind, name) => environment.sequences.next(kind, name),
    versions: versionsIn(model, environment, keep),
    model,
  };
  const created = create(context);
  const { content, deployment, createdMs, updatedMs } = resource;
  model.resources.push({
    type,
    logicalId,
    physicalId: created.ref,
    properties,
    attributes: created.attributes,
    content,
    deployment,
    createdMs,
    updatedMs,
  });
  return created;
}

/** Makes rows a part of the model, in their order. @returns those for which that can't be done. */
export function addRows(
  model: StackModel,
  rows: readonly ResourceRow[],
  environment: ModelEnvironment,
): ModelProblem[] {
  const problems: ModelProblem[] = [];
  for (const row of rows) {
    try {
      addResource(model, row, environment);
    } catch (error) {
      if (!(error instanceof ResourceError) && !(error instanceof NotServedError)) throw error;
      problems.push({ row, error });
    }
  }
  return problems;
}

/** A version has its number, and the function as it was, for as long as it exists. */
function versionsIn(
  model: StackModel,
  { sequences }: ModelEnvironment,
  keep: CreationContext["keep"],
): FunctionVersions {
  return {
    numberOf: ({ functionName }) =>
      keep("version", () => String(sequences.next("function-version", functionName))),
    has: (functionName, number) =>
      model.versions.some((version) => version.functionName === functionName && version.number === number),
    published: (latest) =>
      keep("published", () => latest as unknown as ValueMap) as unknown as FunctionResource,
  };
}

/** Ids of APIs and URLs become parts of host names, and DNS knows no case. */
const lowerCase = "abcdefghijklmnopqrstuvwxyz0123456789";
const upperCase = lowerCase.toUpperCase();

function randomText(alphabet: string, length: number): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join("");
}

/** As CloudFormation makes up names: both names, shortened where they are too long together, and twelve letters. */
function generatedName(stackName: string, logicalId: string, length = 64): string {
  const suffix = randomText(upperCase, 12);
  const whole = `${stackName}-${logicalId}-${suffix}`;
  if (whole.length <= length) return whole;
  const half = Math.floor((length - suffix.length - 2) / 2);
  return `${stackName.slice(0, half)}-${logicalId.slice(0, half)}-${suffix}`;
}
