import { copy, get, getMap, has, isFilledMap, isGiven, isMap, type Value, type ValueMap } from "../value.ts";
import { combinedConditions } from "./combined-conditions.ts";
import { inResource, invalidEvent, type SamCause, SamDocumentError, SamError } from "./errors.ts";
import { managedBodyKey } from "./globals.ts";
import { conditional } from "./intrinsic-forms.ts";
import { emptyHttpBody, isHttpBody, openHttpBody } from "./openapi/http-body.ts";
import { addPath, anyMethod, makePathConditional } from "./openapi/paths.ts";
import { emptyRestBody, isRestBody, openRestBody } from "./openapi/rest-body.ts";
import { expectGiven, expectMap, expectString } from "./property-schema.ts";
import { functionType, httpApiType, restApiType } from "./types.ts";

/** How REST APIs and HTTP APIs differ where events make them. */
interface ApiKind {
  readonly type: string;
  readonly eventType: string;
  /** The event property that names the API. */
  readonly idProperty: string;
  /** The logical id of the API for events that name none. */
  readonly implicitId: string;
  readonly skeleton: () => ValueMap;
  readonly isBody: (body: Value | undefined) => boolean;
  readonly open: (body: Value | undefined) => { document: ValueMap; paths: ValueMap };
}

const rest: ApiKind = {
  type: restApiType,
  eventType: "Api",
  idProperty: "RestApiId",
  implicitId: "ServerlessRestApi",
  skeleton: emptyRestBody,
  isBody: isRestBody,
  open: openRestBody,
};

const http: ApiKind = {
  type: httpApiType,
  eventType: "HttpApi",
  idProperty: "ApiId",
  implicitId: "ServerlessHttpApi",
  skeleton: emptyHttpBody,
  isBody: isHttpBody,
  open: openHttpBody,
};

/** What the methods of an API bring along from their functions, by API. */
interface ApiUse {
  /** The function's condition, by path and method. */
  readonly conditions: Map<string, Map<string, Value | undefined>>;
  readonly deletionPolicies: Value[];
  readonly updateReplacePolicies: Value[];
}

/** Gives every API that has neither body nor URI an empty body, which events may then fill. */
export function addDefaultBodies(resources: ValueMap): void {
  for (const kind of [rest, http]) {
    for (const [, api] of resourcesOf(resources, kind.type)) {
      const properties = propertiesOf(api);
      if (isGiven(get(properties, "DefinitionBody")) || isGiven(get(properties, "DefinitionUri"))) continue;
      properties["DefinitionBody"] = kind.skeleton();
      properties[managedBodyKey] = true;
    }
  }
}

/**
 * Adds the paths of all API events to the APIs that they name, and makes the implicit API for those that name none.
 *
 * @param template - Changed in place; conditions of functions become conditions of paths and of the implicit API.
 * @throws {SamDocumentError} for events that say no path or method, or name an API that is not there.
 */
export function addImplicitApis(template: ValueMap): void {
  for (const kind of [rest, http]) addImplicitApi(template, kind);
}

function addImplicitApi(template: ValueMap, kind: ApiKind): void {
  const resources = getMap(template, "Resources") ?? {};
  const existing = get(resources, kind.implicitId);
  const implicit: ValueMap = { DefinitionBody: kind.skeleton(), [managedBodyKey]: true };
  // The name of the stage is fixed: Globals cannot set it, and they come after this.
  if (kind === rest) implicit["StageName"] = "Prod";
  resources[kind.implicitId] = { Type: kind.type, Properties: implicit };

  const uses = new Map<string, ApiUse>();
  const causes: SamCause[] = [];
  for (const [logicalId, resource] of resourcesOf(resources, functionType)) {
    try {
      inResource(logicalId, () => addEvents(template, resource, kind, uses));
    } catch (error) {
      if (!(error instanceof SamError)) throw error;
      causes.push(error.cause);
    }
  }
  applyAttributes(template, kind, uses.get(kind.implicitId));
  makePathsConditional(template, kind, uses);
  if (Object.keys(getMap(implicit, "DefinitionBody", "paths") ?? {}).length === 0) {
    if (existing === undefined) delete resources[kind.implicitId];
    else resources[kind.implicitId] = copy(existing);
  }
  if (causes.length > 0) throw new SamDocumentError(causes);
}

