import type { Dimensions } from "./metric-store.ts";

/**
 * What Lambda's metrics of a function are measured by.
 * @param resource - the function's name with a version or an alias, where the call named one.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
 */
export function functionDimensions(name: string, resource?: string): readonly Dimensions[] {
  const dimensions: Dimensions[] = [[["FunctionName", name]]];
  if (resource === undefined) return dimensions;
  return [
    ...dimensions,
    [
      ["FunctionName", name],
      ["Resource", resource],
    ],
  ];
}
