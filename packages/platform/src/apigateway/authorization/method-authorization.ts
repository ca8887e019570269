import { type Authenticator, authorize, type Caller } from "../../iam/caller.ts";
import { evaluate } from "../../iam/evaluate.ts";
import { AwsServiceError } from "../../service-error.ts";
import { gatewayResponses } from "../gateway-response/gateway-response.ts";
import { methodArn, type Passage } from "../passage.ts";
import { completePolicy, maskedArn } from "./resource-policy.ts";

/** Who sent a request, as far as the method asks. */
export interface Identity {
  /** Who signed it. */
  readonly caller: Caller | undefined;
  /** The API key that a Lambda authorizer gave. */
  readonly usageIdentifierKey?: string | undefined;
}

/** What authorization needs of the rest of the platform. */
export interface AuthorizationOptions {
  readonly accountId: string;
  readonly authenticator: Authenticator;
  /** Lets everyone in. */
  readonly isUnsigned: boolean;
}

const invokeAction = "execute-api:Invoke";
const anonymous = { kind: "anonymous", name: "anonymous", accountId: undefined } as const;

/**
 * Lets a request through to its method, or not.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
 */
export class MethodAuthorization {
  readonly #options: AuthorizationOptions;

  constructor(options: AuthorizationOptions) {
    this.#options = options;
  }

  /** @throws {GatewayResponse} if the request may not pass. */
  async admit(passage: Passage): Promise<Identity> {
    if (this.#options.isUnsigned) return { caller: undefined };
    if (passage.method.authorization === "NONE") {
      this.#checkPolicies(passage, undefined);
      return { caller: undefined };
    }
    const caller = await this.#authenticate(passage);
    passage.journal.caller = caller;
    this.#checkPolicies(passage, caller);
    return { caller };
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
