import { Runtime } from "@aws-sdk/client-lambda";

/** Runtimes that Lambda takes for functions that are created or changed, in the order in which it names them. */
export const canBeCreated: readonly string[] = [
  "nodejs20.x",
  "python3.14",
  "provided.al2023",
  "python3.12",
  "python3.13",
  "nodejs24.x",
  "nodejs22.x",
  "java25",
  "python3.10",
  "python3.11",
  "java21",
  "ruby3.3",
  "ruby3.4",
  "ruby3.2",
  "python3.8",
  "python3.9",
  "java17",
  "nodejs16.x",
  "dotnet10",
  "dotnet8",
  "java11",
  "dotnet6",
  "nodejs18.x",
  "provided.al2",
  "java8.al2",
];

/** Runtimes that functions of long ago have. */
export const deprecatedRuntimes: ReadonlySet<string> = new Set(
  Object.values<string>(Runtime).filter((name) => !canBeCreated.includes(name)),
);
