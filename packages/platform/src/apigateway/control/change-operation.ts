import type { Method } from "@aws-sdk/client-api-gateway";
import { record } from "../../json-value.ts";
import type { ModelResource } from "../../stack/stack-model.ts";
import { type ApiPlane, type ApiView, type Json, type Place, within } from "./api-plane.ts";
import { methodProperties } from "./method-properties.ts";
import { methodKeys, methodShape, operationsOf } from "./method-shape.ts";
import { notFound, refusing } from "./refusals.ts";

/** A method of a path, as a request names it. */
export interface FoundOperation {
  readonly view: ApiView;
  readonly place: Place;
  readonly httpMethod: string;
  /** As the document has it. */
  readonly operation: Json;
}

/** The members by which requests name a method. */
export interface MethodInput {
  readonly restApiId?: string | undefined;
  readonly resourceId?: string | undefined;
  readonly httpMethod?: string | undefined;
}

/** The method that a request names. @throws {AwsServiceError} `NotFoundException`. */
export function requireOperation(plane: ApiPlane, input: MethodInput): FoundOperation {
  const { view, place } = plane.requirePlace(input.restApiId, input.resourceId);
  const httpMethod = (input.httpMethod ?? "").toUpperCase();
  const operation = operationsOf(view, place).get(httpMethod);
  if (operation === undefined) throw notFound("Invalid Method identifier specified");
  return { view, place, httpMethod, operation };
}

/**
 * Puts a method in the place of another, or takes it away: in the document, or as the resource of a stack that it is.
 * @throws {AwsServiceError} if API Gateway refuses it, or the API can't be changed.
 */
export function changeOperation(
  plane: ApiPlane,
  { view, place, httpMethod }: Omit<FoundOperation, "operation">,
  operation: Json | undefined,
): Method {
  const key = methodKeys.get(httpMethod) ?? "";
  const own = methodResource(plane, view, place, httpMethod);
  if (own !== undefined) {
    refusing(`${httpMethod} ${place.path} of the REST API ${view.id}`, () => {
      plane.resources.check(own);
      plane.keepDeployments(view);
      if (operation === undefined) plane.resources.remove([own]);
      else plane.resources.change(own, methodProperties(methodShape(view, place, httpMethod, operation)));
    });
  } else {
    plane.edit(view, (document) => {
      const item = within(document, "paths", place.path);
      if (operation === undefined) delete item[key];
      else item[key] = operation;
    });
  }
  if (operation === undefined) return {};
  const after = plane.require(view.id);
  const item = record(record(after.document["paths"])[place.path]);
  return methodShape(after, place, httpMethod, record(item[key]));
}

/** The `AWS::ApiGateway::Method` that a method is, if it is one. */
function methodResource(
  plane: ApiPlane,
  view: ApiView,
  place: Place,
  httpMethod: string,
): ModelResource | undefined {
  return plane
    .partsOf(view.id, "Method")
    .find(
      ({ properties }) =>
        properties["ResourceId"] === place.id &&
        String(properties["HttpMethod"]).toUpperCase() === httpMethod,
    );
}
