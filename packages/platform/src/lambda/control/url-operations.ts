import type * as lambdaClient from "@aws-sdk/client-lambda";
import type { Cors, FunctionUrlAuthType, FunctionUrlConfig, InvokeMode } from "@aws-sdk/client-lambda";
import type { ValueMap } from "../../cloudformation/index.ts";
import type { ModelResource } from "../../stack/stack-model.ts";
import type { OperationsOf } from "../../wire/service-api.ts";
import {
  type ControlPlane,
  type FunctionInput,
  mapOf,
  pageOf,
  qualifierOf,
  textOf,
} from "./control-plane.ts";

import { conflict, notFound, refusing } from "./refusals.ts";

const type = "AWS::Lambda::Url";
const constraints = {
  Qualifier: { length: [1, 128], pattern: String.raw`((?!^\d+$)^[0-9a-zA-Z-_]+$)` },
  AuthType: { values: ["NONE", "AWS_IAM"] },
  InvokeMode: { values: ["RESPONSE_STREAM", "BUFFERED"] },
} as const;

interface UrlInput extends FunctionInput {
  readonly AuthType?: FunctionUrlAuthType | undefined;
  readonly Cors?: Cors | undefined;
  readonly InvokeMode?: InvokeMode | undefined;
}

/**
 * Function URLs.
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunctionUrlConfig.html
 */
export function urlOperations(plane: ControlPlane) {
  const rights = (input: UrlInput) =>
    plane
      .rights(input)
      .map((right) => ({ ...right, context: { "lambda:FunctionUrlAuthType": input.AuthType } }));
  const find = (input: FunctionInput) => {
    const { name, qualifier } = plane.read(input);
    const found = plane.partsOf(name, type).find((each) => qualifierOf(each) === qualifier);
    return { name, qualifier, found, arn: plane.arnOf(name, qualifier) };
  };
  const require = (input: FunctionInput) => {
    const { found, ...rest } = find(input);
    if (found === undefined) throw notFound("The resource you requested does not exist.");
    return { found, ...rest };
  };
  const requireFunction = (name: string, qualifier: string | undefined) => {
    const isThere = qualifier === undefined || plane.alias(name, qualifier) !== undefined;
    const view = isThere ? plane.find(name) : undefined;
    if (view === undefined) throw notFound("Function does not exist");
    return view;
  };
  return {
    CreateFunctionUrlConfig: {
      constraints,
      rights,
      run: (input) => {
        const { name, qualifier, found, arn } = find(input);
        const view = requireFunction(name, qualifier);
        if (found !== undefined) {
          throw conflict(
            `Failed to create function url config for [functionArn = ${arn}]. Error message:  FunctionUrlConfig exists for this Lambda function`,
          );
        }
        refusing(arn, () => plane.resources.check(view.resource));
        const properties = {
          TargetFunctionArn: view.arn,
          ...(qualifier === undefined ? {} : { Qualifier: qualifier }),
          ...changesOf(input),
        };
        const made = refusing(arn, () => plane.resources.create({ type, name, properties }));
        const { LastModifiedTime: _, ...config } = configuration(plane, made);
        return config;
      },
    },
    GetFunctionUrlConfig: {
      constraints,
      rights,
      run: (input) => configuration(plane, require(input).found),
    },
    UpdateFunctionUrlConfig: {
      constraints,
      rights,
      run: (input) => {
        const { name, qualifier } = plane.read(input);
        requireFunction(name, qualifier);
        const { found, arn } = require(input);
        return configuration(
          plane,
          refusing(arn, () => plane.resources.change(found, changesOf(input))),
        );
      },
    },
    DeleteFunctionUrlConfig: {
      constraints,
      rights,
      run: (input) => {
        const { found, arn } = require(input);
        refusing(arn, () => plane.resources.remove([found]));
        return {};
      },
    },
    ListFunctionUrlConfigs: {
      constraints: { MaxItems: { range: [1, 50] } },
      rights: ({ FunctionName }) => plane.rights({ FunctionName }),
      run: (input) => {
        const { name } = plane.read({ FunctionName: input.FunctionName });
        if (plane.find(name) === undefined) throw notFound("Function does not exist");
        const { page, next } = pageOf(plane.partsOf(name, type), input);
        return { FunctionUrlConfigs: page.map((each) => configuration(plane, each)), ...next };
      },
    },
  } satisfies OperationsOf<typeof lambdaClient>;
}

function changesOf({ AuthType, Cors, InvokeMode }: UrlInput): ValueMap {
  return {
    ...(AuthType === undefined ? {} : { AuthType }),
    ...(Cors === undefined ? {} : { Cors: JSON.parse(JSON.stringify(Cors)) as ValueMap }),
    ...(InvokeMode === undefined ? {} : { InvokeMode }),
  };
}

function configuration(plane: ControlPlane, resource: ModelResource) {
  const { properties, attributes, createdMs, updatedMs } = resource;
  const changed = new Date(updatedMs ?? plane.options.fileTimeMs()).toISOString();
  const created = createdMs === undefined ? changed : new Date(createdMs).toISOString();
  return {
    FunctionUrl: plane.options.localAddress(textOf(attributes["FunctionUrl"])),
    FunctionArn: textOf(attributes["FunctionArn"]),
    AuthType: textOf(properties["AuthType"]) as FunctionUrlAuthType,
    ...(properties["Cors"] === undefined ? {} : { Cors: mapOf(properties["Cors"]) as Cors }),
    CreationTime: created,
    LastModifiedTime: changed,
    InvokeMode: (textOf(properties["InvokeMode"]) || "BUFFERED") as InvokeMode,
  } satisfies FunctionUrlConfig;
}
