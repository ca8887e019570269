import type { Contract } from "../contract.ts";
import { notEmulated, passing, unknown } from "../rows.ts";

const folder = "packages/platform/src/apigateway/log";
const logs = `${folder}/stage-logs.test.ts`;
const format = "packages/platform/src/access-log/format.test.ts";
const stations = "the execution log > has every station of a request, with its data";

/** Names of variables, by the request of the test that shows them. */
const variables = {
  signed: [
    "requestId",
    "extendedRequestId",
    "accountId",
    "apiId",
    "stage",
    "deploymentId",
    "domainName",
    "domainPrefix",
    "endpointType",
    "httpMethod",
    "path",
    "protocol",
    "resourceId",
    "resourcePath",
    "requestTime",
    "requestTimeEpoch",
    "xrayTraceId",
    "isCanaryRequest",
    "identity.accountId",
    "identity.caller",
    "identity.user",
    "identity.userArn",
    "identity.userAgent",
    "identity.sourceIp",
    "authenticate.status",
    "authenticate.latency",
    "authorize.status",
    "authorize.latency",
    "integration.integrationStatus",
    "integration.status",
    "integration.latency",
    "integration.requestId",
    "integration.responseTransferMode",
    "integration.timeToAllHeaders",
    "integration.timeToFirstContent",
    "integrationLatency",
    "integrationStatus",
    "awsEndpointRequestId",
    "status",
    "responseLatency",
    "responseLength",
  ],
  unsigned: ["authenticate.error"],
  authorized: [
    "authorizer.principalId",
    "authorizer.status",
    "authorizer.integrationStatus",
    "authorizer.latency",
    "authorizer.integrationLatency",
    "authorizer.requestId",
  ],
  refused: ["error.message", "error.messageString", "error.responseType"],
};

/** What the logs of a REST API's stage say. */
export const restLogs: Contract = {
  title: "REST API: logs and metrics",
  sources: [
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html",
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html",
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/response-streaming-troubleshoot.html",
    "https://repost.aws/knowledge-center/malformed-502-api-gateway",
  ],
  behaviours: [
    ...passing(
      `${folder}/access-log-variables.test.ts`,
      Object.entries(variables).flatMap(([request, names]) =>
        names.map(
          (name) =>
            [
              `The access log has \`$context.${name}\`.`,
              `of the ${request} request the access log has $context.${name}`,
            ] as const,
        ),
      ),
    ),
    ...passing(`${folder}/access-log-variables.test.ts`, [
      [
        "The access log has the values of an authorizer's `context` as `$context.authorizer.<name>`.",
        "of the authorized request the access log has $context.authorizer.team",
      ],
    ]),
    ...passing("packages/platform/src/apigateway/web-acl-station.test.ts", [
      [
        "The access log has `$context.waf.status`, `$context.wafResponseCode` and `$context.webaclArn`.",
        "a stage with a web ACL > logs what the web ACL said",
      ],
    ]),
    ...passing(logs, [
      [
        "The access log has one line for each request.",
        "the access log > has one line for a buffered answer",
      ],
      [
        "The transfer mode is `BUFFERED` for a buffered answer, without times of a stream.",
        "the access log > has one line for a buffered answer",
      ],
      [
        "The transfer mode is `STREAMED` for a stream, with the times to its headers and its first byte.",
        "the access log > tells of a stream when its headers and its first byte came, and its length",
      ],
      [
        "`integration.status` is the function's status.",
        "the access log > tells of a stream when its headers and its first byte came, and its length",
      ],
      [
        "`responseLength` counts the bytes of a stream.",
        "the access log > tells of a stream when its headers and its first byte came, and its length",
      ],
      ["The access log names the invocation.", "the access log > names the invocation that answered"],
      ["Requests that no method takes are logged.", "the access log > tells of a path that no method has"],
      [
        "A format without a request id is refused.",
        'a template is refused for the access log {"DestinationArn":"arn:aws:logs:us-east-1:1:log-group:g","Format":"$context.status"}',
      ],
      [
        "The destination is named by its ARN.",
        'a template is refused for the access log {"DestinationArn":"my-group"',
      ],
      [
        "The execution log is in `API-Gateway-Execution-Logs_<api id>/<stage>`, each line with the request's id.",
        stations,
      ],
      ["The execution log begins with `Extended Request Id` and `Starting execution for request`.", stations],
      ["The execution log has method and resource path.", stations],
      ["The execution log has path, query, headers and body of the request where data are traced.", stations],
      ["The execution log has the URI of the integration.", stations],
      ["The execution log has the event as the body after transformations.", stations],
      ["The execution log has the status of the integration and its latency.", stations],
      ["The execution log ends with `Successfully completed execution` and the method's status.", stations],
      ["Secrets in the execution log are shortened.", stations],
      ["Events of the execution log are cut at 1,024 bytes.", stations],
      [
        "`Invalid permissions on Lambda function` tells of a function that may not be called.",
        "the execution log > says why there was no answer: a method without permission",
      ],
      [
        "`Malformed Lambda proxy response` tells of an output of another form.",
        "the execution log > says why there was no answer: a function's answer of another form",
      ],
      [
        "`Lambda execution failed with status 200 due to customer function error` tells the function's error.",
        "the execution log > has errors alone at the level ERROR",
      ],
      ["The level ERROR logs failures alone.", "the execution log > has errors alone at the level ERROR"],
      ["The level OFF logs nothing.", "the execution log > has nothing at the level OFF"],
    ]),
    ...passing(format, [
      ["A variable without a value is `-`.", "a format > $context.unknown gives -"],
      ["A variable ends where no name can go on.", "a format > $context.status-$context.path gives 200-/a"],
      [
        "Claims of a token are `$context.authorizer.claims.<name>`.",
        "a format > $context.authorizer.claims.cognito:username gives ada-1",
      ],
    ]),
    ...passing("packages/platform/src/cloudwatch/platform-metrics.test.ts", [
      [
        "Requests are counted and timed in CloudWatch, by stage and by method.",
        "requests to a REST API are counted and timed, by stage and, where the stage says so, by method",
      ],
    ]),
    ...passing("packages/platform/src/apigateway/control/made-by-hand.test.ts", [
      [
        "`TestInvokeMethod` gives the execution log of a buffered answer.",
        "a method is tried before anything is deployed, and its log is told",
      ],
    ]),
    ...unknown(format, [
      [
        "What becomes of quotes in a value where the format is JSON.",
        "they are escaped, so that each line is JSON",
        "a format > that is JSON gives JSON, whatever a client sends",
      ],
    ]),
    ...notEmulated([
      ["Access logs go to a stream of Firehose.", "such a stage is refused, which is told with its name"],
      [
        "`$context.identity.vpcId` and `vpceId` tell the endpoint of a private API.",
        "private APIs are reached as others: `-`",
      ],
      ["`$context.identity.cognito…` tell an identity of Cognito.", "there are no Cognito identities: `-`"],
      [
        "`$context.tlsVersion`, `cipherSuite` and `identity.clientCert` tell of the client's TLS.",
        "there is no TLS: `-`",
      ],

      [
        "`$context.customDomain.basePathMatched` tells the mapping of a custom domain.",
        "custom domains are left out: `-`",
      ],
      [
        "`$context.requestOverride` and `$context.responseOverride` tell what a template overrides.",
        "templates that override are not served: `-`",
      ],
      [
        "A request id of the client that is no UUID is logged as `UUID_REPLACED_INVALID_REQUEST_ID`.",
        "it is replaced, which is not logged",
      ],
    ]),
  ],
};
