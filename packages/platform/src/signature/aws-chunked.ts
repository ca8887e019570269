/**
 * The body framing `aws-chunked`, in which S3 clients send what they sign, or checksum, piece by piece.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 */

import { createHash, type Hash } from "node:crypto";
import { AwsServiceError } from "../service-error.ts";
import {
  type CredentialScope,
  emptySha256,
  isSameSecret,
  scopeText,
  sha256Hex,
  sign,
} from "./signing-key.ts";

/** What the chunks of a body carry: signatures, a signed trailer, or a trailer alone. */
export type ChunkSigning = "signed" | "signed-with-trailer" | "unsigned-with-trailer";

/** How to decode one body. */
export interface AwsChunkedBody {
  readonly signing: ChunkSigning;
  /** Bytes of the body without its framing, from `x-amz-decoded-content-length`. */
  readonly decodedBytes: number;
  /** A decoder for the body; each body needs one of its own. */
  decoder(): AwsChunkedDecoder;
}

/** What the signature of the first chunk builds on. */
export interface ChunkSigningContext {
  readonly signing: ChunkSigning;
  readonly decodedBytes: number;
  /** Undefined where nobody asks for signatures: those of the chunks are passed over then. */
  readonly signingKey: Buffer | undefined;
  /** `YYYYMMDDTHHMMSSZ` of the request. */
  readonly time: string;
  readonly scope: CredentialScope;
  /** The signature of the request. */
  readonly seedSignature: string;
}

/**
 * Takes a body out of its framing and verifies the signatures in it. Data is handed out as it comes, before the signature
 * of its chunk can be checked: keep nothing of it until `end` has returned.
 */
export class AwsChunkedDecoder {
  readonly #context: ChunkSigningContext;
  readonly #trailers = new Map<string, string>();
  #state: "size" | "data" | "data-end" | "trailer" | "last-line" | "done" = "size";
  #line = "";
  #previousSignature: string;
  #chunk: Chunk = { number: 0, bytes: 0, left: 0, signature: undefined, hash: undefined };
  #decodedBytes = 0;

  constructor(context: ChunkSigningContext) {
    this.#context = context;
    this.#previousSignature = context.seedSignature;
  }

