import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  UpdateStackCommand,
} from "@aws-sdk/client-cloudformation";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BuiltProgram } from "../../test/built-program.ts";
import { runHere } from "../../test/recording-terminal.ts";
import { Sandbox } from "../../test/sandbox.ts";
import { template } from "../../test/template.ts";

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

  test("tells the endpoints of what is deployed to it, and when they are gone", async () => {
    await using sandbox = await Sandbox.create(program);
    const { process: started, port } = await sandbox.dev(["--no-template"]);
    const { AccessKeyId, SecretAccessKey, SessionToken } = JSON.parse(
      (await sandbox.run(["credentials", "--json"])).out,
    ) as Record<string, string>;
    const client = new CloudFormationClient({
      region: "us-east-1",
      endpoint: `http://127.0.0.1:${port}`,
      credentials: {
        accessKeyId: AccessKeyId ?? "",
        secretAccessKey: SecretAccessKey ?? "",
        sessionToken: SessionToken ?? "",
      },
    });
    const stack = (properties: object, more: object = {}) => ({
      StackName: "hello",
      Capabilities: ["CAPABILITY_IAM" as const, "CAPABILITY_AUTO_EXPAND" as const],
      TemplateBody: template({
        Hello: {
          Type: "AWS::Serverless::Function",
          Properties: {
            Runtime: "nodejs24.x",
            Handler: "index.handler",
            InlineCode: "exports.handler = async () => 'deployed';",
            ...properties,
          },
        },
        ...more,
      }),
    });

    const broken = {
      Type: "AWS::Lambda::LayerVersion",
      Properties: { Content: { S3Bucket: "nowhere", S3Key: "layer.zip" } },
    };

    await client.send(new CreateStackCommand(stack({ FunctionUrlConfig: { AuthType: "NONE" } })));
    const [, name = "", url = ""] = await started.stderr.until(
      /^stack hello: CREATE_COMPLETE\nFunction URL (\S+)\n {2}(http\S+)\n\n {2}curl --no-buffer "\2"\n\nInvoke \1\n/m,
    );
    expect(await (await fetch(url)).text()).toBe("deployed");

    await client.send(new UpdateStackCommand(stack({}, { Broken: broken })));
    await started.stderr.until(/^stack hello: UPDATE_ROLLBACK_COMPLETE\n/m);
    await client.send(new UpdateStackCommand(stack({})));
    await started.stderr.until(
      new RegExp(`^stack hello: UPDATE_COMPLETE\nFunction URL ${name} is gone: ${url}\n`, "m"),
    );
    await client.send(new DeleteStackCommand({ StackName: "hello" }));
    await started.stderr.until(
      new RegExp(`^stack hello: DELETE_COMPLETE\nInvoke ${name} is gone: http`, "m"),
    );
    client.destroy();
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
