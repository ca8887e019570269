import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { send } from "../../test/exchange.ts";
import { FunctionFolder } from "../lambda/environment/testing/function-folder.ts";
import { echo, rawRuntime } from "../lambda/environment/testing/raw-runtime.ts";
import { Platform } from "../platform.ts";
import { readRunningPlatform } from "./state-folder.ts";

test("two platforms on one state folder share credentials and ids, and neither takes the other's code or note", async () => {
  await using folder = await FunctionFolder.create({ "code/bootstrap": rawRuntime(echo) });
  const template = join(folder.path, "template.json");
  const stateFolder = join(folder.path, "state");
  const F = {
    Type: "AWS::Serverless::Function",
    Properties: {
      CodeUri: "code/",
      Handler: "x",
      Runtime: "provided.al2023",
      FunctionUrlConfig: { AuthType: "NONE" },
    },
  };
  await writeFile(template, JSON.stringify({ Transform: "AWS::Serverless-2016-10-31", Resources: { F } }));
  const messages: string[] = [];
  const start = () =>
    Platform.start({
      template,
      stateFolder,
      port: 0,
      onEvent: (event) => {
        if (event.kind === "bug") messages.push(String(event.error));
        if (event.kind === "warning") messages.push(event.message);
      },
    });
  const invoke = async ({ port }: Platform) =>
    (await send(port, { method: "POST", path: "/invoke", body: '{"n":1}' })).json();
  const pathsOf = ({ endpoints, port }: Platform) =>
    endpoints.map(({ url }) => url.replaceAll(String(port), "port"));

  await using second = await (async () => {
    await using first = await start();
    const later = await start();
    expect(await invoke(first)).toEqual({ n: 1 });
    expect(await invoke(later)).toEqual({ n: 1 });
    expect(later.credentials).toEqual(first.credentials);
    expect(pathsOf(later)).toEqual(pathsOf(first));
    return later;
  })();
  expect(await invoke(second)).toEqual({ n: 1 });
  expect(await readRunningPlatform(stateFolder)).toMatchObject({ port: second.port });
  expect(await readdir(join(stateFolder, "build"))).toHaveLength(1);
  expect(messages).toEqual([]);
});
