import { referencesIn } from "../intrinsics/references.ts";
import { apiIdOf } from "../sam/implicit-api.ts";
import { functionType, restApiType } from "../sam/types.ts";
import type { Path } from "../template/positions.ts";
import { get, getMap, getString, isMap, type Value, type ValueMap } from "../value.ts";
import type { Check } from "./check.ts";
import { checkKeys } from "./check-names.ts";
import {
  type Integration,
  integrationsOf,
  isStreaming,
  isStreamingUri,
  isWrittenByEvent,
} from "./integrations.ts";
import { integrationKeys } from "./known-names.ts";
import { nearest } from "./spelling.ts";

/**
 * Streaming asked for in words that AWS does not take, or only on one of the two sides that must agree.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
 */
export function checkStreaming(check: Check): void {
  checkInvokeModes(check);
  checkIgnoredEventSettings(check);
  for (const integration of integrationsOf(check)) {
    if (integration.kind === "event") checkEventMode(check, integration);
    else checkIntegration(check, integration);
  }
  checkUnsupportedWithStreaming(check);
  checkBehindHttpApis(check);
}

const invokeModes = ["BUFFERED", "RESPONSE_STREAM"];
const transferModes = ["BUFFERED", "STREAM"];

function checkInvokeModes(check: Check): void {
  const checkMode = (mode: Value | undefined, path: Path): void => {
    const text = check.text(mode);
    if (text === undefined || invokeModes.includes(text)) return;
    const meant = /stream/i.test(text) ? "RESPONSE_STREAM" : (nearest(text, invokeModes) ?? "BUFFERED");
    check.report(path, {
      severity: "error",
      code: "invoke-mode",
      message: `\`InvokeMode\` can't be \`${text}\`. Lambda answers \`Value '${text}' at 'invokeMode' failed to satisfy constraint: Member must satisfy enum value set: [RESPONSE_STREAM, BUFFERED]\` and the stack fails.`,
      hint: `Write \`InvokeMode: ${meant}\`.`,
    });
  };
  for (const [id] of check.resources(functionType)) {
    const config = check.property(id, "FunctionUrlConfig");
    if (config === undefined || !isMap(config.value)) continue;
    checkKeys(
      check,
      config.value,
      config.path,
      ["AuthType", "Cors", "InvokeMode"],
      "FunctionUrlConfig",
      () => "(nothing: the SAM transform leaves it out)",
      "warning",
    );
    checkMode(get(config.value, "InvokeMode"), [...config.path, "InvokeMode"]);
  }
  for (const [id, resource] of check.resources("AWS::Lambda::Url")) {
    checkMode(get(resource, "Properties", "InvokeMode"), ["Resources", id, "Properties", "InvokeMode"]);
  }
}

function checkEventMode(check: Check, integration: Integration): void {
  const { transferMode, isHttpApi } = integration;
  if (transferMode === undefined || isHttpApi) return;
  const { value, path } = transferMode;
  if (value === "RESPONSE_STREAM" || value === "BUFFERED") return;
  const isStream = typeof value === "string" && /stream/i.test(value);
  const what = typeof value === "string" ? `\`${value}\`` : "an intrinsic function";
  check.report(path, {
    // AWS would deploy it: nobody would learn before the first answer that it does not stream.
    severity: "error",
    code: "event-transfer-mode",
    message: `\`ResponseTransferMode\` of an event is ${what}. The SAM transform compares it with \`RESPONSE_STREAM\` only and takes all else for \`BUFFERED\`, so AWS collects the response and says nothing.`,
    hint:
      isStream || typeof value !== "string"
        ? "Write `ResponseTransferMode: RESPONSE_STREAM` (`STREAM` is the word of API Gateway's own integrations)."
        : "Write `RESPONSE_STREAM`, or `BUFFERED`.",
  });
}

