import type { Clock } from "../clock.ts";
import { createEnvironment, type Environment } from "../environment.ts";
import type { EnvironmentSpec } from "../environment-spec.ts";
import type { Invocation, InvocationReport, InvocationRequest } from "../invocation.ts";
import { FunctionFolder } from "./function-folder.ts";
import { Gate } from "./gate.ts";
import { ManualClock } from "./manual-clock.ts";
import { RecordingReceiver } from "./recording-receiver.ts";
import { LogRecorder, testPorts, testRequest, testSpec } from "./test-environment.ts";

/** What a bench is made of besides the function. */
interface BenchParts {
  /** Files of the function besides its `bootstrap`; layers are below `layers/`. All of them are executable. */
  readonly files?: Readonly<Record<string, string>>;
  readonly log?: LogRecorder;
  /** Instead of the clock that stands still. */
  readonly clock?: Clock;
}

/** An environment on a clock that stands still, unless it is given another, and what came of it. */
export class EnvironmentBench implements AsyncDisposable {
  readonly clock = new ManualClock();
  readonly log: LogRecorder;
  readonly environment: Environment;
  readonly folder: FunctionFolder;
  readonly gate: Gate;

  private constructor(
    folder: FunctionFolder,
    gate: Gate,
    changes: Partial<EnvironmentSpec>,
    { log, clock }: BenchParts,
  ) {
    this.folder = folder;
    this.gate = gate;
    this.log = log ?? new LogRecorder();
    const variables = { ...gate.variables, ...changes.variables };
    const spec = testSpec(folder.path, { timeoutMs: 3_000, ...changes, variables });
    this.environment = createEnvironment(spec, testPorts(this.log, clock ?? this.clock));
  }

  static async open(
    bootstrap: string | undefined,
    changes: Partial<EnvironmentSpec> = {},
    parts: BenchParts = {},
  ): Promise<EnvironmentBench> {
    const files = { ...(bootstrap === undefined ? {} : { bootstrap }), ...parts.files };
    return new EnvironmentBench(await FunctionFolder.create(files), await Gate.open(), changes, parts);
  }

  invoke(changes: Partial<InvocationRequest> = {}): { receiver: RecordingReceiver; invocation: Invocation } {
    const receiver = new RecordingReceiver();
    return { receiver, invocation: this.environment.invoke(testRequest(changes), receiver) };
  }

  /** Runs a whole invocation. */
  async run(
    changes: Partial<InvocationRequest> = {},
  ): Promise<{ receiver: RecordingReceiver; report: InvocationReport }> {
    const { receiver, invocation } = this.invoke(changes);
    const report = await invocation.done;
    await invocation.released;
    return { receiver, report };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.environment.shutdown();
    await this.gate[Symbol.asyncDispose]();
    await this.folder[Symbol.asyncDispose]();
  }
}
