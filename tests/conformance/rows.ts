import type { Behaviour } from "./contract.ts";

/** Behaviours that are as on AWS, each with how the full name of its test in the file begins. */
export function passing(
  file: string,
  rows: readonly (readonly [behaviour: string, test: string])[],
): readonly Behaviour[] {
  return rows.map(([behaviour, test]) => ({ behaviour, verdict: "pass", test: `${file} > ${test}` }));
}

/** Behaviours that AWS leaves open, and what is done here. */
export function unknown(
  file: string,
  rows: readonly (readonly [behaviour: string, note: string, test: string])[],
): readonly Behaviour[] {
  return rows.map(([behaviour, note, test]) => ({
    behaviour,
    verdict: "unknown",
    note,
    test: `${file} > ${test}`,
  }));
}

/** Behaviours that are left out here, and what happens instead. */
export function notEmulated(
  rows: readonly (readonly [behaviour: string, note: string])[],
): readonly Behaviour[] {
  return rows.map(([behaviour, note]) => ({ behaviour, verdict: "not emulated", note }));
}
