import * as apiGateway from "@aws-sdk/client-api-gateway";
import * as apiGatewayV2 from "@aws-sdk/client-apigatewayv2";
import * as cloudFormation from "@aws-sdk/client-cloudformation";
import * as cloudWatch from "@aws-sdk/client-cloudwatch";
import * as logs from "@aws-sdk/client-cloudwatch-logs";
import * as ecr from "@aws-sdk/client-ecr";
import * as eventBridge from "@aws-sdk/client-eventbridge";
import * as iam from "@aws-sdk/client-iam";
import * as kms from "@aws-sdk/client-kms";
import * as lambda from "@aws-sdk/client-lambda";
import * as s3 from "@aws-sdk/client-s3";
import * as sns from "@aws-sdk/client-sns";
import * as sqs from "@aws-sdk/client-sqs";
import * as ssm from "@aws-sdk/client-ssm";
import * as sts from "@aws-sdk/client-sts";
import * as wafv2 from "@aws-sdk/client-wafv2";
import { AwsQueryProtocol, AwsSmithyRpcV2CborProtocol } from "@aws-sdk/core/protocols";
import { expect, test } from "vitest";
import { sampleOf, withoutStreams } from "../../test/schema-sample.ts";
import { ServiceHost } from "../../test/service-host.ts";
import type { ProtocolName, ServiceEntry } from "./service-api.ts";

// Every operation of these services, with a value in every member: what the SDK's client sends arrives, and what is
// answered gets back to it.

type Client = { send(command: unknown): Promise<Record<string, unknown>>; destroy(): void };
type Settings = { version: string; serviceTarget: string; xmlNamespace?: string };

/** Operations that can't be tried so: what they send isn't their input alone, or is checked against it. */
const exceptions: Readonly<Record<string, readonly string[]>> = {
  // The whole query is parameters, and parts of it are fixed.
  "API Gateway": ["ImportRestApi", "PutRestApi"],
  // A required structure whose sample is empty.
  ECR: ["PutReplicationConfiguration"],
  // A member becomes a part of the host.
  EventBridge: ["PutEvents"],
  S3: ["WriteGetObjectResponse"],
  // The client checks digests of messages.
  SQS: ["SendMessage", "SendMessageBatch", "ReceiveMessage"],
};

/** Members that S3's client computes, or makes something else of. */
const computed = /^(?:ContentLength|ContentMD5|Checksum.*|(?:CopySource)?SSECustomer.*|ExpiresString)$/;

test.each<[string, object, ProtocolName, unknown?]>([
  ["API Gateway", apiGateway, "rest-json"],
  ["API Gateway v2", apiGatewayV2, "rest-json"],
  ["CloudFormation", cloudFormation, "query"],
  ["CloudWatch", cloudWatch, "json-1.0"],
  ["CloudWatch", cloudWatch, "rpc-v2-cbor", AwsSmithyRpcV2CborProtocol],
  ["CloudWatch", cloudWatch, "query", AwsQueryProtocol],
  ["CloudWatch Logs", logs, "json-1.1"],
  ["ECR", ecr, "json-1.1"],
  ["EventBridge", eventBridge, "json-1.1"],
  ["IAM", iam, "query"],
  ["KMS", kms, "json-1.1"],
  ["Lambda", lambda, "rest-json"],
  ["S3", s3, "rest-xml"],
  ["SNS", sns, "query"],
  ["SQS", sqs, "json-1.0"],
  ["SSM", ssm, "json-1.1"],
  ["STS", sts, "query"],
  ["WAF", wafv2, "json-1.1"],
])(
  "%s",
  async (name, module, protocol, protocolClass) => {
    const received = new Map<string, unknown>();
    const exports = Object.entries(module) as [string, unknown][];
    const omitted = protocol === "rest-xml" ? computed : undefined;
    const ClientClass = exports.find(([key]) => /^[A-Z]\w+Client$/.test(key))?.[1] as new (
      config: object,
    ) => Client & { config: { protocolSettings?: Settings } };
    const settings = new ClientClass({ region: "us-east-1" }).config.protocolSettings;
    const commands = exports.flatMap(([key, value]) => {
      const operation = /^([A-Z]\w*)Command$/.exec(key)?.[1];
      const schema = (module as Readonly<Record<string, unknown>>)[`${operation}$`] as unknown[] | undefined;
      if (operation === undefined || schema === undefined || exceptions[name]?.includes(operation)) return [];
      if (!withoutStreams(schema)) return [];
      return [{ operation, schema, Command: value as new (input: unknown) => unknown }];
    });
    const entry: ServiceEntry = {
      name,
      signingName: name,
      protocols: [protocol],
      target: settings?.serviceTarget ?? "",
      version: settings?.version ?? "",
      ...(settings?.xmlNamespace === undefined ? {} : { xmlNamespace: settings.xmlNamespace }),
      framesBodies: protocol === "rest-xml",
      load: async () => ({
        client: module,
        operations: Object.fromEntries(
          commands.map(({ operation, schema }) => [
            operation,
            {
              run: async (input: object) => {
                received.set(operation, await settled(input));
                return sampleOf(schema[5], "output", omitted) as object;
              },
            },
          ]),
        ),
      }),
    };
    await using host = await ServiceHost.start(entry);
    const client = new ClientClass({
      ...host.clientConfig,
      ...(protocolClass === undefined ? {} : { protocol: protocolClass }),
    });
    const wrong: string[] = [];
    for (const { operation, schema, Command } of commands) {
      const sent = sampleOf(schema[4], "input", omitted);
      try {
        const { $metadata: _, ...answer } = await client.send(
          new Command(sampleOf(schema[4], "input", omitted)),
        );
        expect(received.get(operation), `${operation}: input`).toMatchObject(await settled(sent as object));
        expect(await settled(answer), `${operation}: output`).toMatchObject(
          await settled(sampleOf(schema[5], "output", omitted) as object),
        );
      } catch (error) {
        wrong.push(`${operation}: ${error instanceof Error ? error.message : error}`);
      }
    }
    client.destroy();
    expect([...wrong, ...host.bugs]).toEqual([]);
    expect(commands.length).toBeGreaterThan(5);
  },
  60_000,
);

/** Bytes are compared as such, whether they came as a stream or whole. */
async function settled(value: object): Promise<object> {
  const entries = Object.entries(value).map(async ([key, member]) => {
    if (member instanceof Uint8Array) return [key, Buffer.from(member).toString("hex")];
    if (typeof member === "object" && member !== null && Symbol.asyncIterator in member) {
      const pieces: Uint8Array[] = [];
      for await (const piece of member as AsyncIterable<Uint8Array>) pieces.push(piece);
      return [key, Buffer.concat(pieces).toString("hex")];
    }
    return [key, member];
  });
  return Object.fromEntries(await Promise.all(entries));
}
