import { LocalServerError } from "../errors.ts";

/** Where the local server listens, and how long it lets a function run. */
export interface LocalServerSettings {
  /** `LOCAL_LAMBDA_HOST`; 127.0.0.1 unless set. */
  readonly host: string;
  /** `LOCAL_LAMBDA_PORT`; 7000 unless set, and 0 for any free port. */
  readonly port: number;
  /** `LOCAL_LAMBDA_INVOCATION_ENDPOINT`; /invoke unless set. */
  readonly path: string;
  /** `LOCAL_LAMBDA_TIMEOUT`, in seconds as in a function's configuration; 60 unless set. */
  readonly timeoutSeconds: number;
}

const prefix = "LOCAL_LAMBDA_";
const names = ["HOST", "PORT", "INVOCATION_ENDPOINT", "TIMEOUT"].map((name) => prefix + name);

/** What to tell about variables that look like settings and are none; nothing if there are none. */
export function unknownSettings(environment: NodeJS.ProcessEnv): string {
  const unknown = Object.keys(environment).filter((name) => name.startsWith(prefix) && !names.includes(name));
  return unknown
    .map((name) => `${name} is no setting and is ignored. There are: ${names.join(", ")}.\n`)
    .join("");
}

/**
 * Reads the settings from the environment.
 * @throws {LocalServerError} if a value can't be one.
 */
export function readSettings(environment: NodeJS.ProcessEnv): LocalServerSettings {
  return {
    host: environment["LOCAL_LAMBDA_HOST"] || "127.0.0.1",
    port: wholeNumber(environment, "LOCAL_LAMBDA_PORT", 7000, 0, 65_535),
    path: invocationPath(environment["LOCAL_LAMBDA_INVOCATION_ENDPOINT"] || "/invoke"),
    timeoutSeconds: wholeNumber(environment, "LOCAL_LAMBDA_TIMEOUT", 60, 1, 86_400),
  };
}

function wholeNumber(
  environment: NodeJS.ProcessEnv,
  name: string,
  standard: number,
  least: number,
  most: number,
): number {
  const text = environment[name];
  if (text === undefined || text === "") return standard;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new LocalServerError(`${name} is "${text}"; give a whole number from ${least} to ${most}.`);
}

function invocationPath(path: string): string {
  // As clients send it: they would escape anything else.
  if (/^\/[\w.~!$&'()*+,;=:@%/-]*$/.test(path)) return path;
  throw new LocalServerError(
    `LOCAL_LAMBDA_INVOCATION_ENDPOINT is "${path}"; give the path of a URL, such as /invoke.`,
  );
}
