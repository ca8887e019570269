import type { StoredCredentials } from "../signature/index.ts";

/** Who signs, and for which region. */
export interface Signatory {
  readonly region: string;
  readonly credentials: Pick<StoredCredentials, "accessKeyId" | "secretAccessKey"> &
    Partial<Pick<StoredCredentials, "sessionToken">>;
}

/** The signing name of an AWS service. */
export type SigningName = "execute-api" | "lambda" | (string & {});

/**
 * Signs a request and sends it, as `fetch` does; the body is read into memory first, since the signature covers it.
 *
 * @param signal - ends it. A request's own signal forgets the one that it follows once nobody holds the request, so that
 *   who made the request of a signal gives it here besides.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export async function signedFetch(
  input: Request,
  signingName: SigningName,
  { region, credentials }: Signatory,
  signal: AbortSignal = input.signal,
): Promise<Response> {
  const url = new URL(input.url);
  const body = new Uint8Array(await input.arrayBuffer());
  // Loaded with the first use: whoever only listens does not wait for it.
  const [{ SignatureV4 }, { Hash }] = await Promise.all([
    import("@smithy/signature-v4"),
    import("@smithy/core/serde"),
  ]);
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const signer = new SignatureV4({
    service: signingName,
    region,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
    sha256: Hash.bind(undefined, "sha256"),
  });
  const query: Record<string, string[]> = {};
  for (const name of url.searchParams.keys()) query[name] = url.searchParams.getAll(name);
  const { headers } = await signer.sign({
    method: input.method,
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    query,
    headers: { ...Object.fromEntries(input.headers), host: url.host },
    body,
  });
  // `fetch` writes it itself, the same.
  delete headers["host"];
  return fetch(url, {
    method: input.method,
    headers,
    redirect: input.redirect,
    signal,
    ...(body.length > 0 ? { body } : {}),
  });
}
