import { functionType } from "../sam/types.ts";
import { get } from "../value.ts";
import type { Check } from "./check.ts";
import { type Integration, integrationsOf, isStreaming } from "./integrations.ts";

/** @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const functionSeconds = { least: 1, most: 900, byDefault: 3 };
/**
 * For REST APIs; the general maximum is 29 s, which a quota raises for Regional and private APIs, and 15 min for streams.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html
 */
const restMillis = { least: 50, buffered: 29_000, streamed: 900_000, byDefault: 29_000 };
/** @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const httpMillis = { least: 50, most: 30_000 };

/** Timeouts out of bounds, and those of an API and its function that do not fit together. */
export function checkTimeouts(check: Check): void {
  for (const [id] of check.resources(functionType, "AWS::Lambda::Function")) checkFunction(check, id);
  for (const [id] of check.resources(functionType)) checkStreamingUrl(check, id);
  for (const integration of integrationsOf(check)) {
    checkBounds(check, integration);
    checkAgainstFunction(check, integration);
  }
}

function checkFunction(check: Check, id: string): void {
  const setting = check.property(id, "Timeout");
  const seconds = check.number(setting?.value);
  if (setting === undefined || seconds === undefined) return;
  const { least, most } = functionSeconds;
  if (Number.isInteger(seconds) && seconds >= least && seconds <= most) return;
  const bound = seconds < least ? "greater than or equal to 1" : "less than or equal to 900";
  check.report(setting.path, {
    severity: "error",
    code: "function-timeout",
    message: `The \`Timeout\` of \`${id}\` is ${seconds}; it is in seconds, 1 to 900. Lambda answers \`Value '${seconds}' at 'timeout' failed to satisfy constraint: Member must have value ${bound}\`.`,
    hint:
      seconds >= 1000
        ? `Write \`Timeout: ${Math.min(most, Math.ceil(seconds / 1000))}\` if milliseconds were meant.`
        : "Write whole seconds.",
    logicalId: id,
  });
}

function checkStreamingUrl(check: Check, id: string): void {
  const mode = get(check.property(id, "FunctionUrlConfig")?.value, "InvokeMode");
  if (check.text(mode) !== "RESPONSE_STREAM" || check.property(id, "Timeout") !== undefined) return;
  reportDefaultTimeout(check, id, "its function URL");
}

function reportDefaultTimeout(check: Check, id: string, where: string): void {
  check.report(["Resources", id], {
    severity: "warning",
    code: "streaming-default-timeout",
    message: `\`${id}\` streams to ${where} and has no \`Timeout\`: Lambda ends it after 3 s, in the middle of a longer stream.`,
    hint: "Set `Timeout` to more seconds than the longest stream takes, up to 900.",
  });
}

function checkBounds(check: Check, integration: Integration): void {
  const { timeoutMillis, label, isHttpApi } = integration;
  const millis = check.number(timeoutMillis?.value);
  if (timeoutMillis === undefined || millis === undefined) return;
  const streams = isStreaming(integration);
  const least = isHttpApi ? httpMillis.least : restMillis.least;
  const most = isHttpApi ? httpMillis.most : restMillis.streamed;
  if (millis < least || millis > most) {
    check.report(timeoutMillis.path, {
      severity: "error",
      code: "integration-timeout",
      message: `The timeout of ${label} is ${millis} ms. API Gateway answers \`Timeout should be between ${least} ms and ${most} ms\`.`,
      hint:
        millis < least
          ? "It is in milliseconds, while the function's `Timeout` is in seconds."
          : `Write at most ${most}.`,
    });
  } else if (!isHttpApi && !streams && millis > restMillis.buffered) {
    check.report(timeoutMillis.path, {
      severity: "warning",
      code: "integration-timeout-quota",
      message: `The timeout of ${label} is ${millis} ms, and its response is buffered. AWS allows 29000 ms there unless the account's quota was raised, for Regional and private APIs only.`,
      hint: "Stream the response (up to 900000 ms), write at most 29000, or ask for the quota.",
    });
  }
}

function checkAgainstFunction(check: Check, integration: Integration): void {
  const { functionId, timeoutMillis, label, isHttpApi, path } = integration;
  if (functionId === undefined || isHttpApi) return;
  if (check.resources(functionType, "AWS::Lambda::Function").every(([id]) => id !== functionId)) return;
  const streams = isStreaming(integration);
  const timeout = check.property(functionId, "Timeout");
  const seconds = timeout === undefined ? functionSeconds.byDefault : check.number(timeout.value);
  const millis = timeoutMillis === undefined ? restMillis.byDefault : check.number(timeoutMillis.value);
  if (seconds === undefined || millis === undefined) return;
  if (streams && timeout === undefined) reportDefaultTimeout(check, functionId, label);
  if (seconds * 1000 <= millis || (!streams && millis >= restMillis.buffered)) return;
  const stated = timeoutMillis === undefined ? `${millis} ms, the default` : `${millis} ms`;
  check.report(timeoutMillis?.path ?? path, {
    severity: "warning",
    code: "integration-timeout-short",
    message: `The timeout of ${label} is ${stated}, that of \`${functionId}\` ${seconds} s. After ${millis} ms API Gateway ${streams ? "breaks the stream off" : "answers 504"}, and the function runs on.`,
    // A function's timeout is at least a second.
    hint:
      streams || millis < 1000
        ? `Write ${integration.kind === "openapi" ? "`timeoutInMillis" : "`TimeoutInMillis"}: ${Math.min(streams ? restMillis.streamed : restMillis.buffered, seconds * 1000)}\`, or shorten the function's \`Timeout\`.`
        : `Shorten the function's \`Timeout\` to ${Math.floor(millis / 1000)}.`,
  });
}
