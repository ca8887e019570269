/**
 * How many days a log group may keep its events.
 * @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
 */
const retentionDays: readonly number[] = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** Whether CloudWatch Logs takes this many days. */
export function isRetention(days: number): boolean {
  return retentionDays.includes(days);
}

/** All of them, for messages. */
export const retentions: string = retentionDays.join(", ");
