import type { Attendance } from "../lambda/attendance.ts";
import type { LambdaFunction } from "../lambda/lambda-function.ts";

/** Developers who attend to the functions of a platform, from deployment to deployment. */
export interface FunctionAttendance extends Attendance {
  /** Called before functions are deployed. */
  prepare(functions: readonly LambdaFunction[]): Promise<void>;
  close(): Promise<void>;
}
