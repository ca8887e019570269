import { InvokeCommand, InvokeWithResponseStreamCommand, LambdaClient } from "@aws-sdk/client-lambda";
import type { SluiceDev } from "../platform/sluice-dev.ts";

/** Lambda's own API, called as the AWS SDK calls it. */
export class LambdaCalls implements Disposable {
  readonly #client: LambdaClient;

  constructor({ credentials }: SluiceDev) {
    this.#client = new LambdaClient({
      endpoint: credentials["AWS_ENDPOINT_URL"] ?? "",
      region: credentials["AWS_REGION"] ?? "",
      credentials: {
        accessKeyId: credentials["AWS_ACCESS_KEY_ID"] ?? "",
        secretAccessKey: credentials["AWS_SECRET_ACCESS_KEY"] ?? "",
        sessionToken: credentials["AWS_SESSION_TOKEN"] ?? "",
      },
    });
  }

  /** The whole answer, and the kind of error if it is one. */
  async invoke(
    FunctionName: string,
    event: unknown,
  ): Promise<{ payload: unknown; error: string | undefined }> {
    const command = new InvokeCommand({ FunctionName, Payload: JSON.stringify(event) });
    const { Payload, FunctionError } = await this.#client.send(command);
    return { payload: JSON.parse(Payload?.transformToString() ?? ""), error: FunctionError };
  }

  /** All that a streamed answer holds, and how it ends. */
  async stream(FunctionName: string, event: unknown): Promise<{ text: string; end: unknown }> {
    const command = new InvokeWithResponseStreamCommand({ FunctionName, Payload: JSON.stringify(event) });
    const { EventStream } = await this.#client.send(command);
    const decoder = new TextDecoder();
    let text = "";
    let end: unknown;
    for await (const { PayloadChunk, InvokeComplete } of EventStream ?? []) {
      text += decoder.decode(PayloadChunk?.Payload, { stream: true });
      end = InvokeComplete;
    }
    return { text, end };
  }

  [Symbol.dispose](): void {
    this.#client.destroy();
  }
}
