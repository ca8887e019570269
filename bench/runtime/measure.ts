import { type Client, type ClientName, prepareClients } from "./clients.ts";
import { median } from "./messages.ts";
import { Cores, type Placement } from "./placement.ts";
import { type Row, type Scenario, scenarios } from "./rows.ts";
import { MockProcess, Session } from "./session.ts";

interface ClientResult {
  readonly median: number;
  /** One value per round. */
  readonly rounds: readonly number[];
}

export interface RowResult extends Omit<Row, "once"> {
  readonly placement: Placement;
  readonly clients: Partial<Record<ClientName, ClientResult>>;
}

export interface RuntimeResults {
  readonly rows: readonly RowResult[];
  /** Clients that could not be measured, with the reason. */
  readonly missing: Partial<Record<ClientName, string>>;
}

export interface MeasureOptions {
  /** Only rows whose id starts with one of these; all when empty. */
  readonly filters: readonly string[];
  /** Rounds per scenario instead of its own number. */
  readonly rounds?: number;
  readonly log: (line: string) => void;
}

/** Runs the scenarios. Rounds are interleaved: every round starts each client once, in an order that rotates. */
export async function measureRuntime(options: MeasureOptions): Promise<RuntimeResults> {
  const cores = new Cores();
  const all = await prepareClients();
  const clients = all.filter(({ unavailable }) => unavailable === undefined);
  const selected = scenarios.filter(({ rows }) => rows.some(({ id }) => isSelected(id, options.filters)));
  const missing = Object.fromEntries(
    all.flatMap(({ name, unavailable }) => (unavailable === undefined ? [] : [[name, unavailable]])),
  );
  if (selected.length === 0) return { rows: [], missing };
  const mock = await MockProcess.start(cores);
  try {
    const rows: RowResult[] = [];
    for (const scenario of selected) {
      // Both placements become one where processes cannot be pinned.
      const placements = new Set(scenario.placements.map((wanted) => cores.placement(wanted)));
      for (const placement of placements) {
        const results = await measureScenario(scenario, placement, clients, mock, cores, options);
        rows.push(...results.filter(({ id }) => isSelected(id, options.filters)));
      }
    }
    return { rows, missing };
  } finally {
    mock.stop();
  }
}

export function isSelected(id: string, filters: readonly string[]): boolean {
  return filters.length === 0 || filters.some((filter) => id.startsWith(filter));
}

/** Values by client, then by row of the scenario. */
type Values = ReadonlyMap<ClientName, readonly number[][]>;

async function measureScenario(
  scenario: Scenario,
  placement: Placement,
  clients: readonly Client[],
  mock: MockProcess,
  cores: Cores,
  options: MeasureOptions,
): Promise<RowResult[]> {
  const { functionName, rows } = scenario;
  const rounds = options.rounds ?? scenario.rounds;
  const values: Values = new Map(clients.map(({ name }) => [name, rows.map(() => [])]));
  options.log(`${rows.map(({ id }) => id).join(", ")}: ${rounds} rounds, ${placement}`);
  for (let round = 0; round < rounds; round++) {
    const first = round % clients.length;
    for (const client of [...clients.slice(first), ...clients.slice(0, first)]) {
      const session = await Session.start(mock, cores, { client, functionName, placement });
      try {
        const measured = await scenario.measure(session);
        for (const [index, value] of measured.entries()) {
          if (value !== undefined) values.get(client.name)?.[index]?.push(value);
        }
      } catch (error) {
        throw new Error(`${client.name}, ${rows[0]?.id}: ${String(error)}`, { cause: error });
      } finally {
        await session.end();
      }
    }
  }
  const primary = placement === cores.placement(scenario.placements[0] ?? "unpinned");
  return rows.flatMap(({ aim, once, ...row }, index) => {
    if (once && !primary) return [];
    return [{ ...row, ...(aim && primary ? { aim } : {}), placement, clients: clientResults(values, index) }];
  });
}

function clientResults(values: Values, index: number): RowResult["clients"] {
  const results: Partial<Record<ClientName, ClientResult>> = {};
  for (const [name, perRow] of values) {
    const rounds = perRow[index] ?? [];
    if (rounds.length > 0) results[name] = { median: median(rounds), rounds };
  }
  return results;
}
