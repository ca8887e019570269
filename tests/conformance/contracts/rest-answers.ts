import type { Contract } from "../contract.ts";
import { notEmulated, passing, unknown } from "../rows.ts";

const folder = "packages/platform/src/apigateway";
const methods = `${folder}/authorization/method-authorization.test.ts`;
const authorizers = `${folder}/authorization/authorizers.test.ts`;
const buffered = `${folder}/integration/buffered-integration.test.ts`;
const streamed = `${folder}/integration/streamed-integration.test.ts`;
const validation = `${folder}/request-validation/request-validation.test.ts`;
const customisation = `${folder}/gateway-response/customisation.test.ts`;
const usage = `${folder}/usage/usage.test.ts`;
const mock = `${folder}/integration/mock-integration.test.ts`;
const preflight = `${folder}/cors-preflight.test.ts`;
const acl = `${folder}/web-acl-station.test.ts`;
const reading = `${folder}/control/reading.test.ts`;

/** What API Gateway answers itself. */
export const restAnswers: Contract = {
  title: "REST API: gateway responses, throttling, CORS, WAF",
  sources: [
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html",
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html",
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html",
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html",
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-setup-api-keys.html",
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-cors.html",
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/integration-passthrough-behaviors.html",
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-control-access-aws-waf.html",
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html",
  ],
  behaviours: [
    ...passing(methods, [
      [
        "ACCESS_DENIED is 403 `AccessDeniedException`, with the text in `Message`.",
        "the policy of an API > says when it denies",
      ],
      [
        "INVALID_SIGNATURE is 403 `InvalidSignatureException`.",
        "a method with AWS_IAM > refuses a body that isn't the one that was signed",
      ],
      [
        "MISSING_AUTHENTICATION_TOKEN is 403 `MissingAuthenticationTokenException`.",
        "a method with AWS_IAM > refuses a request without a signature",
      ],
    ]),
    ...passing(authorizers, [
      [
        "UNAUTHORIZED is 401 `UnauthorizedException`, `Unauthorized`.",
        "a Lambda authorizer > without the token refuses",
      ],
      [
        "AUTHORIZER_FAILURE is 500 with the message null.",
        "a Lambda authorizer > whose function throws something else refuses",
      ],
      ["AUTHORIZER_CONFIGURATION_ERROR is 500.", "a Lambda authorizer > that gives no policy refuses"],
    ]),
    ...passing(buffered, [
      [
        "API_CONFIGURATION_ERROR is 500 `InternalServerErrorException`.",
        "an integration > that may not invoke the function gives 500",
      ],
      [
        "INTEGRATION_FAILURE of a Lambda proxy is 502 `Internal server error`, as recorded.",
        "an output > that is an error of the function gives 502",
      ],
      [
        "INTEGRATION_TIMEOUT is 504 `Endpoint request timed out`.",
        "an integration > that takes too long gives 504",
      ],
      [
        "REQUEST_TOO_LARGE is 413 `HTTP content length exceeded 10485760 bytes`, and can't be customised.",
        "a request past 10 MB is refused in plain text, before the stage sees it",
      ],
    ]),
    ...passing(streamed, [
      [
        "INTEGRATION_TIMEOUT is 504 for a stream that has not begun.",
        "the timeout of the integration > gives 504 before there is a prelude",
      ],
    ]),
    ...passing(`packages/platform/src/signature/shared-authenticator.test.ts`, [
      [
        "EXPIRED_TOKEN is 403 `ExpiredTokenException`.",
        "the other families > execute-api, expired: 403 ExpiredTokenException",
      ],
    ]),
    ...passing(validation, [
      [
        "BAD_REQUEST_PARAMETERS is 400 `Missing required request parameters`, with their names.",
        "parameters that a method requires > none of them: 400",
      ],
      [
        "A required parameter that is blank is missing.",
        "parameters that a method requires > a blank one: 400",
      ],
      [
        "Names of required parameters are case sensitive.",
        "parameters that a method requires > a name in another case: 400",
      ],
      ["BAD_REQUEST_BODY is 400 `Invalid request body`.", "a body that is not as its model has it > {}: 400"],
      [
        "`$context.error.validationErrorString` says what is wrong with a body.",
        'a body that is not as its model has it > {"name":"ab","price":0}: 400',
      ],
      ["A body of a type without a model is passed on.", "a body is passed on > of a type without a model"],
      [
        "A model for `$default` is for every type.",
        "a body that is not as its model has it > a model for $default is for every type",
      ],
    ]),
    ...passing(usage, [
      [
        "INVALID_API_KEY is 403 `ForbiddenException`, `Forbidden`.",
        "a method that asks for an API key > refuses none",
      ],
      ["An unknown key is 403.", "a method that asks for an API key > refuses one that is unknown"],
      ["A disabled key is 403.", "a method that asks for an API key > refuses one that is disabled"],
      [
        "A key that is in no plan of the stage is 403.",
        "a method that asks for an API key > refuses one of a plan for other stages",
      ],
      ["A key has at least 20 characters.", "a template is refused for a key that is too short"],
      [
        "THROTTLED is 429 `TooManyRequestsException`, `Too Many Requests`.",
        "throttling > of a method answers 429 beyond its burst",
      ],
      [
        "Requests are throttled by token bucket, with a rate and a burst.",
        "throttling > of a method answers 429 beyond its burst, and goes on at its rate",
      ],
      [
        "Settings for `*/*` hold for each method by itself.",
        "throttling > of all methods counts each by itself",
      ],
      [
        "A rate and burst of 0 let nothing through.",
        "throttling > by a rate and burst of 0 lets nothing through",
      ],
      [
        "A usage plan throttles each key.",
        "throttling > by a usage plan is for each key, at all methods together",
      ],
      [
        "A usage plan's throttling of a method goes before the plan's own.",
        "throttling > by a usage plan for one method goes before that for all",
      ],
      [
        "QUOTA_EXCEEDED is 429 `LimitExceededException`, `Limit Exceeded`.",
        "throttling > by quota answers 429 until the next day",
      ],
      [
        "A quota begins anew with its period, and `offset` counts in the first one.",
        "throttling > by quota answers 429 until the next day, and an offset counts on the first one alone",
      ],
      [
        "A Lambda authorizer gives the key where the API's key source is AUTHORIZER.",
        "an authorizer gives the key where the API takes it from there",
      ],
      [
        "An account's requests are throttled over all stages.",
        "an account's requests are throttled over all stages",
      ],
      [
        "Slashes of paths in `MethodSettings` are written `~1`.",
        "a template is refused for settings of a path without slash",
      ],
      ["`LoggingLevel` is OFF, ERROR or INFO.", "a template is refused for an unknown logging level"],
      ["A quota has a period of DAY, WEEK or MONTH.", "a template is refused for a quota without period"],
    ]),
    ...passing(reading, [
      [
        "Stages are read with the settings of their methods.",
        "a stage with its settings, log, web ACL and deployment",
      ],
      [
        "Keys are read without their values unless these are asked for.",
        "keys and usage plans, values only for who asks",
      ],
      [
        "Types without a response of their own are read as the standard ones.",
        "gateway responses: the API's own before those of their class before the standard ones",
      ],
    ]),
    ...passing(customisation, [
      [
        "An API gives a type's answer another status, headers and body.",
        "an answer of a type has the status, headers and body that the API gives it",
      ],
      [
        "Headers of a gateway response come from the request, from `context`, from stage variables or are constant.",
        "an answer of a type has the status, headers and body that the API gives it",
      ],
      [
        "The template is chosen by the client's `Accept`.",
        "the body is of the media type that the client takes",
      ],
      [
        "DEFAULT_4XX holds for types of its class without a response of their own.",
        "types without a shape of their own have that of their class",
      ],
      [
        "The status of DEFAULT_5XX holds for all types of its class.",
        "a class may change the status of all its types",
      ],
      ["Only the documented types are taken.", '{"MISSING":{}} is refused'],
      [
        "`AWS::ApiGateway::GatewayResponse` customises a type.",
        "a resource of its own shapes an answer as well",
      ],
    ]),
    ...passing(preflight, [
      [
        "SAM's `Cors` answers preflights with a mock.",
        "Cors of a SAM API > answers the preflight, and the stream that follows has the function's own header",
      ],
      [
        "A proxy integration's answer has the CORS headers that its function gives.",
        "Cors of a SAM API > answers the preflight, and the stream that follows has the function's own header",
      ],
      [
        "Values of `Cors` need single quotes.",
        "Cors of a SAM API > without the quotes that API Gateway wants is an error at start",
      ],
      [
        "A request without a type counts as JSON.",
        "a request to a mock integration > without a type counts as JSON",
      ],
      [
        "UNSUPPORTED_MEDIA_TYPE is 415 for another type with passthrough NEVER.",
        "a request to a mock integration > of another type is refused by passthrough NEVER",
      ],
    ]),
    ...passing(mock, [
      [
        "The console's mock for CORS is served: a constant status and constant headers.",
        "a mock integration is served > as AWS's console writes it",
      ],
      [
        "A mock's response is chosen by its status.",
        "a mock integration is served > with the response of its status before the default one",
      ],
      [
        "Constant parameters are in single quotes.",
        "a mock integration that AWS refuses to deploy is an error: > a value without quotes",
      ],
    ]),
    ...passing(acl, [
      [
        "WAF_FILTERED is 403 `Forbidden`.",
        "a stage with a web ACL > answers a blocked request with 403 Forbidden",
      ],
      [
        "A web ACL is evaluated before everything else.",
        "a stage with a web ACL > answers a blocked request with 403 Forbidden, before it is known whether there is such a method",
      ],
      [
        "A response of the web ACL goes before the API's.",
        "a stage with a web ACL > lets the web ACL's own response go before the API's",
      ],
      [
        "A web ACL inspects the first 16 KB of a body unless it is set otherwise.",
        "a stage with a web ACL > shows 16 KB of a body",
      ],
    ]),
    ...passing("packages/platform/src/wafv2/api/waf-api.test.ts", [
      [
        "`AssociateWebACL` puts a web ACL before a stage by the stage's ARN.",
        "WAF's API > puts a web ACL before a stage",
      ],
    ]),
    ...unknown(buffered, [
      [
        "What a request gets whose event is more than Lambda takes.",
        "413 `Request Too Long`",
        "an event past Lambda's 6 MB is refused",
      ],
    ]),
    ...unknown(methods, [
      [
        "When RESOURCE_NOT_FOUND is given.",
        "nowhere, though it can be customised: unknown paths are MISSING_AUTHENTICATION_TOKEN, as recorded",
        "a request that no method takes > is refused as if it lacked a token: an unknown path",
      ],
    ]),
    ...notEmulated([
      [
        "`AWS` and `HTTP` integrations map requests and responses by VTL.",
        "such a method answers 501, and is told at start",
      ],
      ["A method's answers are cached.", "caches have no effect, and that is told at start"],
      ["`minimumCompressionSize` compresses answers.", "answers keep their bytes"],
      ["A canary gets a share of a stage's requests.", "canaries have no effect"],
    ]),
  ],
};
