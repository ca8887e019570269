import { createHash } from "node:crypto";
import type { FunctionConfiguration, LastUpdateStatusReasonCode, Runtime } from "@aws-sdk/client-lambda";
import type { ValueMap } from "../../cloudformation/index.ts";
import type { StackModel } from "../../stack/stack-model.ts";
import { qualifiedArn } from "../function-name.ts";
import type { CodeFacts } from "./code-archives.ts";
import { type FunctionView, mapOf, pendingRevision, textOf } from "./control-plane.ts";

/** How far a change has come: what is asked for is there with the answer, and what waits for it finds that. */
export type Progress = "created" | "creating" | "updating";

/**
 * A function as the API tells it.
 * @param qualifier - as the request has it: it is a part of the ARN then.
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html
 */
export function functionConfiguration(
  view: FunctionView,
  facts: CodeFacts,
  model: StackModel,
  qualifier: string | undefined,
  progress: Progress = "created",
): FunctionConfiguration {
  return {
    ...listedConfiguration(view, facts, model, qualifier),
    RevisionId: progress === "created" ? view.revisionId : pendingRevision(view.revisionId),
    RuntimeVersionConfig: { RuntimeVersionArn: runtimeVersionArn(view) },
    ...states[progress],
  };
}

/** The same as lists have it, without what the state of the function is. */
export function listedConfiguration(
  view: FunctionView,
  { sha256, bytes }: CodeFacts,
  model: StackModel,
  qualifier: string | undefined,
): FunctionConfiguration {
  const { configuration, properties, version } = view;
  const optional = Object.fromEntries(
    ["DeadLetterConfig", "FileSystemConfigs", "CapacityProviderConfig", "TenancyConfig", "DurableConfig"]
      .filter((name) => properties[name] !== undefined)
      .map((name) => [name, properties[name]]),
  );
  const vpc = mapOf(properties["VpcConfig"]);
  const layers = Array.isArray(properties["Layers"]) ? properties["Layers"].map(String) : [];
  const snapStart = mapOf(properties["SnapStart"])["ApplyOn"] ?? "None";
  const isOptimized = snapStart === "PublishedVersions" && version !== "$LATEST";
  return {
    FunctionName: view.name,
    FunctionArn: qualifiedArn(view.arn, qualifier),
    Runtime: configuration.runtime as Runtime,
    ...(configuration.roleArn === undefined ? {} : { Role: configuration.roleArn }),
    Handler: configuration.handler,
    CodeSize: bytes,
    Description: view.description,
    Timeout: configuration.timeoutSeconds,
    MemorySize: configuration.memoryMb,
    LastModified: timeOf(view.modifiedMs),
    CodeSha256: sha256,
    Version: version,
    ...(properties["VpcConfig"] === undefined ? {} : { VpcConfig: vpcConfig(vpc) }),
    ...(properties["Environment"] === undefined
      ? {}
      : { Environment: { Variables: { ...configuration.environment } } }),
    ...(properties["KmsKeyArn"] === undefined ? {} : { KMSKeyArn: textOf(properties["KmsKeyArn"]) }),
    TracingConfig: {
      Mode: mapOf(properties["TracingConfig"])["Mode"] === "Active" ? "Active" : "PassThrough",
    },
    RevisionId: view.revisionId,
    ...(layers.length === 0
      ? {}
      : { Layers: layers.map((arn) => ({ Arn: arn, CodeSize: layerBytes(model, arn) })) }),
    ...optional,
    PackageType: "Zip",
    Architectures: [configuration.architecture],
    EphemeralStorage: { Size: Number(mapOf(properties["EphemeralStorage"])["Size"] ?? 512) },
    SnapStart: {
      ApplyOn: snapStart === "PublishedVersions" ? "PublishedVersions" : "None",
      OptimizationStatus: isOptimized ? "On" : "Off",
    },
    LoggingConfig: loggingConfig(view),
  };
}

/** Nobody here knows the VPC of a subnet. */
function vpcConfig(vpc: ValueMap): FunctionConfiguration["VpcConfig"] {
  const isNone = [vpc["SubnetIds"], vpc["SecurityGroupIds"]].every(
    (ids) => !Array.isArray(ids) || ids.length === 0,
  );
  const common = { SubnetIds: [], SecurityGroupIds: [], ...vpc, VpcId: "" };
  return isNone ? common : { Ipv6AllowedForDualStack: false, ...common };
}

/** As AWS writes times of functions: `2024-05-17T09:30:00.123+0000`. */
export function timeOf(ms: number): string {
  return new Date(ms).toISOString().replace("Z", "+0000");
}

/** Of the managed runtime: nobody here knows AWS's, so that it stands for the runtime as such. */
function runtimeVersionArn({ configuration, arn }: FunctionView): string {
  const region = arn.split(":")[3] ?? "";
  const id = createHash("sha256").update(configuration.runtime).digest("hex");
  return `arn:aws:lambda:${region}::runtime:${id}`;
}

function loggingConfig({ configuration }: FunctionView): FunctionConfiguration["LoggingConfig"] {
  const { logFormat, logGroupName, applicationLogLevel = "INFO", systemLogLevel = "INFO" } = configuration;
  if (logFormat !== "JSON") return { LogFormat: "Text", LogGroup: logGroupName };
  return {
    LogFormat: "JSON",
    ApplicationLogLevel: applicationLogLevel as "INFO",
    SystemLogLevel: systemLogLevel,
    LogGroup: logGroupName,
  };
}

function layerBytes({ layers }: StackModel, arn: string): number {
  const content = layers.get(arn)?.content;
  return content?.kind === "package" ? content.codeBytes : 0;
}

const states = {
  created: { State: "Active", LastUpdateStatus: "Successful" },
  creating: {
    State: "Pending",
    StateReason: "The function is being created.",
    StateReasonCode: "Creating",
  },
  updating: {
    State: "Active",
    LastUpdateStatus: "InProgress",
    LastUpdateStatusReason: "The function is being created.",
    // What the service says, and its model does not have.
    LastUpdateStatusReasonCode: "Creating" as LastUpdateStatusReasonCode,
  },
} as const satisfies Record<Progress, FunctionConfiguration>;
