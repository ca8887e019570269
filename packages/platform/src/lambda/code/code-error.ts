/** Why a function's code can't be made ready. */
export class CodeError extends Error {
  /** What to write or do instead. */
  readonly hint: string | undefined;
  /** The part of the template's resource that it is about, such as `Metadata`, `BuildMethod`. */
  readonly place: readonly string[];

  /** @param message - what is wrong, and what AWS would do. */
  constructor(
    message: string,
    options: { readonly hint?: string; readonly place?: readonly string[]; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = "CodeError";
    this.hint = options.hint;
    this.place = options.place ?? [];
  }
}
