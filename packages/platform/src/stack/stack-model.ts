import type { RestApi } from "../apigateway/rest-api.ts";
import type { Position } from "../cloudformation/index.ts";
import type { PolicyDocument } from "../iam/policy.ts";
import type { FunctionUrl, LambdaFunction } from "../lambda/lambda-function.ts";
import type { PermissionProperties } from "../lambda/permissions.ts";

/** Where a function's code is. */
export type CodeSource =
  | { readonly kind: "path"; readonly path: string }
  | { readonly kind: "inline"; readonly text: string };

/** A function as the template has it: its code is still to be built. */
export interface FunctionResource {
  readonly configuration: Omit<LambdaFunction, "codeFolder" | "policies">;
  readonly code: CodeSource;
  /** `Metadata` of the template's resource. */
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly position: Position;
}

/** A REST API as the template has it. */
export interface RestApiResource {
  readonly id: string;
  readonly logicalId: string;
  readonly api: RestApi;
}

/** A stage of a REST API. */
export interface StageResource {
  readonly apiId: string;
  readonly name: string;
  readonly deploymentId: string;
  readonly variables: Readonly<Record<string, string>> | undefined;
}

/** Everything that a template makes, as data. */
export interface StackModel {
  readonly functions: Map<string, FunctionResource>;
  readonly urls: FunctionUrl[];
  readonly permissions: PermissionProperties[];
  /** By ARN. */
  readonly roles: Map<string, readonly PolicyDocument[]>;
  readonly apis: Map<string, RestApiResource>;
  readonly stages: StageResource[];
  readonly outputs: {
    readonly name: string;
    readonly value: string;
    readonly description: string | undefined;
  }[];
}
