import type { EnvironmentSpec } from "../environment-spec.ts";
import { ExecutionEnvironment } from "../execution-environment.ts";
import type { Invocation, InvocationReport, InvocationRequest } from "../invocation.ts";
import { FunctionFolder } from "./function-folder.ts";
import { Gate } from "./gate.ts";
import { ManualClock } from "./manual-clock.ts";
import { RecordingReceiver } from "./recording-receiver.ts";
import { LogRecorder, testPorts, testRequest, testSpec } from "./test-environment.ts";

/** An environment on a clock that stands still, and what came of it. */
export class EnvironmentBench implements AsyncDisposable {
  readonly clock = new ManualClock();
  readonly log: LogRecorder;
  readonly environment: ExecutionEnvironment;
  readonly folder: FunctionFolder;
  readonly gate: Gate;

  private constructor(
    folder: FunctionFolder,
    gate: Gate,
    changes: Partial<EnvironmentSpec>,
    log: LogRecorder,
  ) {
    this.folder = folder;
    this.gate = gate;
    this.log = log;
    const variables = { ...gate.variables, ...changes.variables };
    const spec = testSpec(folder.path, { timeoutMs: 3_000, ...changes, variables });
    this.environment = new ExecutionEnvironment(spec, testPorts(this.log, this.clock));
  }

  static async open(
    bootstrap: string | undefined,
    changes: Partial<EnvironmentSpec> = {},
    log = new LogRecorder(),
  ): Promise<EnvironmentBench> {
    const folder = await FunctionFolder.create(bootstrap === undefined ? {} : { bootstrap });
    return new EnvironmentBench(folder, await Gate.open(), changes, log);
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
