import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { AwsChunkedDecoder } from "./aws-chunked.ts";
import { chunkSignings } from "./payload-rule.ts";
import type { SignedRequest } from "./signed-request.ts";
import type { VerifiedPayload } from "./verify-signature.ts";

/** A body out of its framing. */
export interface VerifiedBody {
  /** Fails at its end if it isn't what was signed: keep nothing of it until it has ended well. */
  readonly body: Readable;
  /** By lower-case name; there once the body has ended. */
  readonly trailers: () => ReadonlyMap<string, string>;
}

const none: ReadonlyMap<string, string> = new Map();

/** The body of a request whose head has been verified, checked as it is read. */
export function verifiedBody(
  { payload, verifyBody }: { readonly payload: VerifiedPayload; verifyBody(sha256: string): unknown },
  source: Readable,
): VerifiedBody {
  switch (payload.kind) {
    case "unsigned":
      return { body: source, trailers: () => none };
    case "sha256":
      return { body: Readable.from(hashed(source, verifyBody), { objectMode: false }), trailers: () => none };
    case "aws-chunked":
      return decoded(source, payload.decoder());
  }
}

/** The body of a request whose signature nobody asks for. */
export function unverifiedBody(request: SignedRequest, source: Readable): VerifiedBody {
  const header = (wanted: string) => request.headers.find(([name]) => name.toLowerCase() === wanted)?.[1];
  const signing = chunkSignings.get(header("x-amz-content-sha256") ?? "");
  if (signing === undefined) return { body: source, trailers: () => none };
  const decoder = new AwsChunkedDecoder({
    signing,
    decodedBytes: Number(header("x-amz-decoded-content-length")),
    signingKey: undefined,
    time: "",
    scope: { date: "", region: "", service: "" },
    seedSignature: "",
  });
  return decoded(source, decoder);
}

/**
 * The request as it would have been without the framing of its body: that says the length of the content, and isn't part of
 * the content's encoding.
 */
export function withoutFraming<Request extends SignedRequest>(request: Request): Request {
  const lengths = request.headers.filter(([name]) => name.toLowerCase() === "x-amz-decoded-content-length");
  if (lengths.length === 0) return request;
  const headers = request.headers.flatMap(([name, value]): (readonly [string, string])[] => {
    switch (name.toLowerCase()) {
      case "content-length":
        return [];
      case "content-encoding": {
        const codings = value.split(",").filter((coding) => coding.trim().toLowerCase() !== "aws-chunked");
        return codings.length === 0 ? [] : [[name, codings.join(",").trim()]];
      }
      default:
        return [[name, value]];
    }
  });
  return { ...request, headers: [...headers, ["content-length", lengths[0]?.[1] ?? ""]] };
}

async function* hashed(source: Readable, verify: (sha256: string) => unknown): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  for await (const piece of undestroyed(source)) {
    hash.update(piece as Uint8Array);
    yield piece as Uint8Array;
  }
  verify(hash.digest("hex"));
}

function decoded(source: Readable, decoder: AwsChunkedDecoder): VerifiedBody {
  let trailers = none;
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for await (const piece of undestroyed(source)) yield* decoder.push(piece as Uint8Array);
    trailers = decoder.end();
  }
  return { body: Readable.from(pieces(), { objectMode: false }), trailers: () => trailers };
}

/** A request that is given up with its body would take the connection along, and its answer with that. */
function undestroyed(source: Readable): AsyncIterable<unknown> {
  return source.iterator({ destroyOnReturn: false });
}
