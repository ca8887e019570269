import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Stage } from "../apigateway/passage.ts";
import { RestApiDoor, type RestApiDoorOptions } from "../apigateway/rest-api-door.ts";
import { type TestInvocation, type TestInvocations, testInvoke } from "../apigateway/test-invocation.ts";
import {
  type MetricStore,
  recordHttpRequest,
  recordRestRequest,
  recordUrlRequest,
} from "../cloudwatch/index.ts";
import { beginTrace, requestIdsIn } from "../explain/begin-trace.ts";
import { ExplainDoor, platformSigningName } from "../explain/explain-door.ts";
import type { FindActingRole } from "../explain/explanation.ts";
import { RequestTraces } from "../explain/request-traces.ts";
import { findHttpStage } from "../httpapi/find-stage.ts";
import { HttpApiDoor } from "../httpapi/http-api-door.ts";
import type { Authenticator, Caller } from "../iam/caller.ts";
import { currentTrace, traceRequest } from "../iam/request-trace.ts";
import type { AsynchronousInvoker } from "../lambda/asynchronous/index.ts";
import type { CodeArchives } from "../lambda/control/index.ts";
import { type Clock, systemClock } from "../lambda/environment/index.ts";
import { splitFunctionReference } from "../lambda/function-name.ts";
import { FunctionUrlDoor } from "../lambda/function-url/function-url-door.ts";
import type { InvokeFunction } from "../lambda/invocation-call.ts";
import { InvokeApi } from "../lambda/invoke-api.ts";
import type { LambdaFunction } from "../lambda/lambda-function.ts";
import type { LambdaService } from "../lambda/lambda-service.ts";
import { LocalInvokeDoor } from "../lambda/local-invoke-door.ts";
import type { LogStore } from "../logs/log-store.ts";
import type { PlatformLimits } from "../platform-limits.ts";
import type { PlatformEvent } from "../platform-options.ts";
import { unverifiedBody } from "../signature/index.ts";
import { deployedApi } from "../stack/deployed-api.ts";
import type { StackModel } from "../stack/stack-model.ts";
import { TokenBucket } from "../throttling/token-bucket.ts";
import type { UserPoolKeys } from "../tokens/user-pool-keys.ts";
import { isQuery } from "../wire/request-form.ts";
import type { ServiceEntry } from "../wire/service-api.ts";
import { ServiceRegistry, unservedQuery } from "../wire/service-registry.ts";
import { ClientResponse } from "./client-response.ts";
import {
  type Destination,
  findDestination,
  isFromForeignPage,
  isLoopbackAddress,
  isTrustedHost,
} from "./destination.ts";
import { type HttpRequest, headerOf, readRequestHead } from "./http-request.ts";

/** What the front door leads to. */
export interface FrontDoorOptions {
  readonly accountId: string;
  readonly region: string;
  /** Address that others may use, if one is set. */
  readonly host: string | undefined;
  readonly isUnsigned: boolean;
  readonly limits: PlatformLimits;
  /** For the timeouts of integrations. */
  readonly clock: Clock | undefined;
  readonly userPoolKeys: UserPoolKeys;
  readonly authenticator: Authenticator;
  /** Owner of the platform's own credentials. */
  readonly administrator: () => Caller;
  readonly findActingRole: FindActingRole;
  readonly lambda: LambdaService;
  /** Deployment packages that may be downloaded. */
  readonly archives: CodeArchives;
  readonly invoke: InvokeFunction;
  readonly asynchronous: AsynchronousInvoker;
  readonly logs: LogStore;
  readonly metrics: MetricStore;
  /** Services of AWS besides those that have a door of their own. */
  readonly services: readonly ServiceEntry[];
  /** What is deployed right now. */
  readonly model: () => StackModel | undefined;
  /** Every address, for whoever is lost. */
  readonly urls: () => readonly string[];
  readonly emit: (event: PlatformEvent) => void;
}

