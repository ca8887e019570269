import type { ValueMap } from "../../../value.ts";
import { shorthand, sub } from "../../intrinsic-forms.ts";

/**
 * The integration URI with which API Gateway calls a function.
 *
 * @param streams - Whether it is to call InvokeWithResponseStream rather than Invoke.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
 */
export function integrationUri(functionArn: ValueMap, partition: string, streams: boolean): ValueMap {
  const [version, operation] = streams
    ? ["2021-11-15", "response-streaming-invocations"]
    : ["2015-03-31", "invocations"];
  const path = `lambda:path/${version}/functions/${shorthand(functionArn)}/${operation}`;
  return sub(`arn:${partition}:apigateway:\${AWS::Region}:${path}`);
}
