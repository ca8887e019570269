import {
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  GetFunctionCommand,
  InvokeCommand,
  type LambdaClient,
  LambdaServiceException,
  PutFunctionEventInvokeConfigCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { rawZip } from "./raw-zip.ts";

/** A role that no template of a test makes. */
export const someRole = "arn:aws:iam::123456789012:role/anyone";

/** A deployment package of one module that answers every event with the same. */
export function answering(answer: unknown): Buffer {
  const content = `export const handler = async () => (${JSON.stringify(answer)});`;
  return rawZip([{ name: "index.mjs", content }]);
}

/** Creates a function that answers every event with its name, unless it is given other code. */
export function createFunction(
  client: LambdaClient,
  FunctionName: string,
  more: Partial<CreateFunctionCommandInput> = {},
) {
  return client.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: "nodejs24.x",
      Handler: "index.handler",
      Role: someRole,
      Code: { ZipFile: answering(FunctionName) },
      ...more,
    }),
  );
}

/**
 * Creates a function whose role may not send to the destination of its successes: since the role is asked when the
 * destination is set, it gets that role afterwards.
 */
export async function createPowerless(
  client: LambdaClient,
  FunctionName: string,
  Role: string,
  Destination: string,
) {
  await createFunction(client, FunctionName);
  const DestinationConfig = { OnSuccess: { Destination } };
  await client.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, DestinationConfig }));
  await client.send(new UpdateFunctionConfigurationCommand({ FunctionName, Role }));
}

/** What a function answers. */
export async function invoke(
  client: LambdaClient,
  FunctionName: string,
  Qualifier?: string,
): Promise<unknown> {
  const { Payload } = await client.send(new InvokeCommand({ FunctionName, Qualifier }));
  return JSON.parse(Buffer.from(Payload ?? []).toString());
}

/** What a function is now. */
export async function configurationOf(client: LambdaClient, FunctionName: string, Qualifier?: string) {
  const { Configuration } = await client.send(new GetFunctionCommand({ FunctionName, Qualifier }));
  return Configuration ?? {};
}

/** Status, code and text of a refusal; what was answered if there is none. */
export async function refusalOf(call: Promise<unknown>): Promise<unknown> {
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof LambdaServiceException)) throw error;
    return `${error.$metadata.httpStatusCode} ${error.name}: ${error.message}`;
  }
}
