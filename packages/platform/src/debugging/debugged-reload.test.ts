import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Debugger } from "../../test/debugger.ts";
import { scripted, TestPlatform } from "../../test/test-platform.ts";

const post = (platform: TestPlatform, script: string) =>
  platform.send({ method: "POST", path: "/invoke/A", body: JSON.stringify({ script }) });

const memory = "await respond(id, process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE);";

async function open(): Promise<{ platform: TestPlatform; address: string }> {
  const server = createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const resources = { A: scripted({ MemorySize: 256 }) };
  const platform = await TestPlatform.start({ resources, debug: { port }, watches: true });
  return { platform, address: `127.0.0.1:${port}` };
}

/** Deploys the function with other memory, and waits until that is what new invocations get. */
async function deployWith(platform: TestPlatform, memoryMb: number): Promise<void> {
  const deployed = () => platform.events.filter(({ kind }) => kind === "deployed").length;
  const before = deployed();
  const template = join(platform.folder, "template.json");
  const text = await readFile(template, "utf8");
  await writeFile(template, text.replace(/"MemorySize":\d+/, `"MemorySize":${memoryMb}`));
  await platform.until(() => deployed() > before);
}

/** Resolves when the function waits for a debugger for the so-manieth time. */
async function waits(platform: TestPlatform, time: number): Promise<void> {
  await platform.until((events) => events.filter(({ kind }) => kind === "waiting").length >= time);
}

describe("a function that changes while it is debugged", () => {
  test("waits as what it has become, at the same port, if nobody had attached", async () => {
    const { platform, address } = await open();
    await using _ = platform;
    await waits(platform, 1);
    await deployWith(platform, 512);
    await waits(platform, 2);
    await using attached = await Debugger.attach(address);
    await attached.run();
    expect(await (await post(platform, memory)).text()).toBe("512");
  });

  test("finishes its invocation as it was, and the next one waits for the new process", async () => {
    const { platform, address } = await open();
    await using _ = platform;
    await waits(platform, 1);
    await using before = await Debugger.attach(address);
    await before.run();
    const old = post(platform, `await gate("stands"); ${memory}`);
    await platform.gate.arrived("stands");
    await deployWith(platform, 512);
    const next = post(platform, memory);
    await platform.gate.pass("stands");
    expect(await (await old).text()).toBe("256");
    await waits(platform, 2);
    await using after = await Debugger.attach(address);
    await after.run();
    expect(await (await next).text()).toBe("512");
  });

  test("waits again where its process is killed while it waits", async () => {
    const { platform, address } = await open();
    await using _ = platform;
    await waits(platform, 1);
    const first = await Debugger.attach(address);
    const { result } = await first.send("Runtime.evaluate", { expression: "process.pid" });
    process.kill((result as { readonly value: number }).value, "SIGKILL");
    const answered = post(platform, memory);
    await waits(platform, 2);
    await using second = await Debugger.attach(address);
    await second.run();
    expect(await (await answered).text()).toBe("256");
  });
});
