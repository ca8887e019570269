import { constants } from "node:os";

/** How a process ended. */
export type ProcessExit =
  | { readonly kind: "exited"; readonly code: number }
  | { readonly kind: "signaled"; readonly signal: NodeJS.Signals }
  /** It never ran. */
  | { readonly kind: "not-started"; readonly code: string };

/**
 * An exit in the words of AWS's error messages: `exit status 1`, `signal: killed`. Nothing for a clean exit.
 * @see https://github.com/aws/aws-lambda-runtime-interface-emulator/blob/main/internal/lambda/supervisor/model/model.go
 */
export function describeExit(exit: ProcessExit): string | undefined {
  switch (exit.kind) {
    case "exited":
      return exit.code === 0 ? undefined : `exit status ${exit.code}`;
    case "signaled":
      return `signal: ${signalTexts[exit.signal] ?? `signal ${constants.signals[exit.signal]}`}`;
    case "not-started":
      return launchErrors[exit.code] ?? exit.code;
  }
}

/** As Go's `syscall.Signal` spells them, on Linux. */
const signalTexts: Partial<Record<NodeJS.Signals, string>> = {
  SIGABRT: "aborted",
  SIGALRM: "alarm clock",
  SIGBUS: "bus error",
  SIGFPE: "floating point exception",
  SIGHUP: "hangup",
  SIGILL: "illegal instruction",
  SIGINT: "interrupt",
  SIGKILL: "killed",
  SIGPIPE: "broken pipe",
  SIGQUIT: "quit",
  SIGSEGV: "segmentation fault",
  SIGSYS: "bad system call",
  SIGTERM: "terminated",
  SIGTRAP: "trace/breakpoint trap",
  SIGUSR1: "user defined signal 1",
  SIGUSR2: "user defined signal 2",
  SIGXCPU: "CPU time limit exceeded",
  SIGXFSZ: "file size limit exceeded",
};

const launchErrors: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  ENOENT: "no such file or directory",
  ENOEXEC: "exec format error",
  ENOTDIR: "not a directory",
  E2BIG: "argument list too long",
};
