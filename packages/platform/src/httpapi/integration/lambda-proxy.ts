import { headerOf } from "../../front-door/http-request.ts";
import { percentDecoded } from "../../percent-decoding.ts";
import type { LambdaIntegration } from "../definition/http-api.ts";
import { gatewayAnswers } from "../gateway-answer.ts";
import { type Identity, invocationSourceArn, type Passage, type StageRequest } from "../passage.ts";
import { FunctionCaller, type FunctionCallOptions } from "./function-call.ts";
import { type IntegrationAnswer, lambdaAnswer } from "./lambda-answer.ts";
import { payload1Event, type RequestContext1 } from "./payload-format-1.ts";
import {
  iamAuthorizer,
  joinedHeaders,
  payload2Event,
  portOf,
  type RequestContext2,
  type SignedBy,
} from "./payload-format-2.ts";

/**
 * Lambda proxy integrations.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export class LambdaProxy {
  readonly #options: FunctionCallOptions;
  readonly #functions: FunctionCaller;

  constructor(options: FunctionCallOptions) {
    this.#options = options;
    this.#functions = new FunctionCaller(options);
  }

  /**
   * @returns nothing if nobody is there to be answered.
   * @throws {GatewayAnswer} if there can be no answer.
   */
  async answer(
    passage: Passage,
    integration: LambdaIntegration,
    identity: Identity,
  ): Promise<IntegrationAnswer | undefined> {
    const { payloadFormatVersion } = integration;
    const body = await passage.body();
    const event =
      payloadFormatVersion === "2.0"
        ? payload2Event(
            passage.request,
            eventHeaders2(passage),
            body,
            requestContext2(this.#options.accountId, passage, authorizer2(identity)),
          )
        : payload1Event(
            passage.request,
            eventHeaders1(passage),
            body,
            requestContext1(this.#options.accountId, passage, identity),
          );
    const outcome = await this.#functions.call(passage, {
      ...integration,
      sourceArn: invocationSourceArn(this.#options, passage),
      caller: identity.kind === "AWS_IAM" ? identity.caller : undefined,
      event,
      isIntegration: true,
    });
    const { integration: entry } = passage.journal;
    if (outcome.kind === "client left") return undefined;
    if (outcome.kind === "timed out") {
      if (entry !== undefined) entry.error = "The integration did not answer in time.";
      throw gatewayAnswers.unavailable();
    }
    if (entry !== undefined) Object.assign(entry, { requestId: outcome.requestId, integrationStatus: 200 });
    if (outcome.isFunctionError) {
      if (entry !== undefined) entry.error = Buffer.from(outcome.payload).toString();
      throw gatewayAnswers.internalError();
    }
    if (outcome.isStreaming) passage.note(streamsInVain);
    const answer = lambdaAnswer(outcome.payload, payloadFormatVersion);
    if ("problem" in answer) {
      passage.note(`500: ${answer.problem}`);
      if (entry !== undefined) entry.error = answer.problem;
      throw gatewayAnswers.internalError();
    }
    if (entry !== undefined) entry.status = answer.status;
    return answer;
  }
}

const streamsInVain =
  "The function streams, and HTTP APIs can't: what it wrote was collected, and is taken for JSON. Use a REST API or a function URL for what streams, or answer with an object here.";

/** What events of format 2.0 have of a request and its stage. */
export function requestContext2(
  accountId: string,
  passage: Passage,
  authorizer: Readonly<Record<string, unknown>> | undefined,
): RequestContext2 {
  const { stage, route, stagePath } = passage;
  return {
    accountId,
    apiId: stage.apiId,
    domainName: passage.domainName,
    rawPath: percentDecoded(stagePath),
    path: percentDecoded(stagePath),
    routeKey: route.key,
    stage: stage.name,
    stageVariables: stage.variables,
    pathParameters: decodedValues(passage.pathParameters),
    requestId: passage.requestId,
    traceId: passage.traceId,
    timeMs: passage.timeMs,
    authorizer,
  };
}

/** What events of format 1.0 have of a request and its stage. */
export function requestContext1(accountId: string, passage: Passage, identity: Identity): RequestContext1 {
  const { stage, route, stagePath } = passage;
  return {
    accountId,
    apiId: stage.apiId,
    domainName: passage.domainName,
    path: percentDecoded(stagePath),
    resourcePath: route.key.replace(/^[A-Z]+ /, ""),
    stage: stage.name,
    stageVariables: stage.variables,
    pathParameters: decodedValues(passage.pathParameters),
    requestId: passage.requestId,
    timeMs: passage.timeMs,
    operationName: route.operationName,
    authorizer: authorizer1(identity),
    caller: identity.kind === "AWS_IAM" ? signedBy(identity) : undefined,
  };
}

/** Lower-case names; of repeated ones the values joined. Cookies have a member of their own. */
export function eventHeaders2(passage: StageRequest): Record<string, string> {
  const headers = joinedHeaders(passage.request);
  delete headers["cookie"];
  return { ...headers, ...gatewayHeaders(passage, portOf(headers)) };
}

/** Lower-case names and values, in the order of the client. */
export function eventHeaders1(passage: StageRequest): (readonly [string, string])[] {
  const own = gatewayHeaders(passage, portOf(joinedHeaders(passage.request)));
  const passed = passage.request.headers
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(
      ([name, value]) =>
        !Object.hasOwn(own, name) &&
        name !== "connection" &&
        name !== "transfer-encoding" &&
        // A signature was for API Gateway; the function has no use for it.
        !(name === "authorization" && value.startsWith("AWS4-")),
    );
  return [...passed, ...Object.entries(own)];
}

function gatewayHeaders(
  { request, domainName, traceId }: StageRequest,
  port: string,
): Record<string, string> {
  const forwarded = headerOf(request, "x-forwarded-for");
  return {
    "content-length": headerOf(request, "content-length") ?? "0",
    host: domainName,
    "x-amzn-trace-id": traceId.split(";")[0] ?? "",
    "x-forwarded-for": forwarded === undefined ? request.sourceIp : `${forwarded}, ${request.sourceIp}`,
    "x-forwarded-port": port,
    "x-forwarded-proto": "http",
  };
}

function authorizer2(identity: Identity): Readonly<Record<string, unknown>> | undefined {
  switch (identity.kind) {
    case "NONE":
      return undefined;
    case "AWS_IAM":
      return iamAuthorizer(signedBy(identity));
    case "JWT":
      return { jwt: { claims: identity.claims, scopes: identity.scopes } };
    case "REQUEST":
      return { lambda: identity.context };
  }
}

function authorizer1(identity: Identity): Readonly<Record<string, unknown>> {
  if (identity.kind === "JWT") return { claims: identity.claims, scopes: identity.scopes };
  if (identity.kind !== "REQUEST") return { claims: null, scopes: null };
  const { principalId, context } = identity;
  return principalId === undefined ? context : { principalId, ...context };
}

function signedBy({ caller }: Extract<Identity, { kind: "AWS_IAM" }>): SignedBy {
  return { ...caller, userArn: caller.arn };
}

function decodedValues(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, percentDecoded(value)]));
}
