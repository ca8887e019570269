import type { SluiceDev } from "../platform/sluice-dev.ts";

/** Waits until every invocation is over, so that the next one finds an environment that is free. */
export async function atRest(dev: SluiceDev): Promise<void> {
  const log = dev.process.stderr;
  for (const [, requestId] of log.text.matchAll(/ START RequestId: (\S+)/g)) {
    await log.until(new RegExp(` REPORT RequestId: ${requestId}\t`));
  }
}
