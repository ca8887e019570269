import { S3Client, type S3ClientConfig, S3ServiceException } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect } from "vitest";
import { TestPlatform } from "./test-platform.ts";

/** A platform with unmodified clients of S3. */
export class S3Host implements AsyncDisposable {
  readonly test: TestPlatform;
  readonly client: S3Client;
  readonly #clients: S3Client[] = [];

  private constructor(test: TestPlatform) {
    this.test = test;
    this.client = this.clientWith({});
  }

  static async start(options: Partial<Parameters<typeof TestPlatform.start>[0]> = {}): Promise<S3Host> {
    return new S3Host(
      await TestPlatform.start({ resources: { Queue: { Type: "AWS::SQS::Queue" } }, ...options }),
    );
  }

  clientWith(config: S3ClientConfig): S3Client {
    const client = new S3Client({ ...this.test.platform.clientConfig, maxAttempts: 1, ...config });
    this.#clients.push(client);
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.destroy();
    expect(this.test.bugs).toEqual([]);
    await this.test[Symbol.asyncDispose]();
  }
}

/** One host for all tests of a file. */
export function sharedS3(options?: Parameters<typeof S3Host.start>[0]): { readonly host: S3Host } {
  let host: S3Host | undefined;
  beforeAll(async () => {
    host = await S3Host.start(options);
  });
  afterAll(() => host?.[Symbol.asyncDispose]());
  return {
    get host() {
      if (host === undefined) throw new Error("The platform has not started.");
      return host;
    },
  };
}

/** Status and code of what a call fails with. */
export async function refusalOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return "no error";
  } catch (error) {
    if (!(error instanceof S3ServiceException)) throw error;
    return `${error.$metadata.httpStatusCode} ${error.name}`;
  }
}
