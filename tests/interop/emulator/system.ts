import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { type AddressInfo, connect, createServer } from "node:net";
import { join } from "node:path";

/** Two ports that nobody listens on right now. The emulator can't choose its own: it hands a port 0 on as it is. */
export async function freePorts(): Promise<[number, number]> {
  await using first = createServer().listen(0, "127.0.0.1");
  await using second = createServer().listen(0, "127.0.0.1");
  await Promise.all([once(first, "listening"), once(second, "listening")]);
  return [(first.address() as AddressInfo).port, (second.address() as AddressInfo).port];
}

/** Whether somebody accepts connections on a port of this machine. */
export async function isPortOpen(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** Processes that a process has started, where the system tells: on Linux, which is what the emulator is made for. */
export async function childrenOf(pid: number | undefined): Promise<number[]> {
  const tasks = `/proc/${pid}/task`;
  const children: number[] = [];
  for (const thread of await readdir(tasks).catch(() => [])) {
    const list = await readFile(join(tasks, thread, "children"), "utf8").catch(() => "");
    children.push(...list.split(" ").filter(Boolean).map(Number));
  }
  return children;
}
