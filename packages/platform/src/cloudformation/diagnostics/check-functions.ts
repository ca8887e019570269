import { functionType } from "../sam/types.ts";
import { get, isGiven, isMap, type Value } from "../value.ts";
import type { Check } from "./check.ts";
import { runtimes } from "./known-names.ts";
import { nearest } from "./spelling.ts";

/** Settings of functions that are missing, or that Lambda does not take. */
export function checkFunctions(check: Check): void {
  for (const [id] of check.resources(functionType)) {
    checkUrl(check, id);
    checkCode(check, id, "CodeUri");
  }
  for (const [id] of check.resources("AWS::Lambda::Function")) checkCode(check, id, "Code");
  for (const [id] of check.resources(functionType, "AWS::Lambda::Function")) {
    checkRuntime(check, id);
    checkMemory(check, id);
    checkArchitectures(check, id);
  }
}

function checkUrl(check: Check, id: string): void {
  const config = check.property(id, "FunctionUrlConfig");
  if (config === undefined || !isMap(config.value)) return;
  const authType = check.known(get(config.value, "AuthType") ?? null);
  if (authType === "AWS_IAM" || authType === "NONE" || isMap(authType)) return;
  const isMissing = authType === null;
  check.report(isMissing ? config.path : [...config.path, "AuthType"], {
    severity: "error",
    code: "function-url-auth-type",
    message: `The function URL of \`${id}\` has ${isMissing ? "no `AuthType`" : `the \`AuthType\` \`${String(authType)}\``}. AWS answers \`AuthType is required to configure function property \`FunctionUrlConfig\`. Please provide either AWS_IAM or NONE.\``,
    hint: "Write `AuthType: AWS_IAM`; with `NONE` everyone can call the function.",
    logicalId: id,
  });
}

function checkRuntime(check: Check, id: string): void {
  if (check.text(check.property(id, "PackageType")?.value) === "Image") return;
  const setting = check.property(id, "Runtime");
  const runtime = check.text(setting?.value);
  const handler = check.property(id, "Handler");
  if (setting === undefined)
    reportMissing(
      check,
      id,
      "Runtime",
      "Write `Runtime: nodejs24.x`, or `provided.al2023` for an executable of your own.",
    );
  else if (runtime !== undefined && !runtimes.includes(runtime)) {
    const meant = nearest(runtime, runtimes);
    check.report(setting.path, {
      severity: "error",
      code: "unknown-runtime",
      message: `There is no runtime \`${runtime}\`. Lambda answers \`Value ${runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set\`.`,
      hint:
        meant === undefined
          ? `Runtimes are ${runtimes.slice().sort().join(", ")}.`
          : `Did you mean \`${meant}\`?`,
      logicalId: id,
    });
  }
  if (handler !== undefined && isGiven(handler.value)) return;
  const hint = runtime?.startsWith("provided")
    ? "Write any text, such as `Handler: bootstrap`: AWS asks for one, even where the executable does not look at it."
    : "Write `Handler: index.handler` for the export `handler` of `index.js`.";
  reportMissing(check, id, "Handler", hint);
}

function reportMissing(check: Check, id: string, name: string, hint: string): void {
  const isSam = get(check.template, "Resources", id, "Type") === functionType;
  const answer = isSam
    ? "Runtime and Handler needs to be present when PackageType is of type `Zip`"
    : "Runtime and Handler are mandatory parameters for functions created with deployment packages.";
  check.report(["Resources", id], {
    severity: "error",
    code: `missing-${name.toLowerCase()}`,
    message: `\`${id}\` has no \`${name}\`. AWS answers \`${answer}\``,
    hint,
    logicalId: id,
  });
}

function checkMemory(check: Check, id: string): void {
  const setting = check.property(id, "MemorySize");
  const megabytes = check.number(setting?.value);
  if (setting === undefined || megabytes === undefined) return;
  if (Number.isInteger(megabytes) && megabytes >= 128 && megabytes <= 10_240) return;
  check.report(setting.path, {
    severity: "error",
    code: "function-memory",
    message: `The \`MemorySize\` of \`${id}\` is ${megabytes}; Lambda takes 128 to 10240 MB and refuses all else.`,
    hint: "Write a whole number of megabytes.",
    logicalId: id,
  });
}

function checkArchitectures(check: Check, id: string): void {
  const setting = check.property(id, "Architectures");
  if (setting === undefined || isMap(setting.value)) return;
  const list: readonly Value[] = Array.isArray(setting.value) ? setting.value : [setting.value];
  const isRight = Array.isArray(setting.value) && list.length === 1;
  const [first] = list;
  const name = check.text(first);
  if (isRight && (name === undefined || name === "x86_64" || name === "arm64")) return;
  check.report(setting.path, {
    severity: "error",
    code: "function-architectures",
    message: `The \`Architectures\` of \`${id}\` must be a list with one of \`x86_64\` and \`arm64\`; Lambda refuses all else.`,
    hint: `Write \`Architectures: [${name === undefined ? "arm64" : (nearest(name, ["x86_64", "arm64"]) ?? "arm64")}]\`.`,
    logicalId: id,
  });
}

function checkCode(check: Check, id: string, name: "CodeUri" | "Code"): void {
  const setting = check.property(id, name);
  const path = check.text(setting?.value);
  if (setting === undefined || path === undefined || /^(s3|https?):\/\//.test(path)) return;
  // What a build makes is not there before it.
  const isBuilt = get(check.template, "Resources", id, "Metadata", "BuildMethod") !== undefined;
  if (isBuilt || check.pathExists?.(path) !== false) return;
  check.report(setting.path, {
    severity: "error",
    code: "code-not-found",
    message: `The \`${name}\` of \`${id}\`, \`${path}\`, does not exist. Nothing could be uploaded for it.`,
    hint: "It is relative to the template's folder. If it is an archive that a build makes, run the build first.",
    logicalId: id,
  });
}
