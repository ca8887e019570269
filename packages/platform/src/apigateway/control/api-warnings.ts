import { restApiWarnings } from "../../stack/resources/apigateway.ts";
import type { CallContext } from "../../wire/service-api.ts";
import type { ApiView } from "./api-plane.ts";

/** Tells a developer what of an API is served otherwise than on AWS, or fails there as well. */
export function noteWarnings({ api }: ApiView, { note }: CallContext): void {
  for (const { message } of restApiWarnings(api.api)) note(message);
}
