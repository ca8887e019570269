import { managed, streaming } from "@sluice/runtime";

const megabyte = new Uint8Array(2 ** 20);

/** Writes as many megabytes as it is asked for; each begins with its number. */
export const handler = managed(
  streaming(async (event: { readonly queryStringParameters?: { readonly mb?: string } }, response) => {
    const count = Number(event.queryStringParameters?.mb);
    for (let number = 0; number < count; number++) {
      new DataView(megabyte.buffer).setUint32(0, number);
      await response.write(megabyte.slice());
    }
    await response.finish();
  }),
);
