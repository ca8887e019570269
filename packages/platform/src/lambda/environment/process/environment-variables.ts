/** Credentials of the function's execution role. */
export interface RoleCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** What the variables of an execution environment are made of. */
export interface EnvironmentVariablesSource {
  readonly functionName: string;
  readonly functionVersion: string;
  readonly handler: string;
  readonly memoryMb: number;
  /** How many invocations the runtime may have at once; more than one only on Lambda Managed Instances. */
  readonly maxConcurrency: number;
  /** `on-demand` and so on. */
  readonly initializationType: string;
  readonly region: string;
  readonly logGroup: string;
  readonly logStream: string;
  readonly logFormat: "Text" | "JSON";
  readonly applicationLogLevel: string;
  readonly runtimeApi: string;
  /** The function's own variables. */
  readonly customer: Readonly<Record<string, string>>;
  readonly credentials: RoleCredentials;
  /** `AWS_Lambda_nodejs24.x`; OS-only runtimes have none. */
  readonly executionEnvironment: string | undefined;
  /** The folder with the function's code: `/var/task` on AWS. */
  readonly taskRoot: string;
  /** The folder with the runtime: `/var/runtime` on AWS. */
  readonly runtimeDirectory: string;
  /** The folder with the layers' content: `/opt` on AWS. */
  readonly layersDirectory: string;
  /** Variables that the runtime or the platform brings, such as `NODE_PATH`. The function's own go before them. */
  readonly defaults: Readonly<Record<string, string>>;
  /** `PATH` of this machine: what a `bootstrap` calls must be found. */
  readonly hostPath: string;
}

/**
 * The variables that a runtime sees. Folders are those of this machine; a function that takes them from the variables,
 * as AWS advises, finds its files.
 *
 * The order is AWS's, later ones win: the function's variables, unreserved platform values, credentials, runtime
 * values, platform values. What is documented as unreserved (`PATH`, `LANG` and so on) comes before all.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 */
export function environmentVariables(source: EnvironmentVariablesSource): Record<string, string> {
  const { taskRoot, runtimeDirectory, layersDirectory } = source;
  return {
    LANG: "en_US.UTF-8",
    PATH: `${source.hostPath}:/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:${layersDirectory}/bin`,
    // Without AWS's /lib64 and /usr/lib64: here they would put this system's libraries in the wrong order.
    LD_LIBRARY_PATH: `${runtimeDirectory}:${runtimeDirectory}/lib:${taskRoot}:${taskRoot}/lib:${layersDirectory}/lib`,
    AWS_XRAY_CONTEXT_MISSING: "LOG_ERROR",
    ...source.defaults,
    ...source.customer,

    AWS_XRAY_DAEMON_ADDRESS: xrayDaemon.address,
    _AWS_XRAY_DAEMON_ADDRESS: xrayDaemon.host,
    _AWS_XRAY_DAEMON_PORT: xrayDaemon.port,

    AWS_ACCESS_KEY_ID: source.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: source.credentials.secretAccessKey,
    AWS_SESSION_TOKEN: source.credentials.sessionToken,

    _HANDLER: source.handler,
    ...(source.executionEnvironment === undefined ? {} : { AWS_EXECUTION_ENV: source.executionEnvironment }),
    AWS_LAMBDA_LOG_GROUP_NAME: source.logGroup,
    AWS_LAMBDA_LOG_STREAM_NAME: source.logStream,
    ...(source.logFormat === "JSON"
      ? { AWS_LAMBDA_LOG_FORMAT: "JSON", AWS_LAMBDA_LOG_LEVEL: source.applicationLogLevel }
      : {}),
    LAMBDA_TASK_ROOT: taskRoot,
    LAMBDA_RUNTIME_DIR: runtimeDirectory,

    AWS_REGION: source.region,
    AWS_DEFAULT_REGION: source.region,
    AWS_LAMBDA_FUNCTION_NAME: source.functionName,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(source.memoryMb),
    AWS_LAMBDA_FUNCTION_VERSION: source.functionVersion,
    AWS_LAMBDA_INITIALIZATION_TYPE: source.initializationType,
    ...(source.maxConcurrency > 1 ? { AWS_LAMBDA_MAX_CONCURRENCY: String(source.maxConcurrency) } : {}),
    AWS_LAMBDA_RUNTIME_API: source.runtimeApi,
    TZ: ":UTC",
  };
}

/**
 * The variables that an external extension sees.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html#runtimes-extensions-registration-api
 */
export function extensionVariables(source: EnvironmentVariablesSource): Record<string, string> {
  const variables = environmentVariables(source);
  for (const name of notForExtensions) delete variables[name];
  return variables;
}

const notForExtensions = [
  "AWS_EXECUTION_ENV",
  "AWS_LAMBDA_LOG_GROUP_NAME",
  "AWS_LAMBDA_LOG_STREAM_NAME",
  "AWS_XRAY_CONTEXT_MISSING",
  "AWS_XRAY_DAEMON_ADDRESS",
  "_AWS_XRAY_DAEMON_ADDRESS",
  "_AWS_XRAY_DAEMON_PORT",
  "LAMBDA_RUNTIME_DIR",
  "LAMBDA_TASK_ROOT",
  "_HANDLER",
];

/** Where an X-Ray daemon of this machine would listen; without one, segments are lost at once and nobody waits. */
const xrayDaemon = { host: "127.0.0.1", port: "2000", address: "127.0.0.1:2000" } as const;
