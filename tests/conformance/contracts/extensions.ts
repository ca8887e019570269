import type { Contract } from "../contract.ts";

const folder = "packages/platform/src/lambda/environment";
const external = `${folder}/external-extensions.test.ts`;
const internal = `${folder}/runtime-api/runtime-api-server.test.ts > an internal extension`;
const subscription = `${folder}/telemetry/subscription.test.ts > a subscription to telemetry`;
const hub = `${folder}/telemetry/telemetry-hub.test.ts > telemetry`;
const telemetry = `${folder}/telemetry.test.ts > an extension that subscribed to telemetry`;

/** What extensions see of an environment. */
export const extensions: Contract = {
  title: "Lambda: Extensions API and Telemetry API",
  sources: [
    "https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html",
    "https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api-reference.html",
    "https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html",
  ],
  behaviours: [
    {
      behaviour: "An external extension gets the INVOKE and SHUTDOWN events that it asked for.",
      verdict: "pass",
      test: `${external} > an external extension > is told of each invocation and of the shutdown, as far as it asked for them`,
    },
    {
      behaviour: "External extensions start before the runtime, and Init waits for their first `next`.",
      verdict: "pass",
      test: `${external} > an external extension > registers before the runtime starts, and holds up Init until it waits for events`,
    },
    {
      behaviour: "Extensions have the function's variables without those of its runtime.",
      verdict: "pass",
      test: `${external} > an external extension > has the function's variables, but not those of its runtime, and finds its layer`,
    },
    {
      behaviour: "An invocation is over when the extensions wait for events as well.",
      verdict: "pass",
      test: `${external} > an external extension > keeps the environment busy after the response, and unfrozen, until it waits again`,
    },
    {
      behaviour: "An extension that never waits again times out the invocation.",
      verdict: "pass",
      test: `${external} > an external extension > that never waits again times out the invocation, which was answered`,
    },
    {
      behaviour: "An extension that never registers times out Init.",
      verdict: "pass",
      test: `${external} > an external extension > that never registers times out Init, and then the invocation`,
    },
    {
      behaviour: "An extension that ends during Init fails it with Extension.Crash.",
      verdict: "pass",
      test: `${external} > an external extension that fails > fails Init when it ends `,
    },
    {
      behaviour: "An extension that reports a failed Init fails it with Extension.InitError.",
      verdict: "pass",
      test: `${external} > an external extension that fails > fails Init when it says so`,
    },
    {
      behaviour: "An extension that can't be executed is Extension.LaunchError.",
      verdict: "pass",
      test: `${external} > an external extension that fails > can't be started if it is not executable`,
    },
    {
      behaviour: "An extension that ends within an invocation fails it, and the environment starts anew.",
      verdict: "pass",
      test: `${external} > an external extension that fails > in an invocation fails that, and is started anew in the next`,
    },
    {
      behaviour: "With external extensions the Shutdown phase has two seconds.",
      verdict: "pass",
      test: `${external} > the Shutdown phase with external extensions > gives the runtime 600 ms, and extensions the rest of 2 seconds`,
    },
    {
      behaviour: "SHUTDOWN tells its reason.",
      verdict: "unknown",
      test: `${external} > the Shutdown phase with external extensions > tells them that the function `,
      note: "AWS documents capitals and its emulator sends small letters: small letters are sent here",
    },
    {
      behaviour: "Internal extensions register during Init, which waits for them.",
      verdict: "pass",
      test: `${internal} > registers, and holds up Init until it waits for events`,
    },
    {
      behaviour: "Internal extensions can't ask for SHUTDOWN.",
      verdict: "pass",
      test: `${internal} > for SHUTDOWN is not registered`,
    },
    {
      behaviour: "Registering without a name is Extension.InvalidExtensionName (403).",
      verdict: "pass",
      test: `${internal} > without a name is not registered`,
    },
    {
      behaviour: "Registering with a body that is not JSON is InvalidRequestFormat (403).",
      verdict: "pass",
      test: `${internal} > with a body that is not JSON is not registered`,
    },
    {
      behaviour: "Registration is closed after Init.",
      verdict: "pass",
      test: `${internal} > can't register twice, nor after Init`,
    },
    {
      behaviour: "A missing, a malformed and an unknown identifier have errors of their own (403).",
      verdict: "pass",
      test: `${internal} > with `,
    },
    {
      behaviour: "Reporting an error needs its type in a header.",
      verdict: "pass",
      test: `${internal} > can report that it failed`,
    },
    {
      behaviour: "A subscription to telemetry has the documented buffering unless it says otherwise.",
      verdict: "pass",
      test: `${subscription} > has AWS's buffering unless it asks for another`,
    },
    {
      behaviour: "Telemetry goes to HTTP or TCP within the environment.",
      verdict: "pass",
      test: `${subscription} > may go to `,
    },
    {
      behaviour: "A subscription outside of the documented limits is refused.",
      verdict: "pass",
      test: `${subscription} > with `,
    },
    {
      behaviour: "Managed instances need the schema version 2025-01-29.",
      verdict: "pass",
      test: `${subscription} > of an environment that has several invocations at once is of the newest version`,
    },
    {
      behaviour: "Subscriptions are closed after Init.",
      verdict: "pass",
      test: `${hub} > can't be subscribed to wrongly, nor after Init`,
    },
    {
      behaviour: "Telemetry is sent in batches by time, by number and by size.",
      verdict: "pass",
      test: `${hub} > goes out `,
    },
    {
      behaviour: "Telemetry over TCP is a line for each event.",
      verdict: "pass",
      test: `${hub} > goes over TCP as one line for each event`,
    },
    {
      behaviour: "What a slow subscriber does not take is dropped, and `platform.logsDropped` says so.",
      verdict: "pass",
      test: `${hub} > that a slow subscriber does not take is dropped above twice its buffer, and that is said`,
    },
    {
      behaviour: "Lines of JSON are objects from the schema version 2022-12-13 on, and text before.",
      verdict: "pass",
      test: `${hub} > of version `,
    },
    {
      behaviour:
        "A subscriber gets `platform` and `function` events in their order, with the metrics and spans of the stream.",
      verdict: "pass",
      test: `${telemetry} > gets what the platform and the function say, in time to act upon it`,
    },
    {
      behaviour: "A subscriber learns of a failure before it has to end.",
      verdict: "pass",
      test: `${telemetry} > learns of a failure, and of the last words, before it has to end`,
    },
  ],
};
