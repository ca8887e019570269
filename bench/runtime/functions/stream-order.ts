/** The event of the stream functions: how many chunks to write, and of how many bytes. */
export interface StreamOrder {
  readonly chunks: number;
  readonly size: number;
}

/** Small chunks are text, as tokens and server-sent events are; large ones are bytes, as files are. */
export function chunkFor({ size }: StreamOrder): string | Uint8Array {
  return size <= 1024 ? "x".repeat(size) : Buffer.alloc(size, "x");
}
