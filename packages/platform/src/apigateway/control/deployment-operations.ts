import type * as client from "@aws-sdk/client-api-gateway";
import type { Deployment, MethodSnapshot } from "@aws-sdk/client-api-gateway";
import type { ModelResource } from "../../stack/stack-model.ts";
import type { OperationsOf } from "../../wire/service-api.ts";
import { type ApiPlane, type ApiView, defined, type Json, plain } from "./api-plane.ts";
import { integrationKey, methodShape, operationsOf } from "./method-shape.ts";
import { pageOf } from "./paging.ts";
import { patched, readChanges } from "./patch.ts";
import { badRequest, refusing } from "./refusals.ts";
import { requireDeployment } from "./require-deployment.ts";
import { nameOf } from "./rest-api-operations.ts";
import { makeStage, stageOf } from "./stage-operations.ts";

/** Deployments: what stages serve. */
export function deploymentOperations(plane: ApiPlane) {
  return {
    GetDeployments: ({ restApiId, ...page }) => {
      const view = plane.require(restApiId);
      return pageOf(
        plane.partsOf(view.id, "Deployment").map((deployment) => shapeOf(plane, deployment)),
        page,
      );
    },
    GetDeployment: ({ restApiId, deploymentId, embed }) => {
      const view = plane.require(restApiId);
      const shape = shapeOf(plane, requireDeployment(plane, view, deploymentId));
      return embed?.includes("apisummary") ? { ...shape, apiSummary: summaryOf(view) } : shape;
    },
    CreateDeployment: (input) => {
      const { restApiId, stageName, description, canarySettings } = input;
      const view = plane.require(restApiId);
      checkComplete(view);
      if (canarySettings !== undefined) {
        throw badRequest(
          "Canary deployments are not served by this platform: all requests go to one deployment. Give what is to be tried a stage of its own.",
        );
      }
      const stage = stageName ? stageOf(plane, view, stageName) : undefined;
      const made = refusing(nameOf(view), () => {
        // The templates' own deployments follow their file.
        plane.resources.check(view.resource);
        if (stage !== undefined) plane.resources.check(stage.resource);
        plane.keepDeployments(view);
        const deployment = plane.resources.create({
          type: "AWS::ApiGateway::Deployment",
          name: `deployment of ${view.name}`,
          properties: {
            RestApiId: view.id,
            ...(description === undefined ? {} : { Description: description }),
          },
          content: { snapshot: plane.snapshotOf(view) },
        });
        if (stageName) {
          const settings = {
            DeploymentId: deployment.physicalId,
            ...(input.stageDescription === undefined ? {} : { Description: input.stageDescription }),
            ...(input.variables === undefined ? {} : { Variables: plain(input.variables) }),
            ...(input.tracingEnabled === undefined ? {} : { TracingEnabled: input.tracingEnabled }),
          };
          if (stage === undefined) makeStage(plane, view, stageName, settings);
          else stage.change(settings);
        }
        return deployment;
      });
      return shapeOf(plane, made);
    },
    UpdateDeployment: ({ restApiId, deploymentId, patchOperations }) => {
      const view = plane.require(restApiId);
      const deployment = requireDeployment(plane, view, deploymentId);
      const { description } = patched(shapeOf(plane, deployment), readChanges(patchOperations), {
        description: "text",
      });
      const changed = refusing(nameOf(view), () =>
        plane.resources.change(deployment, { Description: description }),
      );
      return shapeOf(plane, changed);
    },
    DeleteDeployment: ({ restApiId, deploymentId }) => {
      const view = plane.require(restApiId);
      const deployment = requireDeployment(plane, view, deploymentId);
      if (
        plane.model.stages.some((stage) => stage.apiId === view.id && stage.deploymentId === deploymentId)
      ) {
        throw badRequest("Active stages pointing to this deployment must be moved or deleted");
      }
      refusing(nameOf(view), () => plane.resources.remove([deployment]));
      return {};
    },
  } satisfies OperationsOf<typeof client>;
}

/** @throws {AwsServiceError} if a method has no integration, or the API has no method. */
function checkComplete(view: ApiView): void {
  const operations = view.places.flatMap((place) => [...operationsOf(view, place).values()]);
  if (operations.length === 0) throw badRequest("The REST API doesn't contain any methods");
  if (operations.some((operation) => operation[integrationKey] === undefined)) {
    throw badRequest("No integration defined for method");
  }
}

function shapeOf(plane: ApiPlane, deployment: ModelResource): Deployment {
  const { Description: description } = deployment.properties;
  return defined({
    id: deployment.physicalId,
    description: typeof description === "string" && description !== "" ? description : undefined,
    createdDate: plane.createdDate(deployment),
  });
}

function summaryOf(view: ApiView): Record<string, Record<string, MethodSnapshot>> {
  const entries = view.places.flatMap((place) => {
    const methods = [...operationsOf(view, place)].map(([name, operation]: [string, Json]) => {
      const { authorizationType, apiKeyRequired } = methodShape(view, place, name, operation);
      return [name, { authorizationType, apiKeyRequired }] as const;
    });
    return methods.length === 0 ? [] : [[place.path, Object.fromEntries(methods)] as const];
  });
  return Object.fromEntries(entries);
}
