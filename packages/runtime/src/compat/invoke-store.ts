import type { AsyncLocalStorage } from "node:async_hooks";
import type { LambdaContext } from "../context.ts";
import { currentContext } from "../invocation-scope.ts";

/** What belongs to one invocation, under symbols for Lambda's own fields and under any other key for the function's. */
export interface InvokeContext {
  [key: string | symbol]: unknown;
}

/**
 * `awslambda.InvokeStore`: data of the invocation that the calling code belongs to, also while several run at once.
 * `@aws/lambda-invoke-store` gives it to Powertools, the X-Ray SDK and others.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-managed-instances-nodejs-runtime.html
 */
export interface InvokeStore {
  /** Everything that is kept for the invocation; undefined during init. */
  getContext(): InvokeContext | undefined;
  hasContext(): boolean;
  get<T = unknown>(key: string | symbol): T | undefined;
  /** @throws {Error} for Lambda's own fields, and where there is no invocation. */
  set<T = unknown>(key: string | symbol, value: T): void;
  /** Runs `run`, and what it starts, with another context. For tests. */
  run<T>(context: InvokeContext, run: () => T): T;
  /** The request ID, or `-` during init. */
  getRequestId(): string;
  /** The X-Ray tracing header. */
  getXRayTraceId(): string | undefined;
  getTenantId(): string | undefined;
  /** W3C trace context. Lambda's Runtime API has no header for it, so only `run` can bring one. */
  getTraceparent(): string | undefined;
  getTracestate(): string | undefined;
  getBaggage(): string | undefined;
}

/** Registered globally, as `@aws/lambda-invoke-store` has them. */
const fields = {
  requestId: Symbol.for("_AWS_LAMBDA_REQUEST_ID"),
  traceId: Symbol.for("_AWS_LAMBDA_X_RAY_TRACE_ID"),
  tenantId: Symbol.for("_AWS_LAMBDA_TENANT_ID"),
  traceparent: Symbol.for("_AWS_LAMBDA_TRACEPARENT"),
  tracestate: Symbol.for("_AWS_LAMBDA_TRACESTATE"),
  baggage: Symbol.for("_AWS_LAMBDA_BAGGAGE"),
} as const;
const ownFields: ReadonlySet<string | symbol> = new Set(Object.values(fields));

/** An {@link InvokeStore} over the scope that the runtime keeps for each invocation. */
export class InvocationScopeStore implements InvokeStore {
  readonly #contexts = new WeakMap<LambdaContext, InvokeContext>();
  #replaced: AsyncLocalStorage<InvokeContext> | undefined;

  getContext(): InvokeContext | undefined {
    const replaced = this.#replaced?.getStore();
    if (replaced !== undefined) return replaced;
    const invocation = currentContext();
    return invocation === undefined ? undefined : this.#contextOf(invocation);
  }

  hasContext(): boolean {
    return this.getContext() !== undefined;
  }

  get<T = unknown>(key: string | symbol): T | undefined {
    return this.getContext()?.[key] as T | undefined;
  }

  set<T = unknown>(key: string | symbol, value: T): void {
    if (ownFields.has(key)) throw new Error(`${String(key)} is Lambda's own and can't be changed.`);
    const context = this.getContext();
    if (context === undefined) throw new Error(`There is no invocation to keep ${String(key)} for.`);
    context[key] = value;
  }

  run<T>(context: InvokeContext, run: () => T): T {
    const { AsyncLocalStorage } = process.getBuiltinModule("node:async_hooks");
    this.#replaced ??= new AsyncLocalStorage();
    return this.#replaced.run(context, run);
  }

  getRequestId(): string {
    return this.get<string>(fields.requestId) ?? "-";
  }

  getXRayTraceId(): string | undefined {
    return this.get(fields.traceId);
  }

  getTenantId(): string | undefined {
    return this.get(fields.tenantId);
  }

  getTraceparent(): string | undefined {
    return this.get(fields.traceparent);
  }

  getTracestate(): string | undefined {
    return this.get(fields.tracestate);
  }

  getBaggage(): string | undefined {
    return this.get(fields.baggage);
  }

  #contextOf(invocation: LambdaContext): InvokeContext {
    let context = this.#contexts.get(invocation);
    if (context === undefined) {
      context = {
        [fields.requestId]: invocation.requestId,
        [fields.traceId]: invocation.traceId,
        [fields.tenantId]: invocation.tenantId,
      };
      this.#contexts.set(invocation, context);
    }
    return context;
  }
}
