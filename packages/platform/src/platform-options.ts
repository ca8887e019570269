import type { Diagnostic } from "./cloudformation/index.ts";
import type { Clock } from "./lambda/environment/index.ts";
import type { InvocationTrace } from "./lambda/lambda-service.ts";
import type { PlatformLimits } from "./platform-limits.ts";

/** How a platform is started. */
export interface PlatformOptions {
  /** Path of a SAM or CloudFormation template, or its `file:` URL, as in `new URL("../template.yaml", import.meta.url)`. */
  readonly template: string | URL;
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

/** What happens on a platform. */
export type PlatformEvent =
  /** A line of a function's log. */
  | { readonly kind: "log"; readonly functionName: string; readonly message: string }
  /** An invocation is over. */
  | ({ readonly kind: "invocation" } & InvocationTrace)
  /** Something that a developer should know about a request. */
  | { readonly kind: "note"; readonly requestId: string; readonly message: string }
  /** Something that a developer should know about the platform. */
  | { readonly kind: "warning"; readonly message: string }
  /** The template was deployed, for the first time or again. */
  | { readonly kind: "deployed"; readonly durationMs: number; readonly diagnostics: readonly Diagnostic[] }
  /** The template could not be deployed; what ran before runs on. */
  | { readonly kind: "rejected"; readonly diagnostics: readonly Diagnostic[] }
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

/** The account that everything belongs to. */
export const localAccountId = "123456789012";

/** The stack that a template becomes. */
export const localStackName = "sluice";
