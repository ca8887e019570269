import { createHash } from "node:crypto";
import type { Value, ValueMap } from "../../cloudformation/index.ts";
import { record } from "../../json-value.ts";
import type { DirectResources } from "../../stack/direct-resources.ts";
import { documentOf, ownModels } from "../../stack/rest-api-parts.ts";
import type { ModelResource, RestApiResource, StackModel } from "../../stack/stack-model.ts";
import { resourceId } from "../definition/rest-api.ts";
import type { TestInvocations } from "../test-invocation.ts";
import { notFound, refusing } from "./refusals.ts";

/** What the control plane needs of the rest of the platform. */
export interface ApiGatewayOptions {
  readonly accountId: string;
  readonly region: string;
  /** Everything that is served right now. */
  readonly model: () => StackModel;
  readonly resources: DirectResources;
  /** When the template was deployed that is run from its file. */
  readonly fileTimeMs: () => number;
  /** Methods that are tried without a deployment, and what stages keep. */
  readonly doors: () => TestInvocations;
}

export type Json = Record<string, unknown>;

/** A REST API as the control plane sees it: what it is now, whatever is deployed of it. */
export interface ApiView {
  readonly id: string;
  readonly name: string;
  /** The `AWS::ApiGateway::RestApi`. */
  readonly resource: ModelResource;
  readonly api: RestApiResource;
  /** In OpenAPI's words. */
  readonly document: Readonly<Json>;
  /** The root's first, the others by path. */
  readonly places: readonly Place[];
}

/** A path of an API. */
export interface Place {
  readonly id: string;
  readonly path: string;
  /** The last step; none of the root. */
  readonly part: string | undefined;
  readonly parentId: string | undefined;
}

/** REST APIs of the account as the model has them, for operations that tell of them and change them. */
export class ApiPlane {
  readonly options: ApiGatewayOptions;
  readonly #views = new WeakMap<ModelResource, ApiView>();

  constructor(options: ApiGatewayOptions) {
    this.options = options;
  }

  get model(): StackModel {
    return this.options.model();
  }

  get resources(): DirectResources {
    return this.options.resources;
  }

  /** Resources of a type, in the order in which they were made. */
  ofType(type: string): ModelResource[] {
    return this.model.resources.filter((each) => each.type === `AWS::ApiGateway::${type}`);
  }

  /** Resources of a type that belong to an API. */
  partsOf(apiId: string, type: string): ModelResource[] {
    return this.ofType(type).filter(({ properties }) => properties["RestApiId"] === apiId);
  }

