import { readdirSync, readFileSync } from "node:fs";

/** Linux reports process times in units of 1/100 s (`USER_HZ`, fixed in the kernel's user-space interface). */
const msPerTick = 10;

export interface Usage {
  /** User and system time of all threads so far, in milliseconds. */
  readonly cpuMs: number;
  /** Resident memory in MB (10^6 bytes). */
  readonly residentMb: number;
}

/** What the kernel says about a process, or `undefined` on systems without `/proc`. */
export function usageOf(pid: number): Usage | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return {
      cpuMs: scheduledMs(pid) ?? accountedMs(pid),
      residentMb: residentMb(status),
    };
  } catch {
    return undefined;
  }
}

/** Time on a core of all threads, from the scheduler's nanosecond counters; kernels may be built without them. */
function scheduledMs(pid: number): number | undefined {
  try {
    const nanoseconds = readdirSync(`/proc/${pid}/task`).map((thread) =>
      Number.parseInt(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8"), 10),
    );
    return nanoseconds.reduce((sum, value) => sum + value, 0) / 1e6;
  } catch {
    return undefined;
  }
}

/** The same in steps of 10 ms. Fields 14 and 15, counted from behind the command name, which may contain spaces. */
function accountedMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * msPerTick;
}

function residentMb(status: string): number {
  const kibibytes = /^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1];
  return (Number(kibibytes) * 1024) / 1e6;
}
