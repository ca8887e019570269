import * as iam from "@aws-sdk/client-iam";
import type { StackModel } from "../../stack/stack-model.ts";
import { defineService, type OperationsOf, type ServiceApi } from "../../wire/service-api.ts";
import type { IdentityStore } from "../identity-store.ts";
import { policyOperations } from "./policy-operations.ts";
import { roleOperations } from "./role-operations.ts";
import { rolePolicyOperations } from "./role-policy-operations.ts";
import { simulationOperations } from "./simulation-operations.ts";
import { userOperations } from "./user-operations.ts";

/** What the API needs of the rest of the platform. */
export interface IamApiOptions {
  readonly accountId: string;
  /** What no template makes. */
  readonly store: IdentityStore;
  /** Everything. */
  readonly model: () => StackModel;
  /** Lets what was changed in the store take over. */
  readonly refresh: () => void;
  readonly nowMs: () => number;
}

/** Operations, in the types of the SDK. */
export type IamOperations = OperationsOf<typeof iam>;

/**
 * IAM, as far as roles and managed policies go: there is one user, and no groups or identity providers.
 * @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html
 */
export function iamApi(options: IamApiOptions): ServiceApi {
  return defineService(iam, {
    ...roleOperations(options),
    ...rolePolicyOperations(options),
    ...policyOperations(options),
    ...simulationOperations(options),
    ...userOperations(options),
  });
}
