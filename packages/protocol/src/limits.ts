/**
 * Limits of the contract, each with its source. A limit that has no source here is our own and says so.
 *
 * Each is an export of its own, so that a bundled function holds only those it uses, and a plain number: bundlers keep
 * what is reckoned.
 */

/**
 * Metadata JSON plus its eight NUL bytes, in bytes: the delimiter must lie within the first 16 KB.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
 */
export const httpPreludeBytes = 16_384;

/**
 * Largest event of a synchronous invocation, in bytes.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
export const eventBytes = 6_291_456;

/**
 * Largest event of an asynchronous invocation, in bytes: 1 MB.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
export const asynchronousEventBytes = 1_048_576;

/**
 * How long an event may wait for its invocation, in seconds.
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html
 */
export const eventAgeSeconds = { minimum: 60, standard: 21_600, maximum: 21_600 } as const;

/**
 * How often an event is tried again after errors of the function.
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html
 */
export const eventRetries = { minimum: 0, standard: 2, maximum: 2 } as const;

/**
 * Largest buffered response, in bytes: 6 MB plus the 100 bytes that the service's own message counts
 * ("maximum allowed payload size (6291556 bytes)").
 * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
export const bufferedResponseBytes = 6_291_556;

/**
 * Largest streamed response, in bytes: 200 MB.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
export const streamedResponseBytes = 209_715_200;

/**
 * How fast Lambda streams a response: so many bytes as fast as it can, and from then on so many a second. A stream that
 * is slower than that saves up for later, never more than it had at its beginning.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html
 * @see https://github.com/aws/aws-lambda-runtime-interface-emulator/blob/main/internal/lambda/core/bandwidthlimiter/throttler.go
 */
export const streamBandwidth = { uncappedBytes: 6_291_456, bytesPerSecond: 2_097_152 } as const;

/**
 * The same for a stream through a REST API. Its first 10 MB are "not subject to any bandwidth restrictions", so that
 * Lambda's own 6 MB do not count there.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html
 */
export const apiStreamBandwidth = {
  uncappedBytes: 10_485_760,
  bytesPerSecond: 2_097_152,
} as const;

/**
 * How long the stream of a REST API may be silent, by the type of its endpoint, in milliseconds.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html
 */
export const apiStreamIdleMs = { EDGE: 30_000, REGIONAL: 300_000, PRIVATE: 300_000 } as const;

/**
 * Largest request to a REST API, and its largest buffered response, in bytes: 10 MB.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
 */
export const apiPayloadBytes = 10_485_760;

/**
 * Requests that all APIs of an account take in a region, unless AWS grants more.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
 */
export const apiRequests = { ratePerSecond: 10_000, burst: 5_000 } as const;

/**
 * Timeout of an HTTP API's integration, in milliseconds; the maximum unless set.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
 */
export const httpApiTimeoutMs = { minimum: 50, maximum: 30_000 } as const;

/**
 * Request line and headers of a request to an HTTP API together, in bytes.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
 */
export const httpApiHeadBytes = 10_240;

/**
 * How long a Lambda authorizer may take, in milliseconds.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
 */
export const authorizerTimeoutMs = 10_000;

/**
 * What an HTTP API grants an issuer of tokens: time for each of discovery and keys, size of the keys, and for how long the
 * keys are used.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
 */
export const tokenIssuer = { fetchMs: 1_500, keysBytes: 150_000, keysAgeMs: 7_200_000 } as const;

/**
 * Invocations that an account may have at once in a region, unless AWS grants more.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
export const accountConcurrency = 1_000;

/**
 * What reserved concurrency must leave to the functions that have none.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
 */
export const unreservedConcurrency = 100;

/**
 * Synchronous invocations in a second for each that may be under way at once, in the account or by reserved concurrency.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
export const requestsPerSecondAndConcurrency = 10;

/**
 * Timeout of a function, in seconds.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html
 */
export const functionTimeoutSeconds = { minimum: 1, standard: 3, maximum: 900 } as const;

/**
 * Memory of a function, in MB.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
 */
export const functionMemoryMb = { minimum: 128, standard: 128, maximum: 10_240 } as const;

/**
 * Longest base64 of a client context, in bytes.
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 */
export const clientContextBytes = 3_583;

/**
 * Largest trailer section of a streamed response, in bytes, its empty line included. The Runtime API is served by Go,
 * whose HTTP server takes what is longer for a broken body: the invoker gets `Runtime.TruncatedResponse` instead.
 * @see https://github.com/golang/go/blob/go1.26.0/src/net/http/transfer.go (`seeUpcomingDoubleCRLF`)
 */
export const trailerBytes = 4096;

/**
 * Largest payload of one event-stream message, in bytes: 24 MB.
 * @see https://smithy.io/2.0/aws/amazon-eventstream.html
 */
export const eventStreamPayloadBytes = 25_165_824;

/**
 * Largest header block of one event-stream message, in bytes: 128 KB.
 * @see https://smithy.io/2.0/aws/amazon-eventstream.html
 */
export const eventStreamHeadersBytes = 131_072;

/**
 * Time that the Shutdown phase grants to a runtime beside an internal extension, in milliseconds.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-shutdown
 */
export const shutdownWithInternalExtensionMs = 500;

/**
 * Longest URL of a request to a Regional REST API, path and query, in bytes.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
 */
export const apiUrlBytes = 10_240;

/**
 * Most that the headers of a request to a REST API may have together, in bytes.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
 */
export const apiHeaderBytes = 10_240;

/**
 * Longest ARN of a method that is called, the path included, in bytes. A longer one is answered with 414.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
 */
export const apiMethodArnBytes = 1_600;
