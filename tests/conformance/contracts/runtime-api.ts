import type { Contract } from "../contract.ts";

const folder = "packages/platform/src/lambda/environment";
const server = `${folder}/runtime-api/runtime-api-server.test.ts`;
const concurrent = `${folder}/runtime-api/concurrent-api.test.ts > the Runtime API for several invocations at once`;
const parser = `${folder}/runtime-api/request-parser.test.ts`;
const environment = `${folder}/execution-environment.test.ts`;
const node = "packages/runtime/src/compat/awslambda.test.ts";
const process = "packages/runtime/src/runtime.test.ts";
const bootstrap = "packages/runtime/src/bootstrap/bootstrap.test.ts";

/** What a runtime sends and gets, and what the managed Node.js runtime makes of it for a handler. */
export const runtimeApi: Contract = {
  title: "Lambda: Runtime API",
  sources: [
    "https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html",
    "https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html",
    "https://docs.aws.amazon.com/lambda/latest/dg/lambda-managed-instances-runtimes.html",
    "https://github.com/aws/aws-lambda-runtime-interface-emulator",
    "https://github.com/aws/aws-lambda-nodejs-runtime-interface-client",
  ],
  behaviours: [
    {
      behaviour:
        "`next` blocks until there is an event, and tells request id, deadline, ARN, trace and what the caller added.",
      verdict: "pass",
      test: `${server} > next > blocks until there is an event, and describes it`,
    },
    {
      behaviour: "`next` before the answer gives the same event again.",
      verdict: "pass",
      test: `${server} > next > delivers the same event again before it was answered`,
    },
    {
      behaviour: "No event is lost to a connection that has ended while it waited.",
      verdict: "unknown",
      test: `${server} > next > gives no event to a connection that has ended`,
      note: "AWS does not say; here the event waits for the next call",
    },
    {
      behaviour: "`next` after a report of a failed Init is an InvalidStateTransition (403).",
      verdict: "pass",
      test: `${server} > next > is refused after init/error`,
    },
    {
      behaviour: 'A response with a length is accepted with 202 and `{"status":"OK"}`.',
      verdict: "pass",
      test: `${server} > a response > is passed on as a whole when it has a length`,
    },
    {
      behaviour: "A chunked response is passed on as its chunks come, and its error trailers after them.",
      verdict: "pass",
      test: `${server} > a response > is passed on chunk by chunk as it comes, with the error in its trailers`,
    },
    {
      behaviour: "Error trailers must be announced.",
      verdict: "unknown",
      test: `${server} > a response > with trailers that were not announced`,
      note: "AWS does not say what becomes of others: they are ignored here",
    },
    {
      behaviour: "An error body in the trailers that is no base64 gives empty details.",
      verdict: "pass",
      test: `${server} > a response > with trailers with a body that is not base64`,
    },
    {
      behaviour: "A response waits for a caller that reads slowly.",
      verdict: "pass",
      test: `${server} > a response > waits for whoever takes it`,
    },
    {
      behaviour: "An unknown request id is InvalidRequestID (400).",
      verdict: "pass",
      test: `${server} > a response > is refused when there is no such invocation`,
    },
    {
      behaviour: "An invocation id of another attempt is InvalidInvocationId (400).",
      verdict: "pass",
      test: `${server} > a response > is refused for another attempt of the invocation`,
    },
    {
      behaviour:
        "A second response is an InvalidStateTransition (403), and InvalidRequestID (400) after `next`.",
      verdict: "pass",
      test: `${server} > a response > is refused the second time, and after next as unknown`,
    },
    {
      behaviour: "A response beside another one under way is refused.",
      verdict: "pass",
      test: `${server} > a response > is refused while another one is under way`,
    },
    {
      behaviour:
        "A response mode other than `streaming` is InvalidFunctionResponseMode (400), and ends the invocation's answers.",
      verdict: "pass",
      test: `${server} > a response > with an unknown mode is refused, and nothing else can be answered`,
    },
    {
      behaviour:
        "The caller of a response with an unknown mode gets Runtime.InvalidResponseModeHeader with an empty payload.",
      verdict: "pass",
      test: `${environment} > a response that the platform does not take > because of its mode is an empty error`,
    },
    {
      behaviour: "A buffered response of just the limit is taken.",
      verdict: "pass",
      test: `${server} > a response > of which the limit is 10 bytes > may have 10 bytes`,
    },
    {
      behaviour: "A response that announces more than the limit is RequestEntityTooLarge (413).",
      verdict: "pass",
      test: `${server} > a response > of which the limit is 10 bytes > is refused at its head when it announces more`,
    },
    {
      behaviour: "A chunked response is refused as soon as it exceeds the limit.",
      verdict: "pass",
      test: `${server} > a response > of which the limit is 10 bytes > is refused as soon as it is longer`,
    },
    {
      behaviour: "A response that ends before its time is TruncatedHTTPRequest (400).",
      verdict: "pass",
      test: `${server} > a response > is truncated when `,
    },
    {
      behaviour: "A runtime that expects it is asked to continue with its body.",
      verdict: "pass",
      test: `${server} > a response > is asked for when the runtime expects that`,
    },
    {
      behaviour: "A runtime should close the connection after a streamed response.",
      verdict: "unknown",
      test: `${server} > a response > may come on one connection together with the call to next`,
      note: "AWS's own client for Go keeps it open, and it works: both work here",
    },
    {
      behaviour: "An invocation's error is passed on with the body and the content type that it has.",
      verdict: "pass",
      test: `${server} > an error > of type Function.Oops counts as Function.Oops, and its body is passed on as it is`,
    },
    {
      behaviour:
        "The type of an error counts as Runtime.Unknown or Function.Unknown unless it has AWS's form.",
      verdict: "pass",
      test: `${server} > an error > of type `,
    },
    {
      behaviour: "An error document with a cause for X-Ray is passed on without it.",
      verdict: "pass",
      test: `${server} > an error > with its cause is passed on without it`,
    },
    {
      behaviour: "An error after a response is an InvalidStateTransition (403).",
      verdict: "pass",
      test: `${server} > an error > is refused once a response has been sent`,
    },
    {
      behaviour: "A failed Init is reported before the first `next`.",
      verdict: "pass",
      test: `${server} > an error > of the Init phase is taken before the first next only`,
    },
    {
      behaviour: "A report of a failed Init after that is an InvalidStateTransition (403).",
      verdict: "pass",
      test: `${server} > an error > of the Init phase is refused later`,
    },
    {
      behaviour: "`/ping` is answered.",
      verdict: "pass",
      test: `${server} > any other request > to ping is answered`,
    },
    {
      behaviour: "The restore endpoints are not there for a function without SnapStart.",
      verdict: "pass",
      test: `${server} > any other request > GET /2018-06-01/runtime/restore/next is not found`,
    },
    {
      behaviour: "The superseded Logs API takes subscriptions.",
      verdict: "not emulated",
      test: `${server} > any other request > PUT /2020-08-15/logs is not found`,
      note: "it is answered with 404: subscribe with the Telemetry API",
    },
    {
      behaviour: "Credentials of SnapStart functions come from `/2021-04-23/credentials`.",
      verdict: "not emulated",
      test: `${server} > any other request > GET /2021-04-23/credentials is not found`,
      note: "every function has its credentials in its variables",
    },
    {
      behaviour: "Unknown paths and methods are 404.",
      verdict: "pass",
      test: `${server} > any other request > GET / is not found`,
    },
    {
      behaviour: "What is not HTTP/1.1 is refused, and its connection closed.",
      verdict: "pass",
      test: `${server} > any other request > that is not HTTP is told so, and its connection closed`,
    },
    {
      behaviour: "Heads and trailers have limits of their own.",
      verdict: "unknown",
      test: `${parser} > what is not HTTP/1.1 within the limits`,
      note: "AWS does not publish them: trailers may be as long as its server was measured to take them",
    },
    {
      behaviour: "A runtime on managed instances has as many `next` open as it may have invocations.",
      verdict: "pass",
      test: `${concurrent} > gives each call to next an event, those that came before it first`,
    },
    {
      behaviour: "More calls to `next` than there may be invocations are refused.",
      verdict: "pass",
      test: `${concurrent} > refuses more calls to next than there may be invocations`,
    },
    {
      behaviour: "On managed instances an answer after the invocation's timeout is InvokeTimeout (410).",
      verdict: "pass",
      test: `${concurrent} > takes answers in any order, each of them once, and only while the time is not up`,
    },
    {
      behaviour: "The invocation id tells one attempt of an event from the next.",
      verdict: "pass",
      test: `${concurrent} > tells an attempt from the next one of the same event by its invocation id`,
    },
    {
      behaviour: "A runtime ends when the API answers 500.",
      verdict: "pass",
      test: `${process} > a Runtime API that answers 500 ends the process at once`,
    },
    {
      behaviour: "A runtime reports a failed Init and exits.",
      verdict: "pass",
      test: `${process} > an Init phase that fails is reported, and the process exits`,
    },
    {
      behaviour: "An uncaught exception is reported and exits with 129, an unhandled rejection with 128.",
      verdict: "pass",
      test: `${process} > an error that nobody catches ends the process, after it was reported`,
    },
    {
      behaviour: "A function that can't be loaded is told with the types of errors of the managed runtime.",
      verdict: "pass",
      test: `${bootstrap} > a function that can't be started`,
    },
    {
      behaviour: "Handlers with a callback work up to Node.js 22, and are refused on managed instances.",
      verdict: "pass",
      test: `${bootstrap} > callback functions`,
    },
    {
      behaviour: "`_X_AMZN_TRACE_ID` is the trace of the invocation under way.",
      verdict: "pass",
      test: "packages/runtime/src/invocation-loop.test.ts > the trace ID in _X_AMZN_TRACE_ID",
    },
    {
      behaviour: "The context of a Node.js handler has the members of the managed runtime.",
      verdict: "pass",
      test: `${node} > the context > is that of the managed runtimes`,
    },
    {
      behaviour: "`awslambda.streamifyResponse` tags the handler with the well-known symbol.",
      verdict: "pass",
      test: `${node} > streamifyResponse > tags the function itself`,
    },
    {
      behaviour: "The `highWaterMark` of `streamifyResponse` is the stream's.",
      verdict: "pass",
      test: `${node} > streamifyResponse > the highWaterMark is the stream's`,
    },
    {
      behaviour:
        "The global `awslambda` is there unless AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA says otherwise.",
      verdict: "pass",
      test: `${node} > the global > with AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA=`,
    },
    {
      behaviour: "A response stream sends texts and bytes as they are, and anything else as JSON.",
      verdict: "pass",
      test: `${node} > what is written > write sends `,
    },
    {
      behaviour: "The content type is `application/octet-stream` unless it is set.",
      verdict: "pass",
      test: `${node} > the content type > is application/octet-stream unless set`,
    },
    {
      behaviour: "The content type can't be set after the first write.",
      verdict: "pass",
      test: `${node} > the content type > can't be set after `,
    },
    {
      behaviour: "`HttpResponseStream.from` puts the prelude and eight NULs before the first write.",
      verdict: "pass",
      test: `${node} > HttpResponseStream.from > sends the prelude before write and end`,
    },
    {
      behaviour: "`HttpResponseStream.from` gives back the stream that it was given.",
      verdict: "pass",
      test: `${node} > HttpResponseStream.from > returns the stream itself, and the last prelude counts`,
    },
    {
      behaviour: "A stream that is ended without a write has no prelude.",
      verdict: "differs",
      test: `${node} > HttpResponseStream.from > sends the prelude before end with `,
      note: "a known defect of AWS's client, which turns `end(text)` into a 502: the prelude is always sent here",
    },
    {
      behaviour: "What a streaming handler returns is not sent, and a warning says so.",
      verdict: "pass",
      test: `${node} > how a response ends > a return value is not sent, and a warning says so`,
    },
    {
      behaviour: "A streaming handler that is not asynchronous fails.",
      verdict: "pass",
      test: `${node} > how a response ends > a handler that is not async fails`,
    },
    {
      behaviour: "A streaming handler that fails after a write ends the stream with error trailers.",
      verdict: "pass",
      test: `${node} > errors > thrown after writes, which come first end the response`,
    },
    {
      behaviour:
        "A streaming handler that fails before the first write ends an empty stream with error trailers.",
      verdict: "differs",
      test: `${node} > errors > thrown at once end the response`,
      note: "it is reported as the invocation's error, so that callers have an error instead of an empty success",
    },
    {
      behaviour: "A handler that returns before its stream has ended fails at once.",
      verdict: "differs",
      test: `${node} > how a response ends > an unawaited pipe ends it after the handler has returned`,
      note: "the stream may be ended afterwards, up to the deadline; only then it fails",
    },
    {
      behaviour: "Text log lines have time, request id, level and message between tabs.",
      verdict: "pass",
      test: "packages/runtime/src/logging.test.ts > in text",
    },
    {
      behaviour: "JSON log lines have timestamp, level, request id and message, and the parts of errors.",
      verdict: "pass",
      test: "packages/runtime/src/logging.test.ts > in JSON",
    },
    {
      behaviour: "Functions with the clients of other languages stream, answer and fail as on AWS.",
      verdict: "pass",
      test: "tests/interop/runtimes/runtime-clients.test.ts",
    },
  ],
};
