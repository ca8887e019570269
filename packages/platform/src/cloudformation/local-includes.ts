import { type Diagnostic, diagnosticAt } from "./diagnostics/diagnostic.ts";
import { type LoadedTemplate, loadTemplate } from "./template/load.ts";
import type { Path } from "./template/positions.ts";
import { get, isMap, type Value, type ValueMap } from "./value.ts";

/** Reads a text file beside the template; nothing if it can't be read. */
export type ReadText = (path: string) => string | undefined;

/** A template with files in the places where it includes them. */
export interface IncludingTemplate {
  readonly loaded: LoadedTemplate;
  /** Paths of the files, as the template has them. */
  readonly files: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Puts local files in the places where `Fn::Transform` names them with `AWS::Include`, which `sam package` uploads. What is
 * in S3 stays as it is.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-include.html
 */
export function includeLocally(loaded: LoadedTemplate, read: ReadText | undefined): IncludingTemplate {
  if (read === undefined) return { loaded, files: [], diagnostics: [] };
  const files: string[] = [];
  const diagnostics: Diagnostic[] = [];
  const included = (value: Value, path: Path): Value => {
    if (Array.isArray(value)) return value.map((each, index) => included(each, [...path, index]));
    if (!isMap(value)) return value;
    const file = includedFile(value);
    if (file === undefined) {
      return Object.fromEntries(
        Object.entries(value).map(([key, each]) => [key, included(each, [...path, key])]),
      );
    }
    files.push(file);
    const text = read(file);
    const result = text === undefined ? undefined : loadTemplate(text, file);
    if (result?.loaded !== undefined) {
      const { "Fn::Transform": _transform, ...others } = value;
      return { ...others, ...result.loaded.template };
    }
    diagnostics.push(
      diagnosticAt(loaded.positions.key([...path, "Fn::Transform"]), {
        severity: "error",
        code: "include",
        message: `\`AWS::Include\` names \`${file}\`, ${result === undefined ? "which can't be read" : `where line ${result.diagnostics[0]?.line} says: ${result.diagnostics[0]?.message}`}.`,
        hint: "Write a path relative to the template's folder, to a file in YAML or JSON.",
        ...(path[0] === "Resources" && path[1] !== undefined ? { logicalId: String(path[1]) } : {}),
      }),
    );
    return {};
  };
  const template = included(loaded.template, []) as ValueMap;
  return { loaded: files.length === 0 ? loaded : { ...loaded, template }, files, diagnostics };
}

function includedFile(value: ValueMap): string | undefined {
  const transform = value["Fn::Transform"];
  const location = get(transform, "Parameters", "Location");
  if (get(transform, "Name") !== "AWS::Include" || typeof location !== "string") return undefined;
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(location) ? undefined : location;
}
