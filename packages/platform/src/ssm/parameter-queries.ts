import type { ParameterStringFilter } from "@aws-sdk/client-ssm";
import { AwsServiceError } from "../service-error.ts";
import type { StoredParameter } from "./parameter-store.ts";

/**
 * Whether a filter lets a parameter through.
 * @throws {AwsServiceError} `InvalidFilterKey`.
 * @see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ParameterStringFilter.html
 */
export function passes(
  parameter: StoredParameter,
  { Key = "", Option = "Equals", Values = [] }: ParameterStringFilter,
): boolean {
  const last = parameter.versions.at(-1);
  const wanted = (value: string) => {
    if (Option === "BeginsWith") return Values.some((each) => value.startsWith(each));
    if (Option === "Contains") return Values.some((each) => value.includes(each));
    return Values.includes(value);
  };
  if (Key === "Name") return wanted(parameter.name);
  if (Key === "Type") return wanted(last?.type ?? "");
  if (Key === "KeyId") return wanted(last?.keyId ?? "");
  if (Key === "Tier") return wanted(last?.tier ?? "");
  if (Key === "DataType") return wanted(last?.dataType ?? "");
  if (Key === "Path") {
    return Values.some((path) => {
      const folder = path.endsWith("/") ? path : `${path}/`;
      const isBelow = parameter.name.startsWith(folder);
      return isBelow && (Option === "Recursive" || !parameter.name.slice(folder.length).includes("/"));
    });
  }
  const tag = /^tag:(.+)$/.exec(Key)?.[1];
  if (tag !== undefined) {
    const value = parameter.tags[tag];
    return value !== undefined && (Values.length === 0 || wanted(value));
  }
  throw new AwsServiceError("InvalidFilterKey", 400, `The filter key ${Key} is not served by this platform.`);
}

/**
 * A part of a list.
 * @throws {AwsServiceError} `InvalidNextToken`.
 */
export function paged<T>(all: readonly T[], most: number, token: string | undefined) {
  const from = token === undefined ? 0 : Number(Buffer.from(token, "base64").toString());
  if (!Number.isInteger(from) || from < 0) {
    throw new AwsServiceError("InvalidNextToken", 400, "Invalid nextToken.");
  }
  const end = from + most;
  const next = end < all.length ? { NextToken: Buffer.from(String(end)).toString("base64") } : {};
  return { page: all.slice(from, end), next };
}
