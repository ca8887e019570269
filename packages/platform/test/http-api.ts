import { rawRuntime } from "../src/lambda/environment/testing/raw-runtime.ts";
import type { Exchange, ExchangeRequest } from "./exchange.ts";
import type { TestPlatform } from "./test-platform.ts";

/** A `bootstrap` that answers format 2.0 and 1.0 alike with the event, as the body of a proxy answer. */
export const eventAsBody = rawRuntime(
  `await respond(id, JSON.stringify({ statusCode: 200, headers: { "content-type": "application/json" }, body: event.body.toString() }));`,
);

/** A SAM function from the folder of the same name, with events of HTTP APIs. */
export function handler(
  folder: string,
  events: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  properties: Readonly<Record<string, unknown>> = {},
): unknown {
  return {
    Type: "AWS::Serverless::Function",
    Properties: {
      CodeUri: `${folder}/`,
      Handler: "bootstrap",
      Runtime: "provided.al2023",
      Events: Object.fromEntries(
        Object.entries(events).map(([name, event]) => [name, { Type: "HttpApi", Properties: event }]),
      ),
      ...properties,
    },
  };
}

/** The id of an HTTP API of the platform. */
export function httpApiId({ platform }: TestPlatform, logicalId: string): string {
  const { url } = platform.api(logicalId);
  const id = /(?:_aws\/execute-api\/|\/\/)([a-z0-9]{10})/.exec(url)?.[1];
  if (id === undefined) throw new Error(`There is no HTTP API: ${url}`);
  return id;
}

/** Sends a request to an HTTP API under its host name. */
export function sendTo(
  platform: TestPlatform,
  logicalId: string,
  { headers, ...request }: ExchangeRequest,
): Promise<Exchange> {
  const host = `${httpApiId(platform, logicalId)}.execute-api.us-east-1.localhost:${platform.port}`;
  return platform.send({ ...request, headers: { host, ...headers } });
}
