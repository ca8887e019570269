import * as ssmClient from "@aws-sdk/client-ssm";
import { AwsServiceError } from "../service-error.ts";
import {
  type CallContext,
  defineService,
  type InputOf,
  type Right,
  type ServiceApi,
} from "../wire/service-api.ts";
import { paged, passes } from "./parameter-queries.ts";
import { parameterArn } from "./parameter-secrets.ts";
import {
  type ParameterStore,
  type ParameterVersion,
  type StoredParameter,
  splitSelector,
} from "./parameter-store.ts";

const mostNames = 10;

/** What a version's value is shown as. */
type ShowValue = (name: string, version: ParameterVersion) => string;

interface Named {
  readonly Name?: string | undefined;
}

/**
 * Systems Manager's Parameter Store.
 * @see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_Operations.html
 */
export function ssmApi(store: ParameterStore): ServiceApi {
  const onName = ({ Name = "" }: Named, context: CallContext): Right[] => [
    { resource: parameterArn(splitSelector(Name).name, context) },
  ];
  const onNames = (
    { Names = [] }: { readonly Names?: readonly string[] | undefined },
    context: CallContext,
  ) => Names.flatMap((Name) => onName({ Name }, context));
  const found = (name: string): StoredParameter => {
    const parameter = store.get(name);
    if (parameter !== undefined) return parameter;
    throw new AwsServiceError("ParameterNotFound", 400, "");
  };
  const tagged = ({
    ResourceType,
    ResourceId = "",
  }: {
    ResourceType?: string | undefined;
    ResourceId?: string | undefined;
  }) => {
    const parameter = ResourceType === "Parameter" ? store.get(ResourceId) : undefined;
    if (parameter !== undefined) return parameter;
    if (ResourceType === "Parameter") throw new AwsServiceError("InvalidResourceId", 400, "");
    throw new AwsServiceError(
      "InvalidResourceType",
      400,
      `${ResourceType} is not served by this platform. It has parameters.`,
    );
  };
  const onResource = (
    { ResourceId = "" }: { readonly ResourceId?: string | undefined },
    context: CallContext,
  ) => onName({ Name: ResourceId }, context);

  /** What a value is shown as. */
  const showing = (decrypts: boolean | undefined): ShowValue =>
    decrypts === true ? (name, version) => store.reveal(name, version) : (_, { value }) => value;
  const revealRights = (references: readonly string[], decrypts: boolean | undefined): Right[] =>
    decrypts !== true
      ? []
      : references.flatMap((reference) => {
          const { name, selector } = splitSelector(reference);
          const parameter = store.get(name);
          const version = parameter && versionOf(parameter, selector);
          return version === undefined ? [] : store.revealRights(name, version);
        });
  const byPath = ({
    Path = "",
    Recursive = false,
    ParameterFilters = [],
    MaxResults = 10,
    NextToken,
  }: InputOf<typeof ssmClient, "GetParametersByPath">) => {
    if (!Path.startsWith("/")) {
      throw new AwsServiceError(
        "ValidationException",
        400,
        'The parameter doesn\'t meet the parameter name requirements. The parameter name must begin with a forward slash "/".',
      );
    }
    const folder = Path.endsWith("/") ? Path : `${Path}/`;
    const all = store
      .list()
      .filter(({ name }) => name.startsWith(folder))
      .filter(({ name }) => Recursive || !name.slice(folder.length).includes("/"))
      .filter((parameter) => ParameterFilters.every((filter) => passes(parameter, filter)));
    return paged(all, MaxResults, NextToken);
  };
  const history = ({
    Name = "",
    MaxResults = 50,
    NextToken,
  }: InputOf<typeof ssmClient, "GetParameterHistory">) => {
    const parameter = found(splitSelector(Name).name);
    return { parameter, ...paged(parameter.versions, MaxResults, NextToken) };
  };

  return defineService(ssmClient, {
    PutParameter: {
      constraints: { Name: { length: [1, 2048] }, Description: { length: [0, 1024] } },
      rights: (input, context) => [
        ...onName(input, context),
        ...store.putRights({
          name: input.Name ?? "",
          value: input.Value ?? "",
          type: input.Type,
          tier: input.Tier,
          keyId: input.KeyId,
        }),
      ],
      run: (input, { caller }) => {
        const {
          Name = "",
          Value = "",
          Type,
          Description,
          AllowedPattern,
          Tier,
          DataType,
          Tags,
          Policies,
        } = input;
        if (Policies !== undefined && Policies !== "" && Policies !== "[]") {
          throw new AwsServiceError(
            "ValidationException",
            400,
            "Policies of parameters are not served by this platform. Leave them out.",
          );
        }
        if (Tags !== undefined && input.Overwrite === true) {
          throw new AwsServiceError(
            "ValidationException",
            400,
            "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.",
          );
        }
        const { version, tier } = store.put(
          {
            name: Name,
            value: Value,
            type: Type,
            description: Description,
            allowedPattern: AllowedPattern,
            tier: Tier,
            keyId: input.KeyId,
            dataType: DataType,
            tags: Tags && Object.fromEntries(Tags.map(({ Key = "", Value: value = "" }) => [Key, value])),
          },
          input.Overwrite === true,
          caller?.arn ?? "anonymous",
        );
        return { Version: version, Tier: tier as "Standard" };
      },
    },
    GetParameter: {
      rights: (input, context) => [
        ...onName(input, context),
        ...revealRights(input.Name === undefined ? [] : [input.Name], input.WithDecryption),
      ],
      run: ({ Name = "", WithDecryption }, context) => {
        const { name, selector } = splitSelector(Name);
        return { Parameter: shown(found(name), selector, context, showing(WithDecryption)) };
      },
    },
    GetParameters: {
      rights: (input, context) => [
        ...onNames(input, context),
        ...revealRights(input.Names ?? [], input.WithDecryption),
      ],
      run: ({ Names = [], WithDecryption }, context) => {
        checkCount(Names);
        const Parameters: ReturnType<typeof shown>[] = [];
        const InvalidParameters: string[] = [];
        for (const reference of new Set(Names)) {
          const { name, selector } = splitSelector(reference);
          const parameter = store.get(name);
          if (parameter === undefined || versionOf(parameter, selector) === undefined)
            InvalidParameters.push(reference);
          else Parameters.push(shown(parameter, selector, context, showing(WithDecryption)));
        }
        return { Parameters, InvalidParameters };
      },
    },
    GetParametersByPath: {
      constraints: { MaxResults: { range: [1, 10] } },
      rights: (input, context) => [
        { resource: parameterArn(input.Path ?? "", context) },
        ...revealRights(
          byPath(input).page.map(({ name }) => name),
          input.WithDecryption,
        ),
      ],
      run: (input, context) => {
        const { page, next } = byPath(input);
        const value = showing(input.WithDecryption);
        return { Parameters: page.map((parameter) => shown(parameter, undefined, context, value)), ...next };
      },
    },
    GetParameterHistory: {
      constraints: { MaxResults: { range: [1, 50] } },
      rights: (input, context) => [
        ...onName(input, context),
        ...(input.WithDecryption === true && store.get(splitSelector(input.Name ?? "").name) !== undefined
          ? history(input).page.flatMap((version) =>
              store.revealRights(splitSelector(input.Name ?? "").name, version),
            )
          : []),
      ],
      run: (input) => {
        const { parameter, page, next } = history(input);
        const value = showing(input.WithDecryption);
        return {
          Parameters: page.map((version) => ({
            ...described(parameter, version),
            Value: value(parameter.name, version),
            Labels: [],
          })),
          ...next,
        };
      },
    },
    DescribeParameters: {
      constraints: { MaxResults: { range: [1, 50] } },
      run: ({ Filters = [], ParameterFilters = [], MaxResults = 50, NextToken }, context) => {
        const older = Filters.map(({ Key, Values }) => ({ Key, Option: "BeginsWith", Values }));
        const all = store
          .list()
          .filter((parameter) =>
            [...older, ...ParameterFilters].every((filter) => passes(parameter, filter)),
          );
        const { page, next } = paged(all, MaxResults, NextToken);
        return {
          Parameters: page.flatMap((parameter) => {
            const last = parameter.versions.at(-1);
            if (last === undefined) return [];
            return [{ ...described(parameter, last), ARN: parameterArn(parameter.name, context) }];
          }),
          ...next,
        };
      },
    },
    DeleteParameter: {
      rights: onName,
      run: ({ Name = "" }) => {
        found(Name);
        store.delete(Name);
        return {};
      },
    },
    DeleteParameters: {
      rights: onNames,
      run: ({ Names = [] }) => {
        checkCount(Names);
        const DeletedParameters = Names.filter((name) => store.delete(name));
        return {
          DeletedParameters,
          InvalidParameters: Names.filter((name) => !DeletedParameters.includes(name)),
        };
      },
    },
    ListTagsForResource: {
      rights: onResource,
      run: (input) => ({
        TagList: Object.entries(tagged(input).tags).map(([Key, Value]) => ({ Key, Value })),
      }),
    },
    AddTagsToResource: {
      rights: onResource,
      run: (input) => {
        const parameter = tagged(input);
        const added = (input.Tags ?? []).map(({ Key = "", Value = "" }) => [Key, Value]);
        store.tag(parameter, { ...parameter.tags, ...Object.fromEntries(added) });
        return {};
      },
    },
    RemoveTagsFromResource: {
      rights: onResource,
      run: (input) => {
        const parameter = tagged(input);
        const left = Object.entries(parameter.tags).filter(([key]) => input.TagKeys?.includes(key) !== true);
        store.tag(parameter, Object.fromEntries(left));
        return {};
      },
    },
  });
}

