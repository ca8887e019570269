import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { functionUrlAddresses } from "../platform/addresses.ts";
import { SluiceDev } from "../platform/sluice-dev.ts";

describe.skipIf(process.platform !== "linux")("a stream of 300 MB", () => {
  let dev: SluiceDev;
  let url: string;
  beforeAll(async () => {
    const lifted = ["--bandwidth", "unlimited", "--response-size", "unlimited"];
    dev = await SluiceDev.start({ project: "../runtimes/load-project", parameters: lifted });
    url = (await functionUrlAddresses(dev, "flood")).byPath;
  });
  afterAll(() => dev?.[Symbol.asyncDispose]());

  test("arrives whole, beside one that nobody reads, and none is kept in the platform's memory", async () => {
    expect(await receive(30)).toBe(expected(30));
    const before = await peakMb();
    using leaving = new AbortedAtEnd();
    const unread = await fetch(`${url}?mb=300`, { signal: leaving.signal });
    expect(await receive(300)).toBe(expected(300));
    expect(unread.status).toBe(200);
    // Twice 300 MB have gone through, or would wait here.
    expect((await peakMb()) - before).toBeLessThan(100);
  });

  async function receive(mb: number): Promise<string> {
    const { body } = await fetch(`${url}?mb=${mb}`);
    const hash = createHash("sha256");
    for await (const bytes of body ?? []) hash.update(bytes);
    return hash.digest("hex");
  }

  /** The most memory that the platform's process ever held, in MB. */
  async function peakMb(): Promise<number> {
    const status = await readFile(`/proc/${dev.process.pid}/status`, "utf8");
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
  }
});

class AbortedAtEnd extends AbortController implements Disposable {
  [Symbol.dispose](): void {
    this.abort();
  }
}

function expected(mb: number): string {
  const hash = createHash("sha256");
  const megabyte = Buffer.alloc(2 ** 20);
  for (let number = 0; number < mb; number++) {
    megabyte.writeUInt32BE(number);
    hash.update(megabyte);
  }
  return hash.digest("hex");
}
