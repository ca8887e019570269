import type * as lambdaClient from "@aws-sdk/client-lambda";
import { policiesOf } from "../../stack/function-publication.ts";
import type { InputOf, OperationsOf } from "../../wire/service-api.ts";
import { functionPolicy, type PermissionProperties } from "../permissions.ts";
import { type ControlPlane, type FunctionInput, qualifierOf } from "./control-plane.ts";
import { checkRevision, conflict, invalidParameter, notFound, refusing } from "./refusals.ts";

const type = "AWS::Lambda::Permission";
const statementId = { length: [1, 100], pattern: "([a-zA-Z0-9-_]+)" } as const;

/**
 * Policies of functions, versions and aliases.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
 */
export function permissionOperations(plane: ControlPlane) {
  const rights = (input: FunctionInput) => plane.rights(input);
  return {
    AddPermission: {
      constraints: {
        StatementId: statementId,
        Action: { pattern: "(lambda:[*]|lambda:[a-zA-Z]+|[*])" },
        SourceAccount: { pattern: String.raw`\d{12}` },
        FunctionUrlAuthType: { values: ["NONE", "AWS_IAM"] },
        PrincipalOrgID: { pattern: "o-[a-z0-9]{10,32}" },
      },
      rights: (input) =>
        rights(input).map((right) => ({
          ...right,
          context: {
            "lambda:Principal": input.Principal,
            "lambda:FunctionUrlAuthType": input.FunctionUrlAuthType,
          },
        })),
      run: (input) => {
        const { name, qualifier } = plane.read(input);
        checkTarget(plane, name, qualifier);
        const { Principal: principal = "", StatementId: id = "" } = input;
        if (!isPrincipal(principal)) {
          throw invalidParameter(
            "The provided principal was invalid. Please check the principal and try again.",
          );
        }
        const view = plane.require({ name, qualifier });
        const arn = plane.arnOf(name, qualifier);
        refusing(arn, () => plane.resources.check(view.resource));
        checkRevision(input.RevisionId, plane.revisionOf(name, qualifier) ?? "", "GetPolicy");
        if (statements(plane, name, qualifier).some((each) => each.id === id)) {
          throw conflict(
            `The statement id (${id}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
          );
        }
        const properties = permission(input, arn);
        refusing(arn, () =>
          plane.resources.create({ type, name: id, properties: { ...properties }, assigned: { name: id } }),
        );
        const [statement] = [functionPolicy([{ id, properties }], arn).Statement].flat();
        return { Statement: JSON.stringify(statement) };
      },
    },
    RemovePermission: {
      constraints: { StatementId: statementId },
      rights,
      run: (input) => {
        const { name, qualifier } = plane.read(input);
        const arn = plane.arnOf(name, qualifier);
        if (plane.find(name) === undefined) throw notFound(`No policy found for: ${arn}`);
        checkTarget(plane, name, qualifier);
        const all = statements(plane, name, qualifier);
        if (all.length === 0) throw notFound("No policy is associated with the given resource.");
        if (!all.some(({ id }) => id === input.StatementId)) {
          throw notFound(`Statement ${input.StatementId} is not found in resource policy.`);
        }
        checkRevision(input.RevisionId, plane.revisionOf(name, qualifier) ?? "", "GetPolicy");
        const removed = plane
          .partsOf(name, type)
          .filter((each) => each.physicalId === input.StatementId && qualifierOf(each) === qualifier);
        refusing(arn, () => plane.resources.remove(removed));
        return {};
      },
    },
    GetPolicy: {
      rights,
      run: (input) => {
        const { name, qualifier } = plane.read(input);
        const [policy] = policiesOf(plane.model, name, plane.arnOf(name), qualifier);
        const revisionId = plane.revisionOf(name, qualifier);
        if (policy === undefined || revisionId === undefined) {
          throw notFound("The resource you requested does not exist.");
        }
        return { Policy: JSON.stringify(policy), RevisionId: revisionId };
      },
    },
  } satisfies OperationsOf<typeof lambdaClient>;
}

function statements({ model }: ControlPlane, name: string, qualifier: string | undefined) {
  return model.permissions.filter((each) => each.functionName === name && each.qualifier === qualifier);
}

function checkTarget(plane: ControlPlane, name: string, qualifier: string | undefined): void {
  if (qualifier === "$LATEST")
    throw invalidParameter("We currently do not support adding policies for $LATEST.");
  if (plane.find(name, qualifier) !== undefined) return;
  const arn = plane.arnOf(name, qualifier);
  const isAlias = qualifier !== undefined && /^(?!\d+$)[a-zA-Z0-9-_]+$/.test(qualifier);
  throw notFound(isAlias ? `Cannot find alias arn: ${arn}` : `Function not found: ${arn}`);
}

/** Everyone, an account, a user or role, a service. */
function isPrincipal(text: string): boolean {
  return /^(?:\*|\d{12}|arn:aws[a-z-]*:(?:iam|sts)::.+|[a-z0-9.-]+\.(?:amazonaws\.com(?:\.cn)?|aws\.internal|amazon\.com))$/.test(
    text,
  );
}

function permission(
  input: InputOf<typeof lambdaClient, "AddPermission">,
  arn: string,
): PermissionProperties & { readonly [name: string]: string | boolean } {
  const { Action = "", Principal = "" } = input;
  const optional = [
    "SourceArn",
    "SourceAccount",
    "FunctionUrlAuthType",
    "InvokedViaFunctionUrl",
    "EventSourceToken",
    "PrincipalOrgID",
  ] as const;
  const given = optional.flatMap((name) => (input[name] === undefined ? [] : [[name, input[name]] as const]));
  return { FunctionName: arn, Action, Principal, ...Object.fromEntries(given) };
}
