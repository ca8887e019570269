import type { CompiledTemplate } from "./compile.ts";
import type { Position } from "./diagnostics/diagnostic.ts";
import { localBucket } from "./local-artifacts.ts";
import { get, getMap, getString, type ValueMap } from "./value.ts";

/** A function whose code is on this machine, as far as a tool that makes its deployment package is concerned. */
export interface LocalFunction {
  readonly logicalId: string;
  /** Nothing where it is known only once the stack exists. */
  readonly runtime: string | undefined;
  /** Nothing where it is known only once the stack exists. */
  readonly handler: string | undefined;
  readonly architecture: "arm64" | "x86_64";
  /** As it stands in the template. */
  readonly codeUri: string;
  readonly hasLayers: boolean;
  /** `NODE_OPTIONS` of the function. */
  readonly nodeOptions: string | undefined;
  /** `Metadata` of the resource. */
  readonly metadata: ValueMap;
  readonly position: Position;
}

/** The functions whose `CodeUri` or `Code` names something on this machine, in the order of the template. */
export function localFunctions({ graph }: CompiledTemplate): readonly LocalFunction[] {
  return [...graph.nodes.values()].flatMap(({ type, origin, properties, metadata, position }) => {
    if (type !== "AWS::Lambda::Function") return [];
    const code = getMap(properties, "Code");
    const codeUri = getString(code, "S3Key");
    if (getString(code, "S3Bucket") !== localBucket || codeUri === undefined) return [];
    const architectures = get(properties, "Architectures");
    const layers = get(properties, "Layers");
    return [
      {
        logicalId: origin,
        runtime: getString(properties, "Runtime"),
        handler: getString(properties, "Handler"),
        architecture: Array.isArray(architectures) && architectures[0] === "arm64" ? "arm64" : "x86_64",
        codeUri,
        hasLayers: Array.isArray(layers) ? layers.length > 0 : layers !== undefined && layers !== null,
        nodeOptions: getString(properties, "Environment", "Variables", "NODE_OPTIONS"),
        metadata,
        position,
      },
    ];
  });
}
