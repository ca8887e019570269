import { limits } from "@sluice/protocol";
import { localBucket, type ValueMap } from "../../cloudformation/index.ts";
import type { SystemLogLevel } from "../../lambda/environment/index.ts";
import { qualifiedArn, splitFunctionReference } from "../../lambda/function-name.ts";
import { type CorsConfiguration, findCorsProblem } from "../../lambda/function-url/cors.ts";
import type { PermissionProperties } from "../../lambda/permissions.ts";
import {
  AlreadyExistsError,
  type CreatedResource,
  type CreationContext,
  optionalText,
  ResourceError,
  requiredText,
  wholeNumber,
} from "../resource-type.ts";
import type { CodeSource, LayerResource } from "../stack-model.ts";
import { destinationWarnings } from "./event-invoke-config.ts";
import { readVpcConfig } from "./vpc-config.ts";

/** `AWS::Lambda::Function`. A function without a name is called by its logical id, so that it is easy to call. */
export function createFunction(context: CreationContext): CreatedResource {
  const { properties, node, region, accountId } = context;
  const name = optionalText(properties, "FunctionName") ?? context.nameFor(node.logicalId);
  const arn = `arn:aws:lambda:${region}:${accountId}:function:${name}`;
  if (optionalText(properties, "PackageType") === "Image") {
    throw new ResourceError(
      "Container images are not run here. Give the function a Runtime and its code as a ZIP.",
    );
  }
  if (context.model.functions.has(name)) throw new AlreadyExistsError(`Function already exist: ${name}`);
  const { functionMemoryMb: memory, functionTimeoutSeconds: timeout } = limits;
  const logging = map(properties["LoggingConfig"]);
  const architectures = properties["Architectures"];
  const layers = properties["Layers"];
  const deadLetterArn = optionalText(map(properties["DeadLetterConfig"]), "TargetArn");
  context.model.functions.set(name, {
    configuration: {
      name,
      version: "$LATEST",
      arn,
      logicalId: node.origin,
      runtime: requiredText(context, "Runtime"),
      handler: optionalText(properties, "Handler") ?? "",
      memoryMb: wholeNumber(context, "MemorySize", memory.standard, memory.minimum, memory.maximum),
      timeoutSeconds: wholeNumber(context, "Timeout", timeout.standard, timeout.minimum, timeout.maximum),
      maxConcurrency: maxConcurrency(properties),
      reservedConcurrency: reservedConcurrency(context),
      architecture: Array.isArray(architectures) && architectures[0] === "arm64" ? "arm64" : "x86_64",
      environment: textMap(map(properties["Environment"])["Variables"]),
      roleArn: optionalText(properties, "Role"),
      kmsKeyArn: kmsKeyArn(properties),
      deadLetterArn,
      logGroupName: optionalText(logging, "LogGroup") ?? `/aws/lambda/${name}`,
      logFormat: optionalText(logging, "LogFormat") === "JSON" ? "JSON" : "Text",
      applicationLogLevel: optionalText(logging, "ApplicationLogLevel"),
      systemLogLevel: optionalText(logging, "SystemLogLevel") as SystemLogLevel | undefined,
    },
    code: codeSource(context),
    layers: Array.isArray(layers) ? layers.map(String) : [],
    properties,
    metadata: context.metadata,
    vpc: readVpcConfig(properties["VpcConfig"]),
  });
  const warnings = destinationWarnings(["DeadLetterQueue", "DeadLetterConfig"], deadLetterArn);
  return { ref: name, attributes: { Arn: arn }, warnings };
}

