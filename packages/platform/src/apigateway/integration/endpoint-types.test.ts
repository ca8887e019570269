import { expect, test } from "vitest";
import { proxyTo, restStage, stagePath } from "../../../test/rest-stage.ts";
import { scripted, TestPlatform } from "../../../test/test-platform.ts";
import { TestClock } from "../../test-clock.ts";

const piece = `const s = stream(id); s.write(chunk("{}" + "\\0".repeat(8) + "piece")); await gate("more");
  s.write(chunk("more") + "0\\r\\n\\r\\n"); await answered(s);`;

/** An API that streams, as a SAM template has it. */
const samApi = (properties: object) => ({
  F: scripted({
    Timeout: 900,
    Events: {
      Get: {
        Type: "Api",
        Properties: {
          RestApiId: { Ref: "Api" },
          Path: "/",
          Method: "post",
          ResponseTransferMode: "RESPONSE_STREAM",
          TimeoutInMillis: 900_000,
        },
      },
    },
  }),
  Api: { Type: "AWS::Serverless::Api", Properties: { StageName: "test", ...properties } },
});
const restApi = (endpointType: "EDGE" | "PRIVATE") => ({
  F: scripted({ Timeout: 900 }),
  ...restStage({
    invokes: ["F"],
    paths: { "/": { post: proxyTo("F", "STREAM", { integration: { timeoutInMillis: 900_000 } }) } },
    endpointType,
  }),
});

test.each<[string, Record<string, unknown>, number]>([
  ["an edge-optimized API", restApi("EDGE"), 30_000],
  ["a private API", restApi("PRIVATE"), 300_000],
  ["an API of SAM that says nothing, which is edge-optimized", samApi({}), 30_000],
  ["an API of SAM that is Regional", samApi({ EndpointConfiguration: { Type: "REGIONAL" } }), 300_000],
])(
  "the stream of %s breaks off after so much silence, and the function runs on",
  async (_, resources, idleMs) => {
    const clock = new TestClock();
    await using platform = await TestPlatform.start({ resources, clock });
    const answer = await platform.send({
      method: "POST",
      path: `${stagePath(platform)}/`,
      body: piece,
    });
    await answer.arrival("piece");
    await platform.gate.arrived("more");
    clock.advance(idleMs - 1);
    clock.advance(1);
    expect(await answer.ended).toBe("broken off");
    const notes = platform.notes(answer.requestId).join("\n");
    expect(notes).toContain(`silent for ${idleMs} ms`);
    expect(notes.includes("Write EndpointConfiguration")).toBe(idleMs === 30_000);
    await platform.gate.pass("more");
  },
);

test("an endpoint of another type is refused", async () => {
  await expect(
    TestPlatform.start({
      resources: {
        Api: {
          Type: "AWS::ApiGateway::RestApi",
          Properties: { Name: "a", EndpointConfiguration: { Types: ["GLOBAL"] } },
        },
      },
    }),
  ).rejects.toMatchObject({
    diagnostics: expect.arrayContaining([
      expect.objectContaining({ message: expect.stringContaining("takes EDGE, REGIONAL or PRIVATE") }),
    ]),
  });
});
