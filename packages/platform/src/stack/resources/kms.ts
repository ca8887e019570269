import type { PolicyDocument } from "../../iam/policy.ts";
import { findPolicyProblem } from "../../iam/policy-problem.ts";
import { defaultKeyPolicy, policyOfKey } from "../../kms/kms-key.ts";
import { tagMap } from "../../lambda/control/tags.ts";
import {
  AlreadyExistsError,
  type CreatedResource,
  type CreationContext,
  NotServedError,
  optionalText,
  ResourceError,
  requiredText,
} from "../resource-type.ts";

/** `AWS::KMS::Key`: symmetric keys for encryption, which all keys are that nobody asks to be another kind. */
export function createKey(context: CreationContext): CreatedResource {
  const { properties, node, accountId, region, model } = context;
  const spec = optionalText(properties, "KeySpec") ?? "SYMMETRIC_DEFAULT";
  if (spec !== "SYMMETRIC_DEFAULT")
    throw new NotServedError(`Keys of ${spec} are not served by this platform.`);
  const text = context.id("kms-key", 32);
  const hex = Buffer.from(text).toString("hex");
  const id = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20, 32),
  ].join("-");
  const arn = `arn:aws:kms:${region}:${accountId}:key/${id}`;
  const policy = (properties["KeyPolicy"] ?? defaultKeyPolicy(accountId)) as PolicyDocument;
  const problem = findPolicyProblem(policy);
  if (problem !== undefined) throw new ResourceError(problem);
  model.kmsKeys.set(arn, {
    id,
    arn,
    description: optionalText(properties, "Description") ?? "",
    policy: policyOfKey(policy, id, { logicalId: node.origin, position: node.position }),
    state: optionalText(properties, "Enabled") === "false" ? "Disabled" : "Enabled",
    createdMs: Math.floor(Date.now() - performance.now()),
    tags: tagMap(properties["Tags"]),
  });
  return { ref: id, attributes: { Arn: arn, KeyId: id } };
}

/** `AWS::KMS::Alias`. */
export function createKeyAlias(context: CreationContext): CreatedResource {
  const name = requiredText(context, "AliasName");
  const target = requiredText(context, "TargetKeyId").replace(/^arn:.*:key\//, "");
  const { kmsAliases } = context.model;
  if (!name.startsWith("alias/")) throw new ResourceError(`AliasName is ${name}; it begins with alias/.`);
  if (kmsAliases.has(name)) throw new AlreadyExistsError(`An alias with the name ${name} already exists`);
  kmsAliases.set(name, target);
  return { ref: name, attributes: {} };
}
