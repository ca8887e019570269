import type { Contract } from "../contract.ts";

const folder = "packages/platform/src/cloudformation/sam";
const transform = `${folder}/transform.test.ts`;
const events = `${folder}/function/events/events.test.ts > an event`;

/** What a template of SAM becomes. */
export const samTransform: Contract = {
  title: "The SAM transform",
  sources: [
    "https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification.html",
    "https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources.html",
    "https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-api.html",
    "https://github.com/aws/serverless-application-model",
  ],
  behaviours: [
    {
      behaviour:
        "An Api event with RESPONSE_STREAM calls the streaming operation, and its integration has the mode STREAM.",
      verdict: "pass",
      test: `${transform} > an Api event > with ResponseTransferMode RESPONSE_STREAM calls `,
    },
    {
      behaviour: "BUFFERED makes a buffered integration without a mode.",
      verdict: "pass",
      test: `${transform} > an Api event > with ResponseTransferMode BUFFERED calls `,
    },
    {
      behaviour: "Any other text as the mode makes a buffered integration.",
      verdict: "pass",
      test: `${transform} > an Api event > with ResponseTransferMode STREAM calls `,
    },
    {
      behaviour: "An intrinsic function as the mode makes a buffered integration.",
      verdict: "pass",
      test: `${transform} > an Api event > with ResponseTransferMode !Ref P calls `,
    },
    {
      behaviour: "An Api event without an API makes the implicit one, with its stages and a permission.",
      verdict: "pass",
      test: `${transform} > an Api event > makes the implicit API, its stages, and a permission`,
    },
    {
      behaviour: "An API's own definition stays as it is unless definitions are merged.",
      verdict: "pass",
      test: `${transform} > an Api event > changes nothing in a body that the API brings, unless definitions are merged`,
    },
    {
      behaviour: "A permission's logical id has the stage's name.",
      verdict: "pass",
      test: `${transform} > an Api event > of a stage prod makes `,
    },
    {
      behaviour: "A stage's name that is not alphanumeric is hashed in logical ids.",
      verdict: "pass",
      test: `${transform} > an Api event > of a stage my-stage makes `,
    },
    {
      behaviour: "A stage's name that is an intrinsic function is Stage in logical ids.",
      verdict: "pass",
      test: `${transform} > an Api event > of a stage !Ref S makes `,
    },
    {
      behaviour: "Generated logical ids end in the first ten digits of the hash of their data.",
      verdict: "pass",
      test: `${folder}/logical-id.test.ts > a generated logical id`,
    },
    {
      behaviour: "What is hashed is JSON with sorted keys and escaped characters.",
      verdict: "pass",
      test: `${folder}/logical-id.test.ts > the JSON that is hashed`,
    },
    {
      behaviour: "DefaultAuthorizer AWS_IAM asks for signatures, and calls with the caller's credentials.",
      verdict: "pass",
      test: `${transform} > who may call a REST API > is IAM with { DefaultAuthorizer: AWS_IAM }`,
    },
    {
      behaviour: "InvokeRole NONE leaves out the credentials.",
      verdict: "pass",
      test: `${transform} > who may call a REST API > is IAM with { DefaultAuthorizer: AWS_IAM, InvokeRole: NONE }`,
    },
    {
      behaviour: "A DefaultAuthorizer is overlooked where there are no Authorizers.",
      verdict: "pass",
      test: `${transform} > who may call a REST API > is everyone with `,
    },
    {
      behaviour: "A method may opt out of the default authorizer.",
      verdict: "pass",
      test: `${transform} > who may call a REST API > is everyone on a method that opts out; the name stays behind as AWS leaves it`,
    },
    {
      behaviour: "A Lambda authorizer gets a permission of its own.",
      verdict: "pass",
      test: `${transform} > who may call a REST API > is decided by a Lambda function, which API Gateway is then permitted to call`,
    },
    {
      behaviour: "Preflights need the default authorizer unless told otherwise.",
      verdict: "pass",
      test: `${transform} > who may call a REST API > preflight requests are answered, and need the authorizer unless told otherwise`,
    },
    {
      behaviour: "A REST API has the extra stage called Stage unless it says its OpenAPI version.",
      verdict: "pass",
      test: `${transform} > a REST API > has the extra stage called Stage, unless an OpenAPI version is given`,
    },
    {
      behaviour: "A REST API is deployed anew when its body changes.",
      verdict: "pass",
      test: `${transform} > a REST API > is deployed anew when its body changes, and only then`,
    },
    {
      behaviour: "EndpointConfiguration is the REST API's.",
      verdict: "pass",
      test: `${transform} > a REST API > has the endpoint that is asked for`,
    },
    {
      behaviour: "UsagePlan makes a plan with a key.",
      verdict: "pass",
      test: `${transform} > a REST API > has a usage plan with a key of its own`,
    },
    {
      behaviour: "An HttpApi event without a path takes the default route.",
      verdict: "pass",
      test: `${transform} > an HTTP API > takes everything on its default route when an event names no path`,
    },
    {
      behaviour: "CorsConfiguration of an HTTP API may be true or a map.",
      verdict: "pass",
      test: `${transform} > an HTTP API > with CorsConfiguration `,
    },
    {
      behaviour: "A function becomes a Lambda function with a role.",
      verdict: "pass",
      test: `${transform} > a function > becomes a Lambda function with a role`,
    },
    {
      behaviour: "A function URL of AuthType NONE has both permissions for everyone.",
      verdict: "pass",
      test: `${transform} > a function > with a function URL of AuthType NONE also makes `,
    },
    {
      behaviour: "A function URL of AuthType AWS_IAM has none.",
      verdict: "pass",
      test: `${transform} > a function > with a function URL of AuthType AWS_IAM also makes `,
    },
    {
      behaviour: "InvokeMode is passed on as it is.",
      verdict: "pass",
      test: `${transform} > a function > passes a wrong invoke mode on, for the resource to refuse`,
    },
    {
      behaviour: "With AutoPublishAlias the function is reached through its alias.",
      verdict: "pass",
      test: `${transform} > a function > with an alias is reached through it`,
    },
    {
      behaviour: "A new version is published when code or memory change.",
      verdict: "pass",
      test: `${transform} > a function > gets a new version when code or memory change, not when its description does`,
    },
    {
      behaviour: "Policies may be names, ARNs, documents and SAM's templates.",
      verdict: "pass",
      test: `${transform} > a function > has the policies that it names, in the forms that SAM takes`,
    },
    {
      behaviour: "EventInvokeConfig makes the queue that it does not name.",
      verdict: "pass",
      test: `${transform} > a function > sends failures to a queue that is made for it`,
    },
    {
      behaviour: "A Schedule event makes a rule and a permission.",
      verdict: "pass",
      test: `${transform} > a function > with the event { Type: Schedule, `,
    },
    {
      behaviour: "A ScheduleV2 event makes a schedule and a role.",
      verdict: "pass",
      test: `${transform} > a function > with the event { Type: ScheduleV2, `,
    },
    {
      behaviour: "An SQS event makes an event source mapping.",
      verdict: "pass",
      test: `${transform} > a function > with the event { Type: SQS, `,
    },
    {
      behaviour: "An S3 event sets the bucket's notification, which waits for the permission.",
      verdict: "pass",
      test: `${folder}/function/events/events.test.ts > a bucket that notifies a function > is told so, and waits for the permission`,
    },
    {
      behaviour: "An SNS event makes a subscription and a permission, or a queue between.",
      verdict: "pass",
      test: `${events} > { Type: SNS, `,
    },
    {
      behaviour: "An EventBridge event makes a rule, a permission and its dead-letter queue.",
      verdict: "pass",
      test: `${events} > { Type: EventBridgeRule, `,
    },
    {
      behaviour: "A CloudWatch Logs event makes a subscription filter and a permission.",
      verdict: "pass",
      test: `${events} > { Type: CloudWatchLogs, `,
    },
    {
      behaviour: "A Cognito event sets the pool's trigger.",
      verdict: "pass",
      test: `${events} > { Type: Cognito, `,
    },
    {
      behaviour: "Events of streams make event source mappings and give the role AWS's policies.",
      verdict: "pass",
      test: `${events} > of type `,
    },
    {
      behaviour: "Globals fill in what a resource does not say.",
      verdict: "pass",
      test: `${transform} > Globals > fill in`,
    },
    {
      behaviour: "A resource's own value goes before Globals.",
      verdict: "pass",
      test: `${transform} > Globals > give way to the resource`,
    },
    {
      behaviour: "Maps of Globals are merged.",
      verdict: "pass",
      test: `${transform} > Globals > merge maps`,
    },
    {
      behaviour: "Lists of Globals come before the resource's.",
      verdict: "pass",
      test: `${transform} > Globals > join lists, theirs first`,
    },
    {
      behaviour: "Globals that SAM does not take are refused.",
      verdict: "pass",
      test: `${transform} > Globals > refuse `,
    },
    {
      behaviour: "Conditions of functions are combined for the implicit API.",
      verdict: "pass",
      test: `${transform} > conditions > `,
    },
    {
      behaviour: "References to generated resources are rewritten everywhere.",
      verdict: "pass",
      test: `${transform} > references to what SAM resources become > are rewritten everywhere`,
    },
    {
      behaviour: "Transform and Globals are gone from the processed template.",
      verdict: "pass",
      test: `${transform} > references to what SAM resources become > and the sections that only SAM knows are gone`,
    },
    {
      behaviour: "What SAM refuses is refused in its words.",
      verdict: "pass",
      test: `${transform} > a template is refused > F: `,
    },
    {
      behaviour: "All mistakes of a template are told in one message.",
      verdict: "pass",
      test: `${transform} > a template is refused > with all its mistakes in one message`,
    },
    {
      behaviour: "State machines and connectors of SAM are made.",
      verdict: "not emulated",
      test: `${transform} > a template is refused > by name when AWS would take it`,
      note: "the template is refused by their name",
    },
    {
      behaviour: "What SAM's own translator makes of templates, this transform makes too.",
      verdict: "pass",
      test: "tests/interop/sam-transform/sam-transform.test.ts",
    },
  ],
};
