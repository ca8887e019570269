import { methodKey } from "../sam/openapi/paths.ts";
import { functionType, httpApiType, restApiType } from "../sam/types.ts";
import {
  get,
  getMap,
  getString,
  has,
  isFilledMap,
  isGiven,
  isMap,
  type Value,
  type ValueMap,
} from "../value.ts";
import type { Check } from "./check.ts";
import { bodyOf, methodsOf } from "./integrations.ts";

/** How templates write an API of one kind, and how it can be closed. */
interface ApiKind {
  readonly type: string;
  readonly eventType: string;
  /** Property of an event that names the API. */
  readonly idProperty: string;
  /** Section of `Globals`. */
  readonly section: string;
  readonly implicitId: string;
  /** Path of an event that names none. */
  readonly eventPath: string;
  readonly hint: string;
}

const restKind: ApiKind = {
  type: restApiType,
  eventType: "Api",
  idProperty: "RestApiId",
  section: "Api",
  implicitId: "ServerlessRestApi",
  eventPath: "/",
  hint: "Add `Auth: { DefaultAuthorizer: AWS_IAM }`, or, in a body of its own, `security` and a scheme with `x-amazon-apigateway-authtype: awsSigv4`.",
};

const httpKind: ApiKind = {
  type: httpApiType,
  eventType: "HttpApi",
  idProperty: "ApiId",
  section: "HttpApi",
  implicitId: "ServerlessHttpApi",
  eventPath: "$default",
  hint: "Add `Auth: { EnableIamAuthorizer: true, DefaultAuthorizer: AWS_IAM }`, or `Authorizers` with a JWT issuer or a function, one of them as `DefaultAuthorizer`.",
};

/** Who may call what: not a mistake, but something that one should have meant. */
export function checkAccess(check: Check): void {
  for (const [id] of check.resources(functionType)) {
    const config = check.property(id, "FunctionUrlConfig");
    if (config === undefined || check.text(get(config.value, "AuthType")) !== "NONE") continue;
    check.report([...config.path, "AuthType"], {
      severity: "info",
      code: "open-function-url",
      message: `Everyone who knows the function URL of \`${id}\` can call it.`,
      hint: "Write `AuthType: AWS_IAM` to let in signed requests only.",
      logicalId: id,
    });
  }
  for (const [id, resource] of check.resources(restApiType)) checkRestApi(check, id, resource);
  for (const [id, resource] of check.resources(httpApiType)) checkHttpApi(check, id, resource);
  for (const kind of [restKind, httpKind]) checkImplicitApi(check, kind);
}

function checkHttpApi(check: Check, id: string, resource: ValueMap): void {
  const auth = authOf(check, resource, httpKind);
  const standard = standardOf(check.known(get(auth, "DefaultAuthorizer") ?? null), auth);
  const open = [...openBodyMethods(id, resource, standard), ...openEvents(check, id, httpKind, standard)];
  reportOpen(check, ["Resources", id], id, open, httpKind);
}

function checkRestApi(check: Check, id: string, resource: ValueMap): void {
  const auth = authOf(check, resource, restKind);
  const byDefault = check.known(get(auth, "DefaultAuthorizer") ?? null);
  if (byDefault !== null && byDefault !== "AWS_IAM" && !isGiven(get(auth, "Authorizers"))) {
    check.report(["Resources", id, "Properties", "Auth", "DefaultAuthorizer"], {
      severity: byDefault === "NONE" ? "info" : "warning",
      code: "default-authorizer-ignored",
      message: `\`DefaultAuthorizer: ${String(byDefault)}\` has no effect: the API has no \`Authorizers\`, so AWS overlooks it and the methods are open.`,
      hint: "Write `DefaultAuthorizer: AWS_IAM`, or leave it out if the API is to be open.",
    });
  }
  if (hasPolicy(resource, auth)) return;
  const standard = standardOf(byDefault, auth);
  const open = [...openBodyMethods(id, resource, standard), ...openEvents(check, id, restKind, standard)];
  reportOpen(check, ["Resources", id], id, open, restKind);
}

