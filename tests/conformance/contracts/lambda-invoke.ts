import type { Contract } from "../contract.ts";

const lambda = "packages/platform/src/lambda";
const api = `${lambda}/invoke-api.test.ts`;
const stream = `${lambda}/invoke-stream.test.ts`;
const names = `${lambda}/function-name.test.ts`;
const frames = "packages/protocol/src/event-stream.test.ts";
const use = `${lambda}/concurrency.test.ts > one more invocation of the first version of the first function, in an account of ten`;
const service = `${lambda}/lambda-service.test.ts`;
const throttled = `${lambda}/throttling.test.ts > a function with the reserved concurrency 0`;
const alike = "by Invoke and by InvokeWithResponseStream alike";

/** The two synchronous operations of the Lambda API. */
export const lambdaInvoke: Contract = {
  title: "Lambda: Invoke and InvokeWithResponseStream",
  sources: [
    "https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html",
    "https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html",
    "https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html",
    "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html",
    "https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html",
    "https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html",
  ],
  behaviours: [
    {
      behaviour:
        "The request's body is the event, byte for byte, and the function's output is the answer's body.",
      verdict: "pass",
      test: `${api} > Invoke through the SDK > gives the payload, byte for byte`,
    },
    {
      behaviour: "A request without a payload gives the function an empty object.",
      verdict: "pass",
      test: `${api} > Invoke through the SDK > sends an empty object where there is no payload`,
    },
    {
      behaviour: "A handler of a managed runtime that returns nothing answers `null`.",
      verdict: "pass",
      test: `${api} > Invoke through the SDK > answers null for a managed handler that returned nothing`,
    },
    {
      behaviour:
        "FunctionName may be a name, a partial ARN or a whole ARN, and the function sees the ARN that was invoked.",
      verdict: "pass",
      test: `${api} > Invoke through the SDK > finds `,
    },
    {
      behaviour: "FunctionName may end in a version, an alias, `$LATEST` or `$LATEST.PUBLISHED`.",
      verdict: "pass",
      test: `${names} > a function's name > may be `,
    },
    {
      behaviour:
        "A name that does not match the model's pattern is a ValidationException that quotes value and pattern.",
      verdict: "pass",
      test: `${names} > a function's name > is refused if it is `,
    },
    {
      behaviour: "An ARN of another region is a ResourceNotFoundException that names both regions.",
      verdict: "pass",
      test: `${names} > a function's name > of another region is not reachable`,
    },
    {
      behaviour: "The Qualifier of the query chooses a version or an alias.",
      verdict: "pass",
      test: `${api} > Invoke through the SDK > takes the qualifier from the query`,
    },
    {
      behaviour: "A Qualifier has 1 to 128 characters.",
      verdict: "pass",
      test: `${names} > a qualifier > may be `,
    },
    {
      behaviour: "A Qualifier with other characters, or too long, is a ValidationException.",
      verdict: "pass",
      test: `${names} > a qualifier > is refused if it is `,
    },
    {
      behaviour: "A name that carries the same qualifier as the query is taken.",
      verdict: "pass",
      test: `${names} > a qualifier > may be said twice`,
    },
    {
      behaviour: "A name whose qualifier differs from the query's is an InvalidParameterValueException.",
      verdict: "pass",
      test: `${names} > a qualifier > must be the same if it is said twice`,
    },
    {
      behaviour: "Several wrong parameters are told in one ValidationException, which counts them.",
      verdict: "pass",
      test: `${names} > a qualifier > is refused together with the name if both are wrong`,
    },
    {
      behaviour: "`X-Amz-Executed-Version` names the version that ran, also when an alias was called.",
      verdict: "pass",
      test: `${lambda}/versions.test.ts > a function with AutoPublishAlias > auto with live runs version 1`,
    },
    {
      behaviour: "The streaming operation names the executed version in a header too.",
      verdict: "pass",
      test: `${lambda}/versions.test.ts > a function with AutoPublishAlias > says which version streamed`,
    },
    {
      behaviour: "An alias with a weighted second version sends it its share of the invocations.",
      verdict: "pass",
      test: `${service} > an alias of two versions > gives the second its share of the invocations, and the first the rest`,
    },
    {
      behaviour: "A published version keeps its code and configuration when the function changes.",
      verdict: "pass",
      test: `${lambda}/published-versions.test.ts > a version > has code and configuration as they were`,
    },
    {
      behaviour: "The function gets the client context decoded.",
      verdict: "pass",
      test: `${api} > Invoke through the SDK > gives the client context to the function, decoded`,
    },
    {
      behaviour: "A client context that is no base64 of JSON is an InvalidRequestContentException.",
      verdict: "pass",
      test: `${api} > a request that is refused > for a client context that is not JSON, ${alike}`,
    },
    {
      behaviour: "A client context of more than 3,583 bytes is refused.",
      verdict: "unknown",
      test: `${api} > a request that is refused > for a client context of 3,584 bytes, ${alike}`,
      note: "AWS publishes the limit, but neither status nor text: it is an InvalidRequestContentException here",
    },
    {
      behaviour: "The function gets the tenant's id of `X-Amz-Tenant-Id`.",
      verdict: "pass",
      test: `${api} > Invoke through the SDK > gives the tenant's id to the function`,
    },
    {
      behaviour: "Tenants of a function with tenant isolation have environments of their own.",
      verdict: "not emulated",
      note: "tenants share environments, and the deployment warns of it",
    },
    {
      behaviour: "DryRun answers 204 without a body and runs nothing.",
      verdict: "pass",
      test: `${api} > Invoke through the SDK > runs nothing for a dry run`,
    },
    {
      behaviour: "DryRun of the streaming operation answers 204 without a body and without a content type.",
      verdict: "pass",
      test: `${api} > an answer on the wire > has no body and no content type for a dry run of the streaming call`,
    },
    {
      behaviour: "Invoke of a function that streams answers its whole output, prelude and NULs included.",
      verdict: "pass",
      test: `${api} > Invoke through the SDK > collects a streamed response, prelude and all`,
    },
    {
      behaviour: "LogType Tail answers the invocation's log in base64.",
      verdict: "pass",
      test: `${api} > the log of an invocation > comes with LogType Tail`,
    },
    {
      behaviour: "The tail of the log is its last 4 KB.",
      verdict: "pass",
      test: `${api} > the log of an invocation > is its last 4 KB`,
    },
    {
      behaviour: "The tail of the log is never cut within a character.",
      verdict: "unknown",
      test: `${lambda}/log-tail.test.ts > the tail of a log > is cut between characters`,
      note: "AWS says only that it is the last 4 KB; here it is up to three bytes less rather than half a character",
    },
    {
      behaviour:
        "An answer has content type, request id, trace id, executed version and the remapped length of 0.",
      verdict: "pass",
      test: `${api} > an answer on the wire > has the headers that the service sends`,
    },
    {
      behaviour: "A UUID that the client sends as `x-amzn-RequestId` is the invocation's request id.",
      verdict: "pass",
      test: `${api} > an answer on the wire > takes over the client's request id, and the function sees the same`,
    },
    {
      behaviour:
        "A handler's error is answered with status 200, `X-Amz-Function-Error: Unhandled` and its document as it is.",
      verdict: "pass",
      test: `${api} > a function that fails > by its own report gives that report, unchanged`,
    },
    {
      behaviour:
        "An error of the managed Node.js runtime has `errorType`, `errorMessage` and `trace`, in that order.",
      verdict: "pass",
      test: `${api} > a function that fails > in a managed runtime gives type, message and trace, in that order`,
    },
    {
      behaviour: "A process that exits with 0 is a Runtime.ExitError without a reason.",
      verdict: "pass",
      test: `${api} > a function that fails > by exiting gives the platform's own report`,
    },
    {
      behaviour: "A process that exits with another code is a Runtime.ExitError that names it.",
      verdict: "pass",
      test: `${api} > a function that fails > by a crash gives the platform's own report`,
    },
    {
      behaviour: "A process that a signal ends is a Runtime.ExitError that names the signal.",
      verdict: "pass",
      test: `${api} > a function that fails > by SIGKILL gives the platform's own report`,
    },
    {
      behaviour:
        "A function that exceeds its timeout is a Sandbox.Timedout that tells the timeout with two decimals.",
      verdict: "pass",
      test: `${api} > a function that fails > by its timeout gives the platform's own report`,
    },
    {
      behaviour: "A buffered response of 6,291,556 bytes is answered.",
      verdict: "pass",
      test: `${api} > a function that fails > answers 6291556 bytes`,
    },
    {
      behaviour: "A buffered response of one byte more is a Function.ResponseSizeTooLarge.",
      verdict: "pass",
      test: `${api} > a function that fails > answers 6291557 bytes`,
    },
    {
      behaviour: "InvokeWithResponseStream delivers what a function writes when it writes it.",
      verdict: "pass",
      test: `${stream} > InvokeWithResponseStream through the SDK > gives each piece when the function writes it`,
    },
    {
      behaviour: "How a function's writes are put into PayloadChunk events is not promised.",
      verdict: "unknown",
      test: `${stream} > InvokeWithResponseStream through the SDK > gives each piece when the function writes it`,
      note: "an event goes out for what has come, as soon as it has; nothing is held back to make larger events",
    },
    {
      behaviour: "The answer to a streaming call begins when the function begins its response.",
      verdict: "unknown",
      test: `${stream} > InvokeWithResponseStream through the SDK > answers before there is a piece, as soon as the function begins its response`,
      note: "AWS does not say when the headers go out; here they don't wait for the first byte",
    },
    {
      behaviour:
        "The stream has PayloadChunk events of octets, then one InvokeComplete of JSON, in event stream framing.",
      verdict: "pass",
      test: `${stream} > InvokeWithResponseStream through the SDK > sends the frames of the contract`,
    },
    {
      behaviour: "InvokeComplete of a success has no members.",
      verdict: "unknown",
      test: `${frames} > the events of a Lambda stream > InvokeComplete is {}`,
      note: "AWS does not say whether they are left out or null; they are left out here",
    },
    {
      behaviour: "A function that does not stream has its output in PayloadChunk events, uninterpreted.",
      verdict: "pass",
      test: `${stream} > InvokeWithResponseStream through the SDK > gives the payload of a function that does not stream, uninterpreted`,
    },
    {
      behaviour: "The prelude of an HTTP response stays in the payload of a streaming call.",
      verdict: "pass",
      test: `${stream} > InvokeWithResponseStream through the SDK > leaves the prelude in the payload`,
    },
    {
      behaviour: "The log of a streaming call comes in InvokeComplete.",
      verdict: "pass",
      test: `${stream} > InvokeWithResponseStream through the SDK > ends with the log if it is asked for`,
    },
    {
      behaviour: "A streamed response may be larger than 6 MB.",
      verdict: "pass",
      test: `${stream} > InvokeWithResponseStream through the SDK > takes more than 6 MB`,
    },
    {
      behaviour: "A streamed response that is longer than the limit ends with an error.",
      verdict: "pass",
      test: `${lambda}/environment/execution-environment.test.ts > a response that the platform does not take > because a stream is longer than it may be ends the stream with an error`,
    },
    {
      behaviour: "The streaming operation takes no invocation type Event.",
      verdict: "pass",
      test: `${stream} > InvokeWithResponseStream through the SDK > is refused like Invoke where the function can't run at all`,
    },
    {
      behaviour:
        "An error in the trailers of a stream is InvokeComplete's ErrorCode, as it is, and ErrorDetails, decoded.",
      verdict: "pass",
      test: `${stream} > a stream that fails > with error trailers ends with InvokeComplete, and the log tells`,
    },
    {
      behaviour: "A process that is killed in the middle of a stream ends it with Runtime.TruncatedResponse.",
      verdict: "pass",
      test: `${stream} > a stream that fails > when the function is killed ends with InvokeComplete, and the log tells`,
    },
    {
      behaviour: "A process that exits in the middle of a stream ends it with Runtime.TruncatedResponse.",
      verdict: "pass",
      test: `${stream} > a stream that fails > when the function exits ends with InvokeComplete, and the log tells`,
    },
    {
      behaviour: "A response whose connection breaks off ends the stream with Runtime.TruncatedResponse.",
      verdict: "pass",
      test: `${stream} > a stream that fails > when the connection to the runtime brea`,
    },
    {
      behaviour: "A timeout in the middle of a stream ends it with an error type of the sandbox.",
      verdict: "unknown",
      test: `${stream} > a stream that fails > at the timeout, while the function stal`,
      note: "`Sandbox.Timedout` was recorded for buffered answers, AWS's emulator has `Sandbox.Timeout` for streams: that is sent here",
    },
    {
      behaviour:
        "Error trailers before the first byte give an InvokeComplete with the error, and no payload.",
      verdict: "pass",
      test: `${stream} > a stream that fails > before its first byte, by error trailers, has only an end`,
    },
    {
      behaviour:
        "An error that the runtime reports before it began a response is told to the caller of a stream.",
      verdict: "unknown",
      test: `${stream} > a stream that fails > before its response began, by the function's own report, has only an end`,
      note: "AWS does not document the mapping: here it is an InvokeComplete with the ErrorCode `Unhandled` and the document",
    },
    {
      behaviour: "A process that ends before it began a response is told to the caller of a stream.",
      verdict: "unknown",
      test: `${stream} > a stream that fails > before its response began, when the function is killed, has only an end`,
      note: "AWS does not document the mapping: here it is an InvokeComplete with the platform's own type and document",
    },
    {
      behaviour: "A stream sends 6 MB without a limit, and 2 MB a second after that.",
      verdict: "pass",
      test: `${lambda}/paced-receiver.test.ts > the stream of a function > goes on with 2 MB in a second, 256 KB at a time`,
    },
    {
      behaviour: "The function waits in its writes while the bandwidth is used up.",
      verdict: "pass",
      test: `${lambda}/bandwidth.test.ts > a function's writes wait while its stream may not go on`,
    },
    {
      behaviour: "A client that leaves does not interrupt the function, which is billed to its end.",
      verdict: "pass",
      test: `${lambda}/disconnect.test.ts > a client that leaves before there is an answer is no different`,
    },
    {
      behaviour:
        "A message of the event stream has big-endian lengths, the CRC of its prelude and the CRC of the whole.",
      verdict: "pass",
      test: `${frames} > a message on the wire > is laid out as the specification says`,
    },
    {
      behaviour: "Headers of the event stream have the ten types of values of the specification.",
      verdict: "pass",
      test: `${frames} > a message on the wire > carries `,
    },
    {
      behaviour: "A message of the event stream has at most 128 KB of headers and 24 MB of payload.",
      verdict: "pass",
      test: `${frames} > a message on the wire > is refused past 128 KB of headers and 24 MB of payload`,
    },
    {
      behaviour: "What is framed here, the AWS SDK's codec reads.",
      verdict: "pass",
      test: `${frames} > properties > what we encode, the AWS SDK's codec decodes`,
    },
    {
      behaviour: "An unknown function is a ResourceNotFoundException (404) with its ARN.",
      verdict: "pass",
      test: `${api} > a request that is refused > for an unknown function, ${alike}`,
    },
    {
      behaviour: "An unknown version or alias is a ResourceNotFoundException with the qualified ARN.",
      verdict: "pass",
      test: `${api} > a request that is refused > for a version that does not exist, ${alike}`,
    },
    {
      behaviour:
        "A function of another account needs its resource-based policy: AccessDeniedException (403).",
      verdict: "pass",
      test: `${api} > a request that is refused > for another account's function, ${alike}`,
    },
    {
      behaviour: "An unknown invocation type is a ValidationException that lists the valid ones.",
      verdict: "pass",
      test: `${api} > a request that is refused > for an unknown invocation type, ${alike}`,
    },
    {
      behaviour: "A payload that is not JSON is an InvalidRequestContentException (400).",
      verdict: "pass",
      test: `${api} > a request that is refused > for a payload that is not JSON, ${alike}`,
    },
    {
      behaviour: "The refusal of a payload tells where its JSON ends to be one.",
      verdict: "pass",
      test: `${lambda}/event-json.test.ts > an event > is refused if it is `,
    },
    {
      behaviour: "A payload of more than 6 MB is a RequestTooLargeException (413).",
      verdict: "pass",
      test: `${api} > a request that is refused > for a payload of more than 6 MB, ${alike}`,
    },
    {
      behaviour:
        "An error is named in `x-amzn-ErrorType`, with its members spelled as in the service's model.",
      verdict: "pass",
      test: `${api} > a request that is refused > names its error in the header, and spells the text member as the model has it`,
    },
    {
      behaviour: "A request without a signature is refused with 403 before anything is looked up.",
      verdict: "pass",
      test: `${api} > a request that is refused > for want of a signature, before anything is looked up`,
    },
    {
      behaviour: "A body that the signature does not cover is refused.",
      verdict: "pass",
      test: `${api} > a request that is refused > for a body that its signature does not cover`,
    },
    {
      behaviour: "An operation that the service does not have is an UnknownOperationException (404).",
      verdict: "pass",
      test: `${api} > a request that is refused > for an operation that is not served`,
    },
    {
      behaviour: "An account runs a limited number of invocations at once, all functions together.",
      verdict: "pass",
      test: `${service} > the account's concurrency > is shared by all functions`,
    },
    {
      behaviour: "What a function reserves is taken from what others may use, used or not.",
      verdict: "pass",
      test: `${use} > what others have reserved counts though`,
    },
    {
      behaviour: "What a function reserves is there for it, whatever others use.",
      verdict: "pass",
      test: `${use} > what is reserved is there whatever othe`,
    },
    {
      behaviour: "Reserved concurrency is a cap for all versions of a function together.",
      verdict: "pass",
      test: `${use} > it is used up by all versions together: `,
    },
    {
      behaviour:
        "An exhausted account is a TooManyRequestsException (429) with the reason ConcurrentInvocationLimitExceeded.",
      verdict: "pass",
      test: `${use} > the account is used up by others: ConcurrentInvocationLimitExceeded`,
    },
    {
      behaviour: "The reserved concurrency 0 turns a function off, with a reason of its own.",
      verdict: "pass",
      test: `${throttled} > refuses every invocation: `,
    },
    {
      behaviour: "A dry run of a function that is turned off is good.",
      verdict: "unknown",
      test: `${throttled} > finds a dry run good`,
      note: "AWS says that a dry run checks parameters and permission: nothing else is checked here",
    },
    {
      behaviour: "A function URL of a function without concurrency answers 429.",
      verdict: "pass",
      test: `${throttled} > has a URL that answers 429`,
    },
    {
      behaviour: "Provisioned concurrency is taken from what the function reserves.",
      verdict: "pass",
      test: `${service} > provisioned concurrency`,
    },
    {
      behaviour: "Beyond its provisioned concurrency a version uses what is free.",
      verdict: "pass",
      test: `${use} > its own provisioned concurrency is used`,
    },
    {
      behaviour: "Synchronous invocations are limited to ten times the concurrency in a second.",
      verdict: "pass",
      test: `${service} > the rate of invocations`,
    },
    {
      behaviour: "A function gets at most 1,000 more environments in ten seconds.",
      verdict: "not emulated",
      note: "environments are started as they are needed, up to the concurrency of the account",
    },
    {
      behaviour: "Provisioned concurrency is for published versions and aliases, never for `$LATEST`.",
      verdict: "pass",
      test: `${lambda}/control/settings.test.ts > provisioned concurrency > for $LATEST is refused`,
    },
    {
      behaviour: "Reserved concurrency can't be set below the provisioned total.",
      verdict: "pass",
      test: `${lambda}/control/settings.test.ts > provisioned concurrency > of more than is reserved is refused`,
    },
    {
      behaviour:
        "Failures of file systems, network interfaces and KMS keys have exceptions of their own (403, 408, 410, 502).",
      verdict: "not emulated",
      note: "functions run in this machine's network and file system without them, so these errors never come",
    },
    {
      behaviour: "A function that invokes itself without end is stopped with a RecursiveInvocationException.",
      verdict: "not emulated",
      note: "it goes on until the account's concurrency is used up",
    },
    {
      behaviour: "Durable executions are begun with `X-Amz-Durable-Execution-Name`.",
      verdict: "not emulated",
      note: "the header has no effect, and the function runs as any other",
    },
    {
      behaviour: "The AWS SDK for JavaScript reads a stream as it is written.",
      verdict: "pass",
      test: "tests/interop/platform/sdk.test.ts > the AWS SDK for JavaScript, with nothing but the environment that sluice credentials prints > InvokeWithResponseStream > yields each piece before the next is written",
    },
    {
      behaviour: "boto3 reads a stream as it is written.",
      verdict: "pass",
      test: "tests/interop/platform/boto3.test.ts > boto3, in a shell with sluice credentials > invoke_with_response_stream yields each piece before the next is written",
    },
    {
      behaviour: "The AWS CLI invokes a function and tells its error.",
      verdict: "pass",
      test: "tests/interop/platform/aws-cli.test.ts > the AWS CLI, in a shell with sluice credentials > invoke ",
    },
  ],
};
