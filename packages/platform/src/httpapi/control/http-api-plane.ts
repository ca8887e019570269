import { defined, type Properties, plain } from "../../apigateway/control/api-plane.ts";
import { badRequest, notFound, refusing } from "../../apigateway/control/refusals.ts";
import type { ValueMap } from "../../cloudformation/index.ts";
import { record } from "../../json-value.ts";
import type { DirectResources } from "../../stack/direct-resources.ts";
import type { ModelResource, StackModel } from "../../stack/stack-model.ts";
import { listPage } from "../../wire/list-page.ts";

/** What the control plane needs of the rest of the platform. */
export interface HttpApiOptions {
  readonly accountId: string;
  readonly region: string;
  /** Everything that is served right now. */
  readonly model: () => StackModel;
  readonly resources: DirectResources;
  /** When the template was deployed that is run from its file. */
  readonly fileTimeMs: () => number;
  /** The address at which an API answers here; nothing where AWS's is to be told. */
  readonly localAddress: (apiId: string) => string | undefined;
}

type PartType = "Authorizer" | "Deployment" | "Integration" | "Route" | "Stage";

/** HTTP APIs of the account as the model has them, for operations that tell of them and change them. */
export class HttpApiPlane {
  readonly options: HttpApiOptions;

  constructor(options: HttpApiOptions) {
    this.options = options;
  }

  get model(): StackModel {
    return this.options.model();
  }

  get resources(): DirectResources {
    return this.options.resources;
  }

  list(): ModelResource[] {
    return this.model.resources.filter(({ type }) => type === "AWS::ApiGatewayV2::Api");
  }

  /** An API. @throws {AwsServiceError} `NotFoundException`. */
  require(id: string | undefined): ModelResource {
    const found = this.list().find(({ physicalId }) => physicalId === id);
    if (found !== undefined) return found;
    throw notFound(`Invalid API identifier specified ${this.options.accountId}:${id}`);
  }

  /** Resources that belong to an API, in the order in which they were made. */
  partsOf(apiId: string | undefined, type: PartType): ModelResource[] {
    return this.model.resources.filter(
      (each) => each.type === `AWS::ApiGatewayV2::${type}` && each.properties["ApiId"] === apiId,
    );
  }

  /**
   * A part of an API that can be changed.
   * @param isOfDocument - whether the API's document has it, which is changed as a whole.
   * @throws {AwsServiceError}
   */
  requirePart(
    apiId: string | undefined,
    type: PartType,
    id: string | undefined,
    isOfDocument: (id: string) => boolean = () => false,
  ): ModelResource {
    this.require(apiId);
    const found = this.partsOf(apiId, type).find(({ physicalId }) => physicalId === id);
    if (found !== undefined) return found;
    if (id !== undefined && isOfDocument(id)) {
      throw badRequest(
        `${type} ${id} is a part of the API's document, which this platform changes as a whole. Send the changed document with ReimportApi (aws apigatewayv2 reimport-api), or edit the template that has it.`,
      );
    }
    throw notFound(`Unable to find ${type} by ID ${id} within the API ${apiId}`);
  }

  /** Makes a part of an API. @throws {AwsServiceError} if API Gateway refuses it. */
  create(apiId: string, type: PartType, input: object, assigned: ValueMap = {}): ModelResource {
    const api = this.require(apiId);
    return refusing(nameOf(api), () => {
      this.resources.check(api);
      if (type !== "Deployment") this.keepDeployments(apiId);
      return this.resources.create({
        type: `AWS::ApiGatewayV2::${type}`,
        name: `${type} of ${apiId}`,
        properties: { ...(plain(input) as ValueMap), ApiId: apiId },
        assigned,
      });
    });
  }

  /** Changes what is given of a resource. @throws {AwsServiceError} if API Gateway refuses it. */
  change(resource: ModelResource, changes: Properties): ModelResource {
    const apiId = String(resource.properties["ApiId"] ?? resource.physicalId);
    return refusing(nameOf(resource), () => {
      this.resources.check(resource);
      this.keepDeployments(apiId);
      return this.resources.change(resource, changes);
    });
  }

  /** @throws {AwsServiceError} if one can't be removed. */
  remove(resources: readonly ModelResource[]): void {
    const [first] = resources;
    if (first === undefined) return;
    refusing(nameOf(first), () => {
      for (const resource of resources) this.resources.check(resource);
      this.keepDeployments(String(first.properties["ApiId"] ?? first.physicalId));
      this.resources.remove(resources);
    });
  }

  /** Lets deployments serve what they serve now, whatever becomes of the API. */
  keepDeployments(apiId: string): void {
    for (const deployment of this.partsOf(apiId, "Deployment")) {
      if (deployment.content?.snapshot !== undefined || deployment.deployment === undefined) continue;
      this.resources.change(deployment, {}, { ...deployment.content, snapshot: this.snapshotOf(apiId) });
    }
  }

  /** What a deployment of an API keeps. */
  snapshotOf(apiId: string): ValueMap {
    const routes = this.model.httpRoutes.filter((each) => each.apiId === apiId).map(({ route }) => route);
    return plain({ routes, cors: this.model.httpApis.get(apiId)?.cors }) as ValueMap;
  }

  createdDate({ createdMs, updatedMs }: ModelResource): Date {
    return new Date(createdMs ?? updatedMs ?? this.options.fileTimeMs());
  }

  updatedDate({ createdMs, updatedMs }: ModelResource): Date {
    return new Date(updatedMs ?? createdMs ?? this.options.fileTimeMs());
  }
}

/** The members of a request that are there, but for those that name what it is about. */
export function given(input: object, ...names: readonly string[]): Properties {
  const entries = Object.entries(defined(input)).filter(([name]) => !names.includes(name));
  return Object.fromEntries(entries.map(([name, value]) => [name, plain(value)]));
}

/** The document of an API, if it is made from one. */
export function documentOf({ properties, content }: ModelResource): Record<string, unknown> | undefined {
  const body = properties["Body"] ?? content?.body;
  return body === undefined || body === null ? undefined : record(body);
}

/** A property that is text. */
export function textOf({ properties }: Pick<ModelResource, "properties">, name: string): string | undefined {
  const value = properties[name];
  return value === undefined || value === null ? undefined : String(value);
}

/** A part of a list, and where the next begins. */
export function pageOf<T>(
  items: readonly T[],
  { NextToken, MaxResults }: { NextToken?: string | undefined; MaxResults?: string | undefined },
): { Items: T[]; NextToken?: string } {
  const page = listPage(items, NextToken, Number(MaxResults) || 100);
  if (page === undefined) throw badRequest("Invalid NextToken specified");
  return { Items: page.items, ...(page.next === undefined ? {} : { NextToken: page.next }) };
}

function nameOf({ type, physicalId, properties }: ModelResource): string {
  const { ApiId: apiId } = properties;
  const kind = type.replace("AWS::ApiGatewayV2::", "");
  return typeof apiId === "string"
    ? `${kind} ${physicalId} of the HTTP API ${apiId}`
    : `The HTTP API ${physicalId}`;
}
