import type { LambdaContext } from "./context.ts";
import type { Invocation } from "./invocation.ts";

/**
 * Marks a function as a handler. Registered globally: a function and the runtime that runs it may be bundled apart.
 */
const definitionSymbol = Symbol.for("sluice.handler");

/** How the runtime runs a handler. It travels with the handler, so a bundle holds only the kinds it uses. */
export interface HandlerDefinition {
  readonly kind: "streaming" | "buffered" | "background" | "web";
  /**
   * Runs one invocation to its end and answers it. The handler's own errors are answered and logged here.
   * @throws what kept the answer from being delivered.
   */
  readonly execute: (invocation: Invocation, context: LambdaContext) => Promise<void>;
}

/** What makes a function a handler; the functions that make handlers add it. */
export interface Defined {
  readonly [definitionSymbol]: HandlerDefinition;
}

/**
 * Any of the four kinds. Without their call signatures: a handler that is made where one is expected would otherwise
 * have its event and output inferred from here.
 */
export type Handler = Defined;

/** The definition of a handler, or nothing for any other value. */
export function definitionOf(value: unknown): HandlerDefinition | undefined {
  if (typeof value !== "function") return undefined;
  return (value as Partial<Defined>)[definitionSymbol];
}

/** Makes `handle` a handler: a new function, since the given one may serve several. */
export function define<Parameters extends unknown[], Result>(
  handle: (...parameters: Parameters) => Result,
  definition: HandlerDefinition,
): Defined & ((...parameters: Parameters) => Result) {
  if (typeof handle !== "function") throw new TypeError(`${definition.kind}() takes a function.`);
  return Object.assign((...parameters: Parameters) => handle(...parameters), {
    [definitionSymbol]: definition,
  });
}

/** Separates the optional options from the function. */
export function splitOptions<Options extends object, Handle>(
  parts: readonly [Handle] | readonly [Options, Handle],
): { options: Partial<Options>; handle: Handle } {
  return parts.length === 1 ? { options: {}, handle: parts[0] } : { options: parts[0], handle: parts[1] };
}
