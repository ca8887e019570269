import { relative } from "node:path";
import {
  type Diagnostic,
  type Endpoint,
  Platform,
  type PlatformEvent,
  stateFolderOf,
  TemplateError,
} from "@sluice/platform";
import {
  type Command,
  CommandError,
  type CommandInput,
  portOption,
  type Terminal,
  textOption,
  UsageError,
} from "../command.ts";
import { countDiagnostics, formatDiagnostic } from "../diagnostics.ts";
import { parameterValues, templatePath } from "../template-path.ts";
import { debugDetails, debuggingOf, debugOptions, debugStandardValues, debugUsage } from "./debug-options.ts";
import { limitDetails, limitOptions, limitsOf, limitUsage } from "./limit-options.ts";
import { userPoolKeysOf, userPoolOptions } from "./user-pool-options.ts";

/** Runs a template on this machine. */
export const dev: Command = {
  usage: `[template] [--no-template] [--port 7000] [--host ADDRESS] [--parameter Name=value] [--unsigned] [--abort-on-disconnect] [--no-freeze] [--no-memory-limit] [--user-pool-keys POOL=KEYS] ${debugUsage} ${limitUsage}`,
  summary: "Runs a SAM template here: REST APIs, function URLs and Lambda's own API, streaming.",
  details: `The template is the one named, or template.yaml in the folder named or in the working directory. It is deployed
again when it or the code changes: new execution environments take over, and streams in flight finish.

Besides, it is AWS for what you deploy to it, with sluice deploy, sam deploy or anything else that speaks to
CloudFormation, after eval "$(npx sluice credentials)". What was deployed is there again at the next start.

  --no-template             run no template, only what is deployed
  --port PORT               port to listen on; 7000 unless given, 0 for any free one
  --host ADDRESS            listen there too, besides 127.0.0.1; others can then reach your functions
  --parameter Name=value    a value for one of the template's parameters
  --unsigned                leave signatures and policies unchecked
  --abort-on-disconnect     abort a function's stream when its client leaves: more than AWS gives, where the
                            function runs to its end
  --no-freeze               let functions work on between invocations; AWS freezes them
  --no-memory-limit         let functions use more memory than MemorySize; AWS kills them
  --user-pool-keys POOL=KEYS
                            a key set, as file or address, in the place of that of a Cognito user pool

${debugDetails}
${limitDetails}`,
  standardValues: debugStandardValues,
  options: {
    "no-template": { type: "boolean" },
    port: { type: "string" },
    host: { type: "string" },
    parameter: { type: "string", multiple: true },
    unsigned: { type: "boolean" },
    "abort-on-disconnect": { type: "boolean" },
    "no-freeze": { type: "boolean" },
    "no-memory-limit": { type: "boolean" },
    ...userPoolOptions,
    ...debugOptions,
    ...limitOptions,
  },
  async run(input, terminal) {
    const template = input.values["no-template"] === true ? noTemplate(input) : templatePath(input, terminal);
    const host = textOption(input, "host");
    const isUnsigned = input.values["unsigned"] === true;
    const abortsOnDisconnect = input.values["abort-on-disconnect"] === true;
    const { limits, differences } = limitsOf(input);
    const debugging = debuggingOf(input);
    const { interrupted } = terminal;
    const name = template === undefined ? "The platform" : relative(terminal.folder, template);
    const log = new DevelopmentLog(terminal);
    const startedMs = performance.now();
    let platform: Platform;
    try {
      platform = await Platform.start({
        ...(template === undefined ? {} : { template }),
        parameters: parameterValues(input),
        port: portOption(input, "port", 7000),
        stateFolder: stateFolderOf(terminal.environment, terminal.folder),
        isUnsigned,
        abortsOnDisconnect,
        freezes: input.values["no-freeze"] !== true,
        limitsMemory: input.values["no-memory-limit"] !== true,
        limits,
        userPoolKeys: userPoolKeysOf(input, terminal),
        ...debugging,
        watches: true,
        recordsInvocations: false,
        onEvent: (event) => log.print(event),
        ...(host === undefined ? {} : { host }),
      });
    } catch (error) {
      if (error instanceof TemplateError) {
        throw new CommandError(`${name} can't be run: ${countDiagnostics(error.diagnostics)}.`);
      }
      throw error;
    }
    if (isUnsigned) {
      terminal.talk("WARNING: --unsigned: signatures and policies are NOT checked. AWS will check them.\n");
    }
    if (abortsOnDisconnect) {
      terminal.talk(
        "WARNING: --abort-on-disconnect: a stream is aborted when its client leaves. That is more than AWS gives: there the function runs to its end.\n",
      );
    }
    if (debugging.debug !== undefined || debugging.onlyRuntime) {
      terminal.talk(
        "No timeouts while you debug. A function has one process; invocations wait in line for it.\n",
      );
    }
    if (differences.length > 0) terminal.talk(`Limits unlike AWS's: ${differences.join(", ")}.\n`);
    if (host !== undefined) {
      terminal.talk(`WARNING: --host ${host}: whoever reaches that address reaches your functions.\n`);
    }
    terminal.talk(
      `${name} is up in ${Math.round(performance.now() - startedMs)} ms. It listens on ${addresses(host, platform.port)}.\n\n`,
    );
    log.follow(platform);
    if (template === undefined) {
      terminal.talk(
        'Deploy to it from another terminal, here:\n\n  eval "$(npx sluice credentials)"\n  npx sluice deploy\n\n',
      );
    }
    await interrupted;
    await platform.close();
    return 0;
  },
};

