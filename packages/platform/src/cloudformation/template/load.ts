import { LineCounter, parseDocument } from "yaml";
import { type Diagnostic, diagnosticAt } from "../diagnostics/diagnostic.ts";
import { isMap, type ValueMap } from "../value.ts";
import { convertDocument } from "./convert.ts";
import { type TemplateLimits, templateLimits } from "./limits.ts";
import { SourcePositions } from "./positions.ts";

/** A template as data, and where its parts stand in the file. */
export interface LoadedTemplate {
  readonly template: ValueMap;
  readonly positions: SourcePositions;
}

/** What loading a file gives; without a template, the diagnostics say why. */
export interface LoadResult {
  readonly loaded?: LoadedTemplate;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads a template, in YAML with or without short forms or in JSON.
 *
 * @param text - The content of the file.
 * @param file - The name that positions carry.
 */
export function loadTemplate(
  text: string,
  file: string,
  limits: TemplateLimits = templateLimits,
): LoadResult {
  const start = { file, line: 1, column: 1 };
  const refuse = (code: string, message: string, hint: string): LoadResult => ({
    diagnostics: [diagnosticAt(start, { severity: "error", code, message, hint })],
  });
  const bytes = Buffer.byteLength(text);
  if (bytes > limits.bytes) {
    return refuse(
      "template-too-large",
      `The template has ${bytes} bytes; CloudFormation takes at most ${limits.bytes}.`,
      "Split the stack, or move large inline bodies into files of their own.",
    );
  }
  const lineCounter = new LineCounter();
  const document = parsed(text, lineCounter);
  // The parser reports running out of stack as an error of the document.
  const isTooDeep = document?.errors.some(({ message }) => message.includes("call stack")) ?? true;
  if (document === undefined || isTooDeep) {
    return refuse("template-too-deep", "The template is nested too deeply to be read.", "Flatten it.");
  }
  const positionOf = (offset: number): { line: number; col: number } => lineCounter.linePos(offset);
  const at = (offset: number) => {
    const { line, col } = positionOf(offset);
    return { file, line, column: col };
  };
  // One slip often brings a hundred others after it, and which of them are its own can't be told.
  const [slip] = document.errors.toSorted((a, b) => a.pos[0] - b.pos[0]);
  if (slip !== undefined) {
    const diagnostic = diagnosticAt(at(slip.pos[0]), {
      severity: "error",
      code: "template-syntax",
      message: `This is neither YAML nor JSON: ${slip.message}`,
      hint: "Compare the indentation with the lines around it, and quote text that has a colon or starts with a special character.",
    });
    return { diagnostics: [diagnostic] };
  }
  const { value, root, findings } = convertDocument(document, isJson(text), limits);
  const diagnostics = findings.map(({ offset, ...finding }) => diagnosticAt(at(offset), finding));
  if (value === undefined || root === undefined) return { diagnostics };
  if (!isMap(value)) {
    return refuse(
      "template-not-a-map",
      "The template is empty or no map; CloudFormation refuses it with `Template format error: unsupported structure.`",
      "Begin with `Resources:` at the left margin.",
    );
  }
  return { loaded: { template: value, positions: new SourcePositions(file, root, positionOf) }, diagnostics };
}

function parsed(text: string, lineCounter: LineCounter): ReturnType<typeof parseDocument> | undefined {
  try {
    // The failsafe schema leaves every scalar a string; what plain ones mean is decided in plain-scalar.ts.
    return parseDocument(text, {
      schema: "failsafe",
      version: "1.1",
      merge: false,
      uniqueKeys: false,
      prettyErrors: false,
      logLevel: "error",
      lineCounter,
    });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function isJson(text: string): boolean {
  if (!text.trimStart().startsWith("{")) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    // Not JSON, so it is read as YAML, of which JSON is nearly a part; SAM CLI does the same.
    return false;
  }
}
