import { type Authenticator, authorize, type Caller } from "../../iam/caller.ts";
import { type Decision, evaluate } from "../../iam/evaluate.ts";
import type { PolicyDocument } from "../../iam/policy.ts";
import { type Clock, systemClock } from "../../lambda/environment/index.ts";
import { AwsServiceError } from "../../service-error.ts";
import type { UserPoolKeys } from "../../tokens/user-pool-keys.ts";
import type { Authorizer } from "../definition/authorizer.ts";
import type { RestApi } from "../definition/rest-api.ts";
import { GatewayResponse, gatewayResponses } from "../gateway-response/gateway-response.ts";
import type { LambdaProxyOptions } from "../integration/lambda-proxy.ts";
import { methodArn, type Passage } from "../passage.ts";
import { LambdaAuthorization } from "./lambda-authorization.ts";
import { completePolicy, maskedArn } from "./resource-policy.ts";
import { UserPoolAuthorization } from "./user-pool-authorization.ts";

/** Who sent a request, as far as the method asks. */
export interface Identity {
  /** Who signed it. */
  readonly caller: Caller | undefined;
  /** What an authorizer gave to the integration. */
  readonly authorizer?: Readonly<Record<string, unknown>>;
  /** The API key that a Lambda authorizer gave. */
  readonly usageIdentifierKey?: string | undefined;
}

/** What authorization needs of the rest of the platform. */
export interface AuthorizationOptions extends LambdaProxyOptions {
  readonly authenticator: Authenticator;
  readonly userPoolKeys: UserPoolKeys;
}

const invokeAction = "execute-api:Invoke";
const anonymous = { kind: "anonymous", name: "anonymous", accountId: undefined } as const;

/**
 * Lets a request through to its method, or not.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
 */
export class MethodAuthorization {
  readonly #options: AuthorizationOptions;
  readonly #clock: Clock;
  readonly #functions: LambdaAuthorization;
  readonly #userPools: UserPoolAuthorization;

  constructor(options: AuthorizationOptions) {
    const clock = options.clock ?? systemClock;
    this.#options = options;
    this.#clock = clock;
    this.#functions = new LambdaAuthorization(options, clock);
    this.#userPools = new UserPoolAuthorization(clock, options.userPoolKeys);
  }

  /** @throws {GatewayResponse} if the request may not pass. */
  async admit(passage: Passage): Promise<Identity> {
    const { authorization } = passage.method;
    if (typeof authorization === "object") return this.#ask(passage, authorization);
    if (this.#options.isUnsigned) return { caller: undefined };
    if (authorization === "NONE") {
      this.#checkPolicies(passage, undefined);
      return { caller: undefined };
    }
    const caller = await this.#logged(passage, "authenticate", () => this.#authenticate(passage));
    passage.journal.caller = caller;
    await this.#logged(passage, "authorize", () => this.#checkPolicies(passage, caller));
    return { caller };
  }

  /** Enters into the journal how a check went and how long it took. */
  async #logged<T>(
    { journal }: Passage,
    station: "authenticate" | "authorize",
    check: () => T | Promise<T>,
  ): Promise<T> {
    const beganMs = this.#clock.monotonicMs();
    const enter = (status: number, error?: string) => {
      journal[station] = { latencyMs: this.#clock.monotonicMs() - beganMs, status, error };
    };
    try {
      const result = await check();
      enter(200);
      return result;
    } catch (error) {
      if (error instanceof GatewayResponse) enter(error.status, error.message);
      throw error;
    }
  }

  /** Forgets what authorizers of an API answered. */
  forget({ resources }: RestApi): void {
    for (const { methods } of resources) {
      for (const { authorization } of methods.values()) {
        if (typeof authorization === "string" || authorization.kind === "COGNITO_USER_POOLS") continue;
        this.#functions.forget(authorization);
      }
    }
  }

  async #ask(passage: Passage, authorizer: Authorizer): Promise<Identity> {
    if (authorizer.kind === "COGNITO_USER_POOLS") {
      const claims = await this.#userPools.admit(passage, authorizer);
      this.#checkPolicies(passage, undefined);
      return { caller: undefined, authorizer: { claims } };
    }
    // A deny of the API's own policy spares the call; an allow of it is not enough yet.
    const { effect } = this.#evaluate(passage, []);
    if (effect === "explicit-deny") throw this.#denied(effect);
    const output = await this.#functions.ask(passage, authorizer);
    const decision = this.#evaluate(passage, [output.policy]);
    if (decision.effect !== "allow") {
      passage.note(`403: the policy that ${authorizer.name} gave does not allow ${methodArn(passage)}.`);
      throw this.#denied(decision.effect);
    }
    const integrationLatency = Math.round(passage.journal.authorizer?.integrationLatencyMs ?? 0);
    return {
      caller: undefined,
      authorizer: { ...output.context, principalId: output.principalId, integrationLatency },
      usageIdentifierKey: output.usageIdentifierKey,
    };
  }

  /** What an authorizer's policies and the API's own say together. */
  #evaluate(passage: Passage, identity: readonly PolicyDocument[]): Decision {
    const { stage, request } = passage;
    const { policy } = stage.api;
    return evaluate(
      {
        action: invokeAction,
        resource: methodArn(passage),
        context: { "aws:SourceIp": request.sourceIp },
        principal: anonymous,
      },
      {
        identity,
        resource: policy === undefined ? [] : [completePolicy(policy, stage.apiArn)],
        resourceAccountId: this.#options.accountId,
      },
    );
  }

  #denied(effect: Decision["effect"]): GatewayResponse {
    const suffix = effect === "explicit-deny" ? " with an explicit deny" : "";
    return gatewayResponses.accessDenied(`User is not authorized to access this resource${suffix}`);
  }

  async #authenticate({ request, body }: Passage): Promise<Caller> {
    try {
      return (await this.#options.authenticator.authenticate(request, "execute-api", body)).caller;
    } catch (error) {
      if (!(error instanceof AwsServiceError)) throw error;
      throw gatewayResponses.unauthenticated(error.status, error.code, error.message);
    }
  }

  /** Without authorization only the API's own policy has a say, if it has one. */
  #checkPolicies(passage: Passage, caller: Caller | undefined): void {
    const { accountId } = this.#options;
    const { stage, request } = passage;
    const { policy } = stage.api;
    const policies = policy === undefined ? [] : [completePolicy(policy, stage.apiArn)];
    if (caller === undefined && policy === undefined) return;
    const arn = methodArn(passage);
    const context = { "aws:SourceIp": request.sourceIp };
    const { effect } =
      caller === undefined
        ? evaluate(
            { action: invokeAction, resource: arn, context, principal: anonymous },
            { identity: [], resource: policies, resourceAccountId: accountId },
          )
        : authorize(caller, invokeAction, arn, policies, accountId, context);
    if (effect === "allow") return;
    const silence =
      caller === undefined ? "" : ` because no identity-based policy allows the ${invokeAction} action`;
    throw gatewayResponses.accessDenied(
      `User: ${caller?.arn ?? "anonymous"} is not authorized to perform: ${invokeAction} on resource: ${maskedArn(arn)}${effect === "explicit-deny" ? " with an explicit deny" : silence}`,
    );
  }
}
