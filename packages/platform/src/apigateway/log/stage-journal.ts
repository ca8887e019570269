import type { Caller } from "../../iam/caller.ts";
import type { Verdict } from "../../wafv2/index.ts";
import type { ApiMethod, ApiResource } from "../definition/rest-api.ts";
import type { EffectiveSettings } from "../method-settings.ts";
import type { ApiKey } from "../usage/usage-plans.ts";
import type { ExecutionLog } from "./execution-log.ts";

/** How one station of a stage dealt with a request. */
export interface StationEntry {
  readonly latencyMs: number;
  /** HTTP status that the station answered, or would have. */
  readonly status: number;
  readonly error?: string | undefined;
}

/** What an authorizer said of a request. */
export interface AuthorizerEntry extends StationEntry {
  readonly principalId?: string | undefined;
  /** The authorizer function's request id. */
  readonly requestId?: string | undefined;
  /** Until its function had answered; 0 for an answer from the cache. */
  readonly integrationLatencyMs?: number | undefined;
  /** Status of the call of its function. */
  readonly integrationStatus?: number | undefined;
  /** What it gave to integration and logs. */
  readonly context?: Readonly<Record<string, unknown>> | undefined;
  /** Claims of the token that it checked. */
  readonly claims?: Readonly<Record<string, string>> | undefined;
}

/** What is known of an integration's answer. */
export interface IntegrationEntry {
  readonly responseTransferMode: "BUFFERED" | "STREAMED";
  readonly beganMs: number;
  /** Lambda's request id. */
  readonly requestId?: string | undefined;
  /** Status that the function or the backend gave. */
  status?: number;
  /** Status of the call itself: for a function, that of Lambda's answer. */
  integrationStatus?: number;
  error?: string;
  /** Until the answer was complete. */
  latencyMs?: number;
  timeToAllHeadersMs?: number;
  timeToFirstContentMs?: number;
}

/** What happened to a request in its stage: what logs and metrics are made of. Each station writes its own part. */
export interface StageJournal {
  /** Unix time. */
  readonly receivedMs: number;
  /** On the clock of durations, as all times but `receivedMs`. */
  readonly beganMs: number;
  routed?: {
    readonly resource: ApiResource;
    readonly method: ApiMethod;
    readonly settings: EffectiveSettings;
  };
  /** There where the stage logs the method. */
  execution?: ExecutionLog | undefined;
  waf?: StationEntry & {
    readonly webAclArn: string;
    readonly responseCode: string;
    readonly verdict: Verdict;
  };
  authenticate?: StationEntry;
  authorize?: StationEntry;
  authorizer?: AuthorizerEntry;
  /** Who signed the request. */
  caller?: Caller;
  apiKey?: ApiKey;
  integration?: IntegrationEntry;
  /** What API Gateway answered in the place of the integration. */
  error?: {
    readonly message: string;
    readonly responseType: string;
    readonly validationError: string | undefined;
  };
}
