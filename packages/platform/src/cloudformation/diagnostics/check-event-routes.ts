import { anyMethod } from "../sam/openapi/paths.ts";
import { functionType } from "../sam/types.ts";
import { get, getMap, getString } from "../value.ts";
import type { Check } from "./check.ts";
import { nearest } from "./spelling.ts";

const methods = ["any", "delete", "get", "head", "options", "patch", "post", "put"];

/** Methods and paths of a function's events that no request could have. */
export function checkEventRoutes(check: Check): void {
  for (const [id, resource] of check.resources(functionType)) {
    for (const [eventId, event] of Object.entries(getMap(resource, "Properties", "Events") ?? {})) {
      const type = getString(event, "Type");
      if (type !== "Api" && type !== "HttpApi") continue;
      const path = ["Resources", id, "Properties", "Events", eventId, "Properties"];
      const method = check.text(get(event, "Properties", "Method"));
      if (method !== undefined && !isMethod(method)) {
        const meant = nearest(method, methods);
        check.report([...path, "Method"], {
          severity: "warning",
          code: "event-method",
          message: `\`${method}\` is no HTTP method. The SAM transform writes it into the API as it is, and no request reaches \`${id}\` by it.`,
          hint:
            meant === undefined ? `Methods are ${methods.join(", ")}.` : `Did you mean \`Method: ${meant}\`?`,
        });
      }
      const route = check.text(get(event, "Properties", "Path"));
      if (route === undefined || route.startsWith("/") || route === "$default") continue;
      check.report([...path, "Path"], {
        severity: "warning",
        code: "event-path",
        message: `The path \`${route}\` does not begin with a slash, as every path of an API must. No request reaches \`${id}\` by it.`,
        hint: `Write \`Path: /${route}\`.`,
      });
    }
  }
}

function isMethod(text: string): boolean {
  return methods.includes(text.toLowerCase()) || text === anyMethod;
}
