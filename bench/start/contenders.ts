import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { archiveFunction, cacheFolderOf } from "@sluice/packager";
import { unpack } from "../../packages/packager/test/archive.ts";
import { unzip } from "../../packages/packager/test/unzip.ts";

/** What is started, until it asks for its first event. */
export interface Contender {
  readonly name: string;
  readonly command: readonly string[];
  /** `LAMBDA_TASK_ROOT`. */
  readonly task: string;
}

/** A function, and its ways onto Lambda. */
export interface StartedFunction {
  readonly name: string;
  /** Of the bundle. */
  readonly bytes: number;
  readonly contenders: readonly Contender[];
}

const runtime = JSON.stringify(
  fileURLToPath(new URL("../../packages/runtime/dist/index.js", import.meta.url)),
);
const sdk = JSON.stringify(
  fileURLToPath(new URL("../../node_modules/@aws-sdk/client-lambda", import.meta.url)),
);
const official = fileURLToPath(new URL("../node_modules/aws-lambda-ric/index.mjs", import.meta.url));

const functions = {
  "hello world": `
    import { LambdaRuntime, managed, streaming } from ${runtime};
    export const handler = managed(streaming(async (event, response) => response.writeAndFinish("Hello, world!")));
    await new LambdaRuntime(handler).run();`,
  "with a client of the AWS SDK": `
    import { LambdaClient, ListFunctionsCommand } from ${sdk};
    import { LambdaRuntime, managed, streaming } from ${runtime};
    const client = new LambdaClient({});
    export const handler = managed(streaming(async (event, response) => {
      response.writeAndFinish(JSON.stringify(await client.send(new ListFunctionsCommand({}))));
    }));
    await new LambdaRuntime(handler).run();`,
} as const;

/** As little as asks for an event: what no package can be faster than. */
const bare = `
  import { connect } from "node:net";
  const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
  connect(Number(port), host).write("GET /2018-06-01/runtime/invocation/next HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n");`;

const architecture = process.arch === "arm64" ? "arm64" : "x86_64";
const banner =
  'js=import { createRequire as benchRequire } from "node:module"; globalThis.require ??= benchRequire(import.meta.url);';

/** Archives each function as a user would, and unpacks what Lambda would. */
export async function prepare(
  folder: string,
  hasOfficial: boolean,
  log: (line: string) => void,
): Promise<StartedFunction[]> {
  const prepared: StartedFunction[] = [];
  for (const [name, source] of Object.entries(functions)) {
    const project = join(folder, name.replaceAll(" ", "-"));
    await mkdir(project, { recursive: true });
    await writeFile(join(project, "index.ts"), source);
    await writeFile(join(project, "bare.mjs"), bare);
    const unpacked = async (target: string, compileCache: boolean): Promise<string> => {
      const { file } = await archiveFunction({
        source: {
          logicalId: "Function",
          runtime: target,
          handler: "index.handler",
          templateFolder: project,
          codeUri: undefined,
          buildProperties: {
            EntryPoints: ["index.ts"],
            Format: "esm",
            OutExtension: [".js=.mjs"],
            Target: "node24",
            Banner: [banner],
          },
        },
        architecture,
        compileCache,
        file: join(project, `${target}-${compileCache}.zip`),
        cacheFolder: cacheFolderOf(process.env),
        onStep: log,
      });
      // As on Lambda, where the package is in /var/task and /tmp is empty.
      const task = join(project, `${target}-${compileCache}`, "var/task");
      await unpack(await unzip(await readFile(file)), task);
      await mkdir(join(task, "../../tmp"));
      return task;
    };
    const managed = await unpacked("nodejs24.x", false);
    const custom = await unpacked("provided.al2023", false);
    const cached = await unpacked("provided.al2023", true);
    const node = join(custom, "bin/node");
    prepared.push({
      name,
      bytes: (await readFile(join(managed, "index.mjs"))).length,
      contenders: [
        ...(hasOfficial
          ? [{ name: "managed, under the official client", command: [node, official], task: managed }]
          : []),
        { name: "custom", command: [join(custom, "bootstrap")], task: custom },
        { name: "custom, compile cache", command: [join(cached, "bootstrap")], task: cached },
        { name: "Node.js alone", command: [node, join(project, "bare.mjs")], task: project },
      ],
    });
  }
  return prepared;
}
