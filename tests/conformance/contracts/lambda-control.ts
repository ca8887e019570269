import type { Contract } from "../contract.ts";

const folder = "packages/platform/src/lambda/control";
const functions = `${folder}/functions.test.ts`;
const versions = `${folder}/versions.test.ts`;
const settings = `${folder}/settings.test.ts`;
const access = `${folder}/access.test.ts`;
const layers = `${folder}/layers.test.ts`;
const sending = `${folder}/send-rights.test.ts`;
const network = `${folder}/network-rights.test.ts`;

/** The control plane of Lambda, as tools call it. */
export const lambdaControl: Contract = {
  title: "Lambda: functions, versions and what belongs to them",
  sources: [
    "https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html",
    "https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html",
    "https://docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html",
    "https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html",
    "https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunctionUrlConfig.html",
    "https://docs.aws.amazon.com/lambda/latest/api/API_PublishLayerVersion.html",
    "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html",
  ],
  behaviours: [
    {
      behaviour: "A function is created, is pending, is active, is changed and deleted.",
      verdict: "pass",
      test: `${functions} > a function is created, waited for, invoked, changed, and deleted`,
    },
    {
      behaviour: "GetFunction leads to the code as it was uploaded.",
      verdict: "pass",
      test: `${functions} > the code that GetFunction tells of can be downloaded as it was uploaded`,
    },
    {
      behaviour: "Code in S3 is read with the rights of the caller.",
      verdict: "pass",
      test: "packages/platform/src/s3/objects-of-caller.test.ts > code that the caller may not read is refused, in the words of Lambda and of S3",
    },
    {
      behaviour: "RevisionId holds a change to what was read.",
      verdict: "pass",
      test: `${functions} > a revision holds a change to what was read`,
    },
    {
      behaviour: "Lists have pages, and versions where all are asked for.",
      verdict: "pass",
      test: `${functions} > lists have pages, and versions where all are asked for`,
    },
    {
      behaviour: "A name that is taken is a ResourceConflictException.",
      verdict: "pass",
      test: `${functions} > a function is refused for a name that is taken`,
    },
    {
      behaviour: "A name of more than 64 characters is refused.",
      verdict: "pass",
      test: `${functions} > a function is refused for a name that is too long`,
    },
    {
      behaviour: "A role that does not let Lambda assume it is refused.",
      verdict: "pass",
      test: `${functions} > a function is refused for a role that does not let Lambda in`,
    },
    {
      behaviour:
        "A function in a VPC whose role may not create, describe or delete network interfaces is refused, with the first of them that is missing.",
      verdict: "pass",
      test: `${network} > CreateFunction in a VPC > with the role `,
    },
    {
      behaviour: "UpdateFunctionConfiguration asks for the same rights where VpcConfig or Role change.",
      verdict: "pass",
      test: `${network} > UpdateFunctionConfiguration > `,
    },
    {
      behaviour:
        "A function is refused whose role may not send to its dead-letter queue or topic, whatever the policy of that says.",
      verdict: "pass",
      test: `${sending} > CreateFunction with a dead-letter queue > is refused with the role `,
    },
    {
      behaviour: "UpdateFunctionConfiguration asks for that right where DeadLetterConfig or Role change.",
      verdict: "pass",
      test: `${sending} > UpdateFunctionConfiguration > `,
    },
    {
      behaviour: "The security groups and subnets of VpcConfig filter what a function sends.",
      verdict: "not emulated",
      test: "packages/platform/src/stack/resources/vpc-config.test.ts > VpcConfig > of one subnet is taken, and told to filter nothing",
      note: "every start says that the function is in this machine's network, where nothing is filtered",
    },
    {
      behaviour: "A runtime that is no longer supported is refused.",
      verdict: "pass",
      test: `${functions} > a function is refused for a runtime of long ago`,
    },
    {
      behaviour: "A function in an archive needs a handler.",
      verdict: "pass",
      test: `${functions} > a function is refused for no handler`,
    },
    {
      behaviour: "A function has one architecture.",
      verdict: "pass",
      test: `${functions} > a function is refused for two architectures`,
    },
    {
      behaviour: "Code that is no archive is refused.",
      verdict: "pass",
      test: `${functions} > a function is refused for what is no ZIP`,
    },
    {
      behaviour: "Code of more than 250 MB unpacked is refused.",
      verdict: "pass",
      test: `${functions} > a function is refused for more than it may hold unpacked`,
    },
    {
      behaviour: "Code in a bucket that is not there is refused.",
      verdict: "pass",
      test: `${functions} > a function is refused for a bucket that is not there`,
    },
    {
      behaviour: "Variables of more than 4 KB are refused.",
      verdict: "pass",
      test: `${functions} > a function is refused for variables that are too long`,
    },
    {
      behaviour: "Memory beyond the limit is refused.",
      verdict: "pass",
      test: `${functions} > a function is refused for too much memory`,
    },
    {
      behaviour: "An archive in a request has at most 50 MB.",
      verdict: "pass",
      test: `${functions} > an archive that is too large is refused`,
    },
    {
      behaviour: "A function may be a container image.",
      verdict: "not emulated",
      test: `${functions} > a function is refused for an image`,
      note: "it is refused by name: functions run from archives here",
    },
    {
      behaviour: "Publishing gives a number, and none where nothing has changed.",
      verdict: "pass",
      test: `${versions} > a version > is the function as it was, until something changes that a version has`,
    },
    {
      behaviour: "Publishing for other code than the function's is refused.",
      verdict: "pass",
      test: `${versions} > a version > is refused for other code than that of the function`,
    },
    {
      behaviour: "A version is deleted alone, and its number never given again.",
      verdict: "pass",
      test: `${versions} > a version > is deleted alone, and its number never given again`,
    },
    {
      behaviour: "A version that an alias points to can't be deleted.",
      verdict: "pass",
      test: `${versions} > a version > that an alias points to is not deleted`,
    },
    {
      behaviour: "An alias points to a version, is moved, and goes.",
      verdict: "pass",
      test: `${versions} > an alias > points to a version, is moved, and goes`,
    },
    {
      behaviour: "An alias splits what comes between two versions.",
      verdict: "pass",
      test: `${versions} > an alias > splits what comes between two versions, until that is taken back`,
    },
    {
      behaviour: "An alias can't have a number for a name.",
      verdict: "pass",
      test: `${versions} > an alias > with a number for a name is refused`,
    },
    {
      behaviour: "An alias can't split with `$LATEST`.",
      verdict: "pass",
      test: `${versions} > an alias > of $LATEST and a version is refused`,
    },
    {
      behaviour: "An alias has two versions at most.",
      verdict: "pass",
      test: `${versions} > an alias > of three versions is refused`,
    },
    {
      behaviour: "Reserved concurrency is set, counts, and is taken back.",
      verdict: "pass",
      test: `${settings} > reserved concurrency > is set, counts, and is taken back`,
    },
    {
      behaviour: "An account keeps 100 of its concurrency unreserved.",
      verdict: "pass",
      test: `${settings} > reserved concurrency > of nearly all that there is is refused`,
    },
    {
      behaviour: "Provisioned concurrency is in progress, then ready.",
      verdict: "pass",
      test: `${settings} > provisioned concurrency > is begun, is there, and goes`,
    },
    {
      behaviour: "A version and an alias of it can't both have provisioned concurrency.",
      verdict: "pass",
      test: `${settings} > provisioned concurrency > for an alias of a version that has it is refused`,
    },
    {
      behaviour: "The configuration of asynchronous invocation is set, changed in part, set anew, and goes.",
      verdict: "pass",
      test: `${settings} > the configuration of asynchronous invocation > is set, changed in part, set anew, and goes`,
    },
    {
      behaviour:
        "A destination that the function's role may not send to is refused, with the operation and the ARN.",
      verdict: "pass",
      test: `${sending} > a destination of asynchronous invocations > that is a `,
    },
    {
      behaviour: "A function can't be its own destination.",
      verdict: "pass",
      test: `${settings} > the configuration of asynchronous invocation > with itself for a destination is refused`,
    },
    {
      behaviour: "A function has tags, 50 at most, and its versions have none.",
      verdict: "pass",
      test: `${settings} > tags`,
    },
    {
      behaviour: "Event source mappings are made.",
      verdict: "not emulated",
      test: `${settings} > what is not served is refused by its name: event source mappings`,
      note: "the operations are refused by name",
    },
    {
      behaviour: "A function URL answers everyone once that is permitted.",
      verdict: "pass",
      test: `${access} > a function URL > lets everyone in once it is permitted, by the address that is told`,
    },
    {
      behaviour: "A function has one URL.",
      verdict: "pass",
      test: `${access} > a function URL > of a function that has one is refused`,
    },
    {
      behaviour: "A version can't have a URL.",
      verdict: "pass",
      test: `${access} > a function URL > of a version is refused`,
    },
    {
      behaviour: "A function's policy has a statement for each permission.",
      verdict: "pass",
      test: `${access} > a policy > has a statement for each permission, in the order in which they were given`,
    },
    {
      behaviour: "A statement's id is given once.",
      verdict: "pass",
      test: `${access} > a policy > has no permission that is given under a name that is taken`,
    },
    {
      behaviour: "`$LATEST` can't have a permission of its own.",
      verdict: "pass",
      test: `${access} > a policy > has no permission that is given to $LATEST`,
    },
    {
      behaviour: "A policy is gone with its last statement.",
      verdict: "pass",
      test: `${access} > a policy > is gone with its last statement`,
    },
    {
      behaviour: "Layers have versions, which are seen no more when they are deleted.",
      verdict: "pass",
      test: `${layers} > versions are published, told of with the newest first, and seen no more when they are deleted`,
    },
    {
      behaviour: "A function keeps a layer that was deleted since.",
      verdict: "pass",
      test: `${layers} > a function has its layers, also one that was deleted since`,
    },
    {
      behaviour: "A function has five layers at most.",
      verdict: "pass",
      test: `${layers} > a sixth layer is refused`,
    },
    {
      behaviour: "A function can't have two versions of a layer.",
      verdict: "pass",
      test: `${layers} > two versions in one function is refused`,
    },
    {
      behaviour: "Every call is held to the policies of its caller.",
      verdict: "pass",
      test: `${folder}/kept-functions.test.ts > every call is held to the policies of its caller`,
    },
  ],
};
