/** A part of AWS's behaviour that clients and functions can tell. */
export interface Behaviour {
  /** One sentence, in the field's terms. */
  readonly behaviour: string;
  /**
   * - `pass`: as AWS documents or was recorded to do it;
   * - `differs`: known to be otherwise here, and `note` says why;
   * - `unknown`: AWS says nothing, or contradicts itself; `note` says what is done here;
   * - `not emulated`: `note` says what happens instead.
   */
  readonly verdict: Verdict;
  /**
   * The test that shows it: its file from the root of the repository, ` > `, and how its full name begins. Everything
   * that begins so must pass. Needed for all but `not emulated`.
   */
  readonly test?: string;
  readonly note?: string;
}

export type Verdict = "pass" | "differs" | "unknown" | "not emulated";

/** What AWS promises on one subject. */
export interface Contract {
  readonly title: string;
  /** Where AWS says so. */
  readonly sources: readonly string[];
  readonly behaviours: readonly Behaviour[];
}
