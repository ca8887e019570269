import {
  APIGatewayClient,
  CreateRestApiCommand,
  DeleteRestApiCommand,
  GetRestApiCommand,
} from "@aws-sdk/client-api-gateway";
import { ApiGatewayV2Client, CreateApiCommand, GetApisCommand } from "@aws-sdk/client-apigatewayv2";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { expect, test } from "vitest";
import { refusalOf, restClient } from "../../../test/api-gateway.ts";
import { scripted, TestPlatform } from "../../../test/test-platform.ts";

const account = "123456789012";

test("actions are HTTP's methods, and resources the paths of requests", async () => {
  await using platform = await TestPlatform.start({
    resources: {
      Answer: scripted(),
      Reader: {
        Type: "AWS::IAM::Role",
        Properties: {
          RoleName: "reader",
          AssumeRolePolicyDocument: {
            Statement: [{ Effect: "Allow", Principal: { AWS: account }, Action: "sts:AssumeRole" }],
          },
          Policies: [
            {
              PolicyName: "read",
              PolicyDocument: {
                Statement: [
                  {
                    Effect: "Allow",
                    Action: "apigateway:GET",
                    Resource: [
                      "arn:aws:apigateway:us-east-1::/restapis/*",
                      "arn:aws:apigateway:us-east-1::/v2/apis",
                    ],
                  },
                ],
              },
            },
          ],
        },
      },
    },
  });
  const { clientConfig } = platform.platform;
  const { id: restApiId } = await restClient(platform).send(new CreateRestApiCommand({ name: "api" }));
  const { Credentials: session } = await new STSClient(clientConfig).send(
    new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${account}:role/reader`, RoleSessionName: "session" }),
  );
  const credentials = {
    accessKeyId: session?.AccessKeyId ?? "",
    secretAccessKey: session?.SecretAccessKey ?? "",
    sessionToken: session?.SessionToken ?? "",
  };
  const rest = new APIGatewayClient({ ...clientConfig, credentials, maxAttempts: 1 });
  const http = new ApiGatewayV2Client({ ...clientConfig, credentials, maxAttempts: 1 });
  expect(await rest.send(new GetRestApiCommand({ restApiId }))).toMatchObject({ name: "api" });
  expect((await http.send(new GetApisCommand({}))).Items).toEqual([]);
  expect(await refusalOf(rest.send(new DeleteRestApiCommand({ restApiId })))).toMatch(
    new RegExp(
      `^403 AccessDeniedException: User: .*/reader/session is not authorized to perform: apigateway:DELETE on resource: arn:aws:apigateway:us-east-1::/restapis/${restApiId}`,
    ),
  );
  const create = http.send(new CreateApiCommand({ Name: "x", ProtocolType: "HTTP" }));
  expect(await refusalOf(create)).toMatch(
    /^403 AccessDeniedException: .*apigateway:POST on resource: .*::\/v2\/apis/,
  );
  expect(platform.bugs).toEqual([]);
});
