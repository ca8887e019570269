import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type Clock, systemClock } from "../lambda/environment/index.ts";
import { awsLimits, type PlatformLimits } from "../platform-limits.ts";
import { localAccountId, type PlatformEvent, type PlatformOptions } from "../platform-options.ts";
import { loadOrCreateCredentials, type StoredCredentials } from "../signature/index.ts";
import { StateDatabase } from "../state/database.ts";

/** What all parts of a platform are made with: what it was started with, defaults filled in, and its state. */
export interface PlatformSetting {
  readonly options: Omit<PlatformOptions, "template">;
  readonly accountId: string;
  readonly region: string;
  /** Of the administrator. */
  readonly credentials: StoredCredentials;
  readonly limits: PlatformLimits;
  readonly clock: Clock;
  readonly isUnsigned: boolean;
  /** Absolute path; nothing on a platform that begins without one. */
  readonly template: string | undefined;
  /** What paths of the user's are seen from: the working directory without a template. */
  readonly templateFolder: string;
  readonly state: StateDatabase;
  /** Absolute path. */
  readonly stateFolder: string;
  readonly emit: (event: PlatformEvent) => void;
  readonly warn: (message: string) => void;
  readonly nowMs: () => number;
}

/** Opens the state: one of its own where none is named. Whoever gets it closes it. */
export async function openSetting(options: PlatformOptions): Promise<PlatformSetting> {
  const { template: given, ...others } = options;
  const path = given instanceof URL ? fileURLToPath(given) : given;
  const template = path === undefined ? undefined : resolve(path);
  const emit = (event: PlatformEvent) => options.onEvent?.(event);
  const warn = (message: string) => emit({ kind: "warning", message });
  const clock = options.clock ?? systemClock;
  const isAttended = options.debug !== undefined || options.onlyRuntime === true;
  const unhurried = isAttended ? { enforcesTimeouts: false } : {};
  const stateFolder = options.stateFolder ?? (await mkdtemp(join(tmpdir(), "sluice-")));
  const state = StateDatabase.open(stateFolder, warn);
  return {
    options: others,
    accountId: localAccountId,
    region: options.region ?? process.env["AWS_REGION"] ?? "us-east-1",
    credentials: await loadOrCreateCredentials(stateFolder),
    limits: { ...awsLimits, ...options.limits, ...unhurried },
    clock,
    isUnsigned: options.isUnsigned === true,
    template,
    templateFolder: template === undefined ? process.cwd() : dirname(template),
    state,
    stateFolder: resolve(stateFolder),
    emit,
    warn,
    nowMs: () => clock.now(),
  };
}

/** Removes a state that nobody has named; any other one stays. */
export async function removeTemporaryState({ options, stateFolder }: PlatformSetting): Promise<void> {
  if (options.stateFolder === undefined) await rm(stateFolder, { recursive: true, force: true });
}
