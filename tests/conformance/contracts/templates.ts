import type { Contract } from "../contract.ts";

const folder = "packages/platform/src/cloudformation";
const resolve = `${folder}/intrinsics/resolve.test.ts`;
const cannot = `${resolve} > a function that cannot be evaluated`;
const parameter = `${folder}/intrinsics/parameters.test.ts > a parameter`;
const condition = `${folder}/intrinsics/conditions.test.ts > a condition`;
const load = `${folder}/template/load.test.ts`;
const extensions = `${folder}/language-extensions/language-extensions.test.ts`;

/** What stands in a template, and what its functions give. */
export const templates: Contract = {
  title: "CloudFormation: templates and intrinsic functions",
  sources: [
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/transform-aws-languageextensions.html",
  ],
  behaviours: [
    {
      behaviour: "Short forms of YAML are the functions that they stand for.",
      verdict: "pass",
      test: `${load} > short forms`,
    },
    {
      behaviour: "A template may be YAML or JSON.",
      verdict: "pass",
      test: `${load} > a template > may be `,
    },
    {
      behaviour: "Unquoted scalars mean what YAML 1.1 says.",
      verdict: "pass",
      test: `${folder}/template/plain-scalar.test.ts > an unquoted scalar`,
    },
    {
      behaviour: "A template that can't be read is refused at its place.",
      verdict: "pass",
      test: `${load} > a template > is refused when it is `,
    },
    {
      behaviour: "`Ref` of a parameter is its value.",
      verdict: "pass",
      test: `${resolve} > before there are resources > {"Ref":"Size"} is `,
    },
    {
      behaviour: "`Ref` of AWS::NoValue removes a property or an item.",
      verdict: "pass",
      test: `${resolve} > before there are resources > {"a":{"Ref":"AWS::NoValue"},"b":1} is `,
    },
    {
      behaviour: "Pseudo parameters have the stack's region, name and suffix.",
      verdict: "pass",
      test: `${resolve} > before there are resources > {"Ref":"AWS::Region"} is `,
    },
    {
      behaviour: "`Ref` of a resource is what its type says.",
      verdict: "pass",
      test: `${resolve} > when resources exist > {"Ref":"Q"} is `,
    },
    {
      behaviour: "`Fn::GetAtt` gives an attribute of a resource.",
      verdict: "pass",
      test: `${resolve} > when resources exist > {"Fn::GetAtt":["Q","Arn"]} is `,
    },
    {
      behaviour: "`Fn::If` chooses by a condition.",
      verdict: "pass",
      test: `${resolve} > before there are resources > {"Fn::If":["Yes",1,2]} is 1`,
    },
    {
      behaviour: "`Fn::Join` joins texts, numbers and lists of parameters.",
      verdict: "pass",
      test: `${resolve} > before there are resources > {"Fn::Join":`,
    },
    {
      behaviour: "`Fn::Select` takes one of a list.",
      verdict: "pass",
      test: `${resolve} > before there are resources > {"Fn::Select":`,
    },
    {
      behaviour: "`Fn::Split` cuts a text.",
      verdict: "pass",
      test: `${resolve} > before there are resources > {"Fn::Split":["|","a|b"]} is `,
    },
    {
      behaviour: "`Fn::FindInMap` looks up two keys.",
      verdict: "pass",
      test: `${resolve} > before there are resources > {"Fn::FindInMap":`,
    },
    {
      behaviour: "`Fn::Base64` encodes a text.",
      verdict: "pass",
      test: `${resolve} > before there are resources > {"Fn::Base64":"hi"} is `,
    },
    {
      behaviour: "`Fn::GetAZs` gives the zones of a region.",
      verdict: "pass",
      test: `${resolve} > before there are resources > {"Fn::GetAZs":`,
    },
    {
      behaviour: "`Fn::Cidr` cuts a block into blocks.",
      verdict: "pass",
      test: `${folder}/intrinsics/cidr.test.ts > Fn::Cidr`,
    },
    {
      behaviour: "`Fn::Sub` fills in parameters, attributes and variables, and leaves what is escaped.",
      verdict: "pass",
      test: `${folder}/intrinsics/sub-text.test.ts > the text of Fn::Sub`,
    },
    {
      behaviour: "A function that can't be evaluated says so, and where it stands.",
      verdict: "pass",
      test: `${cannot}`,
    },
    {
      behaviour: "Conditions have Equals, And, Or, Not and each other.",
      verdict: "pass",
      test: `${condition} > `,
    },
    {
      behaviour: "Parameters have defaults, lists and numbers.",
      verdict: "pass",
      test: `${parameter} > {`,
    },
    {
      behaviour: "A parameter of Systems Manager has the value that is there.",
      verdict: "pass",
      test: `${parameter} > of Systems Manager is read there`,
    },
    {
      behaviour: "A parameter with NoEcho is not shown.",
      verdict: "pass",
      test: `${parameter} > with NoEcho is hidden`,
    },
    {
      behaviour: "A condition that is false leaves out resources and outputs.",
      verdict: "pass",
      test: `${folder}/intrinsics/instantiate.test.ts > a template as a stack has it > in `,
    },
    {
      behaviour: "`Fn::ForEach` writes resources, conditions and outputs for each item.",
      verdict: "pass",
      test: `${extensions} > Fn::ForEach > writes a resource, a condition and an output for each item`,
    },
    {
      behaviour: "`Fn::Length` counts the items of a list.",
      verdict: "pass",
      test: `${extensions} > a function > { Fn::Length: [a, b, c] } becomes 3`,
    },
    {
      behaviour: "`Fn::ToJsonString` writes JSON.",
      verdict: "pass",
      test: `${extensions} > a function > { Fn::ToJsonString: { a:`,
    },
    {
      behaviour: "`Fn::FindInMap` may have a default.",
      verdict: "pass",
      test: `${extensions} > a function > !FindInMap [Sizes, eu-west-1, Small, { DefaultValue: 7 }] becomes 7`,
    },
    {
      behaviour: "Functions of the language extensions need their transform.",
      verdict: "pass",
      test: `${extensions} > a function > tells to declare the transform where it isn't`,
    },
    {
      behaviour: "Macros change a template.",
      verdict: "not emulated",
      test: "packages/platform/src/stack/api/refusals.test.ts > a request is refused > for AWS::Include of what is in S3, by name",
      note: "`Fn::Transform` and macros are refused by name",
    },
  ],
};
