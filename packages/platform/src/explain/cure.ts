import type { AuthorizationRequest, Decision } from "../iam/evaluate.ts";
import type { Statement } from "../iam/policy.ts";
import { originOf, type PolicyOrigin } from "../iam/policy-origin.ts";
import type { Role } from "../iam/role.ts";

/** What would let a request through that was denied. */
export interface Cure {
  /** A sentence. */
  readonly advice: string;
  /** What to add, if anything: a statement, or the properties of a resource. */
  readonly addition?: object | undefined;
  /** Where to add it, or what to change. */
  readonly at?: PolicyOrigin | undefined;
}

/** @param role - the one that the principal acts in, where it is known here. */
export function cureOf(request: AuthorizationRequest, decision: Decision, role: Role | undefined): Cure {
  if (decision.effect === "explicit-deny") {
    return {
      advice: "No allow outweighs a deny: narrow or remove the statement that denies.",
      at: originOf(decision.statement, decision.policy),
    };
  }
  const { action, resource } = request;
  const addition: Statement = { Effect: "Allow", Action: action, Resource: resource };
  switch (decision.source) {
    case "boundary":
      return {
        advice: `The permissions boundary ${role?.boundaryArn ?? "of the role"} does not allow ${action}. Add a statement to it, or take the boundary off.`,
        addition,
        at: role?.origin,
      };
    case "session":
      return {
        advice:
          "The session was begun with policies that do not allow it. Begin it without Policy and PolicyArns, or with this statement in Policy.",
        addition,
      };
    case "resource":
      return ofResource(request);
    case "identity":
      if (request.principal.kind !== "AWS") return ofResource(request);
      return {
        advice:
          role === undefined
            ? `No policy of ${request.principal.name} allows ${action}. Add a statement to one.`
            : `No policy of the role ${role.name} allows ${action}. Add a statement to one.`,
        addition,
        at: role?.origin,
      };
  }
}

/** What the resource's own policy lacks. */
function ofResource({ action, resource, principal, context }: AuthorizationRequest): Cure {
  const service = action.split(":")[0];
  const Principal = principal.kind === "anonymous" ? "*" : principal.name;
  if (service === "lambda") {
    const known = (key: string) => Object.entries(context).find(([name]) => name.toLowerCase() === key)?.[1];
    const sourceArn = known("aws:sourcearn");
    const viaUrl = known("lambda:invokedviafunctionurl");
    const urlType = known("lambda:functionurlauthtype");
    return {
      advice:
        "The function's own policy does not allow it. Add an AWS::Lambda::Permission with these properties.",
      addition: {
        Action: action,
        FunctionName: resource,
        Principal,
        ...(sourceArn === undefined ? {} : { SourceArn: sourceArn }),
        ...(urlType === undefined ? {} : { FunctionUrlAuthType: urlType }),
        ...(viaUrl === undefined ? {} : { InvokedViaFunctionUrl: true }),
      },
    };
  }
  const ofPrincipal = {
    AWS: { AWS: Principal },
    Service: { Service: Principal },
    anonymous: "*" as const,
  }[principal.kind];
  return {
    advice: `The policy of ${resource} does not allow ${action} to ${Principal === "*" ? "everyone" : Principal}. Add a statement to it.`,
    addition: { Effect: "Allow", Principal: ofPrincipal, Action: action, Resource: resource },
  };
}
