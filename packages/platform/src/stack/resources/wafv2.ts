import { createHash } from "node:crypto";
import {
  capacityIncluded,
  readIpSet,
  readRegexPatternSet,
  readRuleGroup,
  readWebAcl,
  WafError,
  WafNotServedError,
  type WafResources,
  type WebAcl,
} from "../../wafv2/index.ts";
import {
  type CreatedResource,
  type CreationContext,
  NotServedError,
  optionalText,
  ResourceError,
  requiredText,
} from "../resource-type.ts";

/** `AWS::WAFv2::IPSet`. */
export function createIpSet(context: CreationContext): CreatedResource {
  const { name, id, arn } = identify(context, "ipset");
  const set = reading(() => readIpSet(context.properties, arn));
  context.model.ipSets.set(arn, set);
  return { ref: refTo(name, id), attributes: { Arn: arn, Id: id } };
}

/** `AWS::WAFv2::RegexPatternSet`. */
export function createRegexPatternSet(context: CreationContext): CreatedResource {
  const { name, id, arn } = identify(context, "regexpatternset");
  const set = reading(() => readRegexPatternSet(context.properties, arn));
  context.model.regexPatternSets.set(arn, set);
  return { ref: refTo(name, id), attributes: { Arn: arn, Id: id } };
}

/** `AWS::WAFv2::RuleGroup`. */
export function createRuleGroup(context: CreationContext): CreatedResource {
  const { name, id, arn } = identify(context, "rulegroup");
  const group = reading(() => readRuleGroup(context.properties, resourcesOf(context, name, arn)));
  context.model.ruleGroups.set(arn, group);
  const LabelNamespace = `awswaf:${context.accountId}:rulegroup:${name}:`;
  return {
    ref: refTo(name, id),
    attributes: { Arn: arn, Id: id, LabelNamespace },
    warnings: notEnforced(context, group),
  };
}

/** `AWS::WAFv2::WebACL`. */
export function createWebAcl(context: CreationContext): CreatedResource {
  const { name, id, arn } = identify(context, "webacl");
  const acl = reading(() => readWebAcl(context.properties, resourcesOf(context, name, arn)));
  context.model.webAcls.set(arn, acl);
  const LabelNamespace = `awswaf:${context.accountId}:webacl:${name}:`;
  const warnings = [...notEnforced(context, acl)];
  if (acl.capacity > capacityIncluded) {
    warnings.push({
      properties: ["Rules"],
      message: `${context.node.origin} uses ${acl.capacity} web ACL capacity units. AWS charges extra for more than ${capacityIncluded}.`,
    });
  }
  return {
    ref: refTo(name, id),
    attributes: { Arn: arn, Capacity: acl.capacity, Id: id, LabelNamespace },
    warnings,
  };
}

/**
 * `AWS::WAFv2::WebACLAssociation` with a stage of a REST API.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-wafv2-webaclassociation.html
 */
export function createWebAclAssociation(context: CreationContext): CreatedResource {
  const { model, properties } = context;
  for (const name of Object.keys(properties)) {
    if (name === "ResourceArn" || name === "WebACLArn") continue;
    throw new ResourceError(
      `#: extraneous key [${name}] is not permitted. Known here: ResourceArn, WebACLArn.`,
    );
  }
  const resourceArn = requiredText(context, "ResourceArn");
  const webAclArn = requiredText(context, "WebACLArn");
  const stage = stageOf(resourceArn);
  const isThere =
    stage.region === context.region &&
    model.stages.some(({ apiId, name }) => apiId === stage.apiId && name === stage.name);
  const missing = "AWS WAF couldn’t perform the operation because your resource doesn’t exist.";
  if (!isThere) {
    throw new ResourceError(
      `ResourceArn is ${resourceArn}. ${missing} There is no such stage when this resource is made: refer to it with !Ref, or name it in DependsOn.`,
    );
  }
  if (!model.webAcls.has(webAclArn)) {
    throw new ResourceError(
      `WebACLArn is ${webAclArn}. ${missing} There is no such web ACL in the template; write !GetAtt Name.Arn.`,
    );
  }
  model.webAclAssociations.set(resourceArn, webAclArn);
  return { ref: `${webAclArn}|${resourceArn}`, attributes: {} };
}

/** What has stages in ARNs of API Gateway. */
const gatewayStage = /^arn:aws[a-z-]*:apigateway:([a-z0-9-]+)::\/(restapis|apis)\/([^/]+)\/stages\/([^/]+)$/;

function stageOf(arn: string): { readonly region: string; readonly apiId: string; readonly name: string } {
  const [, region = "", kind, apiId = "", name = ""] = gatewayStage.exec(arn) ?? [];
  if (kind === "restapis") return { region, apiId, name };
  const service = /^arn:aws[a-z-]*:(elasticloadbalancing|appsync|cognito-idp|apprunner|ec2|amplify):/.exec(
    arn,
  )?.[1];
  if (service !== undefined) {
    throw new NotServedError(
      `A web ACL for ${arn} is not served by this platform: it has no ${service}. It serves web ACLs for stages of REST APIs.`,
    );
  }
  const why = kind === "apis" ? "AWS WAF does not protect HTTP APIs." : "";
  throw new ResourceError(
    `Error reason: The ARN isn't valid. A valid ARN begins with arn: and includes other information separated by colons or slashes., field: RESOURCE_ARN, parameter: ${arn}. ${why} Write arn:aws:apigateway:region::/restapis/api-id/stages/stage-name of a REST API.`.replaceAll(
      "  ",
      " ",
    ),
  );
}

function identify(
  context: CreationContext,
  kind: string,
): { readonly name: string; readonly id: string; readonly arn: string } {
  const { properties, node, region, accountId } = context;
  const scope = requiredText(context, "Scope");
  if (scope === "CLOUDFRONT") {
    throw new NotServedError(
      `${node.type} with the scope CLOUDFRONT is not served by this platform: it has no CloudFront. Write Scope: REGIONAL for REST APIs.`,
    );
  }
  if (scope !== "REGIONAL") {
    throw new ResourceError(
      `#/Scope: ${scope} is not a valid enum value. It is one of CLOUDFRONT, REGIONAL.`,
    );
  }
  const name = optionalText(properties, "Name") ?? context.nameFor(node.logicalId, 128);
  const digits = createHash("sha256").update(context.id(kind, 32)).digest("hex");
  const id = [
    digits.slice(0, 8),
    digits.slice(8, 12),
    digits.slice(12, 16),
    digits.slice(16, 20),
    digits.slice(20, 32),
  ].join("-");
  return { name, id, arn: `arn:aws:wafv2:${region}:${accountId}:regional/${kind}/${name}/${id}` };
}

/** Nobody shall take a protection for one that was tried here. */
function notEnforced({ node }: CreationContext, { unenforced }: Pick<WebAcl, "unenforced">) {
  return unenforced.map(({ name, reason }) => ({
    properties: ["Rules"],
    message: `The rule ${name} of ${node.origin} is not enforced here; other rules are. ${reason}`,
  }));
}

function refTo(name: string, id: string): string {
  return `${name}|${id}|REGIONAL`;
}

function resourcesOf({ model, accountId }: CreationContext, name: string, arn: string): WafResources {
  return {
    arn,
    name,
    accountId,
    findIpSet: (asked) => model.ipSets.get(asked),
    findRegexPatternSet: (asked) => model.regexPatternSets.get(asked),
    findRuleGroup: (asked) => model.ruleGroups.get(asked),
  };
}

function reading<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof WafNotServedError) throw new NotServedError(error.message);
    if (error instanceof WafError) throw new ResourceError(error.message);
    throw error;
  }
}
