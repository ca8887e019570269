import type { ThrottleLimits } from "../throttling/token-bucket.ts";

/** What a stage sets for the methods that match. */
export interface MethodSetting {
  /** Path of a resource, or `*` for all. */
  readonly resourcePath: string;
  /** `GET` and so on, or `*` for all. */
  readonly httpMethod: string;
  /** Both or none: where the template has only one, the other is the account's. */
  readonly throttle?: ThrottleLimits | undefined;
  readonly loggingLevel?: LoggingLevel | undefined;
  /** Whether the execution log has whole requests and responses. */
  readonly dataTraceEnabled?: boolean | undefined;
  /** Whether there are metrics of each method besides those of the stage. */
  readonly metricsEnabled?: boolean | undefined;
}

export type LoggingLevel = "OFF" | "ERROR" | "INFO";

/** What holds for one method. */
export type EffectiveSettings = Omit<MethodSetting, "resourcePath" | "httpMethod">;

/**
 * What a stage sets for one method: for each property the most specific setting that has it.
 *
 * @param resourcePath - as the API defines it, `/items/{id}`.
 * @see https://docs.aws.amazon.com/apigateway/latest/api/API_MethodSetting.html
 */
export function settingsOf(
  settings: readonly MethodSetting[],
  resourcePath: string,
  httpMethod: string,
): EffectiveSettings {
  const places = [
    [resourcePath, httpMethod],
    [resourcePath, "*"],
    ["*", httpMethod],
    ["*", "*"],
  ];
  const matching = places.flatMap(([path, method]) =>
    settings.filter((each) => each.resourcePath === path && each.httpMethod === method),
  );
  const first = <Key extends keyof EffectiveSettings>(key: Key): EffectiveSettings[Key] =>
    matching.find((each) => each[key] !== undefined)?.[key];
  return {
    throttle: first("throttle"),
    loggingLevel: first("loggingLevel"),
    dataTraceEnabled: first("dataTraceEnabled"),
    metricsEnabled: first("metricsEnabled"),
  };
}

/** `/~1items~1{id}` and `/items~1{id}`, as properties have it, both stand for `/items/{id}`. */
export function resourcePathOf(written: string): string {
  return written.replaceAll("~1", "/").replace(/^\/+/, "/");
}
