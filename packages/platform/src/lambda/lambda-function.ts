import type { PolicyDocument } from "../iam/policy.ts";
import type { SystemLogLevel } from "./environment/index.ts";
import type { CorsConfiguration } from "./function-url/cors.ts";

/** A version of a function as it is configured, ready to be invoked. */
export interface LambdaFunction {
  readonly name: string;
  /** `$LATEST`, or the number of what was published. */
  readonly version: string;
  /** Unqualified ARN. */
  readonly arn: string;
  readonly logicalId: string | undefined;
  readonly runtime: string;
  readonly handler: string;
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  /** How many invocations an execution environment may have at once: 1 unless set, as it is for managed instances. */
  readonly maxConcurrency?: number;
  /** Invocations that all versions together may have at once, and always; those of the account are shared unless set. */
  readonly reservedConcurrency?: number | undefined;
  readonly architecture: "x86_64" | "arm64";
  readonly environment: Readonly<Record<string, string>>;
  readonly roleArn: string | undefined;
  /** Key of KMS that its environment variables are encrypted with; AWS's own unless set. */
  readonly kmsKeyArn?: string | undefined;
  /** ARN of the queue for events that were given up. */
  readonly deadLetterArn?: string | undefined;
  readonly logGroupName: string;
  readonly logFormat: "Text" | "JSON";
  readonly applicationLogLevel: string | undefined;
  /** From which level on Lambda's own events are logged as JSON; `INFO` unless set. */
  readonly systemLogLevel?: SystemLogLevel | undefined;
  /** Folder with the unpacked deployment package. */
  readonly codeFolder: string;
  /** Folder with the content of the layers; need not exist. */
  readonly layersFolder: string;
  /** Who besides the account's own principals may do something with it. */
  readonly policies: readonly PolicyDocument[];
}

/** A name for a version, or for two between which invocations are split. */
export interface FunctionAlias {
  readonly name: string;
  /** `$LATEST` or a number. */
  readonly version: string;
  readonly additional?: {
    readonly version: string;
    /** Share of the invocations, from 0 to 1. */
    readonly weight: number;
  };
}

/** Everything of a function besides `$LATEST`. */
export interface Publication {
  readonly versions: readonly LambdaFunction[];
  readonly aliases: readonly FunctionAlias[];
  /** Policies of versions and aliases, by qualifier. */
  readonly policies: ReadonlyMap<string, readonly PolicyDocument[]>;
  /** Provisioned concurrency of versions and aliases, by qualifier. */
  readonly provisioned: ReadonlyMap<string, number>;
}

/** A function of which nothing was published. */
export const nothingPublished: Publication = {
  versions: [],
  aliases: [],
  policies: new Map(),
  provisioned: new Map(),
};

/** A function URL. */
export interface FunctionUrl {
  readonly id: string;
  readonly functionName: string;
  /** The alias that it invokes, if it doesn't invoke `$LATEST`. */
  readonly qualifier?: string | undefined;
  readonly authType: "NONE" | "AWS_IAM";
  readonly invokeMode: "BUFFERED" | "RESPONSE_STREAM";
  readonly cors: CorsConfiguration | undefined;
}
