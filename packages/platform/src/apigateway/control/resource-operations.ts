import type * as client from "@aws-sdk/client-api-gateway";
import type { Resource } from "@aws-sdk/client-api-gateway";
import { record } from "../../json-value.ts";
import type { OperationsOf } from "../../wire/service-api.ts";
import { pathPartProblem } from "../definition/path-part.ts";
import { type ApiPlane, type ApiView, defined, type Place, within } from "./api-plane.ts";
import { methodShape, operationsOf } from "./method-shape.ts";
import { pageOf } from "./paging.ts";
import { readChanges } from "./patch.ts";
import { badRequest, conflict, notFound, refusing } from "./refusals.ts";
import { nameOf } from "./rest-api-operations.ts";

/** Paths of APIs. */
export function resourceOperations(plane: ApiPlane) {
  return {
    GetResources: ({ restApiId, embed, ...page }) => {
      const view = plane.require(restApiId);
      const shapes = view.places.map((place) => resourceShape(view, place, embed));
      return pageOf(shapes, page);
    },
    GetResource: ({ restApiId, resourceId, embed }) => {
      const { view, place } = plane.requirePlace(restApiId, resourceId);
      return resourceShape(view, place, embed);
    },
    CreateResource: ({ restApiId, parentId, pathPart = "" }) => {
      const { view, place } = plane.requirePlace(restApiId, parentId);
      checkPart(view, place, pathPart, undefined);
      const path = `${place.path === "/" ? "" : place.path}/${pathPart}`;
      const after = plane.edit(view, (document) => {
        within(document, "paths", path);
      });
      return resourceShape(after, at(after, path), undefined);
    },
    UpdateResource: ({ restApiId, resourceId, patchOperations }) => {
      const { view, place } = plane.requirePlace(restApiId, resourceId);
      if (place.part === undefined) throw badRequest("Root resource cannot update its path part or parent.");
      let { part, parentId } = place;
      for (const { op, path, value = "" } of readChanges(patchOperations)) {
        if (path !== "/pathPart" && path !== "/parentId") {
          throw badRequest(
            `Invalid patch path  '${path}' specified for op '${op}'. Must be one of: [/parentId, /pathPart]`,
          );
        }
        if (op !== "replace") {
          throw badRequest(
            `Invalid patch path  '${path}' specified for op '${op}'. Please choose supported operations`,
          );
        }
        if (path === "/pathPart") part = value;
        else parentId = value;
      }
      const parent = view.places.find(({ id }) => id === parentId);
      if (parent === undefined) throw notFound("Invalid Resource identifier specified");
      if (isUnder(parent.path, place.path)) throw badRequest("Resources cannot be cyclical.");
      checkPart(view, parent, part, place);
      checkOfDocument(plane, view, place);
      const path = `${parent.path === "/" ? "" : parent.path}/${part}`;
      const after = plane.edit(view, (document) => {
        document["paths"] = Object.fromEntries(
          Object.entries(record(document["paths"])).map(([key, item]) => [
            isUnder(key, place.path) ? path + key.slice(place.path.length) : key,
            item,
          ]),
        );
        within(document, "paths", path);
      });
      return resourceShape(after, at(after, path), undefined);
    },
    DeleteResource: ({ restApiId, resourceId }) => {
      const { view, place } = plane.requirePlace(restApiId, resourceId);
      if (place.part === undefined) throw badRequest("Root resource cannot be deleted");
      const ids = new Set(view.places.filter(({ path }) => isUnder(path, place.path)).map(({ id }) => id));
      const rows = [
        ...plane
          .partsOf(view.id, "Method")
          .filter(({ properties }) => ids.has(String(properties["ResourceId"]))),
        ...plane.partsOf(view.id, "Resource").filter(({ physicalId }) => ids.has(physicalId)),
      ];
      refusing(nameOf(view), () => {
        plane.resources.check(view.resource);
        plane.keepDeployments(view);
        plane.resources.remove(rows);
      });
      const paths = Object.keys(record(view.api.parts.body?.["paths"]));
      if (paths.some((path) => isUnder(path, place.path))) {
        plane.edit(plane.require(view.id), (document) => {
          const left = Object.entries(record(document["paths"])).filter(
            ([path]) => !isUnder(path, place.path),
          );
          document["paths"] = Object.fromEntries(left);
        });
      }
      return {};
    },
  } satisfies OperationsOf<typeof client>;
}

function resourceShape(view: ApiView, place: Place, embed: readonly string[] | undefined): Resource {
  const { id, parentId, part, path } = place;
  const isEmbedded = embed?.includes("methods") === true;
  const methods = [...operationsOf(view, place)].map(
    ([name, operation]) => [name, isEmbedded ? methodShape(view, place, name, operation) : {}] as const,
  );
  return defined({
    id,
    parentId,
    pathPart: part,
    path,
    resourceMethods: methods.length === 0 ? undefined : Object.fromEntries(methods),
  });
}

/** @throws {AwsServiceError} if API Gateway has no such path. @param own - the place that gets the part, if it exists. */
function checkPart(view: ApiView, parent: Place, part: string | undefined, own: Place | undefined): void {
  const siblings = view.places
    .filter(({ parentId, id }) => parentId === parent.id && id !== own?.id)
    .map((sibling) => sibling.part ?? "");
  const problem = pathPartProblem(part ?? "", parent.part, siblings);
  if (problem !== undefined) throw badRequest(problem);
  if (siblings.includes(part ?? "")) {
    throw conflict(`Another resource with the same parent already has this name: ${part}`);
  }
}

/** A path that a stack has as a resource of its own keeps it: methods of the stack refer to it. */
function checkOfDocument(plane: ApiPlane, view: ApiView, { path }: Place): void {
  const made = view.api.parts.paths.find((each) => each.path !== "/" && isUnder(each.path, path));
  if (made === undefined) return;
  const isOfStack = plane.partsOf(view.id, "Resource").some(({ physicalId }) => physicalId === made.id);
  if (isOfStack) {
    throw badRequest(
      `${made.path} is a resource of a stack, and paths of those are not changed by this platform. Change the stack's template and deploy it.`,
    );
  }
}

function isUnder(path: string, other: string): boolean {
  return path === other || path.startsWith(`${other}/`);
}

function at({ places }: ApiView, path: string): Place {
  const place = places.find((each) => each.path === path);
  if (place === undefined) throw new TypeError(`${path} is not there.`);
  return place;
}
