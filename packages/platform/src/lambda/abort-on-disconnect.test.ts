import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { scripted, TestPlatform } from "../../test/test-platform.ts";

let platform: TestPlatform;

beforeAll(async () => {
  platform = await TestPlatform.start({
    abortsOnDisconnect: true,
    resources: {
      Greet: scripted({ FunctionName: "greet" }),
      Managed: {
        Type: "AWS::Serverless::Function",
        Properties: {
          FunctionName: "managed",
          Runtime: "nodejs24.x",
          Handler: "index.handler",
          CodeUri: "managed/",
        },
      },
    },
    files: {
      // As awslambda.streamifyResponse marks a handler.
      "managed/index.mjs": `
        import { once } from "node:events";
        const main = async (event, stream) => {
          stream.write("one");
          await once(stream, "close").catch((error) => console.log("told: " + error.message));
        };
        main[Symbol.for("aws.lambda.runtime.handler.streaming")] = "response";
        export const handler = main;`,
    },
  });
});
afterAll(() => platform[Symbol.asyncDispose]());
afterEach(() => expect(platform.bugs).toEqual([]));

function post(functionName: string, script: string) {
  return platform.send({ method: "POST", path: `/invoke/${functionName}`, body: JSON.stringify({ script }) });
}

test("a client that leaves breaks the function's response off, though the function writes nothing", async () => {
  const answer = await post(
    "greet",
    `const out = stream(id);
     out.on("error", () => {});
     out.write(chunk("one"));
     await new Promise((go) => out.once("close", go));
     console.log("broken off " + id);`,
  );
  await answer.arrival("one");
  answer.leave();
  const { report } = await platform.invocation(answer.requestId);
  expect(report).toMatchObject({ status: "success", isDetached: true, producedBytes: 3 });
  expect(platform.logLines(answer.requestId)).toContain(`broken off ${answer.requestId}`);
});

test("a managed handler is told by its stream", async () => {
  const answer = await post("managed", "");
  await answer.arrival("one");
  answer.leave();
  const { report } = await platform.invocation(answer.requestId);
  expect(report).toMatchObject({ status: "success", isDetached: true });
  expect(platform.logLines(answer.requestId)).toContainEqual(
    expect.stringContaining("told: The Runtime API closed the connection."),
  );
});

test("the function answers the next request in the same process", async () => {
  const pid = async () => {
    const answer = await post("greet", "await respond(id, String(process.pid))");
    await platform.invocation(answer.requestId);
    return answer.text();
  };
  const before = await pid();
  const left = await post(
    "greet",
    `const out = stream(id);
     out.on("error", () => {});
     out.write(chunk("one"));
     await new Promise((go) => out.once("close", go));`,
  );
  await left.arrival("one");
  left.leave();
  await platform.invocation(left.requestId);
  expect(await pid()).toBe(before);
});

test("a response that begins after the client left is broken off at its beginning", async () => {
  const leaving = new AbortController();
  const before = platform.events.length;
  const request = platform.send({
    method: "POST",
    path: "/invoke",
    body: JSON.stringify({
      script: `
        await gate("late");
        const out = stream(id);
        out.on("error", () => {});
        await new Promise((go) => out.once("close", go));`,
    }),
    signal: leaving.signal,
  });
  await platform.gate.arrived("late");
  leaving.abort();
  await expect(request).rejects.toThrow("aborted");
  await platform.gate.pass("late");
  const invocation = await platform.until((events) =>
    events.slice(before).find((event) => event.kind === "invocation"),
  );
  expect(invocation).toMatchObject({ report: { status: "success", isDetached: true, producedBytes: 0 } });
});

test("a client that stays is served as ever", async () => {
  const answer = await post(
    "greet",
    `const out = stream(id); out.end(chunk("one") + "0\\r\\n\\r\\n"); await answered(out);`,
  );
  expect(await answer.text()).toBe("one");
  expect((await platform.invocation(answer.requestId)).report.isDetached).toBe(false);
});
