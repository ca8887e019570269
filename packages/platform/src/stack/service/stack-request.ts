import { capabilityNeed, isAcknowledged } from "./capabilities.ts";
import { hasChanges } from "./change-plan.ts";
import type { StackEngine } from "./stack-engine.ts";
import { insufficientCapabilities, validationError } from "./stack-errors.ts";
import type { ResourceRow, StackParameter, StackRecord, StackSettings, StackTag } from "./stack-record.ts";
import { readStackTemplate, type StackTemplate, StackTemplateError } from "./stack-template.ts";

/** A value for a parameter, or that it keeps the one that it has. */
export interface GivenParameter {
  readonly key: string;
  readonly value?: string | undefined;
  readonly keepsPrevious: boolean;
}

/** What a stack is to become, as a request has it. Absent parts stay as they are where a stack is updated. */
export interface StackRequest {
  /** Nothing for the template that the stack has. */
  readonly template: string | undefined;
  readonly parameters: readonly GivenParameter[];
  readonly tags?: readonly StackTag[] | undefined;
  readonly capabilities: readonly string[];
  readonly notificationArns?: readonly string[] | undefined;
  readonly roleArn?: string | undefined;
  readonly disableRollback?: boolean | undefined;
  readonly timeoutMinutes?: number | undefined;
  readonly changeSetId?: string | undefined;
}

/** A request that was looked at: what is to be made, and why it can't be if that is so. */
export interface ReadRequest {
  readonly settings: StackSettings;
  /** Nothing if no stack can be made of it, of which a change set tells. */
  readonly template: StackTemplate | undefined;
  readonly problem: string | undefined;
}

/**
 * Reads what a stack is to become.
 *
 * @param stack - as it is.
 * @throws {AwsServiceError} `ValidationError` or `InsufficientCapabilitiesException`, for what CloudFormation finds before
 * it makes a change set.
 */
export function readRequest(engine: StackEngine, stack: StackRecord, request: StackRequest): ReadRequest {
  const text = request.template ?? stack.template;
  const notificationArns = request.notificationArns ?? stack.notificationArns;
  const settings: StackSettings = {
    template: text,
    processed: text,
    parameters: [],
    tags: request.tags ?? stack.tags,
    capabilities: request.capabilities,
    notificationArns,
    roleArn: request.roleArn ?? stack.roleArn,
    disableRollback: request.disableRollback ?? false,
    timeoutMinutes: request.timeoutMinutes,
    changeSetId: request.changeSetId,
  };
  try {
    const template = readTemplateFor(
      engine,
      stack,
      text,
      parameterValues(request.parameters, stack.parameters),
      notificationArns,
    );
    const { processed, description, parameters } = template;
    const need = capabilityNeed(template.compiled.graph.nodes.values());
    let problem: string | undefined;
    if (need !== undefined && !isAcknowledged(need, request.capabilities)) {
      const refusal = insufficientCapabilities(need.capability);
      // Without a transform, CloudFormation knows the resources at once.
      if (template.transforms.length === 0) throw refusal;
      problem = refusal.message;
    }
    return { settings: { ...settings, processed, description, parameters }, template, problem };
  } catch (error) {
    if (!(error instanceof StackTemplateError)) throw error;
    if (!error.isFoundLater) throw validationError(error.message);
    return { settings, template: undefined, problem: error.message };
  }
}

/** Reads a template for a stack. @throws {StackTemplateError} if none can be made of it. */
export function readTemplateFor(
  engine: StackEngine,
  { id, name }: Pick<StackRecord, "id" | "name">,
  text: string,
  parameters: Readonly<Record<string, string>>,
  notificationArns: readonly string[],
): StackTemplate {
  const { region, accountId, ssmParameter } = engine.options;
  return readStackTemplate({
    text,
    region,
    accountId,
    stackName: name,
    stackId: id,
    parameters,
    notificationArns,
    importValue: (exportName) => exportedValue(engine, exportName),
    ssmParameter: ssmParameter ?? (() => undefined),
  });
}

/** Whether a request changes anything about a stack. */
export function isChange(
  { settings, template }: ReadRequest,
  stack: StackRecord,
  rows: readonly ResourceRow[],
): boolean {
  if (template === undefined || JSON.stringify(settings.tags) !== JSON.stringify(stack.tags)) return true;
  return hasChanges(template.compiled, rows, settings.tags, stack.processed);
}

/** The value that a stack exports. */
function exportedValue(engine: StackEngine, exportName: string): string | undefined {
  return engine
    .stacks()
    .flatMap(({ outputs }) => outputs)
    .find((output) => output.exportName === exportName)?.value;
}

function parameterValues(
  given: readonly GivenParameter[],
  previous: readonly StackParameter[],
): Record<string, string> {
  return Object.fromEntries(
    given.flatMap(({ key, value, keepsPrevious }): [string, string][] => {
      if (!keepsPrevious) return value === undefined ? [] : [[key, value]];
      const known = previous.find((parameter) => parameter.key === key);
      if (known !== undefined) return [[key, known.value]];
      throw validationError(
        `Invalid input for parameter key ${key}. Cannot specify usePreviousValue as true for a parameter key not in the previous template`,
      );
    }),
  );
}
