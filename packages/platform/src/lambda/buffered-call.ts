import { BufferedReceiver, type BufferedResult } from "./buffered-receiver.ts";
import type { Clock } from "./environment/index.ts";
import type { InvocationCall, InvokeFunction } from "./invocation-call.ts";
import type { LambdaFunction } from "./lambda-function.ts";

/** What became of a call whose answer is wanted whole. */
export type CallOutcome =
  | ({ readonly kind: "answered" } & BufferedResult)
  /** The function runs on. */
  | { readonly kind: "timed out" }
  /** Nobody is there to be answered. */
  | { readonly kind: "client left" };

/** How long a caller waits. */
export interface CallPatience {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Calls back when whoever is to be answered leaves. */
  readonly onLeave: (listener: () => void) => void;
  /** Told once Lambda has taken the call. */
  readonly begun?: () => void;
}

/** Calls a function and waits for the whole answer. @throws {AwsServiceError} if Lambda refuses the call. */
export async function callBuffered(
  invoke: InvokeFunction,
  target: LambdaFunction,
  call: InvocationCall,
  { clock, timeoutMs, onLeave, begun }: CallPatience,
): Promise<CallOutcome> {
  const receiver = new BufferedReceiver();
  const outcome = Promise.withResolvers<CallOutcome>();
  const cancelTimeout = clock.setTimer(timeoutMs, () => outcome.resolve({ kind: "timed out" }));
  onLeave(() => outcome.resolve({ kind: "client left" }));
  const run = async (): Promise<CallOutcome> => {
    const { ended } = await invoke(target, call, receiver);
    begun?.();
    await ended;
    return { kind: "answered", ...(await receiver.result) };
  };
  run().then(outcome.resolve, outcome.reject);
  return outcome.promise.finally(cancelTimeout);
}
