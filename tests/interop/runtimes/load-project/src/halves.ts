import { managed, streaming } from "@sluice/runtime";

interface Query {
  readonly gate: string;
  readonly name: string;
}

/** Writes a line, and another one once the test allows it. */
export const handler = managed(
  streaming(async (event: { readonly queryStringParameters: Query }, response) => {
    const { gate, name } = event.queryStringParameters;
    const headers = { "x-process": String(process.pid) };
    await response.writeStatusAndHeaders({ statusCode: 200, headers });
    await response.write(`${name} has begun\n`);
    await fetch(`${gate}/middle`);
    await response.write(`${name} is done\n`);
    await response.finish();
  }),
);
