import { get, isFilledMap, isGiven, isMap, type ValueMap } from "../value.ts";
import { invalidResource, SamDocumentError } from "./errors.ts";

/** Checks the outline of a document before anything reads it. @throws {SamDocumentError} */
export function checkOutline(template: ValueMap): void {
  const resources = get(template, "Resources");
  const invalid = (text: string, logicalId?: string): SamDocumentError => {
    const cause = logicalId === undefined ? undefined : invalidResource(logicalId, text).cause;
    const message = `Structure of the SAM template is invalid. ${text}`;
    return new SamDocumentError([cause ?? { kind: "invalid", message }]);
  };
  if (!isFilledMap(resources)) throw invalid("'Resources' section is required");
  const entries = Object.entries(resources);
  if (!entries.every(([, resource]) => isMap(resource))) {
    throw invalid("All 'Resources' must be Objects. If you're using YAML, this may be an indentation issue.");
  }
  for (const [logicalId, resource] of entries) {
    const type = get(resource, "Type");
    if (typeof type !== "string" || !type.startsWith("AWS::Serverless::")) continue;
    const condition = get(resource, "Condition");
    if (isGiven(condition) && typeof condition !== "string") {
      throw invalid("Every Condition member must be a string.");
    }
    const properties = get(resource, "Properties");
    if (properties !== undefined && !isMap(properties)) {
      throw invalid("Attribute 'Properties' should be a map.", logicalId);
    }
  }
}
