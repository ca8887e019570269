import { describe, expect, test } from "vitest";
import { describeExit, type ProcessExit } from "./process-exit.ts";

describe("an exit in AWS's words", () => {
  const cases: readonly { exit: ProcessExit; text: string | undefined }[] = [
    { exit: { kind: "exited", code: 0 }, text: undefined },
    { exit: { kind: "exited", code: 127 }, text: "exit status 127" },
    { exit: { kind: "signaled", signal: "SIGKILL" }, text: "signal: killed" },
    { exit: { kind: "signaled", signal: "SIGSEGV" }, text: "signal: segmentation fault" },
    { exit: { kind: "signaled", signal: "SIGABRT" }, text: "signal: aborted" },
    { exit: { kind: "signaled", signal: "SIGWINCH" }, text: "signal: signal 28" },
    { exit: { kind: "not-started", code: "ENOENT" }, text: "no such file or directory" },
    { exit: { kind: "not-started", code: "EAGAIN" }, text: "EAGAIN" },
  ];
  test.each(cases)("$exit is $text", ({ exit, text }) => {
    expect(describeExit(exit)).toBe(text);
  });
});
