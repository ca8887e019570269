/** One thing that is wrong with a SAM template, in the words in which CloudFormation reports it. */
export interface SamCause {
  readonly message: string;
  /** The resource that the message is about; absent when it is about the document. */
  readonly logicalId?: string;
  /** The event of that resource (the key under `Events`). */
  readonly eventId?: string;
  /** `unsupported` marks what AWS would accept and this platform refuses by name. */
  readonly kind: "invalid" | "unsupported";
}

/** A resource that cannot be transformed. The other resources are still looked at, so that all mistakes are told at once. */
export class SamError extends Error {
  override readonly cause: SamCause;
  /** The message without the words that say which resource or event it is about. */
  readonly text: string;

  constructor(cause: SamCause, text: string) {
    super(cause.message);
    this.name = "SamError";
    this.cause = cause;
    this.text = text;
  }
}

/** A document that cannot be transformed: nothing after the first of these is looked at. */
export class SamDocumentError extends Error {
  readonly causes: readonly SamCause[];

  constructor(causes: readonly SamCause[]) {
    super(documentMessage(causes));
    this.name = "SamDocumentError";
    this.causes = causes;
  }
}

/**
 * The whole text for a list of causes: how many, then each once, sorted by the resource it is about.
 *
 * In a change set, CloudFormation puts `Transform AWS::Serverless-2016-10-31 failed with: ` before it.
 */
export function documentMessage(causes: readonly SamCause[]): string {
  const count = `Invalid Serverless Application Specification document. Number of errors found: ${causes.length}.`;
  return [count, ...causes.map((cause) => cause.message)].join(" ");
}

/** Each message once, in the order of the resources' logical ids. */
export function distinctCauses(causes: readonly SamCause[]): SamCause[] {
  const byMessage = new Map(causes.map((cause) => [cause.message, cause]));
  return [...byMessage.values()].sort((a, b) => compare(a.logicalId ?? "", b.logicalId ?? ""));
}

export function invalidResource(logicalId: string, text: string): SamError {
  return new SamError(
    { kind: "invalid", logicalId, message: `Resource with id [${logicalId}] is invalid. ${text}` },
    text,
  );
}

/** An event's mistake; {@link inResource} says whose event it is. */
export function invalidEvent(eventId: string, text: string): SamError {
  return new SamError(
    { kind: "invalid", eventId, message: `Event with id [${eventId}] is invalid. ${text}` },
    text,
  );
}

export function invalidTemplate(text: string): SamError {
  return new SamError(
    { kind: "invalid", message: `Structure of the SAM template is invalid. ${text}` },
    text,
  );
}

/** A mistake in the structure that ends the transform at once. */
export function invalidDocument(text: string): SamDocumentError {
  return new SamDocumentError([invalidTemplate(text).cause]);
}

/** Something that AWS takes and this platform does not; the text says what and what to do instead. */
export function unsupported(logicalId: string, text: string): SamError {
  return new SamError(
    {
      kind: "unsupported",
      logicalId,
      message: `Resource with id [${logicalId}] is not supported here. ${text}`,
    },
    text,
  );
}

/** Runs `work`; a mistake of an event becomes one of the resource that has the event. */
export function inResource<Result>(logicalId: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof SamError) || error.cause.logicalId !== undefined || !error.cause.eventId)
      throw error;
    const { eventId, message } = error.cause;
    const text = `Resource with id [${logicalId}] is invalid. ${message}`;
    throw new SamError({ kind: error.cause.kind, logicalId, eventId, message: text }, message);
  }
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
