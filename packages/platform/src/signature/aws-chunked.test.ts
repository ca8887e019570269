import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AwsServiceError } from "../service-error.ts";
import { AwsChunkedDecoder, type ChunkSigning } from "./aws-chunked.ts";
import type { SignedRequest } from "./signed-request.ts";
import { deriveSigningKey, emptySha256, sha256Hex, sign } from "./signing-key.ts";
import { verifySignature } from "./verify-signature.ts";

const credentials = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
};
const time = "20130524T000000Z";
const scope = { date: "20130524", region: "us-east-1", service: "s3" };
const seedSignature = "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e";

/** The examples of AWS's guide upload 65 KB of the letter a, in chunks of 64 KB and the rest. */
const exampleChunks = ["a".repeat(65_536), "a".repeat(1024), ""];

describe("the examples of the S3 guide", () => {
  // https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
  test("signed chunks", () => {
    const request = uploadRequest("4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9", [
      ["Content-Encoding", "aws-chunked"],
      ["Content-Length", "66824"],
      ["x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"],
    ]);
    const lines = exampleChunks.map((data, index) => signedChunk(data, firstExampleSignatures[index]));
    expect(upload(request, lines.join(""))).toEqual({
      data: "a".repeat(66_560),
      trailers: {},
    });
  });

  // https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
  test("signed chunks and a signed trailer", () => {
    const request = uploadRequest(seedSignature, [
      ["Content-Encoding", "aws-chunked"],
      ["x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"],
      ["x-amz-trailer", "x-amz-checksum-crc32c"],
    ]);
    const lines = exampleChunks.map((data, index) => signedChunk(data, secondExampleSignatures[index]));
    const trailer = [
      "x-amz-checksum-crc32c:sOO8/Q==",
      "x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435",
      "",
      "",
    ];
    expect(upload(request, lines.join("").replace(/\r\n$/, "") + trailer.join("\r\n"))).toEqual({
      data: "a".repeat(66_560),
      trailers: { "x-amz-checksum-crc32c": "sOO8/Q==" },
    });
  });
});

const firstExampleSignatures = [
  "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
  "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
  "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
];
const secondExampleSignatures = [
  "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
  "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
  "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
];

describe("the decoder", () => {
  const signings: ChunkSigning[] = ["signed", "signed-with-trailer", "unsigned-with-trailer"];

  test("gives the data however the body is cut into chunks and pieces", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...signings),
        fc.array(fc.integer({ min: 8192, max: 9000 }), { maxLength: 3 }),
        fc.array(fc.nat(), { maxLength: 20 }),
        (signing, sizes, cuts) => {
          const chunks = sizes.map((size, index) => String.fromCharCode(0x61 + index).repeat(size));
          const body = encodeBody(signing, chunks);
          expect(decode(signing, cut(body, cuts), chunks.join("").length)).toEqual({
            data: chunks.join(""),
            trailers: signing === "signed" ? {} : { "x-amz-checksum-crc32": "AAAAAA==" },
          });
        },
      ),
    );
  });

  test.each(signings.slice(0, 2))("refuses any changed byte of a body that is %s", (signing) => {
    const chunks = ["a".repeat(8192), "b"];
    const body = encodeBody(signing, chunks);
    fc.assert(
      fc.property(fc.nat(body.length - 3), fc.integer({ min: 1, max: 255 }), (position, change) => {
        const changed = Buffer.from(body, "latin1");
        changed[position] = (changed[position] ?? 0) ^ change;
        // A name in capitals and a blank at the end of a line mean the same.
        const meaning = (text: string) => text.toLowerCase().replace(/[ \t\r]+\n/g, "\n");
        fc.pre(meaning(changed.toString("latin1")) !== meaning(body));
        expect(() => decode(signing, [changed], 8193)).toThrow(AwsServiceError);
      }),
      { numRuns: 300 },
    );
  });

  const good = encodeBody("signed", ["hello"]);
  test.each<[string, ChunkSigning, string, number, string]>([
    ["a chunk size that is none", "unsigned-with-trailer", "5x\r\nhello\r\n0\r\n\r\n", 5, "IncompleteBody"],
    ["no signature where one is due", "signed", "5\r\nhello\r\n0\r\n\r\n", 5, "IncompleteBody"],
    ["a signature where none is due", "unsigned-with-trailer", good, 5, "IncompleteBody"],
    ["data past its chunk", "unsigned-with-trailer", "5\r\nhello!\r\n0\r\n\r\n", 6, "IncompleteBody"],
    ["a body that ends early", "unsigned-with-trailer", "5\r\nhello\r\n0\r\n", 5, "IncompleteBody"],
    ["less than was announced", "signed", good, 6, "IncompleteBody"],
    ["more than was announced", "signed", good, 4, "IncompleteBody"],
    ["bytes past the end", "signed", `${good}x`, 5, "IncompleteBody"],
    ["a line without end", "unsigned-with-trailer", "0".repeat(5000), 0, "IncompleteBody"],
    [
      "a trailer that none has announced",
      "signed",
      good.replace(/\r\n$/, "a:b\r\n\r\n"),
      5,
      "MalformedTrailerError",
    ],
    ["a trailer without name", "unsigned-with-trailer", "0\r\n:b\r\n\r\n", 0, "MalformedTrailerError"],
    [
      "a trailer that is not signed",
      "signed-with-trailer",
      good.replace(/\r\n$/, "a:b\r\n\r\n"),
      5,
      "IncompleteBody",
    ],
    ["trailers without end", "unsigned-with-trailer", `0\r\n${trailers(17)}\r\n`, 0, "MalformedTrailerError"],
    ["another seed", "signed", encodeBody("signed", ["hello"], "0".repeat(64)), 5, "SignatureDoesNotMatch"],
    [
      "a small chunk before the last",
      "signed",
      encodeBody("signed", ["hello", "hello"]),
      10,
      "InvalidChunkSizeError",
    ],
  ])("refuses %s", (_name, signing, body, decodedBytes, code) => {
    expect(() => decode(signing, [Buffer.from(body, "latin1")], decodedBytes)).toThrow(
      expect.objectContaining({ code }),
    );
  });
});

