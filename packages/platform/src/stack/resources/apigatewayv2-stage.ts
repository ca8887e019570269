import { accessLogFormatProblem, parseAccessLogFormat } from "../../access-log/format.ts";
import { unknownVariables } from "../../access-log/known-variables.ts";
import type { ThrottleLimits } from "../../throttling/token-bucket.ts";
import {
  type CreatedResource,
  type CreationContext,
  optionalMap,
  optionalText,
  ResourceError,
  requiredText,
} from "../resource-type.ts";
import type { HttpStageResource } from "../stack-model.ts";

/** `AWS::ApiGatewayV2::Stage`. It serves what there is; without a deployment, nothing. */
export function createHttpStage(context: CreationContext): CreatedResource {
  const { properties } = context;
  const name = requiredText(context, "StageName");
  const variables = optionalMap(properties["StageVariables"]);
  const isAutomatic = optionalText(properties, "AutoDeploy") === "true";
  const { accessLog, warnings } = readAccessLog(context);
  const throttling = Object.entries(optionalMap(properties["RouteSettings"]) ?? {});
  context.model.httpStages.push({
    apiId: requiredText(context, "ApiId"),
    name,
    isDeployed: isAutomatic || optionalText(properties, "DeploymentId") !== undefined,
    variables:
      variables && Object.fromEntries(Object.entries(variables).map(([key, value]) => [key, String(value)])),
    defaultThrottling: readThrottling(properties["DefaultRouteSettings"]),
    throttling: Object.fromEntries(throttling.map(([key, settings]) => [key, readThrottling(settings)])),
    accessLog,
  });
  return { ref: name, attributes: {}, warnings };
}

/** `AWS::ApiGatewayV2::Deployment`; one that names a stage is what that serves. */
export function createHttpDeployment(context: CreationContext): CreatedResource {
  const id = context.id("http-deployment", 6);
  const stageName = optionalText(context.properties, "StageName");
  const apiId = requiredText(context, "ApiId");
  if (stageName !== undefined) context.model.httpDeployments.push({ apiId, stageName });
  return { ref: id, attributes: { DeploymentId: id } };
}

function readThrottling(settings: unknown): Partial<ThrottleLimits> {
  const { ThrottlingRateLimit: rate, ThrottlingBurstLimit: burst } = optionalMap(settings) ?? {};
  return {
    ...(rate === undefined ? {} : { ratePerSecond: number("ThrottlingRateLimit", rate) }),
    ...(burst === undefined ? {} : { burst: number("ThrottlingBurstLimit", burst) }),
  };
}

function number(name: string, value: unknown): number {
  const limit = Number(value);
  if (Number.isFinite(limit) && limit >= 0) return limit;
  throw new ResourceError(`${name} is ${String(value)}; write a number of requests.`);
}

function readAccessLog({ properties }: CreationContext): Pick<HttpStageResource, "accessLog"> & {
  readonly warnings: NonNullable<CreatedResource["warnings"]>;
} {
  const settings = optionalMap(properties["AccessLogSettings"]);
  const destination = settings?.["DestinationArn"];
  if (settings === undefined || destination === undefined) return { accessLog: undefined, warnings: [] };
  const format = String(settings["Format"] ?? "");
  const problem = accessLogFormatProblem(format);
  if (problem !== undefined) {
    throw new ResourceError(`AccessLogSettings is refused by AWS for its Format: ${problem}`);
  }
  const logGroupName = /:log-group:([^:]+)/.exec(String(destination))?.[1];
  if (logGroupName !== undefined) {
    const warnings = unknownVariables(format, "HTTP").map((message) => ({
      properties: ["AccessLogSettings"],
      message,
    }));
    return { accessLog: { logGroupName, format: parseAccessLogFormat(format) }, warnings };
  }
  const message = `AccessLogSettings has no effect on this platform: ${String(destination)} is no log group of CloudWatch Logs.`;
  return { accessLog: undefined, warnings: [{ properties: ["AccessLogSettings"], message }] };
}
