import type { Contract } from "../contract.ts";

const folder = "packages/platform/src/httpapi";
const events = `${folder}/events.test.ts`;
const answers = `${folder}/answers.test.ts`;
const two = `${answers} > a function's answer in format 2.0`;
const one = `${answers} > a function's answer in format 1.0`;
const stages = `${folder}/stages.test.ts`;
const route = `${folder}/definition/route-key.test.ts > the route of a request`;
const cors = `${folder}/cors.test.ts`;
const jwt = `${folder}/authorization/jwt-authorization.test.ts`;
const lambda = `${folder}/authorization/lambda-authorization.test.ts`;
const proxy = `${folder}/integration/http-proxy.test.ts`;
const refused = "packages/platform/src/stack/http-api-resources.test.ts > what AWS refuses";

/** API Gateway's HTTP APIs, which never stream. */
export const httpApi: Contract = {
  title: "API Gateway: HTTP APIs",
  sources: [
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html",
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html",
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-stages.html",
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html",
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-jwt.html",
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html",
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-access-control-iam.html",
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html",
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html",
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html",
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html",
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html",
  ],
  behaviours: [
    {
      behaviour: "An HTTP API collects the response of a function that streams.",
      verdict: "pass",
      test: `${two} > is collected if the function streams, and the developer is told`,
    },
    {
      behaviour: "An integration of an HTTP API can't have the response transfer mode STREAM.",
      verdict: "pass",
      test: `${folder}/definition/read-body.test.ts > a mode that streams is refused`,
    },
    {
      behaviour:
        "Format 2.0 has the documented members, with lower-case header names and repeats joined by commas.",
      verdict: "pass",
      test: `${events} > payload format 2.0 > has everything of a request`,
    },
    {
      behaviour:
        "Format 2.0 leaves out cookies, query, path parameters, stage variables and body where there are none.",
      verdict: "pass",
      test: `${events} > payload format 2.0 > leaves out what a request does not have`,
    },
    {
      behaviour: "A text body comes as it is.",
      verdict: "pass",
      test: `${events} > payload format 2.0 > has a body of the type text/plain`,
    },
    {
      behaviour: "A binary body comes in base64.",
      verdict: "pass",
      test: `${events} > payload format 2.0 > has a body of the type application/octet-stream`,
    },
    {
      behaviour: "A form comes in base64.",
      verdict: "pass",
      test: `${events} > payload format 2.0 > has a body of the type application/x-www-form-urlencoded`,
    },
    {
      behaviour: "Format 1.0 is that of a REST API with a version and lower-case header names.",
      verdict: "pass",
      test: `${events} > payload format 1.0 > is that of a REST API with a version and lower-case headers`,
    },
    {
      behaviour: "An object without a status is the body of a 200 of JSON.",
      verdict: "pass",
      test: `${two} > is an object`,
    },
    {
      behaviour: "A JSON text without a status is the body of a 200 without its quotes.",
      verdict: "pass",
      test: `${two} > is a text`,
    },
    {
      behaviour: "A function that returns nothing answers `null`.",
      verdict: "unknown",
      test: `${two} > is nothing`,
      note: "AWS says that valid JSON without a status is the body, and shows no such example",
    },
    {
      behaviour: "A result with a status is answered with it, and as text/plain unless it says otherwise.",
      verdict: "pass",
      test: `${two} > is a status`,
    },
    {
      behaviour: "A result's headers are the answer's.",
      verdict: "pass",
      test: `${two} > is headers`,
    },
    {
      behaviour: "A base64 body is decoded.",
      verdict: "pass",
      test: `${two} > is base64`,
    },
    {
      behaviour: "Each cookie is a `set-cookie` header of its own.",
      verdict: "pass",
      test: `${two} > sets each cookie by itself`,
    },
    {
      behaviour: "A result that is not of the format is 500 Internal Server Error.",
      verdict: "pass",
      test: `${two} > is a body that is no text`,
    },
    {
      behaviour: "Format 1.0 takes the result of a REST API.",
      verdict: "pass",
      test: `${one} > is described as for REST APIs`,
    },
    {
      behaviour: "Nothing is inferred in format 1.0.",
      verdict: "pass",
      test: `${one} > is not inferred`,
    },
    {
      behaviour: "A function that fails is 500 Internal Server Error.",
      verdict: "pass",
      test: `${answers} > a function that fails is a 500, and the failure is recorded`,
    },
    {
      behaviour: "A function that does not permit the API is 500 Internal Server Error.",
      verdict: "pass",
      test: `${answers} > a route the function does not permit is a 500`,
    },
    {
      behaviour: "An integration has 30 seconds, or fewer if it says so.",
      verdict: "unknown",
      test: `${answers} > an integration of `,
      note: "AWS documents the limit, but neither status nor text: it is 503 Service Unavailable here, as is commonly reported",
    },
    {
      behaviour: "A timeout of more than 30 seconds is refused.",
      verdict: "pass",
      test: `${refused} > is told: a timeout`,
    },
    {
      behaviour: "A body of more than 10 MB is refused.",
      verdict: "unknown",
      test: `${answers} > a body of more than 10 MB is refused`,
      note: "AWS documents the limit alone: it is 413 Request Entity Too Large here",
    },
    {
      behaviour: "A body that makes no event of 6 MB is refused.",
      verdict: "unknown",
      test: `${answers} > a body that makes no event of 6 MB is refused`,
      note: "AWS does not say how: it is 413 Request Entity Too Large here",
    },
    {
      behaviour: "Request line and headers of more than 10,240 bytes are refused.",
      verdict: "unknown",
      test: `${answers} > more than 10,240 bytes of headers is refused`,
      note: "AWS documents the limit alone: it is 431 Request Header Fields Too Large here",
    },
    {
      behaviour: "Every answer has `apigw-requestid`.",
      verdict: "pass",
      test: `${two} > is a list`,
    },
    {
      behaviour: "The first segment of the path names a stage, else it is the `$default` one.",
      verdict: "pass",
      test: `${stages} > the stage of a request > Api /`,
    },
    {
      behaviour: "Without a stage or a route it is 404 Not Found.",
      verdict: "pass",
      test: `${stages} > the stage of a request > Only /x is none, or has no such route`,
    },
    {
      behaviour: "An API that is not there is 404 Not Found.",
      verdict: "pass",
      test: `${answers} > an API that isn't there is not found under the name of one that is`,
    },
    {
      behaviour: "A full match goes before a greedy one.",
      verdict: "pass",
      test: `${route} > GET /pets/x/c is GET /{a}/{b}/c`,
    },
    {
      behaviour: "A greedy route goes before `$default`.",
      verdict: "pass",
      test: `${route} > POST /pets/dog/1 is ANY /{proxy+}`,
    },
    {
      behaviour: "`$default` takes what has no other route.",
      verdict: "pass",
      test: `${route} > is the default one only where there is no other`,
    },
    {
      behaviour: "A route's own method goes before ANY.",
      verdict: "pass",
      test: `${route} > POST /pets/dog is POST /pets/{kind}`,
    },
    {
      behaviour: "ANY takes the methods that have no route.",
      verdict: "pass",
      test: `${route} > DELETE /pets/dog is ANY /pets/{kind}`,
    },
    {
      behaviour: "A greedy variable is at the end of the path alone.",
      verdict: "pass",
      test: `${folder}/definition/route-key.test.ts > ANY /{proxy+}/more is no route key`,
    },
    {
      behaviour: "A slash at the end of the path makes another path.",
      verdict: "unknown",
      test: `${route} > GET /pets/dog/1/ is GET /pets/{proxy+}`,
      note: "AWS does not say",
    },
    {
      behaviour: "A JWT authorizer takes a token with and without `Bearer`.",
      verdict: "pass",
      test: `${jwt} > a JWT authorizer lets in > one without Bearer`,
    },
    {
      behaviour: "A JWT authorizer takes RSA algorithms.",
      verdict: "pass",
      test: `${jwt} > a JWT authorizer lets in > RS`,
    },
    {
      behaviour: "A JWT authorizer takes no other algorithm.",
      verdict: "pass",
      test: `${jwt} > a JWT authorizer refuses > another algorithm`,
    },
    {
      behaviour: "A JWT authorizer may read the token from the query.",
      verdict: "pass",
      test: `${jwt} > a JWT authorizer lets in > a token from the query`,
    },
    {
      behaviour: "A token with one of several audiences is good.",
      verdict: "pass",
      test: `${jwt} > a JWT authorizer lets in > one of several audiences`,
    },
    {
      behaviour: "`client_id` counts where there is no `aud`.",
      verdict: "pass",
      test: `${jwt} > a JWT authorizer lets in > a client where there is no audience`,
    },
    {
      behaviour: "`client_id` does not count beside `aud`.",
      verdict: "pass",
      test: `${jwt} > a JWT authorizer refuses > a client beside an audience`,
    },
    {
      behaviour: "A token for another audience is 401 with AWS's challenge.",
      verdict: "pass",
      test: `${jwt} > a JWT authorizer refuses > another audience`,
    },
    {
      behaviour: "A token of another issuer is refused.",
      verdict: "pass",
      test: `${jwt} > a JWT authorizer refuses > another issuer`,
    },
    {
      behaviour: "An expired token is refused.",
      verdict: "pass",
      test: `${jwt} > a JWT authorizer refuses > one that is over`,
    },
    {
      behaviour: "A token that is not valid yet, or issued in the future, is refused.",
      verdict: "pass",
      test: `${jwt} > a JWT authorizer refuses > one `,
    },
    {
      behaviour: "A token with an unknown key is refused.",
      verdict: "pass",
      test: `${jwt} > a JWT authorizer refuses > an unknown key`,
    },
    {
      behaviour: "A token that someone else signed is refused.",
      verdict: "pass",
      test: `${jwt} > a JWT authorizer refuses > a signature of someone else`,
    },
    {
      behaviour: "A request without a token is 401 Unauthorized.",
      verdict: "pass",
      test: `${jwt} > a JWT authorizer refuses > a request without a token`,
    },
    {
      behaviour: "A token needs one of the route's scopes, in `scope` or `scp`.",
      verdict: "pass",
      test: `${jwt} > a route with scopes > wants a token that has `,
    },
    {
      behaviour: "The challenge to a token without the scope names the scopes.",
      verdict: "unknown",
      test: `${jwt} > a route with scopes > says which it wants`,
      note: "AWS documents 403 alone; the challenge here is that of RFC 6750",
    },
    {
      behaviour: "The function gets claims, and null for the scopes of a route without.",
      verdict: "pass",
      test: `${jwt} > the function > gets the claims as text, and no scopes for a route without`,
    },
    {
      behaviour: "The issuer's keys are kept for two hours.",
      verdict: "pass",
      test: `${jwt} > the issuer's keys > are fetched once, and again after two hours`,
    },
    {
      behaviour: "Keys of more than 150,000 bytes are not taken.",
      verdict: "pass",
      test: `${jwt} > the issuer's keys > are asked for again where /keys answered 200`,
    },
    {
      behaviour: "A Lambda authorizer's event of format 2.0 has the documented members.",
      verdict: "pass",
      test: `${lambda} > its event > is of format 2.0`,
    },
    {
      behaviour: "A Lambda authorizer's event of format 1.0 has the documented members.",
      verdict: "pass",
      test: `${lambda} > its event > is of format 1.0`,
    },
    {
      behaviour: "A simple answer lets in or is 403 Forbidden.",
      verdict: "pass",
      test: `${lambda} > a Lambda authorizer > of /simple that answers with false`,
    },
    {
      behaviour: "A policy is held against the route's ARN.",
      verdict: "pass",
      test: `${lambda} > a Lambda authorizer > of /policy/1 that answers with a policy `,
    },
    {
      behaviour: "The error Unauthorized of an authorizer is 401 Unauthorized.",
      verdict: "pass",
      test: `${lambda} > a Lambda authorizer > of /policy/1 that answers with the error Unauthorized`,
    },
    {
      behaviour: "Another error of an authorizer is 500 Internal Server Error.",
      verdict: "pass",
      test: `${lambda} > a Lambda authorizer > of /policy/1 that answers with another error`,
    },
    {
      behaviour: "A malformed answer of an authorizer is 500 Internal Server Error.",
      verdict: "pass",
      test: `${lambda} > a Lambda authorizer > of /simple that answers with no answer at all`,
    },
    {
      behaviour: "Without its identity source a request is 401, and the authorizer is not asked.",
      verdict: "pass",
      test: `${lambda} > a Lambda authorizer > is not asked where an identity source is missing`,
    },
    {
      behaviour: "An authorizer has ten seconds.",
      verdict: "pass",
      test: `${lambda} > a Lambda authorizer > has ten seconds`,
    },
    {
      behaviour: "An authorizer that does not permit API Gateway is 500 Internal Server Error.",
      verdict: "pass",
      test: `${lambda} > a Lambda authorizer > needs to be permitted`,
    },
    {
      behaviour: "A simple answer that is kept holds for all routes of the authorizer.",
      verdict: "pass",
      test: `${lambda} > an answer that is kept > holds for all routes of the authorizer, as long as it may`,
    },
    {
      behaviour: "With `$context.routeKey` as a source it holds for one route.",
      verdict: "pass",
      test: `${lambda} > an answer that is kept > holds for one route where the route is an identity source`,
    },
    {
      behaviour: "Answers are kept for 3,600 seconds at most, and only with an identity source.",
      verdict: "pass",
      test: `${refused} > is told: more than an hour`,
    },
    {
      behaviour: "Simple answers need the format 2.0.",
      verdict: "pass",
      test: `${refused} > is told: simple answers of format 1.0`,
    },
    {
      behaviour: "A route with AWS_IAM tells the function who signed.",
      verdict: "pass",
      test: `${stages} > a route with AWS_IAM > tells the function who signed, and not how`,
    },
    {
      behaviour: "A route with AWS_IAM refuses a request without a signature.",
      verdict: "unknown",
      test: `${stages} > a route with AWS_IAM > refuses a request that is not signed`,
      note: "AWS does not list the texts: it is 403 Forbidden here, as for HTTP APIs in general",
    },
    {
      behaviour: "With CORS a preflight is answered by API Gateway, also without a route.",
      verdict: "pass",
      test: `${cors} > a preflight > of a path without a route is answered by API Gateway`,
    },
    {
      behaviour: "Allowed origins may be `*`, `https://*` or `http://*`.",
      verdict: "pass",
      test: `${cors} > a preflight > of an origin of a kind that may is answered by API Gateway`,
    },
    {
      behaviour: "An origin that is not allowed gets no CORS headers.",
      verdict: "pass",
      test: `${cors} > a preflight > of an origin that may not is answered by API Gateway`,
    },
    {
      behaviour: "A preflight needs an origin.",
      verdict: "pass",
      test: `${cors} > a preflight > without an origin is none`,
    },
    {
      behaviour: "A preflight to a route that takes every method needs its authorizer.",
      verdict: "pass",
      test: `${cors} > a preflight > to a route that takes every method needs what the route's authorizer wants`,
    },
    {
      behaviour: "With CORS the function's own CORS headers are ignored.",
      verdict: "pass",
      test: `${cors} > an answer > has API Gateway's headers in the place of the function's`,
    },
    {
      behaviour: "Without CORS the function answers preflights.",
      verdict: "pass",
      test: `${cors} > a preflight > is the function's to answer where there is no CORS`,
    },
    {
      behaviour: "Answers of API Gateway itself have CORS headers.",
      verdict: "unknown",
      test: `${cors} > an answer > of API Gateway itself has them as well`,
      note: "AWS does not say: they have them here, so that a page can read the error",
    },
    {
      behaviour: "A route has limits of its own, and answers 429 Too Many Requests beyond them.",
      verdict: "pass",
      test: `${stages} > a route is throttled by its own limits, and goes on as time passes`,
    },
    {
      behaviour: "The access log has a line for each request, with the documented variables.",
      verdict: "pass",
      test: `${stages} > the access log > has a line for `,
    },
    {
      behaviour: "An access log needs the request's id in its format.",
      verdict: "pass",
      test: `${refused} > is told: a log without an id`,
    },
    {
      behaviour: "An access log may go to Firehose.",
      verdict: "not emulated",
      test: `${refused} > is served by AWS alone: logs elsewhere`,
      note: "nothing is logged, and the deployment says so",
    },
    {
      behaviour: "An HTTP backend gets `Forwarded` in the place of `X-Forwarded-` headers.",
      verdict: "pass",
      test: `${proxy} > passes request and answer on as they are, but for what belongs to a connection`,
    },
    {
      behaviour: "An HTTP backend's address may have path and stage variables.",
      verdict: "pass",
      test: `${proxy} > uses path and stage variables`,
    },
    {
      behaviour: "A backend that can't be reached is refused.",
      verdict: "unknown",
      test: `${proxy} > a backend that can't be reached is a 503`,
      note: "AWS does not document the status: it is 503 Service Unavailable here, as is commonly reported",
    },
    {
      behaviour: "Parameter mappings change requests and answers.",
      verdict: "not emulated",
      test: `${proxy} > parameter mappings are refused by name`,
      note: "such a route answers 501 with the name of the mapping",
    },
    {
      behaviour: "Integrations call AWS services.",
      verdict: "not emulated",
      test: `${refused} > is served by AWS alone: integrations with services`,
      note: "such a route answers 501, and the deployment says so",
    },
    {
      behaviour: "WebSocket APIs are served.",
      verdict: "not emulated",
      test: `${refused} > is served by AWS alone: WebSocket APIs`,
      note: "they are left out of the deployment, which says so",
    },
    {
      behaviour: "Custom domain names and their mappings lead to an API, also with mutual TLS.",
      verdict: "not emulated",
      note: "they are left out of the deployment, which says so; the API answers at its own address",
    },
    {
      behaviour: "Resources of CloudFormation make an API with routes, integrations and stages.",
      verdict: "pass",
      test: "packages/platform/src/stack/http-api-resources.test.ts > resources as CDK writes them",
    },
    {
      behaviour: "A mistake in a resource is refused as API Gateway refuses it.",
      verdict: "pass",
      test: `${refused} > is told: `,
    },
  ],
};
