import { isAlias, isMap, isScalar, type Node, type ParsedNode, parseDocument, type YAMLMap } from "yaml";
import { CommandError } from "../command.ts";

/** Something on this machine that a template names where AWS wants an object in S3. */
export interface TemplateArtifact {
  readonly logicalId: string;
  /** The property that names it, such as `CodeUri`. */
  readonly property: string;
  /** As the template has it, relative to the template's folder. */
  readonly path: string;
  /** Whether what is uploaded is an archive of code, rather than the file as it is. */
  readonly isCode: boolean;
}

/** An object in S3. */
export interface S3Location {
  readonly bucket: string;
  readonly key: string;
}

/** A template, as text, with what it names on this machine. */
export interface DeployableTemplate {
  /** Logical ids of its resources. */
  readonly resources: readonly string[];
  /** Names of its parameters. */
  readonly parameters: readonly string[];
  readonly artifacts: readonly TemplateArtifact[];
  /** The same text, but for the artifacts, which are where `locate` says. */
  withLocations(locate: (artifact: TemplateArtifact) => S3Location): string;
}

type Form = "uri" | "code" | "body";

/** Where the types that can name local files do so, and how the location of an object is written there. */
const places: Readonly<
  Record<string, { readonly property: string; readonly form: Form; readonly isCode: boolean }>
> = {
  "AWS::Serverless::Function": { property: "CodeUri", form: "uri", isCode: true },
  "AWS::Serverless::LayerVersion": { property: "ContentUri", form: "uri", isCode: true },
  "AWS::Serverless::Api": { property: "DefinitionUri", form: "uri", isCode: false },
  "AWS::Serverless::HttpApi": { property: "DefinitionUri", form: "uri", isCode: false },
  "AWS::Serverless::StateMachine": { property: "DefinitionUri", form: "body", isCode: false },
  "AWS::Lambda::Function": { property: "Code", form: "code", isCode: true },
  "AWS::Lambda::LayerVersion": { property: "Content", form: "code", isCode: true },
  "AWS::ApiGateway::RestApi": { property: "BodyS3Location", form: "body", isCode: false },
  "AWS::ApiGatewayV2::Api": { property: "BodyS3Location", form: "body", isCode: false },
};

/** Types that name another template. */
const nested: Readonly<Record<string, string>> = {
  "AWS::CloudFormation::Stack": "TemplateURL",
  "AWS::Serverless::Application": "Location",
};

/**
 * Finds what a template names on this machine. Only that is rewritten later: comments, order and short forms stay.
 * @param name - of the template, for messages.
 * @throws {CommandError} for what can't be uploaded.
 */
export function readDeployableTemplate(text: string, name: string): DeployableTemplate {
  const document = parseDocument(text, { logLevel: "silent", strict: false, uniqueKeys: false });
  const root = document.contents;
  const found: { readonly artifact: TemplateArtifact; readonly node: Node; readonly form: Form }[] = [];
  const add = (logicalId: string, place: (typeof places)[string], node: Node | undefined): void => {
    const path = localPath(node);
    if (path === undefined || node === undefined) return;
    const { property, form, isCode } = place;
    found.push({ artifact: { logicalId, property, path, isCode }, node, form });
  };
  const functionPlace = places["AWS::Serverless::Function"];
  if (functionPlace !== undefined)
    add("Globals", functionPlace, at(root, "Globals", "Function", functionPlace.property));
  const resources = at(root, "Resources");
  for (const { key, value } of isMap(resources) ? (resources as YAMLMap<ParsedNode, ParsedNode>).items : []) {
    const logicalId = String(isScalar(key) ? key.value : key);
    const typeNode = at(value ?? undefined, "Type");
    const type = isScalar(typeNode) ? String(typeNode.value) : "";
    const place = places[type];
    if (place !== undefined) add(logicalId, place, at(value ?? undefined, "Properties", place.property));
    const inner = nested[type];
    if (inner !== undefined && localPath(at(value ?? undefined, "Properties", inner)) !== undefined) {
      throw new CommandError(
        `${name}: ${logicalId} is a template of its own on this machine, and sluice deploy does not upload these. Deploy it with sam deploy.`,
      );
    }
  }
  return {
    resources: keysOf(resources),
    parameters: keysOf(at(root, "Parameters")),
    artifacts: found.map(({ artifact }) => artifact),
    withLocations: (locate) => {
      let result = text;
      // From the end, so that the places before stay right.
      for (const { artifact, node, form } of [...found].reverse()) {
        const [start = 0, end = 0] = node.range ?? [];
        const rest = text.slice(start, end).endsWith("\n") ? "\n" : "";
        result = `${result.slice(0, start)}${written(locate(artifact), form)}${rest}${result.slice(end)}`;
      }
      return result;
    },
  };
}

/** As YAML and JSON both read it. */
function written({ bucket, key }: S3Location, form: Form): string {
  if (form === "uri") return JSON.stringify(`s3://${bucket}/${key}`);
  if (form === "body") return `{"Bucket": ${JSON.stringify(bucket)}, "Key": ${JSON.stringify(key)}}`;
  return `{"S3Bucket": ${JSON.stringify(bucket)}, "S3Key": ${JSON.stringify(key)}}`;
}

function localPath(node: Node | undefined): string | undefined {
  // What has a tag, such as !Sub, is known to CloudFormation only.
  if (!isScalar(node) || typeof node.value !== "string" || node.tag?.startsWith("!")) return undefined;
  return /^(s3|https?):\/\//.test(node.value) ? undefined : node.value;
}

function at(node: Node | null | undefined, ...path: readonly string[]): Node | undefined {
  let current: Node | null | undefined = node;
  for (const name of path) {
    if (!isMap(current)) return undefined;
    current = current.get(name, true) as Node | undefined;
    if (isAlias(current)) return undefined;
  }
  return current ?? undefined;
}

function keysOf(node: Node | undefined): string[] {
  if (!isMap(node)) return [];
  return node.items.map(({ key }) => String(isScalar(key) ? key.value : key));
}
