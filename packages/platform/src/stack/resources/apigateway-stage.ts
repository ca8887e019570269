import { accessLogFormatProblem } from "../../access-log/format.ts";
import { unknownVariables } from "../../access-log/known-variables.ts";
import { type LoggingLevel, type MethodSetting, resourcePathOf } from "../../apigateway/method-settings.ts";
import type { AccessLog } from "../../apigateway/passage.ts";
import type { Value, ValueMap } from "../../cloudformation/index.ts";
import type { ThrottleLimits } from "../../throttling/token-bucket.ts";
import {
  type CreatedResource,
  type CreationContext,
  optionalText,
  propertyMap,
  ResourceError,
  requiredText,
} from "../resource-type.ts";
import type { StageResource } from "../stack-model.ts";

/** `AWS::ApiGateway::Deployment`; one that names a stage makes it as well. */
export function createDeployment(context: CreationContext): CreatedResource {
  const id = context.id("deployment", 6);
  const stageName = optionalText(context.properties, "StageName");
  if (stageName !== undefined) {
    const description = propertyMap(context.properties["StageDescription"]);
    const stage = settingsOf(description);
    context.model.stages.push({
      apiId: requiredText(context, "RestApiId"),
      name: stageName,
      deploymentId: id,
      isOfDeployment: true,
      ...stage,
      methodSettings: [...stage.methodSettings, methodSettingOf(forAllMethods(description), 0)],
    });
  }
  return { ref: id, attributes: { DeploymentId: id } };
}

/** `AWS::ApiGateway::Stage`. */
export function createStage(context: CreationContext): CreatedResource {
  const name = requiredText(context, "StageName");
  const settings = settingsOf(context.properties);
  context.model.stages.push({
    apiId: requiredText(context, "RestApiId"),
    name,
    deploymentId: requiredText(context, "DeploymentId"),
    isOfDeployment: false,
    ...settings,
  });
  const warnings = unknownVariables(settings.accessLog?.format ?? "", "REST").map((message) => ({
    properties: ["AccessLogSetting"],
    message,
  }));
  return { ref: name, attributes: {}, warnings };
}

/**
 * A description of a stage sets for all methods what it has beside `MethodSettings`.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-apigateway-deployment-stagedescription.html
 */
function forAllMethods(description: ValueMap): ValueMap {
  return { ...description, ResourcePath: "/*", HttpMethod: "*" };
}

/** What a stage and a deployment's description of one have in common. */
function settingsOf(properties: ValueMap): Pick<StageResource, "variables" | "methodSettings" | "accessLog"> {
  return {
    variables: variablesOf(properties["Variables"]),
    methodSettings: listOf(properties["MethodSettings"]).map((setting, index) =>
      methodSettingOf(propertyMap(setting), index),
    ),
    accessLog: accessLogOf(properties["AccessLogSetting"]),
  };
}

function variablesOf(value: Value | undefined): StageResource["variables"] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, String(each)]));
}

/**
 * @throws {ResourceError} if API Gateway refuses it, or if it goes where this platform has no logs.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-apigateway-stage-accesslogsetting.html
 */
function accessLogOf(value: Value | undefined): AccessLog | undefined {
  if (value === undefined) return undefined;
  const setting = propertyMap(value);
  const destination = optionalText(setting, "DestinationArn");
  const format = optionalText(setting, "Format");
  if (destination === undefined || format === undefined) {
    throw new ResourceError("AccessLogSetting is without DestinationArn or Format; API Gateway wants both.");
  }
  const problem = accessLogFormatProblem(format);
  if (problem !== undefined) {
    throw new ResourceError(`AccessLogSetting is with a Format that API Gateway refuses: ${problem}`);
  }
  const group = /^arn:aws[a-z-]*:logs:[^:]*:[^:]*:log-group:([^:]+)(?::\*)?$/.exec(destination)?.[1];
  if (group !== undefined) return { group, format };
  throw new ResourceError(
    destination.includes(":firehose:")
      ? `AccessLogSetting is for ${destination}; this platform writes access logs to log groups of CloudWatch Logs and to nothing else.`
      : `AccessLogSetting is for ${destination}, which is not the ARN of a log group. Write !GetAtt of an AWS::Logs::LogGroup's Arn.`,
  );
}

/** @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-apigateway-stage-methodsetting.html */
function methodSettingOf(setting: ValueMap, index: number): MethodSetting {
  const path = optionalText(setting, "ResourcePath");
  const httpMethod = optionalText(setting, "HttpMethod");
  if (path === undefined || httpMethod === undefined) {
    throw new ResourceError(
      `MethodSettings is without ResourcePath or HttpMethod in item ${index + 1}. Write "/*" and "*" for all methods.`,
    );
  }
  if (!path.startsWith("/")) {
    throw new ResourceError(
      `MethodSettings is for the ResourcePath ${path}, which API Gateway refuses: it begins with a slash, and further ones are written ~1.`,
    );
  }
  return {
    resourcePath: path === "/*" ? "*" : resourcePathOf(path),
    httpMethod: httpMethod.toUpperCase(),
    throttle: throttleOf(setting),
    loggingLevel: loggingLevelOf(setting),
    dataTraceEnabled: flagOf(setting, "DataTraceEnabled"),
    metricsEnabled: flagOf(setting, "MetricsEnabled"),
  };
}

/**
 * What is missing is the account's, as AWS stores it when the other is set.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
 */
function throttleOf(setting: ValueMap): ThrottleLimits | undefined {
  const rate = optionalText(setting, "ThrottlingRateLimit");
  const burst = optionalText(setting, "ThrottlingBurstLimit");
  if (rate === undefined && burst === undefined) return undefined;
  const read = (name: string, text: string | undefined, standard: number): number => {
    const value = text === undefined ? standard : Number(text);
    // -1 stands for no limit of the method's own.
    if (value === -1) return Number.POSITIVE_INFINITY;
    if (Number.isFinite(value) && value >= 0) return value;
    throw new ResourceError(`MethodSettings is without a usable ${name}: ${text} is no number from 0 on.`);
  };
  return {
    ratePerSecond: read("ThrottlingRateLimit", rate, 10_000),
    burst: read("ThrottlingBurstLimit", burst, 5_000),
  };
}

function loggingLevelOf(setting: ValueMap): LoggingLevel | undefined {
  const level = optionalText(setting, "LoggingLevel");
  if (level === undefined || level === "OFF" || level === "ERROR" || level === "INFO") return level;
  throw new ResourceError(
    `MethodSettings is with the LoggingLevel ${level}; API Gateway takes OFF, ERROR or INFO.`,
  );
}

function flagOf(setting: ValueMap, name: string): boolean | undefined {
  const text = optionalText(setting, name);
  return text === undefined ? undefined : text === "true";
}

function listOf(value: Value | undefined): readonly Value[] {
  return Array.isArray(value) ? value : [];
}
