import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type CompiledTemplate, loadTemplate, localBucket, type ValueMap } from "../cloudformation/index.ts";
import { ResourceError } from "./resource-type.ts";

/**
 * The definitions of APIs that a template names as files on disk, where AWS wants objects in S3.
 * @see https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-api.html
 */
export class DefinitionFiles {
  readonly #artifacts: CompiledTemplate["artifacts"];
  readonly #folder: string;

  constructor({ artifacts }: Pick<CompiledTemplate, "artifacts">, templateFolder: string) {
    this.#artifacts = artifacts.filter(
      ({ property }) => property === "DefinitionUri" || property === "BodyS3Location",
    );
    this.#folder = templateFolder;
  }

  /** Their paths, absolute. */
  get paths(): readonly string[] {
    return this.#artifacts.map(({ path }) => resolve(this.#folder, path));
  }

  /**
   * The definition that a resource has in a file, if it has one there.
   * @throws {ResourceError} if it can't be read, or is none.
   */
  bodyOf(origin: string, { BodyS3Location: location }: ValueMap): ValueMap | undefined {
    if (typeof location !== "object" || location === null || Array.isArray(location)) return undefined;
    if (location["Bucket"] !== localBucket) return undefined;
    const artifact = this.#artifacts.find(
      ({ logicalId, key }) => logicalId === origin && key === location["Key"],
    );
    const { property, path } = artifact ?? { property: "BodyS3Location", path: String(location["Key"]) };
    let text: string;
    try {
      text = readFileSync(resolve(this.#folder, path), "utf8");
    } catch (error) {
      throw new ResourceError(`${property} is ${path}, which can't be read: ${(error as Error).message}.`);
    }
    const { loaded, diagnostics } = loadTemplate(text, path);
    if (loaded !== undefined) return loaded.template;
    const [first] = diagnostics;
    throw new ResourceError(`${property} is ${path}, where line ${first?.line} says: ${first?.message}`);
  }
}
