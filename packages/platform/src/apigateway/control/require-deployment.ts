import type { ModelResource } from "../../stack/stack-model.ts";
import type { ApiPlane, ApiView } from "./api-plane.ts";
import { notFound } from "./refusals.ts";

/** A deployment of an API. @throws {AwsServiceError} `NotFoundException`. */
export function requireDeployment(plane: ApiPlane, view: ApiView, id: string | undefined): ModelResource {
  const found = plane.partsOf(view.id, "Deployment").find(({ physicalId }) => physicalId === id);
  if (found === undefined) throw notFound("Invalid Deployment identifier specified");
  return found;
}
