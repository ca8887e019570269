import type { Clock } from "../../lambda/environment/index.ts";

/** How many answers are kept of one authorizer. Ours: AWS does not say. */
const keptAnswers = 1_000;

/** Answers of authorizers, each by what identified the client, for as long as the authorizer says. */
export class KeptAnswers<Authorizer extends { readonly ttlSeconds: number }, Answer> {
  readonly #clock: Pick<Clock, "now">;
  /** By authorizer, so that another deployment begins anew. */
  readonly #kept = new WeakMap<
    Authorizer,
    Map<string, { readonly answer: Answer; readonly untilMs: number }>
  >();

  constructor(clock: Pick<Clock, "now">) {
    this.#clock = clock;
  }

  recall(authorizer: Authorizer, key: string): Answer | undefined {
    const kept = this.#kept.get(authorizer)?.get(key);
    return kept !== undefined && kept.untilMs > this.#clock.now() ? kept.answer : undefined;
  }

  keep(authorizer: Authorizer, key: string, answer: Answer): void {
    if (authorizer.ttlSeconds === 0) return;
    const kept = this.#kept.get(authorizer) ?? new Map();
    this.#kept.set(authorizer, kept);
    kept.delete(key);
    // The oldest goes: what identifies a client is the client's to make up.
    const [oldest] = kept.keys();
    if (kept.size >= keptAnswers && oldest !== undefined) kept.delete(oldest);
    kept.set(key, { answer, untilMs: this.#clock.now() + authorizer.ttlSeconds * 1_000 });
  }

  /** Lets go of everything that is kept of an authorizer. */
  forget(authorizer: Authorizer): void {
    this.#kept.delete(authorizer);
  }
}
