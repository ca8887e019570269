/**
 * The local address of what has one on AWS: a stage of a REST API or a function URL, as a template's outputs name them.
 * Paths are below the platform, other addresses stay as they are.
 */
export function localAddress(address: string | URL, platformUrl: string): URL {
  const url = new URL(address, platformUrl);
  const api = /^([a-z0-9]+)\.execute-api\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?$/.exec(url.hostname);
  if (api !== null) return new URL(`/_aws/execute-api/${api[1]}${url.pathname}${url.search}`, platformUrl);
  const functionUrl = /^([a-z0-9]+)\.lambda-url\.[a-z0-9-]+\.on\.aws$/.exec(url.hostname);
  if (functionUrl !== null) {
    return new URL(`/_lambda-url/${functionUrl[1]}${url.pathname}${url.search}`, platformUrl);
  }
  return url;
}