function addEvents(template: ValueMap, resource: ValueMap, kind: ApiKind, uses: Map<string, ApiUse>): void {
  const events = getMap(resource, "Properties", "Events") ?? {};
  for (const [eventId, event] of Object.entries(events)) {
    if (!isFilledMap(event) || get(event, "Type") !== kind.eventType) continue;
    const subject = { id: eventId, isEvent: true };
    const given = get(event, "Properties") ?? (kind === rest || "Properties" in event ? null : {});
    // An Api event without properties is found wanting later, when its properties are checked.
    if (kind === rest && !isGiven(given)) continue;
    const properties = expectMap(given, subject, "", "Properties should be a map.");
    event["Properties"] = properties;
    propagateTags(template, resource, properties, kind);
    if (!has(properties, kind.idProperty)) properties[kind.idProperty] = { Ref: kind.implicitId };
    if (kind === http && !isGiven(get(properties, "Path")) && !isGiven(get(properties, "Method"))) {
      properties["Path"] = "$default";
      properties["Method"] = anyMethod;
    }
    addEvent(template, resource, eventId, properties, kind, uses);
  }
}

function addEvent(
  template: ValueMap,
  resource: ValueMap,
  eventId: string,
  properties: ValueMap,
  kind: ApiKind,
  uses: Map<string, ApiUse>,
): void {
  const subject = { id: eventId, isEvent: true };
  expectGiven(get(properties, "Path"), subject, "Path");
  expectGiven(get(properties, "Method"), subject, "Method");
  const apiId = expectString(apiIdOf(get(properties, kind.idProperty)), subject, kind.idProperty);
  const path = expectString(get(properties, "Path"), subject, "Path");
  const method = expectString(get(properties, "Method"), subject, "Method");
  noteUse(uses, apiId, path, method, resource);

  const api = get(template, "Resources", apiId);
  const isWrongKind = kind === rest && get(api, "Type") === httpApiType;
  if (!isMap(api) || isWrongKind) {
    throw invalidEvent(
      eventId,
      `${kind.idProperty} must be a valid reference to an '${kind.type}' resource in same template.`,
    );
  }
  addRoute(api, path, method, kind);
  const condition = get(resource, "Condition");
  if (kind === http && get(properties, "RouteSettings") !== undefined) {
    addRouteSettings(api, apiId, eventId, properties, condition);
  }
}

function addRoute(api: ValueMap, path: string, method: string, kind: ApiKind): void {
  const properties = propertiesOf(api);
  if (!kind.isBody(get(properties, "DefinitionBody")) || !isGiven(get(properties, managedBodyKey))) return;
  const body = kind.open(get(properties, "DefinitionBody"));
  addPath(body.paths, path, method);
  properties["DefinitionBody"] = body.document;
}

function addRouteSettings(
  api: ValueMap,
  apiId: string,
  eventId: string,
  event: ValueMap,
  condition: Value | undefined,
): void {
  const properties = propertiesOf(api);
  const all = expectMap(get(properties, "RouteSettings") ?? {}, { id: apiId }, "RouteSettings");
  const own = get(event, "RouteSettings") ?? null;
  const settings = isGiven(condition) ? conditional(condition, own) : own;
  const checked = expectMap(settings, { id: eventId, isEvent: true }, "RouteSettings");
  const method = String(event["Method"]);
  const path = String(event["Path"]);
  const route = method === anyMethod ? path : `${method.toUpperCase()} ${path}`;
  all[route] = { ...getMap(all, route), ...checked };
  properties["RouteSettings"] = all;
}

/** A function that propagates its tags gives them to the implicit API as well. */
function propagateTags(template: ValueMap, resource: ValueMap, event: ValueMap, kind: ApiKind): void {
  if (has(event, kind.idProperty)) return;
  const globals = get(template, "Globals", "Function");
  const setting = (name: string): Value | undefined => {
    const own = get(resource, "Properties", name);
    return isGiven(own) ? own : get(globals, name);
  };
  const tags = setting("Tags");
  if (!isFilledMap(tags) || !isGiven(setting("PropagateTags"))) return;
  const implicit = getMap(template, "Resources", kind.implicitId, "Properties");
  if (implicit === undefined) return;
  implicit["Tags"] = { ...getMap(implicit, "Tags"), ...tags };
  implicit["PropagateTags"] = true;
}

