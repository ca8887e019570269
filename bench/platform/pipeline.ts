import { median } from "../runtime/messages.ts";
import type { LoadClient } from "./load-client.ts";
import type { MeasureOptions, RowResult } from "./measure.ts";
import type { Request } from "./orders.ts";
import { warmUpMs } from "./rows.ts";
import { RunningServer } from "./running-server.ts";
import { devCommand, prepareSluice, sluiceCredentials } from "./servers/sluice.ts";
import { signedHeaders } from "./sign.ts";

const rounds = 5;

/**
 * What a REST API's stage costs that checks signatures, throttles and writes an access log, beside one that does nothing
 * of that: the difference of the two medians, in one server. Or why that can't be measured.
 */
export async function measurePipeline(
  client: LoadClient,
  options: MeasureOptions,
): Promise<RowResult | { readonly what: string; readonly reason: string }> {
  const what = "the cost of IAM, throttling and an access log";
  try {
    const project = await prepareSluice("pipeline.yaml");
    const ignored = /(?:MethodSettings|AccessLogSetting)[^\n]* has no effect on this platform/.exec(
      project.output,
    );
    if (ignored !== null) return { what, reason: `the platform says "${ignored[0]}"` };
    options.log(`platform-pipeline: ${options.rounds ?? rounds} rounds`);
    const bare: Request = { method: "GET", path: project.path("REST API Bare GET /trivial") };
    const guarded: Request = { method: "GET", path: project.path("REST API Guarded GET /trivial") };
    const credentials = sluiceCredentials(project.folder);
    await using running = await RunningServer.start(
      {
        name: "sluice-rest",
        label: "Sluice, pipeline",
        kind: "sluice",
        start: ([port]) => devCommand(project, port),
      },
      { request: bare, body: "ok" },
    );
    const { port, bodyBytes } = running;
    const differences: number[] = [];
    for (let round = 0; round < (options.rounds ?? rounds); round++) {
      const headers = signedHeaders(guarded.path, `127.0.0.1:${port}`, credentials);
      const times: number[] = [];
      for (const request of [bare, { ...guarded, headers }]) {
        const load = { kind: "load", port, request, bodyBytes, connections: 1 } as const;
        // All rounds are those of one server: it is compiled in the first.
        const { p50Us } = await client.order({
          ...load,
          warmUpMs: round === 0 ? warmUpMs : 3_000,
          durationMs: 3_000,
        });
        times.push(p50Us / 1_000);
      }
      const [bareMs = Number.NaN, guardedMs = Number.NaN] = times;
      differences.push(guardedMs - bareMs);
    }
    return {
      id: "platform-pipeline",
      title: "IAM, throttling and access log, p50 beside a bare stage",
      unit: "ms",
      digits: 2,
      better: "less",
      aims: [{ atMost: 0.5 }],
      servers: { sluice: { median: median(differences), rounds: differences } },
    };
  } catch (error) {
    return { what, reason: error instanceof Error ? error.message : String(error) };
  }
}
