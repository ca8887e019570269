import { nearest } from "./cloudformation/diagnostics/spelling.ts";
import type { Diagnostic } from "./cloudformation/index.ts";
import type { Clock } from "./lambda/environment/index.ts";
import type { InvocationTrace } from "./lambda/followed-invocation.ts";
import type { PlatformLimits } from "./platform-limits.ts";

/** How a platform is started. */
export interface PlatformOptions {
  /**
   * Path of a SAM or CloudFormation template, or its `file:` URL, as in `new URL("../template.yaml", import.meta.url)`.
   * Without one the platform begins empty but for the stacks in its state, and serves what is deployed to it.
   */
  readonly template?: string | URL;
  /** Values of the template's parameters. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Any free port unless set. */
  readonly port?: number;
  /** Address to listen on besides 127.0.0.1, where the functions look for the platform; ::1 unless set. */
  readonly host?: string;
  /** Where everything is that outlives the platform; a folder of its own, removed with it, unless set. */
  readonly stateFolder?: string;
  /** `AWS_REGION`, or us-east-1, unless set. */
  readonly region?: string;
  /**
   * Whether a client that leaves breaks the function's response off, so that a runtime that looks can abort its handler:
   * the `signal` of a stream of `@sluice/runtime` does. For development only, and more than AWS gives: there the
   * function runs to its end. False unless set.
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html
   */
  readonly abortsOnDisconnect?: boolean;
  /**
   * Key sets that stand in for those of Amazon Cognito user pools, by id of the pool: address of a JSON Web Key Set, or its
   * path, from the template on. Pools that are not named here are asked at AWS.
   */
  readonly userPoolKeys?: Readonly<Record<string, string>>;
  /** Leaves signatures and policies unchecked. */
  readonly isUnsigned?: boolean;
  /** Deploys again when the template or the code changes. */
  readonly watches?: boolean;
  /**
   * Whether execution environments are frozen between invocations, as on AWS, so that work left running stalls; true
   * unless set.
   */
  readonly freezes?: boolean;
  /** Whether a function that uses more memory than it may is killed, as on AWS; true unless set. */
  readonly limitsMemory?: boolean;
  /**
   * Starts Node.js functions with an inspector, each at a port of its own, where it waits for a debugger before any of its
   * code runs. Such a function has one process; invocations wait in line for it. Nothing hurries it: no timeout ends an
   * invocation or an integration, it may use any amount of memory, and is not frozen. Not set unless given.
   */
  readonly debug?: DebugOptions;
  /**
   * Starts no function. Each has its Runtime API at an address that stays the same, and a file of variables in the state
   * folder; whoever starts a process with these, in whatever language or debugger, serves the function's invocations,
   * which wait for it. As with `debug`, nothing hurries it. Extensions are not started. False unless set.
   */
  readonly onlyRuntime?: boolean;
  /** Limits other than AWS's. */
  readonly limits?: Partial<PlatformLimits>;
  /**
   * Moves what waits: retries of asynchronous events, queues, timeouts of functions and integrations, idle environments,
   * streams beyond Lambda's bandwidth. This machine's time unless set; a `TestClock` in tests. The processes of functions have this machine's
   * time in any case.
   */
  readonly clock?: Clock;
  /**
   * Whether what happens in invocations is remembered for `invocations`: the last thousand, with 1 MB at most of each
   * one's response and 64 MB of all. True unless set.
   */
  readonly recordsInvocations?: boolean;
  /**
   * Whether stacks' outputs that name APIs and function URLs of this platform are shown with the addresses that these have
   * here; true unless set. On AWS's addresses nothing of this platform answers.
   */
  readonly showsLocalAddresses?: boolean;
  /** Takes what happens. */
  readonly onEvent?: (event: PlatformEvent) => void;
}

/** What is debugged, and where. */
export interface DebugOptions {
  /**
   * Port of 127.0.0.1 for the debugger of the template's first function; the others have those after it, in their order.
   * 0 for any free ones, others with each process. 9229 unless set.
   */
  readonly port?: number;
  /** Logical ids or names of the functions to debug; all of them unless set. The others run as ever, but for timeouts. */
  readonly functions?: readonly string[];
}

/** What happens on a platform. */
export type PlatformEvent =
  /** A line of a function's log. */
  | { readonly kind: "log"; readonly functionName: string; readonly message: string }
  /** An invocation is over. */
  | ({ readonly kind: "invocation" } & InvocationTrace)
  /** Something that a developer should know about a request. */
  | { readonly kind: "note"; readonly requestId: string; readonly message: string }
  /** A function waits for a debugger, or for the process that is to serve it, at an address such as `127.0.0.1:9229`. */
  | {
      readonly kind: "waiting";
      readonly functionName: string;
      readonly awaits: "debugger" | "process";
      readonly address: string;
    }
  /** A function can be started by hand, or has to be again to be what was deployed. */
  | {
      readonly kind: "by-hand";
      readonly functionName: string;
      /** The value of `AWS_LAMBDA_RUNTIME_API`. */
      readonly runtimeApi: string;
      /** Absolute path of a file with every variable. */
      readonly environmentFile: string;
      /** What would be started here: an executable and its arguments. Nothing where this machine can't run the function. */
      readonly command: readonly string[] | undefined;
    }
  /** Something that a developer should know about the platform. */
  | { readonly kind: "warning"; readonly message: string }
  /** The template was deployed, for the first time or again. */
  | { readonly kind: "deployed"; readonly durationMs: number; readonly diagnostics: readonly Diagnostic[] }
  /** The template could not be deployed; what ran before runs on. */
  | { readonly kind: "rejected"; readonly diagnostics: readonly Diagnostic[] }
  /** An operation on a stack is over that somebody asked CloudFormation for, in a status such as `CREATE_COMPLETE`. */
  | { readonly kind: "stack"; readonly name: string; readonly status: string }
  /** A bug of the platform. */
  | { readonly kind: "bug"; readonly error: unknown };

/** The template can't be deployed. */
export class TemplateError extends Error {
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[]) {
    super("The template has mistakes.");
    this.name = "TemplateError";
    this.diagnostics = diagnostics;
  }
}

/** A function is to be debugged that the template does not have. */
export class NoSuchFunctionError extends Error {
  constructor(name: string, functions: readonly { readonly name: string }[]) {
    const names = functions.map((each) => each.name);
    const meant = nearest(name, names);
    super(
      `There is no function ${name} in the template. ${meant === undefined ? `It has ${names.join(", ") || "none"}` : `Did you mean ${meant}`}${meant === undefined ? "." : "?"}`,
    );
    this.name = "NoSuchFunctionError";
  }
}

/** The account that everything belongs to. */
export const localAccountId = "123456789012";

/** The stack that a template becomes. */
export const localStackName = "sluice";