function noteUse(
  uses: Map<string, ApiUse>,
  apiId: string,
  path: string,
  method: string,
  resource: ValueMap,
): void {
  const use: ApiUse = uses.get(apiId) ?? {
    conditions: new Map(),
    deletionPolicies: [],
    updateReplacePolicies: [],
  };
  uses.set(apiId, use);
  const methods = use.conditions.get(path) ?? new Map<string, Value | undefined>();
  use.conditions.set(path, methods);
  methods.set(method, get(resource, "Condition"));
  use.deletionPolicies.push(get(resource, "DeletionPolicy") ?? null);
  use.updateReplacePolicies.push(get(resource, "UpdateReplacePolicy") ?? null);
}

/** The implicit API has a condition only when all its methods have, and the most careful of their policies. */
function applyAttributes(template: ValueMap, kind: ApiKind, use: ApiUse | undefined): void {
  const api = get(template, "Resources", kind.implicitId);
  if (use === undefined || !isMap(api)) return;
  const conditions = [...use.conditions.values()].flatMap((methods) => [...methods.values()]);
  const name = `${kind.implicitId}Condition`;
  const condition = sharedCondition(template, conditions, name);
  if (condition !== undefined) api["Condition"] = condition;
  const deletionPolicy = firstOf(["Retain", "Delete"], use.deletionPolicies);
  if (deletionPolicy !== undefined) api["DeletionPolicy"] = deletionPolicy;
  const updateReplacePolicy = firstOf(["Retain", "Snapshot", "Delete"], use.updateReplacePolicies);
  if (updateReplacePolicy !== undefined) api["UpdateReplacePolicy"] = updateReplacePolicy;
}

function makePathsConditional(template: ValueMap, kind: ApiKind, uses: ReadonlyMap<string, ApiUse>): void {
  for (const [apiId, api] of resourcesOf(getMap(template, "Resources") ?? {}, kind.type)) {
    const properties = propertiesOf(api);
    if (!isGiven(get(properties, managedBodyKey))) continue;
    const body = kind.open(get(properties, "DefinitionBody"));
    for (const path of Object.keys(body.paths)) {
      const methods = uses.get(apiId)?.conditions.get(path);
      if (methods === undefined) continue;
      const condition = sharedCondition(
        template,
        [...methods.values()],
        `${apiId}${pathId(path)}PathCondition`,
      );
      if (condition !== undefined) makePathConditional(body.paths, path, condition);
    }
    properties["DefinitionBody"] = body.document;
  }
}

/** The condition under which any of these holds; `undefined` when one is unconditional. Several are combined under `name`. */
function sharedCondition(
  template: ValueMap,
  conditions: readonly (Value | undefined)[],
  name: string,
): string | undefined {
  const names = [...new Set(conditions)];
  if (names.length === 0 || !names.every((each) => typeof each === "string")) return undefined;
  if (names.length === 1) return names[0];
  const existing = template["Conditions"];
  template["Conditions"] = {
    ...(isMap(existing) ? existing : {}),
    ...combinedConditions(names.sort(), name),
  };
  return name;
}

function pathId(path: string): string {
  return path.replaceAll("/", "SLASH").replaceAll("{", "OB").replaceAll("}", "CB");
}

function firstOf(order: readonly string[], policies: readonly Value[]): string | undefined {
  return order.find((policy) => policies.includes(policy));
}

/** The logical id that an event's `RestApiId` or `ApiId` names. */
export function apiIdOf(reference: Value | undefined): Value | undefined {
  return isMap(reference) ? (get(reference, "Ref") ?? reference) : reference;
}

function resourcesOf(resources: ValueMap, type: string): [string, ValueMap][] {
  return Object.entries(resources).filter((entry): entry is [string, ValueMap] => {
    const [, resource] = entry;
    return isMap(resource) && get(resource, "Type") === type;
  });
}

function propertiesOf(resource: ValueMap): ValueMap {
  const properties = get(resource, "Properties");
  if (isMap(properties)) return properties;
  const made: ValueMap = {};
  resource["Properties"] = made;
  return made;
}
