const { App, CfnOutput, Duration, Stack } = require("aws-cdk-lib");
const { LambdaIntegration, ResponseTransferMode, RestApi } = require("aws-cdk-lib/aws-apigateway");
const {
  Code,
  Function: LambdaFunction,
  FunctionUrlAuthType,
  InvokeMode,
  Runtime,
} = require("aws-cdk-lib/aws-lambda");

const app = new App();
const stack = new Stack(app, "StreamingStack");
const numbers = new LambdaFunction(stack, "Numbers", {
  runtime: Runtime.NODEJS_24_X,
  handler: "index.handler",
  code: Code.fromAsset("code"),
  timeout: Duration.seconds(30),
});
const api = new RestApi(stack, "Api");
api.root
  .addResource("numbers")
  .addResource("{count}")
  .addMethod("GET", new LambdaIntegration(numbers, { responseTransferMode: ResponseTransferMode.STREAM }));
const url = numbers.addFunctionUrl({
  authType: FunctionUrlAuthType.NONE,
  invokeMode: InvokeMode.RESPONSE_STREAM,
});
new CfnOutput(stack, "NumbersUrl", { value: url.url });
