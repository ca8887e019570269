import { Check, type CheckInput } from "./check.ts";
import { checkAccess } from "./check-access.ts";
import { checkBuild } from "./check-build.ts";
import { checkDeployments } from "./check-deployments.ts";
import { checkDynamicReferences } from "./check-dynamic-references.ts";
import { checkEnvironment } from "./check-environment.ts";
import { checkEventRoutes } from "./check-event-routes.ts";
import { checkFunctions } from "./check-functions.ts";
import { checkMembers } from "./check-members.ts";
import { checkNames } from "./check-names.ts";
import { checkPermissions } from "./check-permissions.ts";
import { checkStreaming } from "./check-streaming.ts";
import { checkTimeouts } from "./check-timeouts.ts";
import { checkUrlPermissions } from "./check-url-permissions.ts";
import type { Diagnostic } from "./diagnostic.ts";

/** All that can be said of a template as it was written, before anything is made of it. */
export function checkTemplate(input: CheckInput): Diagnostic[] {
  const check = new Check(input);
  checkNames(check);
  checkMembers(check);
  checkFunctions(check);
  checkEnvironment(check);
  checkBuild(check);
  checkEventRoutes(check);
  checkStreaming(check);
  checkTimeouts(check);
  checkDeployments(check);
  checkPermissions(check);
  checkUrlPermissions(check);
  checkAccess(check);
  checkDynamicReferences(check);
  return check.diagnostics;
}
