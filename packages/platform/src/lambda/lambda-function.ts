import type { PolicyDocument } from "../iam/policy.ts";
import type { CorsConfiguration } from "./function-url/cors.ts";

/** A function as it is configured, ready to be invoked. */
export interface LambdaFunction {
  readonly name: string;
  /** Unqualified ARN. */
  readonly arn: string;
  readonly logicalId: string | undefined;
  readonly runtime: string;
  readonly handler: string;
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  /** How many invocations an execution environment may have at once: 1 unless set, as it is for managed instances. */
  readonly maxConcurrency?: number;
  readonly architecture: "x86_64" | "arm64";
  readonly environment: Readonly<Record<string, string>>;
  readonly roleArn: string | undefined;
  readonly logGroupName: string;
  readonly logFormat: "Text" | "JSON";
  readonly applicationLogLevel: string | undefined;
  /** Folder with the unpacked deployment package. */
  readonly codeFolder: string;
  /** Folder with the content of the layers; need not exist. */
  readonly layersFolder: string;
  /** Who besides the account's own principals may do something with it. */
  readonly policies: readonly PolicyDocument[];
}

/** A function URL. */
export interface FunctionUrl {
  readonly id: string;
  readonly functionName: string;
  readonly authType: "NONE" | "AWS_IAM";
  readonly invokeMode: "BUFFERED" | "RESPONSE_STREAM";
  readonly cors: CorsConfiguration | undefined;
}
