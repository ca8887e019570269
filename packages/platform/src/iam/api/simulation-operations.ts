import type * as iam from "@aws-sdk/client-iam";
import type { RequestContext } from "../condition.ts";
import { type ApplicablePolicies, decide } from "../evaluate.ts";
import type { PolicyDocument } from "../policy.ts";
import { originOf } from "../policy-origin.ts";
import { roleOf } from "../role.ts";
import type { IamApiOptions, IamOperations } from "./iam-api.ts";
import { noSuchEntity, readPolicy } from "./iam-errors.ts";
import { page } from "./iam-shapes.ts";

type Simulation = Partial<
  Omit<iam.SimulatePrincipalPolicyCommandInput & iam.SimulateCustomPolicyCommandInput, never>
>;

/** What the evaluator of this platform comes to, for requests that nobody makes. */
export function simulationOperations({ model, accountId }: IamApiOptions): IamOperations {
  const run = (
    input: Simulation,
    principalArn: string,
    policies: Omit<ApplicablePolicies, "resource" | "resourceAccountId">,
  ) => {
    const {
      ActionNames = [],
      ResourceArns = [],
      ContextEntries,
      ResourcePolicy,
      ResourceOwner,
      ...paging
    } = input;
    const resource = ResourcePolicy === undefined ? [] : [JSON.parse(ResourcePolicy) as PolicyDocument];
    const principal = { kind: "AWS", name: principalArn, accountId } as const;
    const resources = ResourceArns.length === 0 ? ["*"] : ResourceArns;
    const context = contextOf(ContextEntries);
    const resourceAccountId = /(\d{12})/.exec(ResourceOwner ?? "")?.[1] ?? accountId;
    const results = ActionNames.flatMap((action) =>
      resources.map((arn): iam.EvaluationResult => {
        const decision = decide(
          { action, resource: arn, context, principal },
          { ...policies, resource, resourceAccountId },
        );
        const { statement, policy, source } = decision;
        return {
          EvalActionName: action,
          EvalResourceName: arn,
          EvalDecision: decisions[decision.effect],
          MatchedStatements:
            statement === undefined
              ? []
              : [
                  {
                    SourcePolicyId: originOf(statement, policy)?.name ?? statement.Sid ?? "PolicyInputList.1",
                    SourcePolicyType: source === "resource" ? "resource" : "none",
                  },
                ],
          MissingContextValues: [],
          ...(policies.boundary === undefined
            ? {}
            : { PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: source !== "boundary" } }),
        };
      }),
    );
    const { items, more } = page(results, paging);
    return { EvaluationResults: items, ...more };
  };
  return {
    SimulatePrincipalPolicy: {
      rights: ({ PolicySourceArn = "*" }) => [{ resource: PolicySourceArn }],
      run: (input) => {
        const { PolicySourceArn = "", PolicyInputList = [], CallerArn } = input;
        const role = roleOf(PolicySourceArn, model().roles.values());
        if (role === undefined) throw noSuchEntity(`The entity ${PolicySourceArn} cannot be found.`);
        const [boundary] = (input.PermissionsBoundaryPolicyInputList ?? []).map((text) => readPolicy(text));
        return run(input as Simulation, CallerArn ?? PolicySourceArn, {
          identity: [...role.policies, ...PolicyInputList.map((text) => readPolicy(text))],
          boundary: boundary ?? role.boundary,
        });
      },
    },
    SimulateCustomPolicy: (input) => {
      const [boundary] = (input.PermissionsBoundaryPolicyInputList ?? []).map((text) => readPolicy(text));
      return run(input as Simulation, input.CallerArn ?? `arn:aws:iam::${accountId}:user/simulated`, {
        identity: (input.PolicyInputList ?? []).map((text) => readPolicy(text)),
        boundary,
      });
    },
  };
}

const decisions = {
  allow: "allowed",
  "explicit-deny": "explicitDeny",
  "implicit-deny": "implicitDeny",
} as const;

function contextOf(entries: readonly iam.ContextEntry[] = []): RequestContext {
  return Object.fromEntries(
    entries.map(({ ContextKeyName = "", ContextKeyValues = [], ContextKeyType = "string" }) => [
      ContextKeyName,
      ContextKeyType.endsWith("List") ? ContextKeyValues : ContextKeyValues[0],
    ]),
  );
}
