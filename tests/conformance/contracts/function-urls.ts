import type { Contract } from "../contract.ts";
import { notEmulated, passing, unknown } from "../rows.ts";

const platform = "packages/platform/src";
const folder = `${platform}/lambda/function-url`;
const door = `${folder}/function-url-door.test.ts`;
const event = `${folder}/url-event.test.ts`;
const response = `${folder}/url-response.test.ts`;
const access = `${folder}/url-access.test.ts`;
const control = `${platform}/lambda/control/access.test.ts`;
const exactly = "the event of a function URL > is payload format 2.0, exactly";
const none = "the event of a function URL > has no body, query or cookies where the request has none";
const refused = (what: string) => `a payload that is no answer > is refused if it is ${what}`;

/** Function URLs, buffered and streaming. */
export const functionUrls: Contract = {
  title: "Function URLs",
  sources: [
    "https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html",
    "https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html",
    "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html",
    "https://docs.aws.amazon.com/lambda/latest/dg/config-rs-invoke-furls.html",
    "https://docs.aws.amazon.com/lambda/latest/dg/config-rs-write-functions.html",
    "https://docs.aws.amazon.com/lambda/latest/dg/urls-monitoring.html",
  ],
  behaviours: [
    ...passing(control, [
      [
        "A URL is created, and answers once it is permitted.",
        "a function URL > lets everyone in once it is permitted",
      ],
      [
        "A URL is updated, listed with those of aliases, and deleted.",
        "a function URL > is changed, listed with those of aliases, and goes",
      ],
      ["A second URL is a conflict.", "a function URL > of a function that has one is refused"],
      ["A version has no URL.", "a function URL > of a version is refused"],
      ["An alias must exist for its URL.", "a function URL > of an alias that is not there is refused"],
      [
        "`InvokeMode` is BUFFERED or RESPONSE_STREAM, and anything else is a ValidationException.",
        "a function URL > in a mode that there is not is refused",
      ],
    ]),
    ...passing(event, [
      ["`version` is 2.0.", exactly],
      ["`routeKey` is `$default`, as is `requestContext.routeKey`.", exactly],
      ["`rawPath` keeps its percent escapes.", exactly],
      ["`rawQueryString` is the query as it was sent, without its question mark.", exactly],
      ["`queryStringParameters` are decoded, and values of one name are joined by commas.", exactly],
      ["Names of `headers` are in lower case, and values of one name are joined by commas.", exactly],
      ["`cookies` are a list of pairs.", exactly],
      ["`host` is the URL's host name.", exactly],
      ["`content-length` is passed on.", exactly],
      [
        "`x-amzn-trace-id`, `x-forwarded-for`, `x-forwarded-port` and `x-forwarded-proto` are added.",
        exactly,
      ],
      [
        "`requestContext` has the URL's id as `apiId` and `domainPrefix`, and its host as `domainName`.",
        exactly,
      ],
      ["`requestContext.http` has method, path, protocol, source address and user agent.", exactly],
      ["`requestContext.stage` is `$default`.", exactly],
      ["`requestContext.time` is in the format of the common log, and `timeEpoch` in milliseconds.", exactly],
      ["`rawQueryString` is empty without a query.", none],
      ["`rawPath` is `/` for an empty path.", none],
      ["`isBase64Encoded` is false without a body.", none],
      [
        "`requestContext.http.path` is decoded.",
        "the event of a function URL > has the path decoded only in the request context",
      ],
      [
        "A plus sign in a query becomes a blank in `queryStringParameters`.",
        "the event of a function URL > reads the query a=x+y&b=%2B",
      ],
      [
        "Headers of the connection are not passed on.",
        "the event of a function URL > keeps no header of the connection",
      ],
      ["A body of `text/plain` is text.", 'the body > of type text/plain: "hé" is base64: false'],
      ["A body of `application/json` is text.", 'the body > of type application/json: "{" is base64: false'],
      ["A body of `multipart/form-data` is base64.", "the body > of type multipart/form-data"],
      ["A body of bytes is base64.", "the body > of type application/octet-stream"],
    ]),
    ...passing(door, [
      [
        "A URL is reached by its host name, and the function sees AWS's.",
        "a request > reaches a URL by path, by local host name and by AWS's own, and the function sees AWS's",
      ],
      ["Every method reaches the function.", "a request > may be"],
      ["HEAD gets the headers, and no body.", "a request > of HEAD gets the headers, and no body"],
      [
        "The id of a URL that does not exist is 403 with the message null.",
        "a request > to an id that nobody has is forbidden",
      ],
      [
        "A stream gives status, headers and cookies of its prelude at once, and each piece when it is written.",
        "a URL that streams > sends status, headers and cookies of the prelude at once",
      ],
      [
        "A streamed answer is chunked.",
        "a URL that streams > sends status, headers and cookies of the prelude at once",
      ],
      [
        "The answer has `x-amzn-RequestId` and `X-Amzn-Trace-Id`.",
        "a URL that streams > sends status, headers and cookies of the prelude at once",
      ],
      [
        "The delimiter is found wherever the function's writes are cut.",
        "a URL that streams > takes a prelude one byte at a time",
      ],
      [
        "Bytes without a content type are `application/octet-stream` with the status 200.",
        "a URL that streams > gives bytes without a type with status 200",
      ],
      [
        "Bytes of another content type have that, with the status 200.",
        "a URL that streams > gives bytes of a type of their own with status 200",
      ],
      [
        "An announced prelude that never comes is an empty answer with the status 200.",
        "a URL that streams > gives an announced prelude that never comes with status 200",
      ],
      [
        "What a function that does not stream returns is not interpreted with RESPONSE_STREAM.",
        "a URL that streams > gives the answer of a function that does not",
      ],
      [
        "A prelude without its delimiter is 502 `Internal Server Error`.",
        "a URL that streams > answers 502 for a prelude without its delimiter",
      ],
      [
        "A prelude that is no JSON is 502 `Internal Server Error`.",
        "a URL that streams > answers 502 for a prelude that is not JSON",
      ],
      [
        "A buffered URL makes an HTTP answer of `statusCode`, `headers`, `cookies` and `body`.",
        "a buffered URL > makes an HTTP answer of what the function describes",
      ],
      [
        "A function's error is 502 `Internal Server Error`.",
        "a buffered URL > answers 502 if the function reports an error",
      ],
      ["A function's crash is 502.", "a buffered URL > answers 502 if the function crashes"],
      ["Output that is no JSON is 502.", "a buffered URL > answers 502 if the function answers no JSON"],
      [
        "A signed request passes AWS_IAM, and `requestContext.authorizer.iam` tells who signed.",
        "AuthType AWS_IAM > lets a signed request through to signed, and tells who signed it",
      ],
      [
        "A signed request passes AWS_IAM to a URL that streams.",
        "AuthType AWS_IAM > lets a signed request through to signed-stream",
      ],
      [
        "AWS_IAM without a signature is 403 `AccessDeniedException` with the text about troubleshooting.",
        "AuthType AWS_IAM > forbids a request without a signature",
      ],
      [
        "The scope of a signature names `lambda`.",
        "AuthType AWS_IAM > forbids a request with a signature for another service",
      ],
      [
        "A signature covers the body.",
        "AuthType AWS_IAM > forbids a request with a body that the signature does not cover",
      ],
    ]),
    ...passing(response, [
      ["A string is the body, without quotes.", "a payload without a status > is the body if it is a string"],
      ["A number is the body.", "a payload without a status > is the body if it is a number"],
      ["A boolean is the body.", "a payload without a status > is the body if it is a boolean"],
      ["A list is the body, as compact JSON.", "a payload without a status > is the body if it is a list"],
      [
        "An object without a status is the body, as compact JSON.",
        "a payload without a status > is the body if it is an object",
      ],
      ["A status may be text with a number.", "a payload with a status > as text is an HTTP answer"],
      [
        "A body that is JSON is sent as it is.",
        "a payload with a status > and a JSON body is an HTTP answer",
      ],
      ["`headers` are sent.", "a payload with a status > and headers is an HTTP answer"],
      [
        "Each of `cookies` is a `set-cookie` header.",
        "a payload with a status > and cookies is an HTTP answer",
      ],
      ["`isBase64Encoded` decodes the body.", "a payload with a status > and base64 is an HTTP answer"],
      ["A status beyond 599 is 502.", refused("a status past 599")],
      [
        "A stream's headers have the content type that they give.",
        "the headers of a stream > have a content type in any case",
      ],
    ]),
    ...passing(access, [
      [
        "NONE needs `lambda:InvokeFunctionUrl` and `lambda:InvokeFunction` for everyone.",
        "AuthType NONE > with both: everyone gets 200",
      ],
      ["NONE without permissions is 403.", "AuthType NONE > with neither: everyone gets 403"],
      [
        "NONE with `lambda:InvokeFunctionUrl` alone is 403.",
        "AuthType NONE > with url-only: everyone gets 403",
      ],
      [
        "NONE with `lambda:InvokeFunction` alone is 403.",
        "AuthType NONE > with invoke-only: everyone gets 403",
      ],
      [
        "The condition `lambda:FunctionUrlAuthType` must be of the URL's type.",
        "AuthType NONE > with other-auth: everyone gets 403",
      ],
      [
        "NONE needs permissions for everyone, not for one account.",
        "AuthType NONE > with other-principal: everyone gets 403",
      ],
      [
        "With AWS_IAM the caller's own policies are enough within the account.",
        "AuthType AWS_IAM > asks no permission of the function for a caller whose own policies give it",
      ],
      [
        "`AllowOrigins`, `AllowMethods`, `AllowHeaders`, `AllowCredentials` and `MaxAge` are in the answer to a preflight.",
        "a preflight > is answered from the configuration, and the function does not run",
      ],
      ["Another origin gets no permission.", "a preflight > of another origin gets no permission"],
      ["`*` allows every origin.", "a preflight > of any origin gets it where all are allowed"],
      [
        "The configured headers are added to what the function answers.",
        "an answer to another origin > carries the function's headers and those of the configuration",
      ],
      [
        "Without a CORS configuration the answer has the function's headers alone.",
        "an answer to another origin > where CORS is not configured carries the function's alone",
      ],
    ]),
    ...passing(`${folder}/cors.test.ts`, [
      ["`AllowOrigins` has at most 100 entries.", "a configuration of 101 origins is refused"],
      ["An origin has at most 253 characters.", "a configuration of an origin of 254 characters is refused"],
      ["`AllowMethods` has at most 6 entries.", "a configuration of seven methods is refused"],
      [
        "`OPTIONS` can't be one of `AllowMethods`: an entry has at most 6 characters.",
        "a configuration of OPTIONS is refused",
      ],
      ["`AllowHeaders` has at most 100 entries.", "a configuration of 101 headers is refused"],
      ["`ExposeHeaders` has at most 100 entries.", "a configuration of 101 headers to expose is refused"],
      ["`MaxAge` is 0 to 86,400 seconds.", "a configuration of more than a day is refused"],
    ]),
    ...passing(`${platform}/cloudwatch/platform-metrics.test.ts`, [
      [
        "`UrlRequestCount` counts requests, by function and by what the URL is of.",
        "requests to a function URL are counted and timed, by function",
      ],
      [
        "`Url4xxCount` and `Url5xxCount` count answers that are errors.",
        "requests to a function URL are counted and timed, by function",
      ],
      [
        "`UrlRequestLatency` is the time to the answer.",
        "requests to a function URL are counted and timed, by function",
      ],
    ]),
    ...passing(`${platform}/cloudformation/sam/transform.test.ts`, [
      [
        "SAM adds both public permissions to a URL of AuthType NONE.",
        "a function > with a function URL of AuthType NONE also makes",
      ],
      [
        "SAM adds no permission to a URL of AuthType AWS_IAM.",
        "a function > with a function URL of AuthType AWS_IAM also makes",
      ],
    ]),
    ...passing(`${platform}/lambda/permissions.test.ts`, [
      [
        "`FunctionUrlAuthType` of `AddPermission` becomes its condition.",
        'a permission > with {"FunctionUrlAuthType":"NONE"} has its condition',
      ],
      [
        "`InvokedViaFunctionUrl` of `AddPermission` becomes its condition.",
        'a permission > with {"InvokedViaFunctionUrl":true} has its condition',
      ],
    ]),
    ...passing(`${platform}/lambda/throttling.test.ts`, [
      [
        "Reserved concurrency 0 makes a URL answer 429.",
        "a function with the reserved concurrency 0 > has a URL that answers 429",
      ],
    ]),
    ...passing(`${platform}/platform-limits.test.ts`, [
      [
        "The first 6 MB of a stream go at once, and what follows at 2 MB a second.",
        "AWS's limits on one stream > let 6 MB pass at once at a function URL",
      ],
    ]),
    ...unknown(door, [
      [
        "What a client gets whose function fails before the first byte of a stream.",
        "502 `Internal Server Error`",
        "a URL that streams > answers 502 for a function that fails before its first byte",
      ],
      [
        "What becomes of a stream's body with the status 204 or 304.",
        "it is discarded",
        "a URL that streams > sends no body with status",
      ],
      [
        "Whether a stream's prelude gives the length of the body.",
        "it does not: the stream is chunked",
        "a URL that streams > decides itself how long a body is",
      ],
      [
        "The status of a function's timeout.",
        "502, as in public reports",
        "a buffered URL > answers 502 if the function runs out of time",
      ],
      [
        "Whether a buffered URL interprets the prelude of a stream.",
        "it does not: 502",
        "a buffered URL > answers 502 if the function streams a prelude",
      ],
      ["The status of a request of more than 6 MB.", "413", "a request > of more than 6 MB is too large"],
      [
        "Whether a 403 shows what is wrong with a signature.",
        "the client gets the fixed text, and the developer is told",
        "AuthType AWS_IAM > forbids a request without a signature, and tells only the developer why",
      ],
    ]),
    ...unknown(`${platform}/lambda/mid-stream-failure.test.ts`, [
      [
        "How a stream ends whose function fails in the middle.",
        "the connection breaks off after what was written",
        "through a function URL > a stream of a function",
      ],
    ]),
    ...unknown(`${platform}/lambda/disconnect.test.ts`, [
      [
        "What becomes of a function whose client leaves.",
        "it runs to its end",
        "a client of a function URL that leaves > in the middle leaves the function running to its end",
      ],
    ]),
    ...unknown(event, [
      [
        "`requestContext.accountId` of NONE: documents and captures differ.",
        "`anonymous`, as captured",
        exactly,
      ],
      [
        "Whether members that do not apply are null or missing.",
        "`body`, `cookies` and `queryStringParameters` are missing",
        none,
      ],
      [
        "Which bodies count as text: AWS names no list.",
        "text, JSON, XML and JavaScript in UTF-8; anything else is base64",
        "the body > of type",
      ],
    ]),
    ...unknown(response, [
      ["What `statusCode` below 200 does.", "502", refused("an informational status")],
      [
        "Whether a body may be an object.",
        "it is sent as JSON",
        "a payload with a status > and a body that is an object is an HTTP answer",
      ],
      [
        "Whether `multiValueHeaders` of a prelude count.",
        "they do",
        "the headers of a stream > are as the function spelled them, one for each cookie and each of many values",
      ],
      [
        "Whether a string is sent with its quotes: documents and recordings differ.",
        "without, as recorded",
        "a payload without a status > is the body if it is a string",
      ],
    ]),
    ...unknown(access, [
      [
        "Whether the function runs for a preflight.",
        "it does not where CORS is configured",
        "a preflight > is answered from the configuration, and the function does not run",
      ],
      [
        "Whether a preflight reaches the function without a CORS configuration.",
        "it does",
        "a preflight > reaches the function where CORS is not configured",
      ],
      [
        "Whether a preflight needs a signature with AWS_IAM.",
        "it does not: browsers sign none",
        "a preflight > needs no signature where every other request does",
      ],
    ]),
    ...notEmulated([
      [
        "`x-amzn-tls-version` and `x-amzn-tls-cipher-suite` are added to a request.",
        "there is no TLS, and neither header",
      ],
    ]),
    ...passing(`${platform}/lambda/lambda-service.test.ts`, [
      [
        "Requests to a URL are limited to ten times the reserved concurrency in a second.",
        "the rate of invocations",
      ],
    ]),
  ],
};
