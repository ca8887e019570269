import type { Caller } from "../iam/caller.ts";
import type { ApiKey } from "./usage/usage-plans.ts";

/** How one station of a stage dealt with a request. */
export interface StationEntry {
  readonly latencyMs: number;
  /** HTTP status that the station answered, or would have. */
  readonly status: number;
  readonly error?: string;
}

/** What is known of an integration's answer. */
export interface IntegrationEntry {
  readonly responseTransferMode: "BUFFERED" | "STREAMED";
  /** Lambda's request id. */
  readonly requestId?: string;
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
  readonly receivedMs: number;
  waf?: StationEntry & { readonly webAclArn: string; readonly responseCode: string };
  authenticate?: StationEntry;
  authorize?: StationEntry;
  /** Who signed the request. */
  caller?: Caller;
  apiKey?: ApiKey;
  integration?: IntegrationEntry;
  /** What API Gateway answered in the place of the integration. */
  error?: { readonly message: string; readonly responseType: string; readonly validationError?: string };
}
