import type * as client from "@aws-sdk/client-api-gateway";
import { tagList, tagMap } from "../../lambda/control/tags.ts";
import type { ModelResource } from "../../stack/stack-model.ts";
import type { OperationsOf } from "../../wire/service-api.ts";
import type { ApiPlane } from "./api-plane.ts";
import { badRequest, notFound, refusing } from "./refusals.ts";

/** Tags of APIs, stages, keys and plans. */
export function tagOperations(plane: ApiPlane) {
  return {
    GetTags: ({ resourceArn }) => ({ tags: tagMap(tagged(plane, resourceArn).properties["Tags"]) }),
    TagResource: ({ resourceArn, tags }) => {
      const resource = tagged(plane, resourceArn);
      const all = { ...tagMap(resource.properties["Tags"]), ...tags };
      refusing(String(resourceArn), () => plane.resources.change(resource, { Tags: tagList(all) }));
      return {};
    },
    UntagResource: ({ resourceArn, tagKeys }) => {
      const resource = tagged(plane, resourceArn);
      const left = Object.entries(tagMap(resource.properties["Tags"])).filter(
        ([key]) => !tagKeys?.includes(key),
      );
      refusing(String(resourceArn), () =>
        plane.resources.change(resource, { Tags: tagList(Object.fromEntries(left)) }),
      );
      return {};
    },
  } satisfies OperationsOf<typeof client>;
}

/** @throws {AwsServiceError} if there is no such resource. */
function tagged(plane: ApiPlane, arn = ""): ModelResource {
  const path = /^arn:[^:]+:apigateway:[^:]+::(\/.+)$/.exec(arn)?.[1];
  if (path === undefined) throw badRequest(`Invalid ARN specified in the request: ${arn}`);
  const [, stageApi, stage] = /^\/restapis\/([^/]+)\/stages\/([^/]+)$/.exec(path) ?? [];
  const [, collection, id] = /^\/(restapis|apikeys|usageplans)\/([^/]+)$/.exec(path) ?? [];
  const type = { restapis: "RestApi", apikeys: "ApiKey", usageplans: "UsagePlan" }[collection ?? ""];
  const found =
    stageApi === undefined
      ? plane.ofType(type ?? "").find(({ physicalId }) => physicalId === id)
      : plane.partsOf(stageApi, "Stage").find(({ physicalId }) => physicalId === stage);
  if (found === undefined) throw notFound(`Invalid resource identifier specified: ${arn}`);
  return found;
}
