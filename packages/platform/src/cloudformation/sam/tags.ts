import { isFilledMap, isGiven, type Value, type ValueMap } from "../value.ts";
import { invalidResource } from "./errors.ts";
import { type GeneratedResource, tagList } from "./generated-resource.ts";

/** Types that take tags as a list of keys and values. */
const listTagged = new Set([
  "AWS::ApiGateway::ApiKey",
  "AWS::ApiGateway::DomainName",
  "AWS::ApiGateway::DomainNameAccessAssociation",
  "AWS::ApiGateway::DomainNameV2",
  "AWS::ApiGateway::RestApi",
  "AWS::ApiGateway::Stage",
  "AWS::ApiGateway::UsagePlan",
  "AWS::IAM::Role",
  "AWS::IoT::TopicRule",
  "AWS::Lambda::Function",
  "AWS::SNS::Topic",
  "AWS::SQS::Queue",
]);
/** Types that take tags as a map. */
const mapTagged = new Set(["AWS::ApiGatewayV2::DomainName", "AWS::ApiGatewayV2::Stage"]);

const reservedKeys = ["lambda:createdBy", "serverlessrepo:applicationId", "serverlessrepo:semanticVersion"];

/**
 * A function's tags, with the one by which AWS marks what SAM made.
 *
 * @throws {SamError} if the template sets a tag that SAM sets.
 */
export function tagsWithOrigin(logicalId: string, tags: Value | undefined): ValueMap[] {
  for (const key of reservedKeys) {
    if (!isFilledMap(tags) || !Object.hasOwn(tags, key)) continue;
    throw invalidResource(
      logicalId,
      `${key} is a reserved Tag key name and cannot be set on your resource. Please change the tag key in the input.`,
    );
  }
  return [{ Key: "lambda:createdBy", Value: "SAM" }, ...tagList(tags)];
}

/** `PropagateTags`: the resource's tags replace those of everything that it becomes. */
export function propagateTags(
  resources: readonly GeneratedResource[],
  tags: Value | undefined,
  propagates: Value | undefined,
): void {
  const given = propagatedTags(tags, propagates);
  if (given === undefined) return;
  for (const resource of resources) {
    if (listTagged.has(resource.type)) resource.properties["Tags"] = tagList(given);
    else if (mapTagged.has(resource.type)) resource.properties["Tags"] = { ...given };
  }
}

/** The tags that everything is to have that a resource becomes, if it says so. */
export function propagatedTags(tags: Value | undefined, propagates: Value | undefined): ValueMap | undefined {
  return isGiven(propagates) && isFilledMap(tags) ? tags : undefined;
}