function uploadRequest(signature: string, headers: [string, string][]): SignedRequest {
  const all: [string, string][] = [
    ["Host", "s3.amazonaws.com"],
    ["x-amz-date", time],
    ["x-amz-storage-class", "REDUCED_REDUNDANCY"],
    ["x-amz-decoded-content-length", "66560"],
    ...headers,
  ];
  const names = all.map(([name]) => name.toLowerCase()).sort();
  const authorization = `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/20130524/us-east-1/s3/aws4_request,SignedHeaders=${names.join(";")},Signature=${signature}`;
  return {
    method: "PUT",
    rawPath: "/examplebucket/chunkObject.txt",
    rawQuery: "",
    headers: [...all, ["Authorization", authorization]],
  };
}

function upload(request: SignedRequest, body: string) {
  const result = verifySignature(request, {
    service: "s3",
    region: "us-east-1",
    credentials: () => credentials,
    nowMs: Date.UTC(2013, 4, 24),
  });
  if (result.status !== "verified" || result.payload.kind !== "aws-chunked") throw new Error("Not chunked.");
  return drain(result.payload.decoder(), [Buffer.from(body, "latin1")]);
}

function decode(signing: ChunkSigning, pieces: readonly Buffer[], decodedBytes: number) {
  const signingKey = deriveSigningKey(credentials.secretAccessKey, scope);
  return drain(
    new AwsChunkedDecoder({ signing, decodedBytes, signingKey, time, scope, seedSignature }),
    pieces,
  );
}

function drain(decoder: AwsChunkedDecoder, pieces: readonly Buffer[]) {
  const data = pieces.flatMap((piece) => decoder.push(piece));
  return { trailers: Object.fromEntries(decoder.end()), data: Buffer.concat(data).toString("latin1") };
}

function signedChunk(data: string, signature: string | undefined): string {
  return `${data.length.toString(16)};chunk-signature=${signature}\r\n${data}\r\n`;
}

/** Frames a body, with signatures made step by step as the guide has it. */
function encodeBody(signing: ChunkSigning, chunks: readonly string[], seed = seedSignature): string {
  if (signing === "unsigned-with-trailer") {
    const framed = chunks.map((data) => `${data.length.toString(16)}\r\n${data}\r\n`);
    return `${framed.join("")}0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n`;
  }
  const key = deriveSigningKey(credentials.secretAccessKey, scope);
  const chain = `${time}\n20130524/us-east-1/s3/aws4_request`;
  let previous = seed;
  let body = "";
  for (const data of [...chunks, ""]) {
    previous = sign(
      key,
      `AWS4-HMAC-SHA256-PAYLOAD\n${chain}\n${previous}\n${emptySha256}\n${sha256Hex(data)}`,
    );
    body += signedChunk(data, previous);
  }
  if (signing === "signed") return body;
  const hash = sha256Hex("x-amz-checksum-crc32:AAAAAA==\n");
  const signature = sign(key, `AWS4-HMAC-SHA256-TRAILER\n${chain}\n${previous}\n${hash}`);
  return `${body.replace(/\r\n$/, "")}x-amz-checksum-crc32:AAAAAA==\r\nx-amz-trailer-signature:${signature}\r\n\r\n`;
}

function trailers(count: number): string {
  return Array.from({ length: count }, (_, index) => `t${index}:v\r\n`).join("");
}

function cut(text: string, cuts: readonly number[]): Buffer[] {
  const body = Buffer.from(text, "latin1");
  const ends = [...cuts.map((at) => at % (body.length + 1)), body.length].sort((a, b) => a - b);
  return ends.map((end, index) => body.subarray(ends[index - 1] ?? 0, end));
}
