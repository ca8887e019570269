import { relative } from "node:path";
import {
  CredentialsFileError,
  type Endpoint,
  ListenError,
  NewerStateError,
  Platform,
  type PlatformEvent,
  stateFolderOf,
  TemplateError,
} from "@sluice/platform";
import { type Command, CommandError, portOption, type Terminal, textOption } from "../command.ts";
import { countDiagnostics, formatDiagnostic } from "../diagnostics.ts";
import { parameterValues, templatePath } from "../template-path.ts";

/** Runs a template on this machine. */
export const dev: Command = {
  usage: "[template] [--port 7000] [--host ADDRESS] [--parameter Name=value] [--unsigned]",
  summary: "Runs a SAM template here: REST APIs, function URLs and Lambda's own API, streaming.",
  details: `The template is the one named, or template.yaml in the working directory. It is deployed again when it or
the code changes: new execution environments take over, and streams in flight finish.

  --port PORT               port to listen on; 7000 unless given, 0 for any free one
  --host ADDRESS            listen there instead of 127.0.0.1 and ::1; others can then reach your functions
  --parameter Name=value    a value for one of the template's parameters
  --unsigned                leave signatures and policies unchecked
`,
  options: {
    port: { type: "string" },
    host: { type: "string" },
    parameter: { type: "string", multiple: true },
    unsigned: { type: "boolean" },
  },
  async run(input, terminal) {
    const template = templatePath(input, terminal);
    const host = textOption(input, "host");
    const isUnsigned = input.values["unsigned"] === true;
    const startedMs = performance.now();
    let platform: Platform;
    try {
      platform = await Platform.start({
        template,
        parameters: parameterValues(input),
        port: portOption(input, "port", 7000),
        stateFolder: stateFolderOf(terminal.environment, terminal.folder),
        isUnsigned,
        watches: true,
        onEvent: (event) => printEvent(event, terminal),
        ...(host === undefined ? {} : { host }),
      });
    } catch (error) {
      if (error instanceof TemplateError) {
        throw new CommandError(
          `${relative(terminal.folder, template)}: ${countDiagnostics(error.diagnostics)}.`,
        );
      }
      if (
        error instanceof ListenError ||
        error instanceof NewerStateError ||
        error instanceof CredentialsFileError
      ) {
        throw new CommandError(error.message);
      }
      throw error;
    }
    if (isUnsigned) {
      terminal.talk("WARNING: --unsigned: signatures and policies are NOT checked. AWS will check them.\n");
    }
    if (host !== undefined) {
      terminal.talk(
        `WARNING: --host ${host}: whoever reaches that address reaches your functions, unsigned /invoke included.\n`,
      );
    }
    const name = relative(terminal.folder, template);
    terminal.talk(`${name} is up in ${Math.round(performance.now() - startedMs)} ms.\n\n`);
    for (const endpoint of platform.endpoints) terminal.talk(`${describeEndpoint(endpoint)}\n`);
    await terminal.interrupted;
    await platform.close();
    return 0;
  },
};

const kinds = { "rest-api": "REST API", "function-url": "Function URL", invoke: "Invoke" } as const;

/** The endpoint and a curl line that can be pasted. */
function describeEndpoint({ kind, name, url, signingName, method }: Endpoint): string {
  const lines = [`${kinds[kind]} ${name}`, `  ${url}`, ""];
  if (signingName !== undefined) {
    lines.push(
      '  eval "$(npx sluice credentials)"',
      `  curl "${url}" --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" \\`,
      `       --aws-sigv4 "aws:amz:$AWS_REGION:${signingName}" -H "x-amz-security-token: $AWS_SESSION_TOKEN" --no-buffer`,
    );
  } else if (method === "POST") {
    lines.push(`  curl --no-buffer --header "Content-Type: application/json" --data '{}' ${url}`);
  } else {
    lines.push(`  curl --no-buffer ${method === "GET" ? "" : `-X ${method} `}"${url}"`);
  }
  return `${lines.join("\n")}\n`;
}

function printEvent(event: PlatformEvent, terminal: Terminal): void {
  switch (event.kind) {
    case "log":
      terminal.talk(`${event.functionName} │ ${event.message.trimEnd()}\n`);
      break;
    case "invocation": {
      const { report, chunks, firstByteMs, errorType, functionName, status } = event;
      const parts = [
        `${functionName} ${status ?? "no answer"}`,
        firstByteMs === undefined ? "no byte" : `first byte ${firstByteMs.toFixed(1)} ms`,
        `${chunks} ${chunks === 1 ? "chunk" : "chunks"}`,
        `${report.producedBytes} bytes`,
        `${report.durationMs.toFixed(1)} ms`,
      ];
      if (errorType !== undefined) parts.push(errorType);
      if (report.isDetached) parts.push("the client left; the function ran on and its output was discarded");
      terminal.talk(`▸ ${parts.join(" · ")}\n`);
      break;
    }
    case "note":
      terminal.talk(`▸ ${event.requestId} ${event.message}\n`);
      break;
    case "warning":
      terminal.talk(`WARNING: ${event.message}\n`);
      break;
    case "deployed":
      for (const diagnostic of event.diagnostics) terminal.talk(formatDiagnostic(diagnostic));
      terminal.talk(`deployed in ${Math.round(event.durationMs)} ms\n`);
      break;
    case "rejected":
      for (const diagnostic of event.diagnostics) terminal.talk(formatDiagnostic(diagnostic));
      terminal.talk("not deployed; what ran before runs on\n");
      break;
    case "bug":
      terminal.talk(
        `BUG in Sluice, please report it: ${event.error instanceof Error ? event.error.stack : String(event.error)}\n`,
      );
  }
}
