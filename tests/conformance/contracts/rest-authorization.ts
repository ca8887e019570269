import type { Contract } from "../contract.ts";
import { passing, unknown } from "../rows.ts";

const platform = "packages/platform/src";
const folder = `${platform}/apigateway/authorization`;
const methods = `${folder}/method-authorization.test.ts`;
const authorizers = `${folder}/authorizers.test.ts`;
const signatures = `${platform}/signature/shared-authenticator.test.ts`;
const policies = `${platform}/iam/evaluation-logic.test.ts`;
const sides = `${platform}/iam/evaluate.test.ts`;

/** Who may call a method of a REST API. */
export const restAuthorization: Contract = {
  title: "REST API: authorization",
  sources: [
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html",
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html",
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/configure-api-gateway-lambda-authorization.html",
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html",
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html",
    "https://repost.aws/knowledge-center/api-gateway-troubleshoot-403-forbidden",
    "https://repost.aws/knowledge-center/api-gateway-403-error-lambda-authorizer",
  ],
  behaviours: [
    ...passing(methods, [
      [
        "A path without a resource is 403 `Missing Authentication Token`.",
        "a request that no method takes > is refused as if it lacked a token: an unknown path",
      ],
      [
        "A method that the resource lacks is 403 `Missing Authentication Token`.",
        "a request that no method takes > is refused as if it lacked a token: a wrong method",
      ],
      [
        "A stage that does not exist is 403 `Forbidden`.",
        "a request that no method takes > is forbidden where there is an unknown stage",
      ],
      [
        "An API that does not exist is 403 `Forbidden`.",
        "a request that no method takes > is forbidden where there is an unknown API",
      ],
      [
        "A signed request passes a method with `AWS_IAM`.",
        "a method with AWS_IAM > takes a signed GET request",
      ],
      [
        "`AWS_IAM` without credentials is 403 `Missing Authentication Token`.",
        "a method with AWS_IAM > refuses a request without a signature",
      ],
      [
        "`Authorization: Bearer` at a method with `AWS_IAM` is 403 `IncompleteSignatureException`.",
        "a method with AWS_IAM > refuses another scheme, naming what is missing in the header",
      ],
      [
        "A wrong signature is 403 `InvalidSignatureException`.",
        "a method with AWS_IAM > refuses a body that isn't the one that was signed",
      ],
      [
        "The scope of a signature names `execute-api`.",
        "a method with AWS_IAM > refuses a signature for another service",
      ],
      [
        "With a policy of the API an open method needs an allow.",
        "the policy of an API > lets open methods be called that it allows",
      ],
      [
        "Who is anonymous and not allowed gets 403 with `User: anonymous is not authorized` in `Message`.",
        "the policy of an API > keeps open methods closed that it doesn't mention",
      ],
      [
        "A denial by the API's policy says `with an explicit deny`.",
        "the policy of an API > says when it denies",
      ],
      [
        "Within an account the caller's own policies are enough.",
        "the policy of an API > need not mention what the caller's own policies allow",
      ],
      [
        "The API's policy denies what the caller's own policies allow.",
        "the policy of an API > denies signed requests too",
      ],
      [
        "The integration's role calls the function, whatever the function's policy says.",
        "an integration with credentials > calls the function with a role",
      ],
      [
        "`arn:aws:iam::*:user/*` as credentials calls the function as the caller.",
        "an integration with credentials > calls the function with the caller's own",
      ],
      [
        "A role that may not call the function is 500.",
        "an integration with credentials > gives 500 with a role that may not",
      ],
    ]),
    ...passing(signatures, [
      [
        "A stale date is 403 `InvalidSignatureException`, `Signature expired`.",
        "Lambda refuses > a request that is too old",
      ],
      [
        "A token that has expired is 403 `ExpiredTokenException`.",
        "the other families > execute-api, expired: 403 ExpiredTokenException",
      ],
    ]),
    ...passing(sides, [
      [
        "Identity allows, resource allows: allowed.",
        "the two sides > identity and resource: allow and allow",
      ],
      [
        "Identity allows, resource is silent: allowed within the account.",
        "the two sides > identity and resource: allow and silence",
      ],
      [
        "Identity is silent, resource allows: allowed within the account.",
        "the two sides > identity and resource: silence and allow",
      ],
      ["Both are silent: denied.", "the two sides > identity and resource: silence and silence"],
      [
        "Identity denies: denied, whatever the resource says.",
        "the two sides > identity and resource: deny and allow",
      ],
      [
        "Resource denies: denied, whatever the identity says.",
        "the two sides > identity and resource: allow and deny",
      ],
    ]),
    ...passing(policies, [
      ["From another account, both sides must allow.", "between accounts > both sides allow"],
      [
        "From another account, an allow of the resource alone is not enough.",
        "between accounts > the resource alone allows",
      ],
      [
        "From another account, an allow of the identity alone is not enough.",
        "between accounts > the identity side alone allows",
      ],
      ["A deny on any side wins.", "whatever the policies > a deny on any side wins"],
    ]),
    ...passing(authorizers, [
      [
        "A TOKEN authorizer gets `type`, `authorizationToken` and `methodArn`.",
        "a Lambda authorizer > of type TOKEN gets the token and the method's ARN",
      ],
      [
        "A REQUEST authorizer gets the request without its body.",
        "a Lambda authorizer > of type REQUEST gets the request without its body",
      ],
      [
        "A missing token is 401 `Unauthorized`, and the function is not called.",
        "a Lambda authorizer > without the token refuses",
      ],
      [
        "A token that `identityValidationExpression` does not match is 401.",
        "a Lambda authorizer > with a token that is not valid in whole refuses",
      ],
      [
        "A missing identity source is 401 where answers are kept.",
        "a Lambda authorizer > without the source that its answers are kept by refuses",
      ],
      [
        "Without kept answers the function is called, sources or none.",
        "a Lambda authorizer > without kept answers is asked each time, sources or none",
      ],
      [
        "A function that throws `Unauthorized` is 401.",
        "a Lambda authorizer > whose function throws Unauthorized refuses",
      ],
      [
        "A function that throws something else is 500 with the message null.",
        "a Lambda authorizer > whose function throws something else refuses",
      ],
      [
        "A policy that denies is 403 with `Message` and `with an explicit deny`.",
        "a Lambda authorizer > that denies refuses",
      ],
      [
        "A policy that does not allow the method is 403 without that suffix.",
        "a Lambda authorizer > that allows something else refuses",
      ],
      ["An output without a policy is 500.", "a Lambda authorizer > that gives no policy refuses"],
      ["An output without `principalId` is 500.", "a Lambda authorizer > that gives no principal refuses"],
      [
        "Objects and lists in `context` are 500.",
        "a Lambda authorizer > that gives a list as context refuses",
      ],
      [
        "A resource of more than 512 characters in the policy is 500.",
        "a Lambda authorizer > that gives a resource that is too long refuses",
      ],
      [
        "An authorizer's function that API Gateway may not call is 500.",
        "a Lambda authorizer > whose function may not be invoked refuses",
      ],
      [
        "Values of `context` become text in `requestContext.authorizer`, beside `principalId` and `integrationLatency`.",
        "a Lambda authorizer > gives principal and context to the function, as text",
      ],
      [
        "An answer is kept for its time, by the token.",
        "a Lambda authorizer > is asked again after the time for which its answer is kept",
      ],
      [
        "A kept policy is evaluated for each method.",
        "a Lambda authorizer > whose answer is kept has it looked at for each method",
      ],
      [
        "The API's policy can deny before the authorizer is called, and counts together with its policy afterwards.",
        "an API's own policy besides a Lambda authorizer > denies before the function is asked",
      ],
      [
        "The claims of a Cognito token are in `requestContext.authorizer.claims`.",
        "an authorizer for user pools > gives the claims of an identity token to the function",
      ],
      [
        "A method with scopes takes access tokens that have one of them.",
        "an authorizer for user pools > takes an access token with one of the scopes",
      ],
      ["A token that has expired, or of another pool, is 401.", "an authorizer for user pools > refuses one"],
      [
        "An identity token at a method with scopes is 401.",
        "an authorizer for user pools > refuses an identity token with scopes",
      ],
    ]),
    ...passing(`${folder.replace("authorization", "definition")}/authorizer.test.ts`, [
      [
        "Answers of an authorizer are kept for 300 seconds unless it says otherwise.",
        "an authorizer > of type token has its header, and its answers are kept for five minutes",
      ],
      [
        "A REQUEST authorizer that keeps answers names its identity sources.",
        'an authorizer > {"type":"request"',
      ],
    ]),
    ...passing(`${platform}/apigateway/cors-preflight.test.ts`, [
      [
        "A preflight to a method with `AWS_IAM` is refused, since browsers sign none.",
        "Cors of a SAM API > with AWS_IAM as default wants signed preflights",
      ],
    ]),
    ...unknown(authorizers, [
      [
        "How long an authorizer's function may take.",
        "ten seconds, then 500",
        "a Lambda authorizer > that doesn't answer in ten seconds fails",
      ],
    ]),
    ...unknown(signatures, [
      [
        "The error type of an unknown key: AWS's pages name two.",
        "`UnrecognizedClientException`",
        "the other families > execute-api, unknown: 403 UnrecognizedClientException",
      ],
      [
        "Whether the header is in the text about a missing equal sign, or its hash: both were seen.",
        "its hash, as newer answers have it",
        "the other families > execute-api, bearer: 403 IncompleteSignatureException",
      ],
    ]),
  ],
};
