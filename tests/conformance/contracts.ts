import type { Contract } from "./contract.ts";

/** Every contract, in the order of a request's way. */
export const contracts: readonly Contract[] = [];
