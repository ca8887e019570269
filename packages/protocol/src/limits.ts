/**
 * Limits of the contract, each with its source. A limit that has no source here is our own and says so.
 */
export const limits = {
  /**
   * Metadata JSON plus its eight NUL bytes, in bytes: the delimiter must lie within the first 16 KB.
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
   */
  httpPreludeBytes: 16_384,
  /**
   * Largest event of a synchronous invocation, in bytes.
   * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
   */
  eventBytes: 6 * 1024 * 1024,
  /**
   * Largest buffered response, in bytes: 6 MB plus the 100 bytes that the service's own message counts
   * ("maximum allowed payload size (6291556 bytes)").
   * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
   */
  bufferedResponseBytes: 6 * 1024 * 1024 + 100,
  /**
   * Largest trailer section of a streamed response, in bytes, its empty line included. The Runtime API is served by Go,
   * whose HTTP server takes what is longer for a broken body: the invoker gets `Runtime.TruncatedResponse` instead.
   * @see https://github.com/golang/go/blob/go1.26.0/src/net/http/transfer.go (`seeUpcomingDoubleCRLF`)
   */
  trailerBytes: 4096,
  /**
   * Largest payload of one event-stream message, in bytes: 24 MB.
   * @see https://smithy.io/2.0/aws/amazon-eventstream.html
   */
  eventStreamPayloadBytes: 24 * 1024 * 1024,
  /**
   * Largest header block of one event-stream message, in bytes: 128 KB.
   * @see https://smithy.io/2.0/aws/amazon-eventstream.html
   */
  eventStreamHeadersBytes: 128 * 1024,
  /**
   * Time that the Shutdown phase grants to a runtime beside an internal extension, in milliseconds.
   * @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-shutdown
   */
  shutdownWithInternalExtensionMs: 500,
} as const;
