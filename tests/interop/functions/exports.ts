import { streaming } from "@sluice/runtime";
import type { AwsLambda } from "@sluice/runtime/awslambda";

declare const awslambda: AwsLambda;

/** Handlers as `_HANDLER` may name them. */
export const orders = {
  stream: streaming(async ({ name }: { readonly name: string }, response) => {
    await response.writeStatusAndHeaders({ statusCode: 200 });
    await response.writeAndFinish(`Hello, ${name}`);
  }),
};

/** A streaming handler of the managed Node.js runtimes. */
export const streamified = awslambda.streamifyResponse(
  async ({ name }: { readonly name: string }, stream) => {
    const response = awslambda.HttpResponseStream.from(stream, { statusCode: 200 });
    response.write("Hello, ");
    response.end(name);
  },
);

/** A plain handler of the managed Node.js runtimes. */
export const plain = async ({ name }: { readonly name: string }) => ({ greeting: `Hello, ${name}` });