  /** All APIs. */
  list(): ApiView[] {
    return this.ofType("RestApi").flatMap((resource) => this.#view(resource) ?? []);
  }

  find(id: string | undefined): ApiView | undefined {
    const resource = this.ofType("RestApi").find(({ physicalId }) => physicalId === id);
    return resource && this.#view(resource);
  }

  /** @throws {AwsServiceError} `NotFoundException`. */
  require(id: string | undefined): ApiView {
    const found = this.find(id);
    if (found !== undefined) return found;
    throw notFound(`Invalid API identifier specified ${this.options.accountId}:${id}`);
  }

  /** A path of an API; what is asked of it has no other answer for an API that is not there. @throws {AwsServiceError} */
  requirePlace(id: string | undefined, resourceId: string | undefined): { view: ApiView; place: Place } {
    const view = this.find(id);
    const place = view?.places.find((each) => each.id === resourceId);
    if (view === undefined || place === undefined) throw notFound("Invalid Resource identifier specified");
    return { view, place };
  }

  /** When a resource was made. */
  createdDate({ createdMs, updatedMs }: ModelResource): Date {
    return new Date(secondsOf(createdMs ?? updatedMs ?? this.options.fileTimeMs()));
  }

  /** When a resource was last changed. */
  updatedDate({ createdMs, updatedMs }: ModelResource): Date {
    return new Date(secondsOf(updatedMs ?? createdMs ?? this.options.fileTimeMs()));
  }

  /**
   * Changes the document of an API. What is deployed stays as it is until there is another deployment.
   * @param change - gets a copy that it may change.
   * @param properties - of the API itself, that change as well.
   * @throws {AwsServiceError} if API Gateway refuses what becomes of it, or the API can't be changed.
   */
  edit(view: ApiView, change: (document: Json) => void, properties: Properties = {}): ApiView {
    const what = `The REST API ${view.id} (${view.name})`;
    return refusing(what, () => {
      this.resources.check(view.resource);
      this.keepDeployments(view);
      const document = structuredClone(view.api.parts.body ?? emptyDocument(view.name)) as Json;
      change(document);
      this.resources.change(view.resource, { Body: plain(document) as ValueMap, ...properties });
      return this.require(view.id);
    });
  }

  /**
   * Lets deployments serve what they serve now, whatever becomes of the API: those of templates serve what the template
   * has, until something else changes it.
   */
  keepDeployments(view: ApiView): void {
    for (const deployment of this.partsOf(view.id, "Deployment")) {
      if (deployment.content?.snapshot !== undefined || deployment.deployment === undefined) continue;
      this.resources.change(deployment, {}, { ...deployment.content, snapshot: this.snapshotOf(view) });
    }
  }

  /** What a deployment of an API keeps. */
  snapshotOf({ api }: ApiView): ValueMap {
    const { parts } = api;
    const maps = { models: parts.models, validators: parts.validators, authorizers: parts.authorizers };
    const entries = Object.entries(maps).map(([name, map]) => [name, [...map]] as const);
    return plain({
      ...parts,
      ...Object.fromEntries(entries),
      gatewayResponses: [...parts.gatewayResponses],
    }) as ValueMap;
  }

  #view(resource: ModelResource): ApiView | undefined {
    const known = this.#views.get(resource);
    const api = this.model.apis.get(resource.physicalId);
    if (api === undefined) return undefined;
    if (known?.api === api) return known;
    const document = documentOf(api.parts);
    const view: ApiView = {
      id: api.id,
      name: api.name,
      resource,
      api,
      document,
      places: placesOf(api, document),
    };
    this.#views.set(resource, view);
    return view;
  }
}

export type Properties = Readonly<Record<string, Value | undefined>>;

/** Every path that an API has, and every path on the way there. */
function placesOf({ parts }: RestApiResource, document: Readonly<Json>): Place[] {
  const ids = new Map(parts.paths.map(({ path, id }) => [path, id]));
  const paths = new Set<string>(["/"]);
  for (const path of [...ids.keys(), ...Object.keys(record(document["paths"]))]) {
    const steps = path.split("/").filter((step) => step !== "");
    steps.forEach((_, index) => {
      paths.add(`/${steps.slice(0, index + 1).join("/")}`);
    });
  }
  const idOf = (path: string) => ids.get(path) ?? resourceId(path);
  return [...paths].sort().map((path) => {
    const end = path.lastIndexOf("/");
    const isRoot = path === "/";
    return {
      id: idOf(path),
      path,
      part: isRoot ? undefined : path.slice(end + 1),
      parentId: isRoot ? undefined : idOf(path.slice(0, end) || "/"),
    };
  });
}

/** The document of an API that is made by hand. */
export function emptyDocument(title: string): Json {
  return { openapi: "3.0.1", info: { title }, paths: {}, components: { schemas: { ...ownModels } } };
}

/** As what is kept: without what is undefined. */
export function plain(value: unknown): Value {
  return JSON.parse(JSON.stringify(value)) as Value;
}

/** An object of a document, made if it isn't there. */
export function within(holder: Json, ...names: readonly string[]): Json {
  let at = holder;
  for (const name of names) {
    const inner = record(at[name]);
    at[name] = inner;
    at = inner;
  }
  return at;
}

/** An id for something that a document names, the same for the same name. */
export function namedId(name: string): string {
  return createHash("sha256").update(name).digest("hex").slice(0, 6);
}

/** What of an object is defined. */
export function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T;
}

/** API Gateway tells times in whole seconds. */
function secondsOf(timeMs: number): number {
  return Math.floor(timeMs / 1000) * 1000;
}
