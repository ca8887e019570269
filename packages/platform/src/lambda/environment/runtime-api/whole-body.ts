import type { BodyReader } from "./connection.ts";
import { GrowingBuffer } from "./growing-buffer.ts";

/** How the reading of a whole body went. */
export type WholeBody =
  | { readonly kind: "whole"; readonly bytes: Buffer }
  | { readonly kind: "too-large" | "truncated" };

/**
 * Reads a body into memory, up to a limit.
 * @param done - called once; as soon as the limit is exceeded, if it is.
 */
export function readWhole(limitBytes: number, done: (body: WholeBody) => void): BodyReader {
  const body = new GrowingBuffer();
  let isOver = false;
  const finish = (result: WholeBody) => {
    if (isOver) return;
    isOver = true;
    done(result);
  };
  return {
    data(bytes) {
      if (isOver) return undefined;
      if (body.length + bytes.length > limitBytes) finish({ kind: "too-large" });
      else body.append(bytes);
      return undefined;
    },
    end: () => finish({ kind: "whole", bytes: body.view() }),
    broken: () => finish({ kind: "truncated" }),
  };
}
