import { functionType, httpApiType, layerType, restApiType } from "./sam/types.ts";
import { copy, get, getMap, getString, isMap, type Value, type ValueMap } from "./value.ts";

/** The bucket that stands for this machine's disk. Bucket names have no dots at the start, so no real one is called so. */
export const localBucket = ".local";

/** Something on disk that a template names where AWS wants an object in S3. */
export interface LocalArtifact {
  readonly logicalId: string;
  /** The property that names it, such as `CodeUri`. */
  readonly property: string;
  /** As the template has it, relative to the template's folder. */
  readonly path: string;
  /** The key under {@link localBucket} that stands for it in the packaged template. */
  readonly key: string;
}

export interface PackagedTemplate {
  readonly template: ValueMap;
  readonly artifacts: readonly LocalArtifact[];
}

/** Makes a key for a path; a key that changes with the content lets `AutoPublishAlias` see a change. */
export type ArtifactKey = (path: string, logicalId: string) => string;

/** Where the types that can name local files do so, and how the location of an object in S3 is written there. */
const properties: Readonly<
  Record<string, readonly { readonly name: string; readonly form: "uri" | "code" | "body" }[]>
> = {
  [functionType]: [{ name: "CodeUri", form: "uri" }],
  [layerType]: [{ name: "ContentUri", form: "uri" }],
  [restApiType]: [{ name: "DefinitionUri", form: "uri" }],
  [httpApiType]: [{ name: "DefinitionUri", form: "uri" }],
  "AWS::Lambda::Function": [{ name: "Code", form: "code" }],
  "AWS::Lambda::LayerVersion": [{ name: "Content", form: "code" }],
  "AWS::ApiGateway::RestApi": [{ name: "BodyS3Location", form: "body" }],
  "AWS::ApiGatewayV2::Api": [{ name: "BodyS3Location", form: "body" }],
};

/**
 * Does what `sam package` does before a template is sent, without sending anything: local paths become locations in S3.
 *
 * A function that says nothing about its code has it in the template's own folder, as with SAM CLI.
 *
 * @param template - Not changed.
 */
export function packageLocally(template: ValueMap, keyOf: ArtifactKey = (path) => path): PackagedTemplate {
  const packaged = copy(template);
  const artifacts: LocalArtifact[] = [];
  const globals = getMap(packaged, "Globals", "Function");
  for (const [logicalId, resource] of Object.entries(getMap(packaged, "Resources") ?? {})) {
    const type = getString(resource, "Type");
    if (!isMap(resource) || type === undefined || !Object.hasOwn(properties, type)) continue;
    for (const { name, form } of properties[type] ?? []) {
      const path = localPath(resource, type, name, globals);
      if (path === undefined) continue;
      const key = keyOf(path, logicalId);
      const own = getMap(resource, "Properties") ?? {};
      resource["Properties"] = { ...own, [name]: location(form, key) };
      artifacts.push({ logicalId, property: name, path, key });
    }
  }
  return { template: packaged, artifacts };
}

function localPath(
  resource: ValueMap,
  type: string,
  name: string,
  globals: ValueMap | undefined,
): string | undefined {
  const own = get(resource, "Properties", name) ?? undefined;
  if (type !== functionType) return asLocalPath(own);
  const setting = (property: string): Value | undefined =>
    get(resource, "Properties", property) ?? get(globals, property) ?? undefined;
  if (setting("InlineCode") !== undefined || setting("PackageType") === "Image") return undefined;
  const code = setting(name);
  return code === undefined ? "." : asLocalPath(code);
}

function asLocalPath(value: Value | undefined): string | undefined {
  return typeof value === "string" && !/^(s3|https?):\/\//.test(value) ? value : undefined;
}

function location(form: "uri" | "code" | "body", key: string): ValueMap {
  return form === "code" ? { S3Bucket: localBucket, S3Key: key } : { Bucket: localBucket, Key: key };
}
