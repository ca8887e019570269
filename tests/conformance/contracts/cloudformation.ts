import type { Contract } from "../contract.ts";

const folder = "packages/platform/src/stack";
const descriptions = `${folder}/api/descriptions.test.ts`;
const refused = `${folder}/api/refusals.test.ts > a request is refused`;
const failed = `${folder}/service/failed-deployment.test.ts`;
const later = `${folder}/service/disabled-rollback.test.ts`;
const options = `${folder}/api/failure-options.test.ts`;

/** Stacks and change sets, as deployment tools make, read and end them. */
export const cloudformation: Contract = {
  title: "CloudFormation",
  sources: [
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/Welcome.html",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets.html",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html",
    "https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-cli-command-reference-sam-deploy.html",
  ],
  behaviours: [
    {
      behaviour: "AWS SAM CLI deploys, updates, finds nothing to do, and deletes.",
      verdict: "pass",
      test: "tests/interop/platform/sam-cli.test.ts > AWS SAM CLI, in a shell with sluice credentials > deploys, updates, finds nothing to do, and deletes",
    },
    {
      behaviour: "AWS SAM CLI tells why a deployment failed, and deletes what is left.",
      verdict: "pass",
      test: "tests/interop/platform/sam-cli.test.ts > AWS SAM CLI, in a shell with sluice credentials > tells why a deployment failed, and deletes what is left",
    },
    {
      behaviour: "An application is deployed from S3, and its code may go before its stack.",
      verdict: "pass",
      test: `${folder}/api/sam-deploy.test.ts > an application is uploaded, deployed, served and deleted, its code before its stack`,
    },
    {
      behaviour:
        "A stack goes through the states of AWS from its change set to its deletion, and so do its resources.",
      verdict: "pass",
      test: `${folder}/api/stack-lifecycle.test.ts > a function behind an API is deployed, updated and deleted`,
    },
    {
      behaviour: "A stack that is only a change set is REVIEW_IN_PROGRESS, with an event.",
      verdict: "pass",
      test: `${descriptions} > a stack that is only a change set is in review, and waits for nothing`,
    },
    {
      behaviour:
        "A change set tells of each resource its action, its scope, whether it is replaced, and by which property.",
      verdict: "pass",
      test: `${descriptions} > a change set shows what would become of each resource`,
    },
    {
      behaviour: "A change set without changes is FAILED, in the words that tools look for.",
      verdict: "pass",
      test: `${descriptions} > a change set without changes fails, and says so in the words that tools look for`,
    },
    {
      behaviour: "Other change sets of a stack go when one is executed.",
      verdict: "pass",
      test: `${descriptions} > other change sets of a stack go when one is executed`,
    },
    {
      behaviour: "A stack is described with parameters, tags, outputs and termination protection.",
      verdict: "pass",
      test: `${descriptions} > a stack is described with its parameters, tags and outputs; and its exports are known`,
    },
    {
      behaviour: "Termination protection is turned on and off.",
      verdict: "pass",
      test: `${descriptions} > protection is turned on and off`,
    },
    {
      behaviour: "Resources are listed and described by stack, by logical and by physical id.",
      verdict: "pass",
      test: `${descriptions} > resources are listed, and found by what they are`,
    },
    {
      behaviour: "GetTemplate gives the template as it was sent, and as it was transformed.",
      verdict: "pass",
      test: `${descriptions} > a template is given back as it was sent, and as it was transformed`,
    },
    {
      behaviour:
        "GetTemplateSummary tells parameters, resource types, transforms and the capabilities that are needed.",
      verdict: "pass",
      test: `${descriptions} > a template is summed up`,
    },
    {
      behaviour: "Long lists come in pages.",
      verdict: "pass",
      test: `${descriptions} > long lists come in pages`,
    },
    {
      behaviour: "Events of a stack are a millisecond apart at least.",
      verdict: "pass",
      test: `${folder}/service/concurrent-operations.test.ts > events of a stack are a millisecond apart at least, however fast they come`,
    },
    {
      behaviour: "A stack that is not there is a ValidationError that says so.",
      verdict: "pass",
      test: `${refused} > for a stack that is not there`,
    },
    {
      behaviour: "Events of a stack that is not there are a ValidationError.",
      verdict: "pass",
      test: `${refused} > for events of one that is not there`,
    },
    {
      behaviour: "A change set that is not there is a ChangeSetNotFoundException.",
      verdict: "pass",
      test: `${refused} > for a change set that is not there`,
    },
    {
      behaviour: "Deleting a change set of a stack that is not there is a ValidationError.",
      verdict: "pass",
      test: `${refused} > for deleting a change set of a stack that is not there`,
    },
    {
      behaviour: "A change set by its name alone needs its stack's.",
      verdict: "pass",
      test: `${refused} > for a change set by its name alone`,
    },
    {
      behaviour: "A resource that a stack has not is a ValidationError.",
      verdict: "pass",
      test: `${refused} > for a resource that is not there`,
    },
    {
      behaviour: "Resources of neither a stack nor a physical id are a ValidationError.",
      verdict: "pass",
      test: `${refused} > for resources of nothing`,
    },
    {
      behaviour: "The summary of a stack in review is a ValidationError.",
      verdict: "pass",
      test: `${refused} > for the summary of a stack that was never executed`,
    },
    {
      behaviour: "CreateStack with the name of a stack is an AlreadyExistsException.",
      verdict: "pass",
      test: `${refused} > for the name of a stack that exists`,
    },
    {
      behaviour: "A change set of the type CREATE for a stack that exists is a ValidationError.",
      verdict: "pass",
      test: `${refused} > for creating by change set what exists`,
    },
    {
      behaviour: "A change set's name that is in use is an AlreadyExistsException.",
      verdict: "pass",
      test: `${refused} > for a change set's name that is in use`,
    },
    {
      behaviour: "A change set of the type UPDATE for a stack that is not there is a ValidationError.",
      verdict: "pass",
      test: `${refused} > for updating by change set what doesn't exist`,
    },
    {
      behaviour: "UpdateStack without changes is a ValidationError: No updates are to be performed.",
      verdict: "pass",
      test: `${refused} > for an update without changes`,
    },
    {
      behaviour: "An update needs a template.",
      verdict: "pass",
      test: `${refused} > for an update without a template`,
    },
    {
      behaviour: "A stack's name has letters, digits and hyphens.",
      verdict: "pass",
      test: `${refused} > for a stack's name with other characters`,
    },
    {
      behaviour: "IAM resources need CAPABILITY_IAM.",
      verdict: "pass",
      test: `${refused} > for IAM resources without a word`,
    },
    {
      behaviour: "IAM resources with names need CAPABILITY_NAMED_IAM.",
      verdict: "pass",
      test: `${refused} > for IAM resources with names without a word`,
    },
    {
      behaviour: "A transform outside of a change set needs CAPABILITY_AUTO_EXPAND.",
      verdict: "pass",
      test: `${refused} > for a transform outside of a change set without a word`,
    },
    {
      behaviour: "Parameters without a default need a value.",
      verdict: "pass",
      test: `${refused} > for parameters without values`,
    },
    {
      behaviour: "Parameters that the template does not have are a ValidationError.",
      verdict: "pass",
      test: `${refused} > for parameters that the template has not`,
    },
    {
      behaviour: "A parameter's value must be an allowed one.",
      verdict: "pass",
      test: `${refused} > for a value that isn't allowed`,
    },
    {
      behaviour: "UsePreviousValue needs a previous value.",
      verdict: "pass",
      test: `${refused} > for a previous value of a new parameter`,
    },
    {
      behaviour: "A template that is no YAML is a ValidationError.",
      verdict: "pass",
      test: `${refused} > for YAML that is none`,
    },
    {
      behaviour: "A template that is no JSON is a ValidationError.",
      verdict: "pass",
      test: `${refused} > for JSON that is none`,
    },
    {
      behaviour: "A template needs resources.",
      verdict: "pass",
      test: `${refused} > for a template without resources`,
    },
    {
      behaviour: "A reference to nothing is an unresolved resource dependency.",
      verdict: "pass",
      test: `${refused} > for a reference to nothing`,
    },
    {
      behaviour: "A template in a request has at most 51,200 bytes.",
      verdict: "pass",
      test: `${refused} > for a template that is too long`,
    },
    {
      behaviour: "A request needs a template or its address.",
      verdict: "pass",
      test: `${refused} > for no template at all`,
    },
    {
      behaviour: "TemplateURL must be an address of S3.",
      verdict: "pass",
      test: `${refused} > for a template at an address of somebody else`,
    },
    {
      behaviour: "CancelUpdateStack needs an update under way.",
      verdict: "pass",
      test: `${refused} > for rolling back what is complete`,
    },
    {
      behaviour: "A protected stack can't be deleted.",
      verdict: "pass",
      test: `${refused} > for deleting what is protected`,
    },
    {
      behaviour: "The token of another list is refused.",
      verdict: "pass",
      test: `${refused} > for the rest of a list by another list's token`,
    },
    {
      behaviour: "A refused request leaves no stack behind.",
      verdict: "pass",
      test: `${refused} > without a trace: no stack comes into being`,
    },
    {
      behaviour: "What the SAM transform finds fails the change set, with its reason.",
      verdict: "pass",
      test: `${folder}/api/failed-change-sets.test.ts > what the transform finds fails the change set, with the reason > code that was not uploaded`,
    },
    {
      behaviour: "Missing capabilities fail a change set with a transform.",
      verdict: "pass",
      test: `${folder}/api/failed-change-sets.test.ts > what the transform finds fails the change set, with the reason > capabilities`,
    },
    {
      behaviour: "A creation that fails is rolled back to ROLLBACK_COMPLETE.",
      verdict: "pass",
      test: `${failed} > a creation that fails > is rolled back: what was created is gone`,
    },
    {
      behaviour: "A stack in ROLLBACK_COMPLETE can only be deleted.",
      verdict: "pass",
      test: `${failed} > a creation that fails > leaves a stack that can only be deleted`,
    },
    {
      behaviour:
        "With rollback disabled a failed creation leaves what was made, and an update goes on from there.",
      verdict: "pass",
      test: `${failed} > a creation that fails > with rollback disabled leaves what was made, which an update goes on from`,
    },
    {
      behaviour: "RollbackStack rolls back where that was disabled.",
      verdict: "pass",
      test: `${failed} > a creation that fails > can be rolled back later where that was disabled`,
    },
    {
      behaviour: "OnFailure DELETE deletes a stack whose creation failed.",
      verdict: "pass",
      test: `${failed} > a creation that fails > deletes the stack where that was asked for`,
    },
    {
      behaviour: "DeletionPolicy Retain keeps a resource.",
      verdict: "pass",
      test: `${failed} > a creation that fails > keeps what is retained, for nobody`,
    },
    {
      behaviour: "An update that fails is rolled back to UPDATE_ROLLBACK_COMPLETE.",
      verdict: "pass",
      test: `${failed} > an update that fails > is rolled back: what was updated is as before, what was created is gone`,
    },
    {
      behaviour: "An update that failed can be followed by one that does not.",
      verdict: "pass",
      test: `${failed} > an update that fails > can be followed by one that doesn't`,
    },
    {
      behaviour: "With rollback disabled a failed update stays UPDATE_FAILED.",
      verdict: "pass",
      test: `${failed} > an update that fails > with rollback disabled stays where it failed`,
    },
    {
      behaviour: "RollbackStack brings back what was there before updates that were left as they failed.",
      verdict: "pass",
      test: `${later} > RollbackStack > goes back behind every update that failed since the last that did not`,
    },
    {
      behaviour: "An update that fails after one that was left ends in the last good state.",
      verdict: "pass",
      test: `${later} > after an update that was left as it failed > one that fails and is rolled back ends where the last good one was`,
    },
    {
      behaviour: "A stack that was left as its update failed is deleted whole.",
      verdict: "pass",
      test: `${later} > after an update that was left as it failed > the deletion of the stack leaves nothing`,
    },
    {
      behaviour: "OnFailure, OnStackFailure and DisableRollback say what becomes of a creation that fails.",
      verdict: "pass",
      test: `${options} > a stack whose creation fails ends`,
    },
    {
      behaviour: "OnStackFailure and DisableRollback say what becomes of an update that fails.",
      verdict: "pass",
      test: `${options} > a stack whose update fails ends`,
    },
    {
      behaviour: "OnStackFailure and DisableRollback of ExecuteChangeSet exclude each other.",
      verdict: "pass",
      test: `${options} > only one of two ways to say it is taken > by ExecuteChangeSet`,
    },
    {
      behaviour: "Of two change sets that are executed at once, one is.",
      verdict: "pass",
      test: `${folder}/service/concurrent-operations.test.ts > of two change sets that are executed at once, one is: the other is gone, and none can be made`,
    },
    {
      behaviour: "A deployment that the platform's end broke off is rolled back at the next start.",
      verdict: "pass",
      test: "packages/cli/src/commands/dev-killed.test.ts > killed in the middle of an update, everything is as it was before at the next start",
    },
    {
      behaviour: "Expired credentials are refused by each service in its own words.",
      verdict: "pass",
      test: `${folder}/api/refused-credentials.test.ts > credentials that have expired are refused, by each service in its own words`,
    },
    {
      behaviour: "A signature for another Region is refused with that Region.",
      verdict: "pass",
      test: `${folder}/api/refused-credentials.test.ts > another Region's signature is refused with the Region that it was made for`,
    },
    {
      behaviour:
        "Functions of AWS::LanguageExtensions are evaluated, and GetTemplate has what they stand for.",
      verdict: "pass",
      test: `${folder}/api/language-extensions.test.ts`,
    },
    {
      behaviour: "A template in S3 is read with the rights of the caller.",
      verdict: "pass",
      test: "packages/platform/src/s3/objects-of-caller.test.ts > a template that the caller may not read is refused, in CloudFormation's words",
    },
    {
      behaviour: "The AWS CLI packages, deploys, updates and deletes a stack.",
      verdict: "pass",
      test: "tests/interop/platform/aws-cli-cloudformation.test.ts > aws cloudformation, in a shell with sluice credentials",
    },
    {
      behaviour: "A stack takes one operation at a time.",
      verdict: "pass",
      test: `${folder}/service/concurrent-operations.test.ts > a stack takes one operation at a time`,
    },
    {
      behaviour: "An update under way can be cancelled.",
      verdict: "pass",
      test: `${folder}/service/concurrent-operations.test.ts > an update is cancelled before its next resource`,
    },
    {
      behaviour: "Fn::ImportValue gives what another stack exports.",
      verdict: "pass",
      test: `${folder}/service/exports.test.ts > another stack has its value`,
    },
    {
      behaviour: "What nobody exports can't be imported.",
      verdict: "pass",
      test: `${folder}/service/exports.test.ts > what nobody exports can't be imported`,
    },
    {
      behaviour: "Two stacks can't export the same name.",
      verdict: "pass",
      test: `${folder}/service/exports.test.ts > two stacks can't export the same`,
    },
    {
      behaviour: "An export that is in use can't change or go.",
      verdict: "pass",
      test: `${folder}/service/exports.test.ts > an export that is in use does not `,
    },
    {
      behaviour: "A change of a property updates the resource or replaces it, as its type says.",
      verdict: "pass",
      test: `${folder}/service/replacement.test.ts > a change of `,
    },
    {
      behaviour: "What refers to a resource that is replaced follows.",
      verdict: "pass",
      test: `${folder}/service/replacement.test.ts > what refers to a resource that is replaced follows`,
    },
    {
      behaviour: "A resource with a name of its own can't be replaced under that name.",
      verdict: "pass",
      test: `${folder}/service/replacement.test.ts > a resource with a name of its own can't be replaced by one of the same name`,
    },
    {
      behaviour: "UpdateReplacePolicy Retain keeps what is replaced.",
      verdict: "pass",
      test: `${folder}/service/replacement.test.ts > what is replaced stays where its policy says so`,
    },
    {
      behaviour: "A function's package must be there.",
      verdict: "pass",
      test: `${folder}/service/packages.test.ts > a package is refused, and the deployment with it, > for not being there`,
    },
    {
      behaviour: "A package that is no archive is refused in Lambda's words.",
      verdict: "pass",
      test: `${folder}/service/packages.test.ts > a package is refused, and the deployment with it, > for being none`,
    },
    {
      behaviour: "A package holds at most 250 MB unpacked.",
      verdict: "pass",
      test: `${folder}/service/packages.test.ts > a package is refused, and the deployment with it, > for more than it may hold unpacked`,
    },
    {
      behaviour: "A bucket that has something in it keeps its stack from being deleted.",
      verdict: "pass",
      test: `${folder}/resources/s3.test.ts > a stack is not deleted while its bucket has something in it`,
    },
    {
      behaviour: "TemplateURL takes addresses of S3 in path style and in virtual-host style.",
      verdict: "pass",
      test: `${folder}/service/template-source.test.ts > an address names an object > https://s3.eu-west-1.amazonaws.com/bucket/key`,
    },
    {
      behaviour: "TemplateURL takes the endpoint's own address, by whatever name a client knows it.",
      verdict: "unknown",
      test: `${folder}/service/template-source.test.ts > an address names an object > http://localhost:4566/bucket/key`,
      note: "AWS knows its own addresses alone: `localhost`, loopback addresses and other names of this platform are taken too",
    },
    {
      behaviour: "A function in a VPC whose role may not make network interfaces fails with Lambda's answer.",
      verdict: "pass",
      test: `${folder}/service/network-rights.test.ts > a stack with a function in a VPC > whose role lacks the rights is rolled back, with Lambda's reason at the function`,
    },
    {
      behaviour: "A function whose role may not send to its dead-letter queue fails with Lambda's answer.",
      verdict: "pass",
      test: `${folder}/service/send-rights.test.ts > a stack with a function with a dead-letter queue > whose role may not send there is rolled back, with Lambda's reason`,
    },
    {
      behaviour:
        "A configuration fails with Lambda's answer where the function's role may not send to a destination.",
      verdict: "pass",
      test: `${folder}/service/send-rights.test.ts > a stack with a function with a destination > whose role may not send there is rolled back, with Lambda's reason`,
    },
    {
      behaviour: "A stack's tags reach its functions, whose own go first.",
      verdict: "pass",
      test: `${folder}/api/stack-tags.test.ts > a stack's tags > reach its AWS::Lambda::Function, which has its own first, and follow an update of nothing else`,
    },
    {
      behaviour: "A stack's tags reach its REST APIs, log groups and roles.",
      verdict: "pass",
      test: `${folder}/api/stack-tags.test.ts > a stack's tags > reach its AWS::Logs::LogGroup, which has its own first, and follow an update of nothing else`,
    },
    {
      behaviour: "A change of a stack's tags alone is a change of the resources that have them.",
      verdict: "pass",
      test: `${folder}/api/stack-tags.test.ts > a stack's tags > are a change of each resource that has them in a change set`,
    },
    {
      behaviour: "The same tags again are no update.",
      verdict: "pass",
      test: `${folder}/api/stack-tags.test.ts > a stack's tags > are no update where they stay the same`,
    },
    {
      behaviour: "Resources of every type are made.",
      verdict: "not emulated",
      test: `${refused} > for resource types that are not served, with those that are`,
      note: "the template is refused by the names of the types, with those that are served",
    },
    {
      behaviour: "Nested stacks are made.",
      verdict: "not emulated",
      test: `${refused} > for nested stacks, with what to do instead`,
      note: "the template is refused, with what to do instead",
    },
    {
      behaviour: "Custom resources call their function.",
      verdict: "not emulated",
      test: `${refused} > for custom resources, with what to do instead`,
      note: "the template is refused, with what to do instead",
    },
    {
      behaviour: "Drift is detected.",
      verdict: "not emulated",
      test: `${refused} > for drift, by name`,
      note: "the operation is refused by name",
    },
    {
      behaviour: "Stacks have policies.",
      verdict: "not emulated",
      test: `${refused} > for stack policies, by name`,
      note: "the operation is refused by name",
    },
  ],
};
