import { fileURLToPath } from "node:url";
import type { Server } from "../server.ts";
import { peerFile, projectFor, unavailableWithout } from "./project.ts";

const get = (path: string) => ({ method: "GET", path }) as const;
const ok = "ok";

/** Local platforms of others, as their users start them. */
export function peers(): readonly Server[] {
  return [
    serverlessOffline("serverless-offline", "serverless-offline, worker", "isolated", []),
    serverlessOffline("serverless-offline-in-process", "serverless-offline, in-process", "in-process", [
      "--useInProcess",
    ]),
    vercelFun(),
    lambdaLocal(),
    serverlessAwsLambda(),
  ];
}

/** osls, the free fork of the Serverless Framework that these plugins run in. */
function osls(): string | undefined {
  return peerFile("serverless/bin/serverless.js");
}

function serverlessOffline(
  name: Server["name"],
  label: string,
  kind: Server["kind"],
  options: readonly string[],
): Server {
  const cli = osls();
  const folder = projectFor(name);
  return {
    name,
    label,
    kind,
    ...unavailableWithout(peerFile("serverless-offline/package.json") && cli),
    start: ([port, lambdaPort]) => ({
      command: process.execPath,
      args: [
        cli ?? "",
        ...["offline", "start", "--config", "serverless-offline.yml"],
        // Fifty functions that start at once take longer than its time limit on a slow machine.
        ...["--noPrependStageInUrl", "--noTimeout"],
        ...["--host", "127.0.0.1", "--httpPort", String(port), "--lambdaPort", String(lambdaPort)],
        ...options,
      ],
      folder,
    }),
    trivial: { request: get("/trivial"), body: ok },
  };
}

/** The only peer that streams through a function URL. */
function serverlessAwsLambda(): Server {
  const cli = osls();
  const folder = projectFor("serverless-aws-lambda");
  return {
    name: "serverless-aws-lambda",
    label: "serverless-aws-lambda",
    kind: "isolated",
    ...unavailableWithout(peerFile("serverless-aws-lambda/package.json") && cli),
    start: ([port]) => ({
      command: process.execPath,
      args: [cli ?? "", "aws-lambda", "--stage", "dev", "--config", "serverless-aws-lambda.yml"],
      folder,
      environment: { PORT: String(port) },
    }),
    trivial: { request: get("/@url/trivial"), body: ok },
    stream: (query) => get(`/@url/stream?${query}`),
  };
}

function vercelFun(): Server {
  const folder = projectFor("vercel-fun");
  return {
    name: "vercel-fun",
    label: "@vercel/fun",
    kind: "isolated",
    ...unavailableWithout(peerFile("@vercel/fun/dist/src/index.js")),
    start: ([port]) => ({
      command: process.execPath,
      args: [fileURLToPath(new URL("./vercel-fun-front.ts", import.meta.url)), String(port), folder],
      folder,
    }),
    trivial: { request: get("/"), body: ok },
  };
}

function lambdaLocal(): Server {
  const cli = peerFile("lambda-local/build/cli.js");
  const folder = projectFor("lambda-local");
  return {
    name: "lambda-local",
    label: "lambda-local",
    kind: "in-process",
    ...unavailableWithout(cli),
    start: ([port]) => ({
      command: process.execPath,
      args: [cli ?? "", "--watch", String(port), "--lambda-path", "trivial.js", "--handler", "handler"],
      folder,
    }),
    trivial: { request: { method: "POST", path: "/", body: '{"event":{}}' }, body: ok },
  };
}
