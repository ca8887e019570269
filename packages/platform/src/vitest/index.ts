/**
 * Matchers for Vitest, about an invocation on a platform, a response that `receive` has read, or what `invoke` of
 * `@sluice/runtime/testing` returned. To import this module, once or as one of Vitest's `setupFiles`, is enough. Each
 * failure shows what happened and when.
 *
 * @example
 * ```ts
 * import "@sluice/platform/vitest";
 * ```
 */
import { expect } from "vitest";
import {
  type FailureExpectation,
  type PreludeExpectation,
  type TextExpectation,
  toHaveArrivedInPieces,
  toHaveFailedWith,
  toHavePrelude,
  toHaveStreamed,
} from "./matchers.ts";

export type { FailureExpectation, PreludeExpectation, TextExpectation };

expect.extend({ toHaveArrivedInPieces, toHaveFailedWith, toHavePrelude, toHaveStreamed });

declare module "vitest" {
  // Both parameters, used or not: an interface is added to only under the same ones.
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown> {
    /**
     * The function streamed, and its stream came to a good end.
     * @param body - the whole body; or a list: exactly these pieces.
     */
    toHaveStreamed(body?: TextExpectation | readonly TextExpectation[]): R;
    /** The function sent this status, these headers and these cookies. Headers that are not named may be there. */
    toHavePrelude(prelude: PreludeExpectation): R;
    /**
     * The body did not come at once.
     * @param atLeast - 2 unless given.
     * @param options - `apartMs`: count a piece only when it came so much later than the one counted before it.
     */
    toHaveArrivedInPieces(atLeast?: number, options?: { readonly apartMs?: number }): R;
    /**
     * The invocation ended with this error, whether before its first byte or in the middle of its stream.
     * @param error - the error's type, or part of its message; a pattern for either; or members to compare.
     */
    toHaveFailedWith(error: TextExpectation | FailureExpectation): R;
  }
}