/** Settings of events that go nowhere since the API has a body of its own. */
function checkIgnoredEventSettings(check: Check): void {
  for (const [id, resource] of check.resources(functionType)) {
    for (const [eventId, event] of Object.entries(getMap(resource, "Properties", "Events") ?? {})) {
      const properties = getMap(event, "Properties") ?? {};
      if (getString(event, "Type") !== "Api" || isWrittenByEvent(check, "Api", properties)) continue;
      const api = String(apiIdOf(get(properties, "RestApiId")));
      for (const name of ["ResponseTransferMode", "TimeoutInMillis"]) {
        if (get(properties, name) === undefined) continue;
        const isDropped =
          name === "ResponseTransferMode" &&
          get(properties, name) !== "BUFFERED" &&
          isBuffered(check, api, properties);
        check.report(["Resources", id, "Properties", "Events", eventId, "Properties", name], {
          severity: isDropped ? "error" : "warning",
          code: "event-setting-ignored",
          message: `\`${name}\` has no effect: the API \`${api}\` has a body of its own, and the SAM transform leaves it as it is.`,
          hint: `Put ${name === "TimeoutInMillis" ? "`timeoutInMillis`" : "`responseTransferMode: STREAM`"} into the method's \`x-amazon-apigateway-integration\`, or set \`MergeDefinitions: true\` on \`${api}\`.`,
        });
      }
    }
  }
}

/** Whether the body of an API collects the responses of an event's method. */
function isBuffered(check: Check, api: string, event: ValueMap): boolean {
  const label = `${getString(event, "Method")?.toUpperCase()} ${getString(event, "Path")}`;
  return integrationsOf(check).some(
    (each) => each.kind === "openapi" && each.logicalId === api && each.label === label && !isStreaming(each),
  );
}

function checkIntegration(check: Check, integration: Integration): void {
  if (integration.kind === "openapi") {
    const settings = integration.path.reduce<Value | undefined>(
      (value, step) => get(value, String(step)),
      check.template,
    );
    const answer = (): string =>
      "(API Gateway overlooks it, or refuses the import when FailOnWarnings is set)";
    checkKeys(
      check,
      settings,
      integration.path,
      integrationKeys,
      "x-amazon-apigateway-integration",
      answer,
      "warning",
    );
  }
  checkTransferMode(check, integration);
  if (integration.isHttpApi) return;
  checkAgreement(check, integration);
  checkIntegrationMethod(check, integration);
}

function checkTransferMode(check: Check, { transferMode, isHttpApi, kind, label }: Integration): void {
  if (transferMode === undefined) return;
  const { path } = transferMode;
  const mode = check.text(transferMode.value);
  const name = kind === "method" ? "ResponseTransferMode" : "responseTransferMode";
  if (isHttpApi) {
    check.report(path, {
      severity: "error",
      code: "http-api-cannot-stream",
      message: `${label} is a route of an HTTP API, and HTTP APIs cannot stream: API Gateway collects the response.`,
      hint: "Use a REST API (`AWS::Serverless::Api`) or a function URL with `InvokeMode: RESPONSE_STREAM`.",
    });
  } else if (mode !== undefined && !transferModes.includes(mode)) {
    const meant = /stream/i.test(mode) ? "STREAM" : "BUFFERED";
    check.report(path, {
      severity: "error",
      code: "transfer-mode",
      message: `\`${name}\` of ${label} can't be \`${mode}\`. API Gateway takes \`BUFFERED\` and \`STREAM\` and refuses the API.`,
      hint: `Write \`${name}: ${meant}\` (\`RESPONSE_STREAM\` is the word of SAM events and function URLs).`,
    });
  }
}

/** The transfer mode and the operation in the URI must both stream or both not. */
function checkAgreement(check: Check, integration: Integration): void {
  const { uri, label, transferMode } = integration;
  if (uri === undefined || !uri.text.includes("lambda:path/")) return;
  // A mode that is an intrinsic function is not known here, and a wrong word has been told already.
  if (transferMode !== undefined && !transferModes.includes(check.text(transferMode.value) ?? "")) return;
  const streams = isStreaming(integration);
  if (streams === isStreamingUri(uri.text)) return;
  if (streams) {
    check.report(uri.path, {
      severity: "error",
      code: "streaming-uri-missing",
      message: `${label} has \`responseTransferMode: STREAM\` and a URI that ends in \`/invocations\`. API Gateway supports no such pair: calls fail.`,
      hint: "Write the URI with `lambda:path/2021-11-15/functions/…/response-streaming-invocations`.",
    });
    return;
  }
  check.report(uri.path, {
    severity: "error",
    code: "streaming-mode-missing",
    message: `${label} has a URI that ends in \`/response-streaming-invocations\` and is not in transfer mode \`STREAM\`. API Gateway supports no such pair: calls fail.`,
    hint: "Add `responseTransferMode: STREAM`, or write the URI with `lambda:path/2015-03-31/functions/…/invocations`.",
  });
}

