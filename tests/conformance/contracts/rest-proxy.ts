import type { Contract } from "../contract.ts";
import { notEmulated, passing, unknown } from "../rows.ts";

const folder = "packages/platform/src/apigateway/integration";
const buffered = `${folder}/buffered-integration.test.ts`;
const event = `${folder}/proxy-event.test.ts`;
const plain = "the event of a plain request has every member of the format, and no other";

/** What a function gets of a request to a REST API, and what a client gets of its output. */
export const restProxy: Contract = {
  title: "REST API: event and buffered answer of a Lambda proxy integration",
  sources: [
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html",
    "https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway-errors.html",
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings-workflow.html",
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html",
  ],
  behaviours: [
    ...passing(event, [
      ["`resource` is the resource's path with its parameters.", plain],
      ["`httpMethod` is the request's method.", plain],
      ["`headers` keep the letter case that the client sent.", plain],
      ["`stageVariables` are the stage's.", plain],
      ["`queryStringParameters` and `multiValueQueryStringParameters` are null without a query.", plain],
      ["`requestContext.path` begins with the stage.", plain],
      ["`requestContext.protocol` is `HTTP/1.1`.", plain],
      ["`requestContext.requestTime` is in the format of the common log, in UTC.", plain],
      ["`requestContext.requestTimeEpoch` is in milliseconds.", plain],
      ["`requestContext` has `accountId`, `apiId`, `stage`, `deploymentId` and `resourceId`.", plain],
      ["`requestContext` has `domainName` and `domainPrefix`.", plain],
      ["Members of `requestContext.identity` that do not apply are null.", plain],
      ["`X-Forwarded-For`, `X-Forwarded-Port`, `X-Forwarded-Proto` and `X-Amzn-Trace-Id` are added.", plain],
      ["`Host` is the API's host name.", plain],
      ["`path` has no stage.", "the path of the event > for '/proxy-value'"],
      ["`pathParameters` are null where the resource has none.", "the path of the event > for '//hardcoded'"],
      [
        "`path` keeps a slash at its end, and a greedy parameter does not.",
        "the path of the event > for '/proxy-value/'",
      ],
      ["Doubled slashes within a path are kept.", "the path of the event > for '/a//b'"],
      [
        "`requestContext.path` keeps the slashes before a path as they were sent.",
        "the path of the event > for '//proxy-value'",
      ],
      ["Percent escapes in a path are kept.", "the path of the event > for '/u/test%2Balias@x.com/t+a'"],
      [
        "Query parameters are decoded, and the last of several values counts.",
        "the query of the event > a=1&a=2&b=3",
      ],
      [
        "A plus sign in a query becomes a blank.",
        "the query of the event > whitespace=foo%20bar&plus=test+alias",
      ],
      ["A semicolon separates parameters of a query.", "the query of the event > a=1;b=2"],
      ["Names of query parameters are case sensitive.", "the query of the event > constructor=1&A=1&a=2"],
      [
        "The last of several values of a header is in `headers`, and all are in `multiValueHeaders`.",
        "the headers of the event > keep every value of a repeated name",
      ],
      [
        "`Content-Length` and `Connection` are not passed to the function.",
        "the headers of the event > lack those that API Gateway does not pass on",
      ],
      [
        "The client's address is appended to an `X-Forwarded-For` that it sent.",
        "the headers of the event > tell the whole way of the request",
      ],
      [
        "`Authorization` with a signature is dropped.",
        "the headers of the event > lack a signature, and the context says whose it was",
      ],
      [
        "`requestContext.identity` tells who signed: `accessKey`, `accountId`, `caller`, `user`, `userArn`.",
        "the headers of the event > lack a signature, and the context says whose it was",
      ],
      ["`body` is text, and `isBase64Encoded` false.", "the body of the event > is text"],
      [
        "`body` is base64 where `Content-Type` is one of the binary media types.",
        "the body of the event > is base64 for a binary media type",
      ],
      ["`body` is null without a body.", "the body of the event > is null when there is none"],
      [
        "`requestContext.requestId` and `extendedRequestId` are in the answer's `x-amzn-RequestId` and `x-amz-apigw-id`.",
        "the ids of a request > are the same in the event and in the answer",
      ],
      [
        "`requestContext.operationName` is the operation's id.",
        "the ids of a request > are the same in the event and in the answer",
      ],
      [
        "`X-Amzn-Trace-Id` of the answer is the event's.",
        "the ids of a request > are the same in the event and in the answer",
      ],
      [
        "A request id that the client sends is adopted if it is a UUID.",
        "the ids of a request > are the client's, if it sends good ones",
      ],
    ]),
    ...passing("packages/platform/src/apigateway/usage/usage.test.ts", [
      [
        "`requestContext.identity` has `apiKey` and `apiKeyId` where the method asks for a key.",
        "a method that asks for an API key > takes the key of a usage plan, and tells the function which it was",
      ],
    ]),
    ...passing("packages/platform/src/apigateway/definition/resource-matcher.test.ts", [
      [
        "A literal segment goes before a parameter.",
        "the resource of a path > is a literal before a parameter",
      ],
      [
        "A parameter goes before a greedy one.",
        "the resource of a path > is a parameter before a greedy one",
      ],
      ["Letter case counts in paths.", "the resource of a path > is no letter case changed"],
      [
        "A parameter takes one segment.",
        "the resource of a path > is none where a parameter takes one segment only",
      ],
      [
        "A greedy parameter takes the rest of a path.",
        "the resource of a path > is the greedy one where nothing else is",
      ],
      [
        "The more specific of two greedy parameters is taken.",
        "the resource of a path > is the more specific greedy one",
      ],
      [
        "A greedy parameter does not take the path of its parent.",
        "the resource of a path > is none where a greedy resource has no root of its own",
      ],
      [
        "A slash at the end of a path makes no other resource.",
        "the resource of a path > is the same with a slash at the end",
      ],
    ]),
    ...passing(buffered, [
      [
        '`{"statusCode":200}` is an empty answer of `application/json` and the length 0.',
        "an output > with nothing but a status is an empty answer with the stage's own headers",
      ],
      [
        "The answer has `x-amzn-RequestId`, `x-amz-apigw-id` and `X-Amzn-Trace-Id`.",
        "an output > with nothing but a status is an empty answer with the stage's own headers",
      ],
      ["An output without a status is 200.", "an output > may have no status"],
      ["A status may be text with a number.", "an output > may have a status that is text"],
      ["A status that is a word is 502.", "an output > must not be, or have, a status that is a word"],
      ["An unknown key is 502.", "an output > must not be, or have, an unknown member"],
      ["`cookies` are 502.", "an output > must not be, or have, cookies, which are for streams"],
      ["A string as output is 502.", "an output > must not be, or have, only text"],
      ["`null` as output is 502.", "an output > must not be, or have, null, which is what nothing becomes"],
      ["Output that is no JSON is 502.", "an output > that is text that is no JSON gives 502"],
      ["An error of the function is 502.", "an output > that is an error of the function gives 502"],
      ["The end of the function's process is 502.", "an output > that is the end of the process gives 502"],
      ["`headers: null` is fine.", "an output > may have headers that are null"],
      [
        "A value of `multiValueHeaders` that is no list is 502.",
        "an output > must not be, or have, multi values that are text",
      ],
      ["A body that is an object is 502.", "an output > must not be, or have, a body that is an object"],
      [
        "A header's value that is `true` or a number is sent as text.",
        "the headers of an output > give texts of other values",
      ],
      [
        "A name in both maps has the multi values first, and the multi map's spelling.",
        "the headers of an output > give multi values first, in their spelling",
      ],
      ["Each of several values is sent.", "the headers of an output > give each of several values"],
      [
        "A content type of the function's own goes before `application/json`.",
        "the headers of an output > give a content type of their own, and no length that is wrong",
      ],
      [
        "Base64 is decoded where the first type of `Accept` is a binary media type.",
        "base64 is decoded when the first type that the client accepts is binary: image/png",
      ],
      [
        "Base64 is sent as it is where another type comes first in `Accept`.",
        "base64 is decoded when the first type that the client accepts is binary: text/html, image/png",
      ],
      [
        "Base64 is sent as it is without a binary media type.",
        "an output > may have base64 and no binary type wanted",
      ],
      [
        "A function that API Gateway may not invoke is 500.",
        "an integration > that may not invoke the function gives 500",
      ],
      [
        "The timeout of the integration is 504, and the function runs on.",
        "an integration > that takes too long gives 504, and the function runs on",
      ],
      ["A request of more than 10 MB is 413.", "a request past 10 MB is refused in plain text"],
      ["An event of more than Lambda's 6 MB is refused.", "an event past Lambda's 6 MB is refused"],
    ]),
    ...passing("packages/platform/src/lambda/throttling.test.ts", [
      [
        "A throttled function is 500.",
        "a function with the reserved concurrency 0 > has an API that answers 500: whole",
      ],
    ]),
    ...unknown(buffered, [
      [
        "What an informational status in the output does.",
        "502",
        "an output > must not be, or have, a status that isn't final",
      ],
      [
        "What a header that HTTP can't carry does in the output.",
        "502",
        "an output > must not be, or have, a header value with a line end",
      ],
      [
        "How long the body is said to be in an answer to HEAD.",
        "as long as the body that is left out",
        "the headers of an output > tell the length of what HEAD leaves out",
      ],
      [
        "What becomes of a function whose client leaves.",
        "it runs on",
        "a client that leaves lets the function run on, and the log says so",
      ],
    ]),
    ...unknown(event, [
      [
        "What a percent escape in a query becomes that is none.",
        "it is kept as it is",
        "the query of the event > bad=%zz",
      ],
    ]),
    ...notEmulated([
      [
        "Edge-optimized APIs add `CloudFront-*`, `Via` and `X-Amz-Cf-Id` to a request.",
        "none of them is added; the endpoint counts as Regional",
      ],
      [
        "`requestContext.identity.clientCert` tells the client's certificate with mutual TLS.",
        "there is no TLS, and no `clientCert`",
      ],
      ["Regional endpoints answer with `Connection: close`.", "connections are kept"],
      [
        "`/ping` and `/sping` are kept for health checks.",
        "they are paths like others, and a custom domain that leads to them is told",
      ],
    ]),
  ],
};