/** @throws {UsageError} if there is a template after all. */
function noTemplate({ positionals, values }: CommandInput): undefined {
  if (positionals.length > 0) throw new UsageError(`--no-template does not go with ${positionals[0]}.`);
  if (values["parameter"] !== undefined) {
    throw new UsageError("--no-template does not go with --parameter: a deployment gives its own.");
  }
}

/** Prints what happens on a platform. */
class DevelopmentLog {
  readonly #terminal: Terminal;
  #platform: Platform | undefined;
  #endpoints: readonly Endpoint[] = [];
  #diagnostics = new Set<string>();

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Prints the platform's endpoints, and from now on those that come with a later deployment. */
  follow(platform: Platform): void {
    this.#platform = platform;
    this.#printEndpoints(platform.endpoints);
  }

  print(event: PlatformEvent): void {
    const { talk } = this.#terminal;
    switch (event.kind) {
      case "log":
        talk(`${event.functionName} │ ${onLinesOfTheirOwn(event.message.trimEnd(), event.functionName)}\n`);
        break;
      case "invocation":
        talk(`▸ ${describeInvocation(event)}\n`);
        break;
      case "note":
        talk(`▸ ${event.requestId} ${event.message}\n`);
        break;
      case "waiting":
        talk(`▸ ${event.functionName} ${describeWaiting(event)}\n`);
        break;
      case "by-hand":
        talk(describeHandStart(event, this.#terminal.folder));
        break;
      case "warning":
        talk(`WARNING: ${event.message}\n`);
        break;
      case "deployed":
        this.#printDiagnostics(event.diagnostics);
        if (this.#platform === undefined) break;
        talk(`deployed in ${Math.round(event.durationMs)} ms\n`);
        this.#printEndpoints(this.#platform.endpoints);
        break;
      case "stack":
        talk(`stack ${event.name}: ${event.status}\n`);
        if (this.#platform !== undefined) this.#printEndpoints(this.#platform.endpoints);
        break;
      case "rejected":
        // All of them again: whoever saves a file looks for what is still wrong.
        this.#diagnostics.clear();
        this.#printDiagnostics(event.diagnostics);
        if (this.#platform !== undefined) talk("not deployed; what ran before runs on\n");
        break;
      case "bug":
        talk(
          `BUG in Sluice, please report it: ${event.error instanceof Error ? event.error.stack : String(event.error)}\n`,
        );
    }
  }

  /** Those that the last deployment had not. */
  #printDiagnostics(diagnostics: readonly Diagnostic[]): void {
    const texts = new Set(diagnostics.map(formatDiagnostic));
    for (const text of texts) if (!this.#diagnostics.has(text)) this.#terminal.talk(text);
    this.#diagnostics = texts;
  }

  /** Those that the last deployment had not, and what became of those that only that one had. */
  #printEndpoints(endpoints: readonly Endpoint[]): void {
    const known = new Set(this.#endpoints.map(describeEndpoint));
    const left = new Set(endpoints.map(identityOf));
    const gone = this.#endpoints.filter((endpoint) => !left.has(identityOf(endpoint)));
    for (const { kind, name, url } of gone) this.#terminal.talk(`${kinds[kind]} ${name} is gone: ${url}\n`);
    for (const text of new Set(endpoints.map(describeEndpoint))) {
      if (!known.has(text)) this.#terminal.talk(text);
    }
    this.#endpoints = endpoints;
  }
}

/** What makes an endpoint the same: a function may be invoked by its name wherever its address is. */
function identityOf({ kind, name, url }: Endpoint): string {
  return kind === "invoke" ? `${kind} ${name}` : `${kind} ${name} ${url}`;
}

function addresses(host: string | undefined, port: number): string {
  const other = host === undefined ? "[::1]" : host.includes(":") ? `[${host}]` : host;
  return [...new Set(["127.0.0.1", other])].map((name) => `http://${name}:${port}`).join(" and ");
}

const kinds = {
  "rest-api": "REST API",
  "http-api": "HTTP API",
  "function-url": "Function URL",
  invoke: "Invoke",
} as const;

/** The endpoint and a curl line that can be pasted; none for what is there by accident. */
function describeEndpoint({ kind, name, url, signingName, method, remark }: Endpoint): string {
  if (remark !== undefined) return `${kinds[kind]} ${name} also has ${url} · ${remark}\n\n`;
  const lines = [`${kinds[kind]} ${name}`, `  ${url}`, ""];
  // curl would take braces for a list; a path parameter may be anything, so it is its own name.
  const example = `"${url.replace(/\{([^}+]*)\+?\}/g, "$1")}"`;
  const options = [
    "--no-buffer",
    ...(method === "GET" ? [] : [method === "HEAD" ? "--head" : `--request ${method}`]),
    ...(["POST", "PUT", "PATCH"].includes(method)
      ? [`--header "Content-Type: application/json" --data '{}'`]
      : []),
  ].join(" ");
  if (signingName === undefined) return `${[...lines, `  curl ${options} ${example}`].join("\n")}\n\n`;
  lines.push(
    '  eval "$(npx sluice credentials)"',
    `  curl ${example} --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" \\`,
    `       --aws-sigv4 "aws:amz:$AWS_REGION:${signingName}" -H "x-amz-security-token: $AWS_SESSION_TOKEN" ${options}`,
  );
  return `${lines.join("\n")}\n\n`;
}

/** One line: status, time to first byte, chunks, bytes, duration. */
function describeInvocation(event: Extract<PlatformEvent, { kind: "invocation" }>): string {
  const { report, chunks, firstByteMs, errorType, functionName, version, status } = event;
  const parts = [
    `${version === "$LATEST" ? functionName : `${functionName}:${version}`} ${status ?? "no answer"}`,
    firstByteMs === undefined ? "no byte" : `first byte ${firstByteMs.toFixed(1)} ms`,
    `${chunks} ${chunks === 1 ? "chunk" : "chunks"}`,
    `${report.producedBytes} bytes`,
    `${report.durationMs.toFixed(1)} ms`,
  ];
  if (errorType !== undefined) parts.push(firstByteMs === undefined ? errorType : `broke off: ${errorType}`);
  if (report.isDetached) parts.push("the client left; the function ran on and its output was discarded");
  return parts.join(" · ");
}

function describeWaiting({ awaits, address }: Extract<PlatformEvent, { kind: "waiting" }>): string {
  return awaits === "debugger"
    ? `waits for a debugger on ${address}`
    : `has an invocation and no process: start one that takes it from ${address}`;
}

/** Its address, its variables, and a line that can be pasted into a shell, where there is one. */
function describeHandStart(event: Extract<PlatformEvent, { kind: "by-hand" }>, folder: string): string {
  const file = relative(folder, event.environmentFile);
  const [sourced = "", ...command] = [file.includes("/") ? file : `./${file}`, ...(event.command ?? [])].map(
    shellWord,
  );
  const lines = [
    `${event.functionName} is yours to start, with the variables in ${file}`,
    `  AWS_LAMBDA_RUNTIME_API=${event.runtimeApi}`,
    ...(event.command === undefined ? [] : [`  (set -a; . ${sourced}; exec ${command.join(" ")})`]),
  ];
  return `${lines.join("\n")}\n\n`;
}

function shellWord(word: string): string {
  return /^[\w./:,@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** A line of a log can hold line breaks, and Node.js functions log them as carriage returns, as on AWS. */
function onLinesOfTheirOwn(message: string, functionName: string): string {
  return message.replace(/\r\n?|\n/g, `\n${" ".repeat(functionName.length + 1)}│ `);
}
