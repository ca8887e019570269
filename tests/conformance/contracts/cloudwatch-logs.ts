import type { Contract } from "../contract.ts";

const folder = "packages/platform/src/logs";
const patterns = `${folder}/filter-pattern.test.ts`;
const groups = `${folder}/log-groups.test.ts`;
const pruning = `${folder}/log-pruning.test.ts`;
const api = `${folder}/logs-api.test.ts`;
const json = `${patterns} > a filter pattern for JSON`;
const refused = `${patterns} > refused is a filter pattern with`;

/** Log groups, and finding what is in them. */
export const cloudwatchLogs: Contract = {
  title: "CloudWatch Logs",
  sources: [
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html",
    "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html",
    "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-logs-loggroup.html",
  ],
  behaviours: [
    {
      behaviour: "A pattern of terms finds events with all of them, in their letter case.",
      verdict: "pass",
      test: `${patterns} > a filter pattern of terms > ERROR code`,
    },
    {
      behaviour: "Of terms with a question mark one is enough, and with a minus sign none may be there.",
      verdict: "pass",
      test: `${patterns} > a filter pattern of terms > ?ERROR ?WARN`,
    },
    {
      behaviour: "Terms with a question mark are ignored beside others.",
      verdict: "pass",
      test: `${patterns} > a filter pattern of terms > ?a ?b c`,
    },
    {
      behaviour: "A regular expression stands between percent signs, in a pattern of any kind.",
      verdict: "pass",
      test: `${patterns} > a filter pattern of terms > %`,
    },
    {
      behaviour: "Terms with characters other than letters, digits and underscores must be in quotes.",
      verdict: "pass",
      test: `${refused} > a term with other characters`,
    },
    {
      behaviour: "A pattern in braces compares members of events that are JSON objects.",
      verdict: "pass",
      test: json,
    },
    {
      behaviour: "Comparisons are joined by `&&` and `||`, `&&` first, with parentheses.",
      verdict: "pass",
      test: `${folder}/pattern/filter-pattern.properties.test.ts > a pattern for JSON holds where the expression does, whatever its form`,
    },
    {
      behaviour: "No comparison holds for a list or an object.",
      verdict: "pass",
      test: `${json} > { $.users != 1 }`,
    },
    {
      behaviour: "A member that is not there is not equal to anything.",
      verdict: "unknown",
      test: `${json} > { $.latency != 500 }`,
      note: "`!=` holds for no member that is absent or null",
    },
    {
      behaviour: "A pattern in brackets compares fields with blanks between them, or in brackets or quotes.",
      verdict: "pass",
      test: `${patterns} > a filter pattern of fields`,
    },
    {
      behaviour: "A malformed pattern is an InvalidParameterException.",
      verdict: "pass",
      test: refused,
    },
    {
      behaviour: "GetLogEvents and FilterLogEvents have pages in the order of time.",
      verdict: "pass",
      test: `${api} > FilterLogEvents > pages through everything, each event once`,
    },
    {
      behaviour: "A log group is created and deleted with its events.",
      verdict: "pass",
      test: `${groups} > CreateLogGroup and DeleteLogGroup`,
    },
    {
      behaviour: "A log group of a stack goes with it, unless it is retained.",
      verdict: "pass",
      test: `${groups} > log groups of a stack > come, change and go with it, unless they are retained`,
    },
    {
      behaviour: "A stack can't make a log group that is there.",
      verdict: "pass",
      test: `${groups} > log groups of a stack > are refused where the name is taken`,
    },
    {
      behaviour: "A retention is one of 22 numbers of days.",
      verdict: "pass",
      test: `${groups} > PutRetentionPolicy and DeleteRetentionPolicy`,
    },
    {
      behaviour: "Events are removed within 72 hours of the end of their retention.",
      verdict: "pass",
      test: `${pruning} > events of a group with a retention of a day > leave the state within an hour`,
    },
    {
      behaviour: "Events past their retention may be read until they are removed.",
      verdict: "differs",
      test: `${pruning} > events of a group with a retention of a day > are not answered once they are older, whether or not they are in the state`,
      note: "nobody reads them from the end of the retention on",
    },
    {
      behaviour: "Logs are encrypted with keys of KMS.",
      verdict: "not emulated",
      test: `${groups} > CreateLogGroup and DeleteLogGroup > refuse a key`,
      note: "CreateLogGroup refuses a key; that of a template has no effect, which is told",
    },
    {
      behaviour: "Metric and subscription filters take events on.",
      verdict: "not emulated",
      note: "their types are refused by name",
    },
  ],
};
