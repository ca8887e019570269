/** Limits on what a template may be, so that a hostile or broken one cannot exhaust the process. */
export interface TemplateLimits {
  /** Size of the file in bytes. */
  readonly bytes: number;
  /** Nodes after aliases have been expanded. */
  readonly nodes: number;
  /** Levels of nesting. */
  readonly depth: number;
}

/**
 * CloudFormation takes 1 MB from S3; the other two are ours, since AWS resolves no aliases.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
 */
export const templateLimits: TemplateLimits = { bytes: 1_048_576, nodes: 100_000, depth: 100 };
