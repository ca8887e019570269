import type { Contract } from "../contract.ts";

const folder = "packages/platform/src/lambda/asynchronous";
const asynchronous = `${folder}/asynchronous-invocation.test.ts`;
const record = `${folder}/invocation-record.test.ts`;
const after = `${folder}/retry-policy.test.ts > after an attempt`;

/** Invocations of the type Event, their retries and where their outcome goes. */
export const lambdaAsynchronous: Contract = {
  title: "Lambda: asynchronous invocations",
  sources: [
    "https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html",
    "https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html",
    "https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html",
  ],
  behaviours: [
    {
      behaviour: "An event is accepted with 202 before it runs.",
      verdict: "pass",
      test: `${asynchronous} > an event is accepted at once, and the record of its success goes to the destination`,
    },
    {
      behaviour: "The deprecated InvokeAsync accepts an event the same way.",
      verdict: "pass",
      test: `${asynchronous} > InvokeAsync, deprecated as it is, does the same`,
    },
    {
      behaviour: "An event of more than 1 MB is a RequestTooLargeException.",
      verdict: "pass",
      test: `${asynchronous} > an event is refused > of more than 1 MB`,
    },
    {
      behaviour: "An event that is not JSON is an InvalidRequestContentException.",
      verdict: "pass",
      test: `${asynchronous} > an event is refused > that isn't JSON`,
    },
    {
      behaviour:
        "A function that fails is tried again after one minute, and then after two, under the same request id.",
      verdict: "pass",
      test: `${asynchronous} > a function that fails is tried again after one minute and after two, under the same request id`,
    },
    {
      behaviour: "MaximumRetryAttempts may be 0, 1 or 2.",
      verdict: "pass",
      test: `${after} > that failed, after 1 errors and undefined refusals: RetriesExhausted`,
    },
    {
      behaviour: "An event whose retries are used up is given up as RetriesExhausted.",
      verdict: "pass",
      test: `${asynchronous} > an event is given up > at once by Once: RetriesExhausted`,
    },
    {
      behaviour: "An event that is older than MaximumEventAgeInSeconds is given up as EventAgeExceeded.",
      verdict: "pass",
      test: `${asynchronous} > an event is given up > at once by Hasty: EventAgeExceeded`,
    },
    {
      behaviour: "An event of a function with the reserved concurrency 0 is given up at once.",
      verdict: "pass",
      test: `${asynchronous} > an event is given up > at once by Off: ZeroReservedConcurrency`,
    },
    {
      behaviour:
        "A throttled event goes back to the queue and is tried again, without counting as an attempt.",
      verdict: "pass",
      test: `${asynchronous} > a throttled event is tried again after 1, 2 and 4 seconds, and none of that counts as an attempt`,
    },
    {
      behaviour: "Retries of throttled events back off from one second up to five minutes.",
      verdict: "pass",
      test: `${after} > that refused`,
    },
    {
      behaviour: "The record of a success has version, time, request context, request and response.",
      verdict: "pass",
      test: `${asynchronous} > an event is accepted at once, and the record of its success goes to the destination`,
    },
    {
      behaviour: "The record of a failure has its condition, the count of attempts and the last response.",
      verdict: "pass",
      test: `${record} > a record > of an event that was given up has the request and the last response`,
    },
    {
      behaviour: "A record without a response has neither response context nor response payload.",
      verdict: "pass",
      test: `${record} > a record > without a response, and of a function that is turned off, has nothing of one, as measured on AWS`,
    },
    {
      behaviour: "A record of a function that was throttled to the end has the status alone.",
      verdict: "pass",
      test: `${record} > a record > of a function that was throttled to the end has the status alone`,
    },
    {
      behaviour: "A response that is not JSON is a text in the record.",
      verdict: "unknown",
      test: `${record} > a record > has a response that isn't JSON as text`,
      note: "AWS documents JSON responses only",
    },
    {
      behaviour: "A queue of SQS may be the destination of successes and of failures.",
      verdict: "pass",
      test: `${asynchronous} > an event is accepted at once, and the record of its success goes to the destination`,
    },
    {
      behaviour: "A function that is a destination gets the record as its event.",
      verdict: "pass",
      test: `${asynchronous} > a destination that is a function gets the record as its event`,
    },
    {
      behaviour: "A topic of SNS may be a destination.",
      verdict: "pass",
      test: "packages/platform/src/sns/sns-api.test.ts > a function's outcome > goes to a topic as a destination",
    },
    {
      behaviour: "A topic of SNS may be the dead-letter queue, and gets the same attributes.",
      verdict: "pass",
      test: "packages/platform/src/sns/sns-api.test.ts > a function's outcome > goes to a topic as a dead letter, with what went wrong as attributes",
    },
    {
      behaviour: "A bus of EventBridge gets an event of the source `lambda` with the record as its detail.",
      verdict: "pass",
      test: "packages/platform/src/events/events-api.test.ts > the outcome of a function > goes to a bus as an event of AWS's form: ",
    },
    {
      behaviour: "A bucket may be the destination of failures.",
      verdict: "not emulated",
      test: `${asynchronous} > a destination that is not served is refused by name, saying what to use`,
      note: "nothing is sent to a bucket; the deployment and the log say so, and what to use here",
    },
    {
      behaviour:
        "The dead-letter queue gets the event itself, with RequestID, ErrorCode and ErrorMessage as attributes.",
      verdict: "pass",
      test: `${record} > the attributes for a dead-letter queue > are the request, the status and the message`,
    },
    {
      behaviour: "ErrorMessage is the first kilobyte of the error's message.",
      verdict: "pass",
      test: `${record} > the attributes for a dead-letter queue > hold the first kilobyte of a long one`,
    },
    {
      behaviour: "A function needs the right to send to its destination.",
      verdict: "pass",
      test: `${asynchronous} > a role that has lost the right sends nothing, and that is told`,
    },
    {
      behaviour: "A function without a configuration of its own has two retries within six hours.",
      verdict: "pass",
      test: "packages/platform/src/stack/asynchronous-configuration.test.ts > a configuration is that of a function's qualifier, with AWS's standards",
    },
    {
      behaviour: "MaximumEventAgeInSeconds outside of 60 to 21,600 is refused.",
      verdict: "pass",
      test: "packages/platform/src/stack/asynchronous-configuration.test.ts > what AWS takes no queue or configuration with is an error: MaximumEventAgeInSeconds is 59",
    },
    {
      behaviour: "Accepted events survive the end of the service and run later.",
      verdict: "pass",
      test: `${folder}/event-queue.test.ts > what is left by an owner that is gone is adopted, begun or not`,
    },
    {
      behaviour: "An event may be delivered more than once.",
      verdict: "differs",
      test: `${folder}/event-queue.test.ts > a function's events are due from their acceptance on, the oldest first, until they begin`,
      note: "a running platform delivers each event once; only one that was killed in the middle repeats what had begun",
    },
  ],
};
