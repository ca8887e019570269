import type { Path } from "../template/positions.ts";

/** An intrinsic function that cannot be evaluated; the message is what CloudFormation answers, where that is known. */
export class IntrinsicError extends Error {
  /** Where the function stands, from the root of the template. */
  readonly path: Path;

  constructor(path: Path, message: string) {
    super(message);
    this.name = "IntrinsicError";
    this.path = path;
  }
}