function versionOf(
  { versions }: StoredParameter,
  selector: string | undefined,
): ParameterVersion | undefined {
  return selector === undefined
    ? versions.at(-1)
    : versions.find(({ version }) => String(version) === selector);
}

function shown(
  parameter: StoredParameter,
  selector: string | undefined,
  context: CallContext,
  showing: ShowValue,
) {
  const version = versionOf(parameter, selector);
  if (version === undefined) {
    throw new AwsServiceError(
      "ParameterVersionNotFound",
      400,
      `Systems Manager could not find version ${selector} of ${parameter.name}. Verify the version and try again.`,
    );
  }
  return {
    Name: parameter.name,
    Type: version.type,
    Value: showing(parameter.name, version),
    Version: version.version,
    ...(selector === undefined ? {} : { Selector: `:${selector}` }),
    LastModifiedDate: new Date(version.modifiedMs),
    ARN: parameterArn(parameter.name, context),
    DataType: version.dataType,
  };
}

function described({ name }: StoredParameter, version: ParameterVersion) {
  return {
    Name: name,
    Type: version.type,
    ...(version.keyId === undefined ? {} : { KeyId: version.keyId }),
    LastModifiedDate: new Date(version.modifiedMs),
    LastModifiedUser: version.modifiedBy,
    ...(version.description === undefined ? {} : { Description: version.description }),
    ...(version.allowedPattern === undefined ? {} : { AllowedPattern: version.allowedPattern }),
    Version: version.version,
    Tier: version.tier as "Standard",
    Policies: [],
    DataType: version.dataType,
  };
}

function checkCount(names: readonly string[]): void {
  if (names.length >= 1 && names.length <= mostNames) return;
  throw new AwsServiceError(
    "ValidationException",
    400,
    `1 validation error detected: Value '[${names.join(", ")}]' at 'names' failed to satisfy constraint: Member must have length less than or equal to ${mostNames}`,
  );
}
