import type { SluiceDev } from "./sluice-dev.ts";

/** The ways to reach one endpoint: by host name, and by path where names under `localhost` aren't resolved. */
export interface Addresses {
  readonly id: string;
  readonly port: string;
  readonly byHost: string;
  readonly byPath: string;
}

/** The REST API of the project. */
export async function apiAddresses(dev: SluiceDev): Promise<Addresses> {
  const { url } = await dev.endpoint("REST API Api GET /pieces");
  const [, id] = /execute-api\/([a-z0-9]+)\//.exec(url) ?? /\/\/([a-z0-9]+)\.execute-api\./.exec(url) ?? [];
  if (id === undefined) throw new Error(`${url} has no API's id.`);
  const { port } = new URL(url);
  return {
    id,
    port,
    byHost: `http://${id}.execute-api.localhost:${port}/prod/pieces`,
    byPath: `http://127.0.0.1:${port}/_aws/execute-api/${id}/prod/pieces`,
  };
}

/** The Function URL of a function. */
export async function functionUrlAddresses(dev: SluiceDev, functionName: string): Promise<Addresses> {
  const { url } = await dev.endpoint(`Function URL ${functionName}`);
  const [, id] = /_lambda-url\/([a-z0-9]+)\//.exec(url) ?? /\/\/([a-z0-9]+)\.lambda-url\./.exec(url) ?? [];
  if (id === undefined) throw new Error(`${url} has no Function URL's id.`);
  const { port } = new URL(url);
  return {
    id,
    port,
    byHost: `http://${id}.lambda-url.${dev.credentials["AWS_REGION"]}.localhost:${port}/`,
    byPath: `http://127.0.0.1:${port}/_lambda-url/${id}/`,
  };
}
