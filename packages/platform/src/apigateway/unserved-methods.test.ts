import { expect, test } from "vitest";
import { eventAsBody, proxyTo, restStage, stagePath } from "../../test/rest-stage.ts";
import { scripted, TestPlatform } from "../../test/test-platform.ts";

test("an API with a method that is not served here serves the others, and says so", async () => {
  const mapped = { "x-amazon-apigateway-integration": { type: "aws" } };
  await using platform = await TestPlatform.start({
    files: { "event/bootstrap": eventAsBody },
    resources: {
      F: scripted({ CodeUri: "event/" }),
      ...restStage({
        invokes: ["F"],
        paths: { "/a": { get: proxyTo("F", "BUFFERED"), options: mapped }, "/b": { get: mapped } },
      }),
    },
  });
  const [deployed] = platform.events.filter((event) => event.kind === "deployed");
  expect(deployed?.diagnostics.filter(({ code }) => code === "no-effect")).toEqual(
    ["OPTIONS /a", "GET /b"].map((name) =>
      expect.objectContaining({
        severity: "warning",
        logicalId: "Api",
        message: expect.stringMatching(
          new RegExp(`^${name}: Integrations of type AWS, which map .* are not served by this platform`),
        ),
      }),
    ),
  );
  expect(platform.platform.endpoints.map(({ name }) => name)).toEqual(["Api GET /a", "F"]);

  const get = await platform.send({ path: `${stagePath(platform)}/a` });
  expect(get.status).toBe(200);
  const options = await platform.send({ method: "OPTIONS", path: `${stagePath(platform)}/a` });
  expect(options.status).toBe(501);
  expect(options.headers["x-amzn-errortype"]).toBe("NotImplemented");
  expect(await options.json()).toEqual({
    message: expect.stringContaining("Use AWS_PROXY for a Lambda function"),
  });
  const requestId = String(options.headers["x-amzn-requestid"]);
  expect(platform.notes(requestId)).toEqual([expect.stringMatching(/^501: OPTIONS \/a: Integrations/)]);
});
