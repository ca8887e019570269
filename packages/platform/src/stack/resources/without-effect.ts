import type { CreationContext } from "../resource-type.ts";

/** A property that AWS acts on and this platform does not yet. */
interface WithoutEffect {
  /** `info` where a function would hardly notice. */
  readonly severity: "warning" | "info";
  /** What is different here. */
  readonly difference: string;
  /** Its name on `AWS::Serverless::Function`, where that is another one. */
  readonly samName?: string;
}

/**
 * Properties of `AWS::Lambda::Function` without effect here.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html
 */
const withoutEffect: Readonly<Record<string, WithoutEffect>> = {
  CapacityProviderConfig: {
    severity: "warning",
    difference: "the function runs in environments of its own, one invocation at a time",
  },
  CodeSigningConfigArn: { severity: "info", difference: "code is run whether it is signed or not" },
  DeadLetterConfig: {
    severity: "warning",
    difference: "nothing is sent to the dead-letter queue",
    samName: "DeadLetterQueue",
  },
  DurableConfig: { severity: "warning", difference: "there are no durable executions" },
  EphemeralStorage: { severity: "info", difference: "/tmp is this machine's, as large as it is" },
  FileSystemConfigs: { severity: "warning", difference: "no file system is mounted" },
  FunctionScalingConfig: { severity: "warning", difference: "environments come and go as they are needed" },
  KmsKeyArn: { severity: "info", difference: "variables are not encrypted" },
  RecursiveLoop: { severity: "info", difference: "recursive loops are not looked for" },
  ReservedConcurrentExecutions: {
    severity: "warning",
    difference: "the function may use the concurrency of the whole account",
  },
  RuntimeManagementConfig: { severity: "info", difference: "the runtime is this machine's" },
  SnapStart: { severity: "info", difference: "every environment goes through its Init phase" },
  TenancyConfig: { severity: "warning", difference: "tenants share environments" },
  TracingConfig: { severity: "info", difference: "no traces are sent to X-Ray", samName: "Tracing" },
  VpcConfig: { severity: "warning", difference: "the function is in this machine's network" },
};

/** Tells which properties of a function have no effect here, each by name. */
export function tellWithoutEffect({ node, properties, tell }: CreationContext): void {
  for (const name of Object.keys(properties)) {
    if (!Object.hasOwn(withoutEffect, name) || isSwitchedOff(name, properties[name])) continue;
    const { severity, difference, samName = name } = withoutEffect[name] as WithoutEffect;
    tell({
      severity,
      property: samName,
      message: `${samName} of ${node.origin} has no effect on this platform: ${difference}.`,
    });
  }
}

/** Values that ask for nothing on AWS either. */
function isSwitchedOff(name: string, value: unknown): boolean {
  const setting = (key: string) => (value as Record<string, unknown> | null)?.[key];
  if (name === "TracingConfig") return setting("Mode") !== "Active";
  if (name === "SnapStart") return setting("ApplyOn") === "None";
  return value === null || (Array.isArray(value) && value.length === 0);
}
