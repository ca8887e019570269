import type { Contract } from "../contract.ts";

const door = "packages/platform/src/front-door/who-may-call.test.ts";
const isFor = `${door} > a request is for`;
const buckets = "packages/platform/src/s3/addresses.test.ts";
const addresses = "packages/platform/src/endpoints.test.ts";
const json = "packages/platform/src/wire/json-protocol.test.ts";
const query = "packages/platform/src/wire/query-protocol.test.ts";
const hostile = "packages/platform/src/front-door/hostile-requests.test.ts";

/** How clients that know AWS's names and settings find a service, a stage, a function and a bucket. */
export const endpoints: Contract = {
  title: "Endpoints and protocols",
  sources: [
    "https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html",
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html",
    "https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html",
    "https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html",
  ],
  behaviours: [
    {
      behaviour: "AWS_ENDPOINT_URL and credentials are all that the AWS SDK for JavaScript needs.",
      verdict: "pass",
      test: "tests/interop/platform/sdk.test.ts",
    },
    {
      behaviour: "AWS_ENDPOINT_URL and credentials are all that boto3 needs.",
      verdict: "pass",
      test: "tests/interop/platform/boto3.test.ts",
    },
    {
      behaviour: "AWS_ENDPOINT_URL and credentials are all that the AWS CLI needs.",
      verdict: "pass",
      test: "tests/interop/platform/aws-cli.test.ts",
    },
    {
      behaviour: "AWS_ENDPOINT_URL and credentials are all that the AWS SAM CLI needs.",
      verdict: "pass",
      test: "tests/interop/platform/sam-cli.test.ts",
    },
    {
      behaviour: "A profile of AWS's configuration may hold endpoint and credentials.",
      verdict: "pass",
      test: "tests/interop/platform/sam-walk.test.ts > the walk of the original, with AWS SAM CLI and curl > a profile that sluice credentials wrote has the endpoint and the credentials",
    },
    {
      behaviour: "The scope of a signature names the service.",
      verdict: "pass",
      test: `${isFor} > the service that it is signed for`,
    },
    {
      behaviour: "A path of the Lambda API is Lambda's, signed or not.",
      verdict: "pass",
      test: `${isFor} > Lambda, by a path of its API, though nobody signed it`,
    },
    {
      behaviour: "A function URL answers at AWS's host name, whatever service a request is signed for.",
      verdict: "pass",
      test: `${isFor} > a function URL, by AWS's host name, whatever signature it carries`,
    },
    {
      behaviour: "A stage answers at AWS's host name.",
      verdict: "pass",
      test: `${isFor} > a stage, by AWS's host name`,
    },
    {
      behaviour: "Clients without wildcard names reach a function URL by path.",
      verdict: "unknown",
      test: `${isFor} > a function URL, by path`,
      note: "AWS has no such form: it is `/_lambda-url/{id}/` here",
    },
    {
      behaviour: "Clients without wildcard names reach a stage by path.",
      verdict: "unknown",
      test: `${isFor} > a stage, by path`,
      note: "AWS has no such form: it is `/_aws/execute-api/{id}/` here, as in other emulators",
    },
    {
      behaviour: "Addresses of function URLs and stages are names below AWS's domains.",
      verdict: "differs",
      test: `${addresses} > the addresses of a stack > are what the machine's resolver can reach`,
      note: "they are told as names below `localhost`, or as paths where the machine does not resolve these",
    },
    {
      behaviour: "Every address that is told answers.",
      verdict: "pass",
      test: `${addresses} > a platform's addresses > answer, whatever it listens on`,
    },
    {
      behaviour: "The `$default` stage of an HTTP API is not part of its address.",
      verdict: "pass",
      test: `${addresses} > the addresses of an HTTP API > have a stage in them unless it is the default one`,
    },
    {
      behaviour: "The outputs of a stack have the address of an API at AWS.",
      verdict: "differs",
      test: "packages/platform/src/stack/api/sam-deploy.test.ts > outputs keep AWS's addresses where that is asked for",
      note: "outputs have addresses that answer on this machine, unless AWS's are asked for",
    },
    {
      behaviour: "An object is found in path style.",
      verdict: "pass",
      test: `${buckets} > an object is found at 127.0.0.1/named/a/b`,
    },
    {
      behaviour: "An object is found in virtual-host style.",
      verdict: "pass",
      test: `${buckets} > an object is found at named.s3.us-east-1.amazonaws.com/a/b`,
    },
    {
      behaviour: "A bucket before `localhost` is found too, as the AWS SDK for JavaScript asks for it.",
      verdict: "pass",
      test: `${buckets} > an object is found at named.localhost/a/b`,
    },
    {
      behaviour: "The names of S3 in all regions, dual stack included, are told from names of buckets.",
      verdict: "pass",
      test: `${buckets} > the host `,
    },
    {
      behaviour: "An unsigned request to S3 is AccessDenied in XML.",
      verdict: "pass",
      test: `${buckets} > a host name of S3 makes an unsigned request S3's to refuse`,
    },
    {
      behaviour: "A presigned URL is enough until it expires.",
      verdict: "pass",
      test: `${buckets} > a presigned URL is enough to write and to read, until it expires`,
    },
    {
      behaviour: "Signatures before version 4 are refused as S3 refuses them.",
      verdict: "pass",
      test: `${buckets} > a request that is signed as before SigV4 is refused by S3, saying how to sign`,
    },
    {
      behaviour: "Services of JSON take their operation from `X-Amz-Target`.",
      verdict: "pass",
      test: `${json} > an answer names its protocol and its request`,
    },
    {
      behaviour: "An unknown operation of JSON is an UnknownOperationException.",
      verdict: "pass",
      test: `${json} > a request is refused > for an unknown operation`,
    },
    {
      behaviour: "A member of the wrong type is a SerializationException.",
      verdict: "pass",
      test: `${json} > a request is refused > for a text in the place of a number`,
    },
    {
      behaviour: "Members that the schema does not know are ignored.",
      verdict: "pass",
      test: `${json} > a null counts as absent, and members that the schema doesn't know are ignored`,
    },
    {
      behaviour: "Services of the query protocol answer in XML that the SDK reads.",
      verdict: "pass",
      test: `${query} > an output, with empty lists as empty elements and times to the millisecond`,
    },
    {
      behaviour: "Constraints that a request breaks are told in one ValidationError.",
      verdict: "pass",
      test: `${query} > an error: > members that break constraints`,
    },
    {
      behaviour: "An unknown action of the query protocol is InvalidAction.",
      verdict: "pass",
      test: `${query} > an error: > an unknown operation`,
    },
    {
      behaviour: "CloudWatch takes CBOR, JSON and the query protocol.",
      verdict: "pass",
      test: "packages/platform/src/cloudwatch/cloudwatch-api.test.ts",
    },
    {
      behaviour: "Every service of AWS answers at its endpoint.",
      verdict: "not emulated",
      test: `${door} > on a platform > a service that is not served is named, to the client and to the developer`,
      note: "a service that is not served is refused by name with UnknownOperationException (404)",
    },
    {
      behaviour: "GetCallerIdentity names account, user and ARN.",
      verdict: "pass",
      test: "packages/platform/src/sts/sts-api.test.ts > GetCallerIdentity > names the owner of the platform's credentials",
    },
    {
      behaviour: "AssumeRole gives credentials that expire.",
      verdict: "pass",
      test: "packages/platform/src/sts/sts-api.test.ts > AssumeRole > gives credentials that are the role's, for an hour",
    },
    {
      behaviour: "Temporary credentials are good with their token alone.",
      verdict: "pass",
      test: "packages/platform/src/sts/sts-api.test.ts > temporary credentials > are refused ",
    },
    {
      behaviour: "Functions reach AWS's endpoints.",
      verdict: "differs",
      test: "packages/platform/src/platform.test.ts > a platform > gives its functions its own address, and credentials of their own",
      note: "AWS_ENDPOINT_URL leads their SDKs to this platform, unless a function has that variable itself",
    },
    {
      behaviour: "Requests that end too early run nothing.",
      verdict: "pass",
      test: `${hostile} > half a request`,
    },
    {
      behaviour: "Requests that are not HTTP are refused, and their connection closed.",
      verdict: "pass",
      test: `${hostile} > what is no request`,
    },
  ],
};
