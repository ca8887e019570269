import { isSelected } from "../runtime/measure.ts";
import { median } from "../runtime/messages.ts";
import { LoadClient } from "./load-client.ts";
import { measurePipeline } from "./pipeline.ts";
import { type Row, type Scenario, scenarios } from "./rows.ts";
import { RunningServer } from "./running-server.ts";
import type { Probe, Server, ServerName } from "./server.ts";
import { emulator } from "./servers/emulator.ts";
import { limits } from "./servers/limits.ts";
import { peers } from "./servers/peers.ts";
import { sluiceServers } from "./servers/sluice.ts";

export interface ServerResult {
  readonly median: number;
  /** One value per round. */
  readonly rounds: readonly number[];
}

export interface RowResult extends Row {
  readonly servers: Partial<Record<ServerName, ServerResult>>;
}

export interface PlatformResults {
  readonly servers: readonly Pick<Server, "name" | "label" | "kind">[];
  readonly rows: readonly RowResult[];
  /** What could not be measured, with the reason. */
  readonly missing: readonly { readonly what: string; readonly reason: string }[];
}

export interface MeasureOptions {
  /** Only rows whose id starts with one of these; all when empty. */
  readonly filters: readonly string[];
  /** Rounds per scenario instead of its own number. */
  readonly rounds?: number;
  readonly log: (line: string) => void;
}

/** Runs the scenarios. Rounds are interleaved: every round starts each server once, in an order that rotates. */
export async function measurePlatform(options: MeasureOptions): Promise<PlatformResults> {
  const isWanted = ({ id }: { readonly id: string }) => isSelected(id, options.filters);
  const all = [...(await sluiceServers()), ...peers(), await emulator(), ...(await limits())];
  const missing = all.flatMap(({ label, unavailable }) =>
    unavailable === undefined ? [] : [{ what: label, reason: unavailable }],
  );
  const servers = all.filter(({ unavailable }) => unavailable === undefined);
  const rows: RowResult[] = [];
  using client = new LoadClient();
  for (const scenario of scenarios.filter((candidate) => candidate.rows.some(isWanted))) {
    const measured = await measureScenario(scenario, servers, client, options);
    rows.push(...measured.rows.filter(isWanted));
    missing.push(...measured.missing);
  }
  if (isSelected("platform-pipeline", options.filters)) {
    const pipeline = await measurePipeline(client, options);
    if ("reason" in pipeline) missing.push(pipeline);
    else rows.push(pipeline);
  }
  return { servers: servers.map(({ name, label, kind }) => ({ name, label, kind })), rows, missing };
}

async function measureScenario(
  scenario: Scenario,
  servers: readonly Server[],
  client: LoadClient,
  options: MeasureOptions,
): Promise<Pick<PlatformResults, "rows" | "missing">> {
  const rounds = options.rounds ?? scenario.rounds;
  const subjects = servers.flatMap((server) => {
    const probe = probeOf(server, scenario);
    return probe === undefined ? [] : [{ server, probe }];
  });
  const values = new Map(subjects.map(({ server }) => [server.name, scenario.rows.map((): number[] => [])]));
  const missing = new Map<ServerName, { readonly what: string; readonly reason: string }>();
  options.log(
    `${scenario.rows.map(({ id }) => id).join(", ")}: ${rounds} rounds, ${subjects.length} servers`,
  );
  for (let round = 0; round < rounds; round++) {
    const first = round % subjects.length;
    for (const { server, probe } of [...subjects.slice(first), ...subjects.slice(0, first)]) {
      // What fails once would take its whole patience in each round.
      if (missing.has(server.name)) continue;
      let row = 0;
      try {
        await using running = await RunningServer.start(server, probe);
        await scenario.measure({ server, running, client }, (...recorded) => {
          for (const value of recorded) {
            const rounds = values.get(server.name)?.[row++];
            if (value !== undefined) rounds?.push(value);
          }
        });
      } catch (error) {
        const reason = (error instanceof Error ? error.message : String(error)).replace(/\s+/g, " ");
        options.log(`${server.label}: ${reason}`);
        // A row that it failed in once has fewer rounds, or none.
        const { title } = scenario.rows[row] ?? { title: "the start" };
        missing.set(server.name, { what: `${server.label}, ${title}`, reason: withoutPaths(reason) });
      }
    }
  }
  return {
    rows: scenario.rows.map((row, index) => ({ ...row, servers: resultsOf(values, index) })),
    missing: [...missing.values()],
  };
}

function probeOf({ trivial, stream }: Server, { uses }: Scenario): Probe | undefined {
  if (uses === "trivial") return trivial;
  return stream === undefined ? undefined : { request: stream("chunks=1&size=16"), body: "xxxx" };
}

function resultsOf(
  values: ReadonlyMap<ServerName, readonly (readonly number[])[]>,
  index: number,
): RowResult["servers"] {
  const results: Partial<Record<ServerName, ServerResult>> = {};
  for (const [name, perRow] of values) {
    const rounds = perRow[index] ?? [];
    if (rounds.length > 0) results[name] = { median: median(rounds), rounds };
  }
  return results;
}

/** Results are published; where they were measured is nobody's business. */
function withoutPaths(text: string): string {
  return text.replace(/(?:\/[\w.@+-]+){2,}\/?/g, "…").slice(0, 200);
}
