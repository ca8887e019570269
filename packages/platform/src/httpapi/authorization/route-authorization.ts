import { type Authenticator, authorize } from "../../iam/caller.ts";
import { AwsServiceError } from "../../service-error.ts";
import { gatewayAnswers } from "../gateway-answer.ts";
import type { FunctionCallOptions } from "../integration/function-call.ts";
import { type Identity, type Passage, routeArn } from "../passage.ts";
import { JwtAuthorization } from "./jwt-authorization.ts";
import { LambdaAuthorization } from "./lambda-authorization.ts";

/** What authorization needs of the rest of the platform. */
export interface RouteAuthorizationOptions extends FunctionCallOptions {
  readonly authenticator: Authenticator;
}

/** Lets requests in by what their route asks for. */
export class RouteAuthorization {
  readonly #options: RouteAuthorizationOptions;
  readonly #jwt: JwtAuthorization;
  readonly #lambda: LambdaAuthorization;

  constructor(options: RouteAuthorizationOptions) {
    this.#options = options;
    this.#jwt = new JwtAuthorization(options.clock);
    this.#lambda = new LambdaAuthorization(options);
  }

  /**
   * @returns who sent the request, or nothing if the client left meanwhile.
   * @throws {GatewayAnswer} if it may not pass.
   */
  async admit(passage: Passage): Promise<Identity | undefined> {
    const { authorizer } = passage.route;
    switch (authorizer.kind) {
      case "NONE":
        return { kind: "NONE" };
      case "AWS_IAM":
        return this.#options.isUnsigned ? { kind: "NONE" } : this.#admitSigned(passage);
      case "JWT":
        return this.#jwt.admit(passage, authorizer);
      case "REQUEST":
        return this.#lambda.admit(passage, authorizer);
    }
  }

  /** @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-access-control-iam.html */
  async #admitSigned(passage: Passage): Promise<Identity> {
    const { accountId, authenticator } = this.#options;
    const arn = routeArn(this.#options, passage);
    try {
      const { caller } = await authenticator.authenticate(passage.request, "execute-api", passage.body);
      const context = { "aws:SourceIp": passage.request.sourceIp };
      const { effect } = authorize(caller, "execute-api:Invoke", arn, [], accountId, context);
      if (effect === "allow") return { kind: "AWS_IAM", caller };
      passage.note(`403: ${caller.arn} may not execute-api:Invoke on ${arn}.`);
    } catch (error) {
      if (!(error instanceof AwsServiceError)) throw error;
      passage.note(`403: ${error.summary}`);
    }
    throw gatewayAnswers.forbidden();
  }
}