function checkIntegrationMethod(check: Check, integration: Integration): void {
  const { httpMethod, type, uri, label, path } = integration;
  const method = check.text(httpMethod?.value);
  const isLambda = uri?.text.includes("lambda:path/") === true;
  if (isLambda && method?.toUpperCase() !== "POST" && (httpMethod === undefined || method !== undefined)) {
    check.report(httpMethod?.path ?? path, {
      severity: "error",
      code: "integration-method",
      message: `${label} calls a Lambda function with ${method === undefined ? "no method" : `\`${method}\``}. Lambda is only called with POST: API Gateway ${method === undefined ? "answers `Enumeration value for HttpMethod must be non-empty`" : 'answers every request with 500 `{"message":"Internal server error"}`'}.`,
      hint: "Write `httpMethod: POST`, whatever the method of the API is.",
    });
  }
  const kind = check.text(type?.value)?.toLowerCase();
  if (!isStreaming(integration) || kind === undefined || kind === "aws_proxy" || kind === "http_proxy")
    return;
  check.report(type?.path ?? path, {
    severity: "error",
    code: "streaming-needs-proxy",
    message: `${label} streams with an integration of type \`${kind}\`; only \`aws_proxy\` and \`http_proxy\` can.`,
    hint: "Write `type: aws_proxy`.",
  });
}

/** What API Gateway does not do for streamed responses: caching and compression. */
function checkUnsupportedWithStreaming(check: Check): void {
  const streaming = integrationsOf(check).filter(isStreaming);
  for (const [id, resource] of check.resources(restApiType)) {
    if (!streaming.some((integration) => apiOf(check, integration) === id)) continue;
    for (const [name, what] of [
      ["MinimumCompressionSize", "compress"],
      ["CacheClusterEnabled", "cache"],
    ] as const) {
      const value = get(resource, "Properties", name) ?? false;
      if (value === false) continue;
      check.report(["Resources", id, "Properties", name], {
        severity: "warning",
        code: "not-with-streaming",
        message: `API Gateway does not ${what} streamed responses; \`${name}\` holds for the other methods of \`${id}\` only.`,
        hint:
          what === "compress"
            ? "Compress in the function if clients need it."
            : "Let the function's responses carry Cache-Control, for a CDN in front.",
      });
    }
  }
}

/** Functions that stream elsewhere, and can't behind an HTTP API. */
function checkBehindHttpApis(check: Check): void {
  for (const { functionId, isHttpApi, label, path } of integrationsOf(check)) {
    if (!isHttpApi || functionId === undefined) continue;
    const where = streamsTo(check, functionId);
    if (where === undefined) continue;
    check.report(path, {
      severity: "warning",
      code: "http-api-buffers",
      message: `${label} calls \`${functionId}\`, which streams to ${where}. HTTP APIs cannot stream: the client gets the whole answer at once, after 30 s at most, and 500 \`{"message":"Internal Server Error"}\` where the function writes status and headers as a stream does.`,
      hint: "Use a REST API or the function URL for what streams, or let the handler answer HTTP APIs with an object, as those of `@sluice/runtime` that take a `Request` do.",
    });
  }
}

/** Where a function is asked to stream, if it is. */
function streamsTo(check: Check, functionId: string): string | undefined {
  const config = check.property(functionId, "FunctionUrlConfig")?.value;
  const hasStreamingUrl = check
    .resources("AWS::Lambda::Url")
    .some(
      ([, url]) =>
        check.text(get(url, "Properties", "InvokeMode")) === "RESPONSE_STREAM" &&
        referencesIn(get(url, "Properties", "TargetFunctionArn")).some(({ name }) => name === functionId),
    );
  if (hasStreamingUrl || check.text(get(config, "InvokeMode")) === "RESPONSE_STREAM")
    return "its function URL";
  const integration = integrationsOf(check).find(
    (each) => each.functionId === functionId && !each.isHttpApi && isStreaming(each),
  );
  return integration?.label;
}

function apiOf(check: Check, { kind, logicalId, path }: Integration): string | undefined {
  if (kind !== "event") return logicalId;
  const event = path.reduce<Value | undefined>((value, step) => get(value, String(step)), check.template);
  const id = apiIdOf(get(event as ValueMap, "RestApiId"));
  return typeof id === "string" ? id : undefined;
}
