import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BuiltProgram } from "../../test/built-program.ts";
import { runHere } from "../../test/recording-terminal.ts";
import { Sandbox } from "../../test/sandbox.ts";

describe("sluice dev --no-template", () => {
  let program: BuiltProgram;
  beforeAll(async () => {
    program = await BuiltProgram.make();
  });
  afterAll(() => program[Symbol.asyncDispose]());

  test("starts where there is no template, and tells how to deploy", async () => {
    await using sandbox = await Sandbox.create(program);
    const { process: started, port } = await sandbox.dev(["--no-template"]);
    await started.stderr.until(/eval "\$\(npx sluice credentials\)"\n {2}npx sluice deploy/);
    const { out } = await sandbox.run(["credentials"]);
    expect(out).toContain(`export AWS_ENDPOINT_URL='http://127.0.0.1:${port}'`);
    started.kill("SIGINT");
    expect(await started.exit).toBe(0);
  });

  test.each([
    { parameters: ["template.yaml"], says: "--no-template does not go with template.yaml." },
    {
      parameters: ["--parameter", "A=b"],
      says: "--no-template does not go with --parameter: a deployment gives its own.",
    },
  ])("$says", async ({ parameters, says }) => {
    const { code, talk } = await runHere(["dev", "--no-template", ...parameters]);
    expect(code).toBe(2);
    expect(talk).toContain(`sluice dev: ${says}\n`);
  });
});
