import type { Contract } from "../contract.ts";
import { passing, unknown } from "../rows.ts";

const platform = "packages/platform/src";
const definition = `${platform}/apigateway/definition/rest-api.test.ts`;
const control = `${platform}/apigateway/control`;
const streamed = `${platform}/apigateway/integration/streamed-integration.test.ts`;
const documented = `${platform}/apigateway/integration/documented-functions.test.ts`;
const limits = `${platform}/apigateway/integration/stream-limits.test.ts`;
const http = `${platform}/apigateway/integration/http-stream.test.ts`;
const prelude = "packages/protocol/src/http-prelude.test.ts";

/** How REST APIs stream, from the template to the client. */
export const restStreaming: Contract = {
  title: "REST API: response streaming",
  sources: [
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html",
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html",
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/response-streaming-lambda-configure.html",
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/response-streaming-http.html",
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/response-streaming-troubleshoot.html",
    "https://aws.amazon.com/blogs/compute/building-responsive-apis-with-amazon-api-gateway-response-streaming/",
  ],
  behaviours: [
    ...passing(definition, [
      [
        "An integration without `responseTransferMode` is buffered.",
        "the integration of a method > is buffered unless told otherwise",
      ],
      [
        "`responseTransferMode: STREAM` with the URI of `InvokeWithResponseStream` streams.",
        "the integration of a method > streams",
      ],
      [
        "A streaming integration may take 900,000 ms.",
        "the integration of a method > may stream for 15 minutes",
      ],
      [
        "A timeout beyond 900,000 ms is refused.",
        "the integration of a method > is refused, with its place, when it is or has a timeout past 15 minutes",
      ],
      [
        "A timeout below 50 ms is refused.",
        "the integration of a method > is refused, with its place, when it is or has a timeout below 50 ms",
      ],
      [
        "`STREAM` with the URI of `Invoke` is no supported configuration.",
        "the integration of a method > is refused, with its place, when it is or has STREAM without a streaming URI",
      ],
      [
        "`BUFFERED` with the URI of `InvokeWithResponseStream` is no supported configuration.",
        "the integration of a method > is refused, with its place, when it is or has a streaming URI without STREAM",
      ],
      [
        "Only `BUFFERED` and `STREAM` are transfer modes.",
        "the integration of a method > is refused, with its place, when it is or has an unknown transfer mode",
      ],
      [
        "A function's ARN is no URI of an integration.",
        "the integration of a method > is refused, with its place, when it is or has a function's plain ARN",
      ],
      [
        "`credentials` name the role that API Gateway calls the function with.",
        "the integration of a method > may have a role",
      ],
    ]),
    ...passing(`${platform}/stack/rest-api-resources.test.ts`, [
      [
        "`AWS::ApiGateway::Method` streams with `ResponseTransferMode: STREAM`.",
        "a REST API of resources as CDK writes them > streams",
      ],
      [
        "`AWS::ApiGateway::Method` with `STREAM` and the URI of `Invoke` is refused.",
        "a mistake in a part is told at that part, with what to write > a STREAM integration with the URI of",
      ],
    ]),
    ...passing(`${platform}/cloudformation/sam/transform.test.ts`, [
      [
        "SAM's `ResponseTransferMode: RESPONSE_STREAM` becomes the streaming URI and `STREAM`.",
        "an Api event > with ResponseTransferMode RESPONSE_STREAM calls 2021-11-15",
      ],
      [
        "SAM writes the URI of `Invoke` for every other spelling of `ResponseTransferMode`.",
        "an Api event > with ResponseTransferMode STREAM calls 2015-03-31",
      ],
    ]),
    ...passing(`${control}/made-by-hand.test.ts`, [
      [
        "`UpdateIntegration` of `/responseTransferMode` and `/uri`, and a new deployment, make an integration stream.",
        "an integration is made to stream by a change of its mode and its URI",
      ],
      [
        "`TestInvokeMethod` gives a streamed answer up to 1 MB.",
        "a streamed answer is tried as far as its first megabyte",
      ],
      [
        "`TestInvokeMethod` gives a streamed answer whole, without an execution log.",
        "an integration is made to stream by a change of its mode and its URI",
      ],
    ]),
    ...passing(`${control}/recorded-refusals.test.ts`, [
      ["`PutIntegration` refuses a function's ARN as the URI.", "of integrations > a function's ARN"],
      ["`PutIntegration` refuses a URI that is no ARN.", "of integrations > no ARN"],
      ["`PutIntegration` refuses `AWS_PROXY` for other services.", "of integrations > another service"],
      ["`PutIntegration` refuses an integration without a method.", "of integrations > no method"],
    ]),
    ...passing(documented, [
      [
        "The documented function with `HttpResponseStream.from` streams.",
        "the documented function From > streams with its status, headers and cookies",
      ],
      [
        "The documented function with `pipeline` streams.",
        "the documented function Pipeline > streams with its status, headers and cookies",
      ],
      [
        "The documented function that writes metadata and delimiter itself streams.",
        "the documented function ByHand > streams with its status, headers and cookies",
      ],
      [
        "Status and headers of a streaming function arrive through a `BUFFERED` integration, and its body is lost.",
        "the documented function From > loses its body where the integration is BUFFERED, as AWS has it",
      ],
    ]),
    ...passing(streamed, [
      ["Metadata may be `{}`.", "the prelude of a stream > gives nothing, which is 200"],
      ["Metadata give the status.", "the prelude of a stream > gives a status"],
      ["Metadata give headers.", "the prelude of a stream > gives headers as they are spelled"],
      [
        "`headers` and `multiValueHeaders` are merged, and a pair in both is there once.",
        "the prelude of a stream > gives several values, those in both maps once",
      ],
      [
        "Values of one name in both maps are all sent.",
        "the prelude of a stream > gives both values where they differ",
      ],
      [
        "Each of `cookies` becomes a `Set-Cookie` header.",
        "the prelude of a stream > gives cookies, those of the headers too",
      ],
      [
        "Headers that API Gateway keeps for itself are renamed.",
        "the prelude of a stream > gives new names for API Gateway's own",
      ],
      [
        "The delimiter is found wherever the function's writes are cut.",
        "the prelude of a stream > may be cut at every byte",
      ],
      [
        "Metadata count whatever the content type of the function's response is.",
        "the prelude of a stream > counts whatever the content type is",
      ],
      [
        "The output of a function that does not stream is a 500 with `STREAM`.",
        "the prelude of a stream > is refused with 500 when it is missing, the output being a buffered one",
      ],
      [
        "A stream without a delimiter is a 500.",
        "the prelude of a stream > is refused with 500 when it is missing",
      ],
      [
        "Metadata that are no JSON are a 500.",
        "the prelude of a stream > is refused with 500 when it is not JSON",
      ],
      [
        "Metadata that are no object are a 500.",
        "the prelude of a stream > is refused with 500 when it is no object",
      ],
      [
        "Bytes of a body ahead of the metadata are a 500.",
        "the prelude of a stream > is refused with 500 when it is preceded by body bytes",
      ],
      [
        "Metadata without a delimiter in the first 16 KB are a 500.",
        "the prelude of a stream > is refused with 500 when it is longer than 16 KB",
      ],
      [
        "Metadata with a key besides the four are a 500.",
        "the prelude of a stream > is refused with 500 when it is with a key that it can't have",
      ],
      [
        "The client's answer starts once metadata and delimiter are there, and pieces follow as they are written.",
        "pieces > arrive when they are written, the head before there is a body",
      ],
      [
        "A stream whose metadata give no length is chunked.",
        "the prelude of a stream > gives nothing, which is 200",
      ],
      [
        "The timeout of the integration before the metadata is 504 `Endpoint request timed out`.",
        "the timeout of the integration > gives 504 before there is a prelude, and the function runs on",
      ],
      [
        "The timeout of the integration in the middle ends the connection early.",
        "the timeout of the integration > breaks a stream off, and the function runs on",
      ],
      [
        "The function's own timeout in the middle ends the connection early.",
        "a function that fails > by its timeout in the middle of its stream breaks the connection off",
      ],
      ["A function may run on when its client leaves.", "a client that leaves > in the middle"],
    ]),
    ...passing(`${platform}/apigateway/log/stage-logs.test.ts`, [
      [
        "The execution log says `Failed to parse prelude JSON` for metadata that can't be used.",
        "the execution log > says why there was no answer: a stream without metadata",
      ],
    ]),
    ...passing(limits, [
      [
        "A stream that is silent for five minutes is ended.",
        "a stream > that is silent for too long is stopped",
      ],
      [
        "A stream is ended after fifteen minutes.",
        "a stream > that takes too long altogether is stopped, however busy it is",
      ],
    ]),
    ...passing(`${platform}/platform-limits.test.ts`, [
      [
        "The first 10 MB of a stream go at once, and what follows at 2 MB a second.",
        "AWS's limits on one stream > let 10 MB pass at once through a REST API",
      ],
    ]),
    ...passing(http, [
      [
        "An `HTTP_PROXY` integration streams, its headers before there is a body.",
        "a streamed answer of a backend > reaches the client as it comes: headers before there is a body",
      ],
      [
        "A stream of a backend goes on at 2 MB a second after its first 10 MB.",
        "a streamed answer of a backend > goes on at 2 MB a second after its first 10 MB",
      ],
      [
        "A backend that is late with its headers is 504.",
        "a backend that takes too long > before its headers: 504",
      ],
      [
        "A backend's stream ends early after five minutes of silence.",
        "a backend that takes too long > with five minutes of silence after them: the stream breaks off",
      ],
      [
        "A backend's stream ends early after fifteen minutes.",
        "a backend that takes too long > altogether: the stream breaks off after its fifteen minutes",
      ],
    ]),
    ...unknown(streamed, [
      [
        "What a client gets whose function fails before the metadata with `STREAM`.",
        "502 `Internal server error`, as with `BUFFERED`",
        "a function that fails > before the prelude",
      ],
      [
        "How a stream ends whose function fails in the middle.",
        "the connection breaks off after what was written, without a last chunk; no trailer is sent",
        "a function that fails > in the middle of its stream",
      ],
      [
        "Whether metadata with an impossible status are accepted.",
        "500",
        "the prelude of a stream > is refused with 500 when it is with a status out of range",
      ],
      [
        "Whether metadata with a header that HTTP can't carry are accepted.",
        "500",
        "the prelude of a stream > is refused with 500 when it is with a header that would become two",
      ],
      [
        "What becomes of a body with the status 204 or 304, or for HEAD.",
        "status and headers are sent, and the body is discarded",
        "pieces > are left out of an answer to",
      ],
      [
        "What a function's stream does while the client doesn't read.",
        "the function's writes wait",
        "pieces > wait in the function while the client doesn't read",
      ],
      [
        "What a client gets whose function writes nothing at all.",
        "500, as for every stream without metadata",
        "the prelude of a stream > is missed with 500 where there is no byte at all",
      ],
    ]),
    ...unknown(prelude, [
      [
        "Whether the 16 KB count the delimiter.",
        "its last byte may be byte 16,384",
        "a decoded prelude > may end at byte 16,384 and not later",
      ],
      [
        "Whether header values of metadata may be other than text.",
        "a list or an object is refused",
        "a decoded prelude > is refused when it is a header value that is a list",
      ],
    ]),
    ...unknown(`${platform}/lambda/throttling.test.ts`, [
      [
        "What a client gets whose function is throttled with `STREAM`.",
        "500, as with `BUFFERED`",
        "a function with the reserved concurrency 0 > has an API that answers 500: stream",
      ],
    ]),
    ...unknown(limits, [
      [
        "How the idle timeout ends a stream.",
        "the connection breaks off, as with other timeouts; before the metadata it is 504",
        "a stream > that is silent for too long is stopped, before its first byte too",
      ],
    ]),
    ...unknown(http, [
      [
        "What becomes of a backend's request when the client leaves.",
        "it is ended",
        "a streamed answer of a backend > whose client leaves is ended at the backend",
      ],
      [
        "How a stream ends whose backend breaks it off.",
        "it breaks off for the client",
        "a streamed answer of a backend > that breaks off breaks off for the client, too",
      ],
    ]),
    ...passing("packages/platform/src/apigateway/integration/endpoint-types.test.ts", [
      [
        "Edge-optimized endpoints end a stream after 30 seconds of silence.",
        "the stream of an edge-optimized API",
      ],
      ["Private endpoints end a stream after five minutes of silence.", "the stream of a private API"],
      [
        "An API whose template names no endpoint type is edge-optimized.",
        "the stream of an API of SAM that says nothing",
      ],
    ]),
  ],
};