/** @throws {ResourceError} with the answer of the service: a key's id or an alias alone will not do. */
function kmsKeyArn(properties: ValueMap): string | undefined {
  const arn = optionalText(properties, "KmsKeyArn") || undefined;
  if (arn === undefined || /^arn:(?:aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*$/.test(arn)) return arn;
  throw new ResourceError(
    `KmsKeyArn is ${arn}. Lambda answers \`Value '${arn}' at 'kMSKeyArn' failed to satisfy constraint: Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()\`. Write the key's ARN, such as !GetAtt Key.Arn.`,
  );
}

/** @throws {ResourceError} if too little is left for the functions without, with the answer of the service. */
function reservedConcurrency(context: CreationContext): number | undefined {
  const property = "ReservedConcurrentExecutions";
  if (optionalText(context.properties, property) === undefined) return undefined;
  const reserved = wholeNumber(context, property, 0, 0, limits.accountConcurrency);
  let sum = reserved;
  for (const { configuration } of context.model.functions.values()) {
    sum += configuration.reservedConcurrency ?? 0;
  }
  if (reserved === 0 || sum <= limits.accountConcurrency - limits.unreservedConcurrency) return reserved;
  throw new ResourceError(
    `All functions together reserve ${sum} of the ${limits.accountConcurrency} invocations that an account may have at once. Lambda answers \`Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${limits.unreservedConcurrency}].\``,
  );
}

/**
 * How many invocations an environment has at once: more than one on managed instances only. AWS's standard is per vCPU of
 * the instance; here it is for one.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-managed-instances-nodejs-runtime.html
 */
function maxConcurrency(properties: ValueMap): number {
  const provider = map(properties["CapacityProviderConfig"])["LambdaManagedInstancesCapacityProviderConfig"];
  if (provider === undefined) return 1;
  const runtime = optionalText(properties, "Runtime") ?? "";
  const standard = runtime.startsWith("nodejs") ? 64 : 16;
  const text = optionalText(map(provider), "PerExecutionEnvironmentMaxConcurrency");
  const value = text === undefined ? standard : Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new ResourceError(
    `PerExecutionEnvironmentMaxConcurrency is ${text}; Lambda takes whole numbers from 1.`,
  );
}

/** `AWS::Lambda::LayerVersion`. There is one version: the content of now. */
export function createLayerVersion(context: CreationContext): CreatedResource {
  const { properties, metadata, node, region, accountId, model } = context;
  const name = optionalText(properties, "LayerName") ?? node.origin;
  const number = context.keep("layer-version", () => context.nextNumber("layer-version", name));
  const arn = `arn:aws:lambda:${region}:${accountId}:layer:${name}:${number}`;
  const method = metadata["BuildMethod"];
  if (method !== undefined) {
    throw new ResourceError(
      `The layer has BuildMethod ${String(method)}, which is not run here. Build it yourself, let ContentUri name the result, and leave BuildMethod out.`,
    );
  }
  const content = contentOf(context, "Content");
  if (content === undefined) throw new ResourceError(unreadable("layer's content", "ContentUri"));
  model.layers.set(arn, { logicalId: node.origin, content });
  return { ref: arn, attributes: { LayerVersionArn: arn } };
}

/** `AWS::Lambda::Url`. */
export function createUrl(context: CreationContext): CreatedResource {
  const { properties, region } = context;
  const target = requiredText(context, "TargetFunctionArn");
  const authType = requiredText(context, "AuthType");
  const invokeMode = optionalText(properties, "InvokeMode") ?? "BUFFERED";
  if (authType !== "NONE" && authType !== "AWS_IAM") {
    throw new ResourceError(`AuthType is ${authType}; Lambda takes AWS_IAM or NONE.`);
  }
  if (invokeMode !== "BUFFERED" && invokeMode !== "RESPONSE_STREAM") {
    throw new ResourceError(`InvokeMode is ${invokeMode}; Lambda takes BUFFERED or RESPONSE_STREAM.`);
  }
  const given = properties["Cors"];
  const cors = given === undefined || given === null ? undefined : (map(given) as CorsConfiguration);
  const problem = cors === undefined ? undefined : findCorsProblem(cors);
  if (problem !== undefined) throw new ResourceError(problem);
  const id = context.id("function-url", 32);
  const reference = splitFunctionReference(target);
  const functionName = reference.name;
  const qualifier = reference.qualifier ?? optionalText(properties, "Qualifier");
  if (qualifier !== undefined && /^\d+$/.test(qualifier)) {
    throw new ResourceError(
      `The function URL is for version ${qualifier}; Lambda takes a function or an alias of it.`,
    );
  }
  context.model.urls.push({
    id,
    functionName,
    qualifier,
    authType,
    invokeMode,
    cors,
  });
  const known = context.model.functions.get(functionName)?.configuration.arn;
  const arn = known === undefined ? target : qualifiedArn(known, qualifier);
  return {
    ref: arn,
    attributes: { FunctionArn: arn, FunctionUrl: `https://${id}.lambda-url.${region}.on.aws/` },
  };
}

/** `AWS::Lambda::Permission`. */
export function createPermission(context: CreationContext): CreatedResource {
  for (const name of ["Action", "FunctionName", "Principal"]) requiredText(context, name);
  const ref = context.nameFor(context.node.logicalId);
  const permission = context.properties as unknown as PermissionProperties;
  const { name, qualifier } = splitFunctionReference(permission.FunctionName);
  const { logicalId, origin, position } = context.node;
  context.model.permissions.push({
    id: ref,
    functionName: name,
    qualifier,
    properties: permission,
    origin: { name: `the permission ${logicalId} of the function ${name}`, logicalId: origin, position },
  });
  return { ref, attributes: { Id: ref } };
}

function codeSource(context: CreationContext): CodeSource {
  const content = contentOf(context, "Code");
  if (content !== undefined) return content;
  const inline = optionalText(map(context.properties["Code"]), "ZipFile");
  if (inline !== undefined) return { kind: "inline", text: inline };
  throw new ResourceError(unreadable("function's code", "CodeUri"));
}

/** Where code or content is, be it a package that was fetched or something on this machine. */
function contentOf(
  { content, properties }: CreationContext,
  property: string,
): LayerResource["content"] | undefined {
  if (content?.package !== undefined) return { kind: "package", ...content.package };
  const path = localPath(map(properties[property]));
  return path === undefined ? undefined : { kind: "path", path };
}

function unreadable(what: string, property: string): string {
  return `The ${what} is in S3, where a template that is run from its file has nothing. Let ${property} name a local folder or ZIP, or deploy the template.`;
}

/** The local file or folder that stands where AWS has an object in S3. */
function localPath(location: ValueMap): string | undefined {
  return optionalText(location, "S3Bucket") === localBucket ? optionalText(location, "S3Key") : undefined;
}

function map(value: unknown): ValueMap {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as ValueMap) : {};
}

function textMap(value: unknown): Record<string, string> {
  return Object.fromEntries(Object.entries(map(value)).map(([key, item]) => [key, String(item)]));
}