  /**
   * Takes the next piece of the body and returns the data in it, as views of the piece.
   *
   * @throws {AwsServiceError} if the framing is broken or a signature does not fit.
   */
  push(piece: Uint8Array): Uint8Array[] {
    const data: Uint8Array[] = [];
    let offset = 0;
    while (offset < piece.length) {
      if (this.#state === "done") throw incompleteBody();
      if (this.#state === "data") {
        const taken = piece.subarray(offset, offset + this.#chunk.left);
        this.#takeData(taken);
        data.push(taken);
        offset += taken.length;
      } else {
        offset = this.#takeLine(piece, offset);
      }
    }
    return data;
  }

  /**
   * Tells the decoder that the body is over.
   *
   * @returns the trailers, by lower-case name.
   * @throws {AwsServiceError} if the body is not whole.
   */
  end(): ReadonlyMap<string, string> {
    // Some clients leave out the line break that ends a signed trailer; its signature has covered all before it.
    const isWhole = this.#state === "done" || this.#state === "last-line";
    if (!isWhole || this.#decodedBytes !== this.#context.decodedBytes) throw incompleteBody();
    return this.#trailers;
  }

  #takeData(taken: Uint8Array): void {
    const chunk = this.#chunk;
    chunk.hash?.update(taken);
    chunk.left -= taken.length;
    this.#decodedBytes += taken.length;
    if (this.#decodedBytes > this.#context.decodedBytes) throw incompleteBody();
    if (chunk.left > 0) return;
    this.#verifyChunk();
    this.#state = "data-end";
  }

  #takeLine(piece: Uint8Array, offset: number): number {
    const newline = piece.indexOf(0x0a, offset);
    const end = newline === -1 ? piece.length : newline;
    this.#line += Buffer.from(piece.buffer, piece.byteOffset + offset, end - offset).toString("latin1");
    if (this.#line.length > maximumLineBytes) throw incompleteBody();
    if (newline === -1) return end;
    const line = this.#line.replace(/\r$/, "");
    this.#line = "";
    if (this.#state === "size") this.#startChunk(line);
    else if (this.#state === "trailer") this.#takeTrailer(line);
    else if (line === "") this.#state = this.#state === "data-end" ? "size" : "done";
    else throw incompleteBody();
    return newline + 1;
  }

  #startChunk(line: string): void {
    const isSigned = this.#context.signing !== "unsigned-with-trailer";
    const match = (isSigned ? signedSizeLine : unsignedSizeLine).exec(line);
    const [, size, signature] = match ?? [];
    if (size === undefined) throw incompleteBody();
    const bytes = Number.parseInt(size, 16);
    const previous = this.#chunk;
    if (isSigned && bytes > 0 && previous.number > 0 && previous.bytes < minimumChunkBytes) {
      throw new AwsServiceError(
        "InvalidChunkSizeError",
        403,
        `Only the last chunk is allowed to have a size less than ${minimumChunkBytes} bytes`,
        { Chunk: previous.number, BadChunkSize: previous.bytes },
      );
    }
    const hash = isSigned ? createHash("sha256") : undefined;
    this.#chunk = { number: previous.number + 1, bytes, left: bytes, signature, hash };
    if (bytes > 0) {
      this.#state = "data";
      return;
    }
    this.#verifyChunk();
    this.#state = "trailer";
  }

  #verifyChunk(): void {
    const { signature, hash } = this.#chunk;
    if (hash === undefined) return;
    const digests = [emptySha256, hash.digest("hex")];
    this.#verify(["AWS4-HMAC-SHA256-PAYLOAD", ...this.#chain(), ...digests].join("\n"), signature);
  }

  #takeTrailer(line: string): void {
    const { signing } = this.#context;
    if (line === "") {
      // Signed trailers end in their signature; AWS's own example has a blank line before it.
      if (signing !== "signed-with-trailer") this.#state = "done";
      return;
    }
    const colon = line.indexOf(":");
    if (signing === "signed" || colon <= 0 || this.#trailers.size === maximumTrailers)
      throw malformedTrailer();
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, "");
    if (signing === "signed-with-trailer" && name === "x-amz-trailer-signature") {
      this.#verifyTrailers(value);
      this.#state = "last-line";
    } else {
      this.#trailers.set(name, value);
    }
  }

  #verifyTrailers(signature: string): void {
    const canonical = [...this.#trailers].map(([name, value]) => `${name}:${value}\n`).join("");
    this.#verify(["AWS4-HMAC-SHA256-TRAILER", ...this.#chain(), sha256Hex(canonical)].join("\n"), signature);
  }

  #chain(): string[] {
    return [this.#context.time, scopeText(this.#context.scope), this.#previousSignature];
  }

  #verify(text: string, signature: string | undefined): void {
    if (this.#context.signingKey === undefined) return;
    const expected = sign(this.#context.signingKey, text);
    if (signature === undefined || !isSameSecret(expected, signature)) {
      throw new AwsServiceError(
        "SignatureDoesNotMatch",
        403,
        "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
      );
    }
    this.#previousSignature = signature;
  }
}

interface Chunk {
  readonly number: number;
  readonly bytes: number;
  left: number;
  readonly signature: string | undefined;
  readonly hash: Hash | undefined;
}

const signedSizeLine = /^([0-9a-fA-F]{1,12});chunk-signature=([0-9a-f]{64})$/;
const unsignedSizeLine = /^([0-9a-fA-F]{1,12})$/;

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html */
const minimumChunkBytes = 8192;

// Our own bounds on what a client may make us hold; a trailer is one checksum.
const maximumLineBytes = 4096;
const maximumTrailers = 16;

function incompleteBody(): AwsServiceError {
  return new AwsServiceError(
    "IncompleteBody",
    400,
    "You did not provide the number of bytes specified by the Content-Length HTTP header",
  );
}

function malformedTrailer(): AwsServiceError {
  return new AwsServiceError(
    "MalformedTrailerError",
    400,
    "The request contained trailing data that was not well-formed or did not conform to our published schema.",
  );
}
