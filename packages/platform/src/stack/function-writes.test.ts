import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { TestPlatform } from "../../test/test-platform.ts";
import { rawRuntime } from "../lambda/environment/testing/raw-runtime.ts";
import { FunctionWrites } from "./function-writes.ts";

/** Functions' writes with a clock that stands still, and what was told of them. */
function watching() {
  const told: string[] = [];
  const clock = { nowMs: 0 };
  const writes = new FunctionWrites(
    (message) => told.push(message),
    () => clock.nowMs,
  );
  /** One invocation with a change, which a deployment follows unless it is overlooked. */
  const changeWhileRunning = async (path: string): Promise<boolean> => {
    const over = Promise.withResolvers<void>();
    writes.began("/app", over.promise);
    const isOwn = writes.isOwn(path);
    if (!isOwn) writes.deploys();
    over.resolve();
    await over.promise;
    clock.nowMs += 10_000;
    return isOwn;
  };
  return { writes, told, clock, changeWhileRunning };
}

async function each(paths: readonly string[], change: (path: string) => Promise<boolean>) {
  const answers: boolean[] = [];
  for (const path of paths) answers.push(await change(path));
  return answers;
}

describe("a change in a code folder while its function runs is the function's own", () => {
  test.each([
    ["the same file each time", ["/app/count.json", "/app/count.json", "/app/count.json", "/app/count.json"]],
    ["another file each time", ["/app/1.tmp", "/app/2.tmp", "/app/deep/3", "/app/4"]],
  ])("from the third deployment in a row on: %s", async (_, paths) => {
    const { told, changeWhileRunning } = watching();
    expect(await each(paths, changeWhileRunning)).toEqual([false, false, true, true]);
    expect(told).toEqual([
      expect.stringMatching(/ in \/app\. On AWS that is \/var\/task, which is read-only/),
    ]);
  });

  test("not if a source changes, which somebody saves while a stream runs", async () => {
    const { changeWhileRunning, told } = watching();
    const paths = Array.from({ length: 6 }, () => "/app/index.mjs");
    expect(await each(paths, changeWhileRunning)).not.toContain(true);
    expect(told).toEqual([]);
  });

  test("not if it is another folder's", async () => {
    const { changeWhileRunning } = watching();
    const paths = Array.from({ length: 6 }, () => "/application/count.json");
    expect(await each(paths, changeWhileRunning)).not.toContain(true);
  });

  test("not while nothing runs, and the count begins anew then", async () => {
    const { writes, changeWhileRunning } = watching();
    const path = "/app/count.json";
    expect(await each([path, path, path], changeWhileRunning)).toEqual([false, false, true]);
    expect(writes.isOwn(path)).toBe(false);
    writes.deploys();
    expect(await each([path, path, path], changeWhileRunning)).toEqual([false, false, true]);
  });

  test("also if it is seen just after the invocation", async () => {
    const { writes, clock } = watching();
    const answers: boolean[] = [];
    for (let count = 0; count < 3; count++) {
      writes.began("/app", Promise.resolve());
      await Promise.resolve();
      clock.nowMs += 100;
      answers.push(writes.isOwn("/app/count.json"));
      writes.deploys();
    }
    expect(answers).toEqual([false, false, true]);
  });

  test("and many files of one invocation count once", async () => {
    const { writes } = watching();
    writes.began("/app", new Promise(() => {}));
    expect(["/app/1", "/app/2", "/app/3", "/app/4"].map((path) => writes.isOwn(path))).not.toContain(true);
  });
});

test("a function that writes beside its code is told of once, and deployed for sources only from then on", async () => {
  const writing = rawRuntime(`
    const fs = require("node:fs");
    fs.writeFileSync(process.env.LAMBDA_TASK_ROOT + "/count.json", String(Math.random()));
    await respond(id, "{}");`);
  await using platform = await TestPlatform.start({
    watches: true,
    resources: {
      Writing: {
        Type: "AWS::Serverless::Function",
        Properties: { CodeUri: "writing/", Handler: "bootstrap", Runtime: "provided.al2023" },
      },
    },
    files: { "writing/bootstrap": writing, "writing/lib.js": "" },
  });
  const deployments = () => platform.events.filter(({ kind }) => kind === "deployed").length;
  const warnings = () =>
    platform.events.flatMap((event) =>
      event.kind === "warning" && event.message.includes("/var/task") ? [event.message] : [],
    );
  for (let count = 1; count < 3; count++) {
    await platform.send({ method: "POST", path: "/invoke", body: "{}" });
    await platform.until(() => deployments() === count + 1);
  }
  for (let count = 0; count < 3; count++) {
    await platform.send({ method: "POST", path: "/invoke", body: "{}" });
    await platform.until(() => warnings().length > 0);
  }
  const before = deployments();
  await writeFile(join(platform.folder, "writing/lib.js"), "// saved");
  await platform.until(() => deployments() > before);
  expect([before, deployments(), warnings().length]).toEqual([3, 4, 1]);
  expect(await readFile(join(platform.folder, "writing/count.json"), "utf8")).toMatch(/^0\.\d+$/);
});
