import type { Contract } from "../contract.ts";

const folder = "packages/platform/src/lambda/environment";
const environment = `${folder}/execution-environment.test.ts`;
const ends = `${environment} > a function that ends`;
const late = `${environment} > a function that takes too long`;
const init = `${environment} > an Init phase`;
const shutdown = `${environment} > the Shutdown phase`;
const variables = `${folder}/process/environment-variables.test.ts > the variables of an execution environment`;
const names =
  "packages/platform/src/cloudformation/diagnostics/check-environment.test.ts > the name of an environment variable";
const pool = `${folder}/environment-pool.test.ts > a pool of execution environments`;
const frozen = `${folder}/freezing.test.ts`;
const lines = `${folder}/log-lines.test.ts`;
const memory = `${folder}/memory-limit.test.ts > a function that uses more memory than it may`;
const provisioned = `${folder}/provisioned-environments.test.ts > provisioned environments`;
const runtimes = `${folder}/runtimes.test.ts`;
const several = `${folder}/concurrent-environment.test.ts > an environment that takes several invocations at once`;

/** The life of an execution environment: what a function finds there, when it is started, frozen and ended. */
export const executionEnvironment: Contract = {
  title: "Lambda: execution environments",
  sources: [
    "https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html",
    "https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html",
    "https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html",
    "https://docs.aws.amazon.com/lambda/latest/dg/runtimes-modify.html",
    "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-advanced.html",
    "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html",
    "https://docs.aws.amazon.com/lambda/latest/dg/lambda-managed-instances-execution-environment.html",
  ],
  behaviours: [
    {
      behaviour: "An invocation is logged with INIT_START, START, the function's lines, END and REPORT.",
      verdict: "pass",
      test: `${environment} > an invocation > is answered by the function, and logged as on AWS`,
    },
    {
      behaviour: "The next invocation goes to the same process.",
      verdict: "pass",
      test: `${environment} > an invocation > goes to the same process as the one before`,
    },
    {
      behaviour:
        "An environment has one invocation at a time; more of them at once have environments of their own.",
      verdict: "pass",
      test: `${pool} > has as many as there are invocations at once, and uses the last one first`,
    },
    {
      behaviour: "An invocation is over when the runtime asks for the next event.",
      verdict: "pass",
      test: `${environment} > an invocation > is over when the function asks for the next event, not when it has answered`,
    },
    {
      behaviour: "The function runs to its end when its caller has left.",
      verdict: "pass",
      test: `${environment} > an invocation > runs to its end when the caller leaves`,
    },
    {
      behaviour: "Idle environments end after a time.",
      verdict: "unknown",
      test: `${pool} > shuts down what has been idle for its time, and keeps the rest`,
      note: "AWS does not publish the time",
    },
    {
      behaviour:
        "A change of the function lets invocations end with the old code, and gives the new code to those that follow.",
      verdict: "pass",
      test: `${pool} > lets invocations of old code end while new ones run the new code`,
    },
    {
      behaviour: "An environment is frozen between invocations, with the work that was left running.",
      verdict: "pass",
      test: `${frozen} > an environment between invocations > is frozen with the work that was left running, until the next invocation`,
    },
    {
      behaviour: "Processes that the function started are frozen with it.",
      verdict: "pass",
      test: `${frozen} > an environment between invocations > is frozen with the processes of its group`,
    },
    {
      behaviour: "Work after the response, before `next`, is not frozen.",
      verdict: "pass",
      test: `${frozen} > an environment that still has something to do is not frozen > after its response, before the runtime asks for the next event`,
    },
    {
      behaviour: "An environment is not frozen while an extension works.",
      verdict: "pass",
      test: `${frozen} > an environment that still has something to do is not frozen > while an extension works, and is once that waits as well`,
    },
    {
      behaviour: "A process that ends fails its invocation with Runtime.ExitError and the way it ended.",
      verdict: "pass",
      test: `${ends} > with `,
    },
    {
      behaviour: "After a failure the next invocation has a new process, on the same log stream.",
      verdict: "pass",
      test: `${ends} > is started anew within the next invocation, on the same log stream`,
    },
    {
      behaviour: "A process that ends in the middle of a stream truncates it.",
      verdict: "pass",
      test: `${ends} > in the middle of a stream truncates it`,
    },
    {
      behaviour: "A process that ends right after its response has answered.",
      verdict: "pass",
      test: `${ends} > right after its response has answered all the same`,
    },
    {
      behaviour: "A process that ends between invocations is started anew unnoticed.",
      verdict: "pass",
      test: `${ends} > between two invocations is started anew, and nobody notices`,
    },
    {
      behaviour: "A segmentation fault in managed Python lasts until the timeout.",
      verdict: "differs",
      test: `${ends} > with process.kill(process.pid, "SIGSEGV")`,
      note: "every runtime that a signal ends is told at once, by that signal",
    },
    {
      behaviour: "A function that uses up its memory is killed.",
      verdict: "pass",
      test: `${memory} > is killed within 100 ms of passing `,
    },
    {
      behaviour:
        "A function that was killed for its memory is told as Runtime.OutOfMemory or as signal: killed.",
      verdict: "unknown",
      test: `${ends} > is out of memory if it was killed with its memory used up`,
      note: "AWS documents both: it is out of memory here if its memory was used up",
    },
    {
      behaviour: "Init that uses up the memory fails, and then the invocation.",
      verdict: "pass",
      test: `${memory} > before it is initialized fails its Init, and then its invocation`,
    },
    {
      behaviour: "The share of processors follows the memory size.",
      verdict: "not emulated",
      note: "a function has this machine's processors, as fast as they are",
    },
    {
      behaviour: "`/tmp` has the size that the function asks for, and is its environment's own.",
      verdict: "not emulated",
      note: "it is this machine's `/tmp`, and the deployment says so",
    },
    {
      behaviour: "A timeout answers the caller and resets the environment.",
      verdict: "pass",
      test: `${late} > times out, and its environment is reset`,
    },
    {
      behaviour: "A timeout in the middle of a stream ends it with an error.",
      verdict: "pass",
      test: `${late} > while it answers ends its response: RESPONSE_STREAM`,
    },
    {
      behaviour: "A timeout in the middle of a buffered response is answered as a timeout.",
      verdict: "pass",
      test: `${late} > while it answers ends its response: BUFFERED`,
    },
    {
      behaviour: "A function that times out after its response has answered.",
      verdict: "pass",
      test: `${late} > after it has answered has answered all the same`,
    },
    {
      behaviour: "An Init that fails is tried again within the invocation.",
      verdict: "pass",
      test: `${init} > that fails is tried again within the invocation`,
    },
    {
      behaviour: "An Init that takes more than ten seconds is tried again within the function's timeout.",
      verdict: "pass",
      test: `${init} > that takes more than 10 seconds is tried again, with the function's time`,
    },
    {
      behaviour: "The error that a runtime reports of Init is the invocation's, as it is.",
      verdict: "pass",
      test: `${init} > that reports its error passes it on as it is`,
    },
    {
      behaviour: "Init is billed.",
      verdict: "pass",
      test: `${init} > is billed with the invocation`,
    },
    {
      behaviour: "A package without a bootstrap is Runtime.InvalidEntrypoint.",
      verdict: "pass",
      test: `${init} > without a bootstrap fails as on AWS`,
    },
    {
      behaviour: "A bootstrap that can't be executed is Runtime.InvalidEntrypoint, and why.",
      verdict: "pass",
      test: `${init} > with a bootstrap that `,
    },
    {
      behaviour: "The bootstrap may come from a layer.",
      verdict: "pass",
      test: `${runtimes} > an OS-only runtime > runs the bootstrap of a layer if the function has none`,
    },
    {
      behaviour: "Layers bring modules, programs, wrappers and handlers.",
      verdict: "pass",
      test: `${folder}/layers.test.ts > a Node.js function finds modules, programs, a wrapper and its handler in its layers`,
    },
    {
      behaviour: "AWS_LAMBDA_EXEC_WRAPPER starts a managed runtime.",
      verdict: "pass",
      test: `${runtimes} > a Node.js runtime > is started by a wrapper script if there is one`,
    },
    {
      behaviour: "AWS_LAMBDA_EXEC_WRAPPER has no effect on OS-only runtimes.",
      verdict: "pass",
      test: `${runtimes} > an OS-only runtime > ignores wrapper scripts`,
    },
    {
      behaviour: "Managed Java, .NET and Ruby runtimes run their functions.",
      verdict: "not emulated",
      test: `${runtimes} > any other runtime`,
      note: "the deployment refuses them by name: build them for `provided.al2023`",
    },
    {
      behaviour: "A function without extensions is killed at its end without a signal before.",
      verdict: "pass",
      test: `${shutdown} > kills a function without any extension at once`,
    },
    {
      behaviour: "With an internal extension the runtime gets SIGTERM first.",
      verdict: "pass",
      test: `${shutdown} > sends SIGTERM to a function with an internal extension`,
    },
    {
      behaviour: "With an internal extension the Shutdown phase has 500 ms.",
      verdict: "pass",
      test: `${shutdown} > grants it 500 ms`,
    },
    {
      behaviour: "The documented variables are set.",
      verdict: "pass",
      test: `${variables} > are the documented ones`,
    },
    {
      behaviour: "A function may override the variables that are not reserved, and no others.",
      verdict: "pass",
      test: `${variables} > PATH: the value of the function wins`,
    },
    {
      behaviour: "Reserved variables are the platform's.",
      verdict: "pass",
      test: `${variables} > _HANDLER: the value of the platform wins`,
    },
    {
      behaviour: "A managed runtime has AWS_EXECUTION_ENV and the variables of logging.",
      verdict: "pass",
      test: `${variables} > tell a managed runtime who it is, and how to log as JSON`,
    },
    {
      behaviour: "AWS_LAMBDA_MAX_CONCURRENCY is set on managed instances only.",
      verdict: "pass",
      test: `${variables} > tell a runtime that has several invocations at once how many`,
    },
    {
      behaviour: "A configuration that sets a reserved variable is refused.",
      verdict: "pass",
      test: `${names} > can't be _HANDLER, which is Lambda's own`,
    },
    {
      behaviour: "The name of a variable begins with a letter and has at least two characters.",
      verdict: "pass",
      test: `${names} > can't be _PRIVATE, which is no name`,
    },
    {
      behaviour: "A function has the credentials of its role, and no more than it may.",
      verdict: "pass",
      test: "packages/platform/src/lambda/function-credentials.test.ts > what its role doesn't allow is refused, as on AWS",
    },
    {
      behaviour: "INIT_START, START, END, REPORT and INIT_REPORT have AWS's form in text.",
      verdict: "pass",
      test: `${lines} > in text > the `,
    },
    {
      behaviour: "REPORT of a failure has its status and the type of the error.",
      verdict: "pass",
      test: `${lines} > in text > the end of one that failed`,
    },
    {
      behaviour: "REPORT of a traced invocation has a second line with the trace.",
      verdict: "pass",
      test: `${lines} > in text > the end of a traced one`,
    },
    {
      behaviour: "In JSON each line of the platform is one object with time, type and record.",
      verdict: "pass",
      test: `${lines} > in JSON > platform.`,
    },
    {
      behaviour: "SystemLogLevel leaves out the platform's records of lower levels.",
      verdict: "pass",
      test: `${lines} > in JSON > report `,
    },
    {
      behaviour: "Provisioned environments are initialized before there is an invocation.",
      verdict: "pass",
      test: `${provisioned} > are initialized before there is an invocation, which then runs in one of them`,
    },
    {
      behaviour: "Provisioned environments don't end while they are idle.",
      verdict: "pass",
      test: `${provisioned} > do not end while they are idle, unlike others`,
    },
    {
      behaviour: "SnapStart restores environments from a snapshot.",
      verdict: "not emulated",
      note: "every environment goes through its Init phase, and the deployment says so",
    },
    {
      behaviour: "An environment on managed instances has several invocations at once in one process.",
      verdict: "pass",
      test: `${several} > has them in one process, and each is over with its own answer`,
    },
    {
      behaviour: "On managed instances a timeout ends its invocation alone.",
      verdict: "pass",
      test: `${several} > goes on when one of them takes too long, whose answer comes in vain`,
    },
    {
      behaviour: "On managed instances a process that ends fails all its invocations.",
      verdict: "pass",
      test: `${several} > fails all of them when its process ends, and starts another for the next`,
    },
    {
      behaviour:
        "Environments on managed instances are never frozen, log JSON and tell extensions of the shutdown only.",
      verdict: "pass",
      test: `${several} > is never frozen, logs JSON, and tells extensions of the shutdown only`,
    },
  ],
};