/** Finds whose request it is, and lets that answer: an API's stage, a function URL, a service of AWS, `/invoke`. */
export class FrontDoor {
  readonly #options: FrontDoorOptions;
  readonly #doors: {
    readonly rest: RestApiDoor;
    readonly tests: TestInvocations["invoke"];
    readonly http: HttpApiDoor;
    readonly url: FunctionUrlDoor;
    readonly invoke: InvokeApi;
    readonly local: LocalInvokeDoor;
    readonly explain: ExplainDoor;
  };
  readonly #traces = new RequestTraces();
  readonly #services: ServiceRegistry;

  constructor(options: FrontDoorOptions) {
    this.#options = options;
    this.#doors = this.#createDoors();
    this.#services = this.#createServices();
  }

  async answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = readRequestHead(message);
    const client = new ClientResponse(response);
    const destination = findDestination(request);
    const refusal = this.#refusalOf(request, destination);
    if (refusal !== undefined) {
      client.send(403, plainHeaders(refusal.code), JSON.stringify({ message: refusal.message }));
      return;
    }
    if (destination.kind === "service" && destination.signingName === platformSigningName) {
      await this.#doors.explain.answer(request, message, client);
      return;
    }
    const { region, model } = this.#options;
    const trace = beginTrace(request, destination, region, model());
    this.#traces.add(trace);
    // As soon as the client can ask about it.
    void client.answered.then((status) => trace.answered(status, requestIdsIn(client.headers)));
    await traceRequest(trace, () => this.#pass(destination, request, message, client));
  }

  /** Leads a request to where it is answered. */
  async #pass(
    destination: Destination,
    request: HttpRequest,
    message: IncomingMessage,
    client: ClientResponse,
  ): Promise<void> {
    switch (destination.kind) {
      case "api":
        await this.#apiDoor(destination.apiId).answer(
          destination.apiId,
          destination.rawPath,
          request,
          message,
          client,
        );
        return;
      case "function-url":
        await this.#doors.url.answer(destination.urlId, destination.rawPath, request, message, client);
        return;
      case "code":
        await this.#options.archives.answer(destination.token, client);
        return;
      case "local-invoke":
        await this.#doors.local.answer(destination.functionName, request, message, client);
        return;
      case "service": {
        if (destination.signingName === "lambda" && this.#isForInvokeApi(request)) {
          await this.#doors.invoke.answer(request, message, client);
          return;
        }
        const requestId = randomUUID();
        const incoming = { request, message, client, requestId };
        if (await this.#services.answer(destination.signingName, incoming)) return;
        this.#refuseService(destination.signingName, request, client, requestId);
        return;
      }
      case "unknown": {
        const urls = this.#options.urls();
        client.send(
          404,
          plainHeaders("NotFound"),
          JSON.stringify({ message: `There is nothing at ${request.rawPath}.`, endpoints: urls }),
        );
      }
    }
  }

  /** The invocation of functions has a door of its own; without the rest of Lambda's API it refuses that too. */
  #isForInvokeApi(request: HttpRequest): boolean {
    return (
      InvokeApi.serves(request) || !this.#options.services.some(({ signingName }) => signingName === "lambda")
    );
  }

  #refuseService(
    signingName: string | undefined,
    request: HttpRequest,
    client: ClientResponse,
    requestId: string,
  ): void {
    const missing = `The service "${signingName}" is not served by this platform.`;
    const text = `${missing} It serves ${this.#services.names.join(", ")} and the invocation of Lambda functions.`;
    this.#options.emit({
      kind: "warning",
      message: `${request.method} ${request.rawPath}: the service "${signingName}" is not served by this platform.`,
    });
    if (isQuery(request)) {
      const answer = unservedQuery(text, requestId);
      client.send(answer.status, answer.headers, answer.body);
      return;
    }
    client.send(404, plainHeaders("UnknownOperationException"), JSON.stringify({ message: text }));
  }

  #apiDoor(apiId: string): RestApiDoor | HttpApiDoor {
    const isHttpApi = this.#options.model()?.httpApis.has(apiId) === true;
    return isHttpApi ? this.#doors.http : this.#doors.rest;
  }

  /** Keeps out who has no business here, whatever the request says. */
  #refusalOf(request: HttpRequest, { kind }: Destination): { code: string; message: string } | undefined {
    const { host = "127.0.0.1", isUnsigned } = this.#options;
    const name = headerOf(request, "host") ?? "";
    // Others may know this machine by any name; who is on it needs none but its own, whoever else is let in.
    const isNearby = isLoopbackAddress(host) || isLoopbackAddress(request.sourceIp);
    if (isNearby && !isTrustedHost(name) && name.replace(/:\d+$/, "") !== host) {
      const message = `"${name}" is not a name of this platform. A web page must not reach it under another one.`;
      return { code: "ForbiddenHost", message };
    }
    if ((kind === "local-invoke" || (kind === "service" && isUnsigned)) && isFromForeignPage(request)) {
      const message = `A page of ${headerOf(request, "origin")} may not run functions of this machine. Call them from a page of localhost, or through a function URL or an API.`;
      return { code: "ForbiddenOrigin", message };
    }
    if (kind === "local-invoke" && !isLoopbackAddress(request.sourceIp)) {
      const message =
        "/invoke takes no signature, so it answers this machine alone. Sign a request to the Lambda API instead.";
      return { code: "ForbiddenAddress", message };
    }
    return undefined;
  }

  readonly #note = (requestId: string, message: string): void => {
    currentTrace()?.add({ kind: "note", message }, requestId);
    this.#options.emit({ kind: "note", requestId, message });
  };

  readonly #invoke: InvokeFunction = (target, call, receiver) => {
    const { requestId } = call;
    currentTrace()?.add({ kind: "invocation", functionName: target.name, requestId }, requestId);
    return this.#options.invoke(target, call, receiver);
  };

  /** REST APIs, for the operations that ask those who serve them. */
  get restApis(): TestInvocations {
    const { rest, tests } = this.#doors;
    return {
      invoke: tests,
      flushAuthorizers: (apiId, stageName) => rest.flushAuthorizers(apiId, stageName),
      usage: (planId, keyId) => rest.usage(planId, keyId),
    };
  }

  #createDoors() {
    const common = {
      accountId: this.#options.accountId,
      region: this.#options.region,
      invoke: this.#invoke,
      authenticator: this.#options.authenticator,
      isUnsigned: this.#options.isUnsigned,
      limits: this.#options.limits,
      note: this.#note,
      report: (error: unknown) => this.#options.emit({ kind: "bug", error }),
    };
    const clock = this.#options.clock ?? systemClock;
    const ofApis = {
      ...common,
      clock,
      accountRequests: new TokenBucket(clock),
      findFunction: (arn: string) => {
        const { name, qualifier } = splitFunctionReference(arn);
        return this.#options.lambda.find(name, qualifier);
      },
      rolePolicies: (arn: string) => this.#options.model()?.roles.get(arn),
    };
    const ofRestApis: RestApiDoorOptions = {
      ...ofApis,
      find: (apiId, stageName) => this.#findStage(apiId, stageName),
      userPoolKeys: this.#options.userPoolKeys,
      putLog: (group, stream, message, timeMs) =>
        this.#options.logs.put(group, stream, { timestampMs: timeMs, message }),
      onOver: (arrival, nowMs) => {
        const { metrics, region, model } = this.#options;
        const { apiId } = arrival.stage;
        recordRestRequest(
          metrics,
          { apiName: model()?.apis.get(apiId)?.name ?? apiId, region },
          arrival,
          nowMs,
        );
      },
      usagePlans: () => {
        const model = this.#options.model();
        return {
          keys: model?.apiKeys ?? [],
          plans: model?.usagePlans ?? [],
          planKeys: model?.usagePlanKeys ?? [],
        };
      },
    };
    return {
      tests: (test: TestInvocation) => testInvoke(ofRestApis, test),
      http: new HttpApiDoor({
        ...ofApis,
        find: (apiId, stageName) => {
          const model = this.#options.model();
          return model && findHttpStage(model, apiId, stageName);
        },
        log: (group, stream, event) => this.#options.logs.put(group, stream, event),
        onOver: (answered) => recordHttpRequest(this.#options.metrics, answered),
      }),
      rest: new RestApiDoor(ofRestApis),
      url: new FunctionUrlDoor({
        ...common,
        find: (urlId) => this.#findUrl(urlId),
        measure: (url, status, latencyMs) => recordUrlRequest(this.#options.metrics, url, status, latencyMs),
      }),
      invoke: new InvokeApi({
        ...common,
        accept: (event) => this.#options.asynchronous.accept(event),
        find: (name, qualifier) => this.#options.lambda.find(name, qualifier),
      }),
      local: new LocalInvokeDoor({ ...common, find: (name) => this.#findByAnyName(name) }),
      explain: new ExplainDoor({
        traces: this.#traces,
        authenticator: this.#options.authenticator,
        administrator: this.#options.administrator,
        findRole: this.#options.findActingRole,
      }),
    };
  }

  #createServices(): ServiceRegistry {
    const { services, accountId, region, authenticator, isUnsigned, emit } = this.#options;
    return new ServiceRegistry(services, {
      accountId,
      region,
      authenticate: async (request, signingName, read) =>
        isUnsigned ? { body: await read() } : authenticator.authenticate(request, signingName, read),
      authenticateStream: async (request, signingName, source) =>
        isUnsigned
          ? unverifiedBody(request, source)
          : authenticator.authenticateStream(request, signingName, source),
      report: (error) => emit({ kind: "bug", error }),
      note: this.#note,
    });
  }

  #findStage(apiId: string, stageName: string): Stage | undefined {
    const model = this.#options.model();
    const stage = model?.stages.find(
      (candidate) => candidate.apiId === apiId && candidate.name === stageName,
    );
    const api = model && stage && deployedApi(model, apiId, stage.deploymentId);
    if (stage === undefined || api === undefined) return undefined;
    const { region, accountId } = this.#options;
    const apiArn = `arn:aws:execute-api:${region}:${accountId}:${apiId}`;
    const stageArn = `arn:aws:apigateway:${region}::/restapis/${apiId}/stages/${stageName}`;
    const webAcl = model?.webAcls.get(model.webAclAssociations.get(stageArn) ?? "");
    return { ...stage, apiArn, api, webAcl };
  }

  #findUrl(urlId: string) {
    const url = this.#options.model()?.urls.find(({ id }) => id === urlId);
    if (url === undefined) return undefined;
    return { url, target: this.#options.lambda.find(url.functionName, url.qualifier) };
  }

  #findByAnyName(reference: string | undefined): LambdaFunction | undefined {
    const functions = this.#options.lambda.list();
    if (reference === undefined) return functions[0];
    const { name, qualifier } = splitFunctionReference(reference);
    const found = functions.find((target) => target.name === name || target.logicalId === name);
    return found === undefined ? undefined : this.#options.lambda.find(found.name, qualifier);
  }
}

function plainHeaders(errorType: string): readonly (readonly [string, string])[] {
  return [
    ["Content-Type", "application/json"],
    ["x-amzn-ErrorType", errorType],
  ];
}
