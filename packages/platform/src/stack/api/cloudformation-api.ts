import * as cloudFormation from "@aws-sdk/client-cloudformation";
import type { AddressBook } from "../../endpoints.ts";
import {
  type CallContext,
  defineService,
  type OperationsOf,
  type ServiceApi,
} from "../../wire/service-api.ts";
import type { ObjectStore } from "../object-store.ts";
import type { StackService } from "../service/stack-service.ts";
import type { StackModel } from "../stack-model.ts";
import { changeSetOperations } from "./change-set-operations.ts";
import { exportOperations } from "./export-operations.ts";
import { refusedOperations } from "./refused-operations.ts";
import { resourceOperations } from "./resource-operations.ts";
import { stackOperations } from "./stack-operations.ts";
import { templateOperations } from "./template-operations.ts";

/** What the API needs of the rest of the platform. */
export interface CloudFormationApiOptions {
  readonly stacks: StackService;
  /** What is in S3, for those who may read it. */
  readonly objects: (context: CallContext) => Pick<ObjectStore, "read">;
  /** What is served. */
  readonly model: () => StackModel | undefined;
  readonly addressBook: () => AddressBook;
  /** Whether outputs that name this platform's own APIs and URLs are shown with the addresses that they have here. */
  readonly showsLocalAddresses: boolean;
}

/** Operations, in the types of the SDK. */
export type CloudFormationOperations = OperationsOf<typeof cloudFormation>;

/** Longest request: a template of a megabyte, every byte of it escaped. */
const requestBytes = 4 * 1024 * 1024;

/**
 * CloudFormation.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Operations.html
 */
export function cloudFormationApi(options: CloudFormationApiOptions): ServiceApi {
  return defineService(
    cloudFormation,
    {
      ...stackOperations(options),
      ...changeSetOperations(options),
      ...resourceOperations(options),
      ...templateOperations(options),
      ...exportOperations(options),
      ...refusedOperations(),
    },
    { requestBytes },
  );
}
