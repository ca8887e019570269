import { BuildError, buildPropertyNames, readBuildProperties, readSluiceMetadata } from "@sluice/packager";
import { functionType } from "../sam/types.ts";
import { get, getMap, isMap, type ValueMap } from "../value.ts";
import type { Check } from "./check.ts";
import { nearest } from "./spelling.ts";

/** `Metadata` that says how a function is built with esbuild. */
export function checkBuild(check: Check): void {
  for (const [id, resource] of check.resources(functionType, "AWS::Lambda::Function")) {
    const metadata = getMap(resource, "Metadata");
    if (metadata === undefined || get(metadata, "BuildMethod") !== "esbuild") continue;
    checkOwnMetadata(check, id, metadata);
    const properties = get(metadata, "BuildProperties") ?? {};
    const path = ["Resources", id, "Metadata", "BuildProperties"];
    if (!isMap(properties)) {
      check.report(path, {
        severity: "error",
        code: "build-properties",
        message: `The \`BuildProperties\` of \`${id}\` are no map of names to values.`,
      });
      continue;
    }
    for (const { severity, property, message } of readBuildProperties(properties).problems) {
      const isKnown = severity === "warning" || buildPropertyNames.includes(property);
      const meant = isKnown ? undefined : nearest(property, buildPropertyNames);
      const names = isKnown ? undefined : `There are ${buildPropertyNames.join(", ")}.`;
      const hint = meant === undefined ? names : `Did you mean \`${meant}\`?`;
      check.report([...path, property], { severity, code: "build-properties", message, hint });
    }
  }
}

function checkOwnMetadata(check: Check, id: string, metadata: ValueMap): void {
  try {
    readSluiceMetadata(id, metadata);
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    check.report(["Resources", id, "Metadata", "Sluice"], {
      severity: "error",
      code: "build-properties",
      message: error.message,
    });
  }
}
