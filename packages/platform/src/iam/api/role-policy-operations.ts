import { findManagedPolicy } from "../managed-policies.ts";
import { changeRole, findRole, onRole, roleName } from "./found-role.ts";
import type { IamApiOptions, IamOperations } from "./iam-api.ts";
import { noSuchEntity, readPolicy } from "./iam-errors.ts";
import { encodedPolicy, page } from "./iam-shapes.ts";

const policyName = { PolicyName: { length: [1, 128], pattern: String.raw`[\w+=,.@-]+` } } as const;

/** Policies of roles: their own, and managed ones that are attached to them. */
export function rolePolicyOperations(options: IamApiOptions): IamOperations {
  const rights = onRole(options);
  const constraints = { ...roleName, ...policyName };
  const attaching = ({
    RoleName,
    PolicyArn,
  }: {
    RoleName?: string | undefined;
    PolicyArn?: string | undefined;
  }) => rights({ RoleName }).map((right) => ({ ...right, context: { "iam:PolicyARN": PolicyArn } }));
  return {
    PutRolePolicy: {
      constraints,
      rights,
      run: ({ RoleName, PolicyName: name = "", PolicyDocument = "" }) => {
        const document = readPolicy(PolicyDocument);
        changeRole(options, RoleName, ({ inlinePolicies }) => ({
          inlinePolicies: [...inlinePolicies.filter((policy) => policy.name !== name), { name, document }],
        }));
        return {};
      },
    },
    GetRolePolicy: {
      constraints,
      rights,
      run: ({ RoleName, PolicyName }) => {
        const { name, inlinePolicies = [] } = findRole(options, RoleName);
        const policy = inlinePolicies.find((candidate) => candidate.name === PolicyName);
        if (policy === undefined) throw noSuchRolePolicy(PolicyName);
        return { RoleName: name, PolicyName: policy.name, PolicyDocument: encodedPolicy(policy.document) };
      },
    },
    ListRolePolicies: {
      constraints: roleName,
      rights,
      run: ({ RoleName, ...paging }) => {
        const names = (findRole(options, RoleName).inlinePolicies ?? []).map(({ name }) => name).sort();
        const { items, more } = page(names, paging);
        return { PolicyNames: items, ...more };
      },
    },
    DeleteRolePolicy: {
      constraints,
      rights,
      run: ({ RoleName, PolicyName }) => {
        changeRole(options, RoleName, ({ inlinePolicies }) => {
          const left = inlinePolicies.filter(({ name }) => name !== PolicyName);
          if (left.length === inlinePolicies.length) throw noSuchRolePolicy(PolicyName);
          return { inlinePolicies: left };
        });
        return {};
      },
    },
    AttachRolePolicy: {
      constraints: roleName,
      rights: attaching,
      run: ({ RoleName, PolicyArn = "" }, { note }) => {
        const isKnown =
          findManagedPolicy(PolicyArn) !== undefined || options.model().managedPolicies.has(PolicyArn);
        if (!isKnown && !isOfAws(PolicyArn)) {
          throw noSuchEntity(`Policy ${PolicyArn} does not exist or is not attachable.`);
        }
        if (!isKnown) {
          note(
            `The content of ${PolicyArn} is not known to this platform, so that functions with the role ${RoleName} may do everything here.`,
          );
        }
        changeRole(options, RoleName, ({ managedPolicyArns }) => ({
          managedPolicyArns: [...new Set([...managedPolicyArns, PolicyArn])],
        }));
        return {};
      },
    },
    DetachRolePolicy: {
      constraints: roleName,
      rights: attaching,
      run: ({ RoleName, PolicyArn = "" }) => {
        changeRole(options, RoleName, ({ managedPolicyArns }) => {
          if (!managedPolicyArns.includes(PolicyArn))
            throw noSuchEntity(`Policy ${PolicyArn} was not found.`);
          return { managedPolicyArns: managedPolicyArns.filter((arn) => arn !== PolicyArn) };
        });
        return {};
      },
    },
    ListAttachedRolePolicies: {
      constraints: roleName,
      rights,
      run: ({ RoleName, ...paging }) => {
        const arns = findRole(options, RoleName).managedPolicyArns ?? [];
        const attached = arns.map((PolicyArn) => ({
          PolicyName: PolicyArn.split("/").at(-1) ?? "",
          PolicyArn,
        }));
        const { items, more } = page(attached, paging);
        return { AttachedPolicies: items, ...more };
      },
    },
  };
}

function isOfAws(arn: string): boolean {
  return /^arn:aws[a-z-]*:iam::aws:policy\/./.test(arn);
}

function noSuchRolePolicy(name: string | undefined) {
  return noSuchEntity(`The role policy with name ${name} cannot be found.`);
}
