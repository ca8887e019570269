/** How much is remembered of what happened. */
export interface RecordingLimits {
  /** Invocations; those that ended first are forgotten. */
  readonly invocations: number;
  /** Bytes of one invocation's event, response and log, each. */
  readonly bytesOfEach: number;
  /** Pieces of one response, and lines of one log. */
  readonly piecesOfEach: number;
  /** Bytes of all invocations together. */
  readonly totalBytes: number;
}

export const recordingLimits: RecordingLimits = {
  invocations: 1_000,
  bytesOfEach: 1024 * 1024,
  piecesOfEach: 10_000,
  totalBytes: 64 * 1024 * 1024,
};
