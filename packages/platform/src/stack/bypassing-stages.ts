import type { StackModel } from "./stack-model.ts";

/**
 * Stages that deployments make beside those of the template, without the web ACL that these have: whoever writes the other
 * name into the path goes round it. SAM lets deployments make one, called `Stage`, unless the API has an `OpenApiVersion`.
 */
export function findBypassingStages({
  stages,
  apis,
  webAcls,
  webAclAssociations,
}: StackModel): { readonly logicalId: string; readonly message: string }[] {
  const aclOf = ({ apiId, name }: { readonly apiId: string; readonly name: string }) => {
    const end = `:/restapis/${apiId}/stages/${name}`;
    for (const [stageArn, aclArn] of webAclAssociations) {
      if (stageArn.endsWith(end)) return webAcls.get(aclArn);
    }
    return undefined;
  };
  return stages.flatMap((stage) => {
    const logicalId = apis.get(stage.apiId)?.logicalId;
    if (!stage.isOfDeployment || logicalId === undefined || aclOf(stage) !== undefined) return [];
    const guarded = stages.find((other) => other.apiId === stage.apiId && aclOf(other) !== undefined);
    const acl = guarded && aclOf(guarded);
    if (guarded === undefined || acl === undefined) return [];
    const message = `The stage ${stage.name} of ${logicalId} has no web ACL, and ${guarded.name} has ${acl.name}: whoever calls /${stage.name} instead of /${guarded.name} goes round it. A deployment makes that stage; SAM has none made for an API with an OpenApiVersion, such as 3.0.1.`;
    return [{ logicalId, message }];
  });
}
