import { createHash } from "node:crypto";
import * as wafClient from "@aws-sdk/client-wafv2";
import { AwsServiceError } from "../../service-error.ts";
import { defineService, type ServiceApi } from "../../wire/service-api.ts";
import type { WebAcl } from "../index.ts";
import { apiShapeOf } from "./web-acl-shape.ts";

/** What the API needs of the rest of the platform. */
export interface WafApiOptions {
  /** What is deployed; nothing if nothing is. */
  readonly deployed: () => DeployedWebAcls | undefined;
}

/** Web ACLs, and what they are for. */
export interface DeployedWebAcls {
  readonly webAcls: ReadonlyMap<string, WebAcl>;
  /** ARN of the stage to ARN of its web ACL; changed in place. */
  readonly webAclAssociations: Map<string, string>;
  readonly stages: readonly { readonly apiId: string; readonly name: string }[];
}

const nothing: DeployedWebAcls = { webAcls: new Map(), webAclAssociations: new Map(), stages: [] };

/**
 * WAF, as far as it tells what templates have made, and which stages web ACLs are for.
 * @see https://docs.aws.amazon.com/waf/latest/APIReference/API_Operations_AWS_WAFV2.html
 */
export function wafApi({ deployed }: WafApiOptions): ServiceApi {
  const current = () => deployed() ?? nothing;
  const find = (arn: string | undefined): WebAcl => {
    const acl = current().webAcls.get(arn ?? "");
    if (acl === undefined) throw doesNotExist();
    return acl;
  };
  return defineService(wafClient, {
    ListWebACLs: ({ Scope }) => {
      checkScope(Scope);
      return { WebACLs: [...current().webAcls.values()].map(summaryOf) };
    },
    GetWebACL: ({ ARN, Id, Name, Scope }) => {
      if (ARN !== undefined) return answerOf(find(ARN));
      checkScope(Scope);
      const named = [...current().webAcls.values()].find((acl) => acl.name === Name && idOf(acl) === Id);
      return answerOf(find(named?.arn));
    },
    GetWebACLForResource: ({ ResourceArn }, { region }) => {
      checkStage(ResourceArn, region, current());
      const acl = current().webAcls.get(current().webAclAssociations.get(ResourceArn ?? "") ?? "");
      return acl === undefined ? {} : { WebACL: shapeOf(acl) };
    },
    ListResourcesForWebACL: ({ WebACLArn, ResourceType }) => {
      const { arn } = find(WebACLArn);
      const stages = [...current().webAclAssociations].filter(([, associated]) => associated === arn);
      return { ResourceArns: ResourceType === "API_GATEWAY" ? stages.map(([stage]) => stage) : [] };
    },
    AssociateWebACL: ({ ResourceArn, WebACLArn }, { region }) => {
      const { arn } = find(WebACLArn);
      current().webAclAssociations.set(checkStage(ResourceArn, region, current()), arn);
      return {};
    },
    DisassociateWebACL: ({ ResourceArn }, { region }) => {
      current().webAclAssociations.delete(checkStage(ResourceArn, region, current()));
      return {};
    },
  });
}

function checkScope(scope: string | undefined): void {
  if (scope === "REGIONAL") return;
  throw new AwsServiceError(
    "WAFInvalidParameterException",
    400,
    `Error reason: The scope is not valid., field: SCOPE_VALUE, parameter: ${scope}. This platform has web ACLs of scope REGIONAL only.`,
    { Field: "SCOPE_VALUE", Parameter: scope, Reason: "The scope is not valid." },
  );
}

/** @returns the ARN. @throws {AwsServiceError} if there is no such stage of a REST API. */
function checkStage(arn: string | undefined, region: string, { stages }: DeployedWebAcls): string {
  const [, arnRegion, apiId, stage] =
    /^arn:aws[a-z-]*:apigateway:([a-z0-9-]+)::\/restapis\/([^/]+)\/stages\/([^/]+)$/.exec(arn ?? "") ?? [];
  if (arn === undefined || apiId === undefined) {
    const reason =
      "The ARN isn't valid. A valid ARN begins with arn: and includes other information separated by colons or slashes.";
    const message = `Error reason: ${reason}, field: RESOURCE_ARN, parameter: ${arn}`;
    const members = { Field: "RESOURCE_ARN", Parameter: arn, Reason: reason };
    throw new AwsServiceError("WAFInvalidParameterException", 400, message, members);
  }
  const isThere = stages.some((candidate) => candidate.apiId === apiId && candidate.name === stage);
  if (isThere && arnRegion === region) return arn;
  throw doesNotExist();
}

function doesNotExist(): AwsServiceError {
  const message = "AWS WAF couldn’t perform the operation because your resource doesn’t exist.";
  return new AwsServiceError("WAFNonexistentItemException", 400, message);
}

function idOf({ arn }: WebAcl): string {
  return arn.slice(arn.lastIndexOf("/") + 1);
}

/** Changes with what it stands for. */
function lockTokenOf({ arn, properties }: WebAcl): string {
  const digits = createHash("sha256").update(arn).update(JSON.stringify(properties)).digest("hex");
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, "$1-$2-$3-$4-$5");
}

function descriptionOf({ properties }: WebAcl): string {
  const { Description } = properties as { readonly Description?: unknown };
  return Description === undefined ? "" : String(Description);
}

function summaryOf(acl: WebAcl): wafClient.WebACLSummary {
  return {
    Name: acl.name,
    Id: idOf(acl),
    ARN: acl.arn,
    Description: descriptionOf(acl),
    LockToken: lockTokenOf(acl),
  };
}

function answerOf(acl: WebAcl): wafClient.GetWebACLResponse {
  return { WebACL: shapeOf(acl), LockToken: lockTokenOf(acl) };
}

function shapeOf(acl: WebAcl): wafClient.WebACL {
  const { Scope, Tags, ...properties } = acl.properties as Readonly<Record<string, unknown>>;
  const shape = apiShapeOf(properties) as Pick<wafClient.WebACL, "DefaultAction" | "VisibilityConfig">;
  return {
    Rules: [],
    ...shape,
    Name: acl.name,
    Id: idOf(acl),
    ARN: acl.arn,
    Description: descriptionOf(acl),
    Capacity: acl.capacity,
    ManagedByFirewallManager: false,
    LabelNamespace: acl.labelNamespace,
    RetrofittedByFirewallManager: false,
  };
}
