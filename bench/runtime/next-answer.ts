const date = new Date().toUTCString();

/** A new request id, as long as a real one. @param sequence - a number that no other has. */
export function requestIdOf(sequence: number): string {
  return `8476a536-e9f4-11e8-9739-${sequence.toString(16).padStart(12, "0")}`;
}

/** The `next` answer with the headers a real invocation has (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html). */
export function nextAnswer(requestId: string, event: string): string {
  return (
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" +
    `Lambda-Runtime-Aws-Request-Id: ${requestId}\r\nLambda-Runtime-Deadline-Ms: ${Date.now() + 900_000}\r\n` +
    "Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:123456789012:function:bench\r\n" +
    "Lambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0;Lineage=1:a87bd80c:0\r\n" +
    `Date: ${date}\r\nContent-Length: ${Buffer.byteLength(event)}\r\n\r\n${event}`
  );
}