function checkImplicitApi(check: Check, kind: ApiKind): void {
  const auth = getMap(check.template, "Globals", kind.section, "Auth");
  const standard = standardOf(check.known(get(auth, "DefaultAuthorizer") ?? null), auth);
  const open = openEvents(check, undefined, kind, standard);
  const [first] = check
    .resources(functionType)
    .filter(([, resource]) =>
      Object.values(getMap(resource, "Properties", "Events") ?? {}).some((event) =>
        isOpenEvent(event, undefined, kind, standard),
      ),
    );
  if (first !== undefined)
    reportOpen(check, ["Resources", first[0], "Properties", "Events"], kind.implicitId, open, kind);
}

function reportOpen(
  check: Check,
  path: readonly string[],
  api: string,
  open: readonly string[],
  { hint, type }: ApiKind,
): void {
  if (open.length === 0) return;
  check.report(path, {
    severity: "info",
    code: "open-api",
    message: `Everyone can call ${open.join(", ")} of the API \`${api}\`: there is no authorizer${type === restApiType ? ", key or resource policy" : ""}.`,
    hint,
  });
}

/** What an API asks of clients where a method says nothing. */
interface Standard {
  readonly hasAuthorizer: boolean;
  readonly hasKey: boolean;
}

function standardOf(byDefault: Value, auth: ValueMap | undefined): Standard {
  return {
    hasAuthorizer: byDefault === "AWS_IAM" || (byDefault !== null && isFilledMap(get(auth, "Authorizers"))),
    hasKey: isGiven(get(auth, "ApiKeyRequired")),
  };
}

function hasPolicy(resource: ValueMap, auth: ValueMap | undefined): boolean {
  const body = getMap(resource, "Properties", "DefinitionBody");
  return (
    isGiven(get(auth, "ResourcePolicy")) ||
    isGiven(get(resource, "Properties", "Policy")) ||
    isGiven(get(body, "x-amazon-apigateway-policy"))
  );
}

function openBodyMethods(id: string, resource: ValueMap, { hasAuthorizer, hasKey }: Standard): string[] {
  const found = bodyOf(id, resource);
  if (found === undefined) return [];
  const forAll = get(found.body, "security");
  return methodsOf(found.body, found.path)
    .filter(({ definition, method }) => {
      if (methodKey(method) === "options" || method === "parameters") return false;
      const security = has(definition, "security") ? get(definition, "security") : forAll;
      const entries = Array.isArray(security) ? security : [];
      const isOptedOut = entries.some((entry) => has(entry, "NONE"));
      if (hasKey || (hasAuthorizer && !isOptedOut)) return false;
      return entries.every((entry) => has(entry, "NONE"));
    })
    .map(({ label }) => label);
}

/** The events of functions that make open methods of an API; of the implicit one when `apiId` is absent. */
function openEvents(check: Check, apiId: string | undefined, kind: ApiKind, standard: Standard): string[] {
  const api = apiId === undefined ? undefined : get(check.template, "Resources", apiId, "Properties");
  // Where the API has its own body, the body says what is open.
  if (get(api, "DefinitionBody") !== undefined || get(api, "DefinitionUri") !== undefined) return [];
  return check.resources(functionType).flatMap(([, resource]) =>
    Object.values(getMap(resource, "Properties", "Events") ?? {})
      .filter((event) => isOpenEvent(event, apiId, kind, standard))
      .map((event) => {
        const properties = getMap(event, "Properties");
        return `${(getString(properties, "Method") ?? "ANY").toUpperCase()} ${getString(properties, "Path") ?? kind.eventPath}`;
      }),
  );
}

function isOpenEvent(event: Value, apiId: string | undefined, kind: ApiKind, standard: Standard): boolean {
  if (get(event, "Type") !== kind.eventType) return false;
  const properties = getMap(event, "Properties");
  const named = get(properties, kind.idProperty);
  const id = isMap(named) ? get(named, "Ref") : named;
  if (id !== apiId) return false;
  const auth = get(properties, "Auth");
  const authorizer = get(auth, "Authorizer");
  const hasAuthorizer = isGiven(authorizer) ? authorizer !== "NONE" : standard.hasAuthorizer;
  const hasKey = has(auth, "ApiKeyRequired") ? isGiven(get(auth, "ApiKeyRequired")) : standard.hasKey;
  return !hasAuthorizer && !hasKey;
}

function authOf(check: Check, resource: ValueMap, { section }: ApiKind): ValueMap | undefined {
  const own = getMap(resource, "Properties", "Auth");
  const global = getMap(check.template, "Globals", section, "Auth");
  return own === undefined && global === undefined ? undefined : { ...global, ...own };
}
