import { spawn } from "node:child_process";
import { on, once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const program = fileURLToPath(new URL("../../test/fixtures/serve-locally.ts", import.meta.url));

/** Starts a function in a process of its own, with nothing in its environment but `PATH` and what is given. */
function start(environment: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, [program], {
    env: { PATH: process.env["PATH"], ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = Promise.all([once(child, "close"), text(child.stdout), text(child.stderr)]).then(
    ([[code], output, errors]) => ({ code, output, errors }),
  );
  return { child, ended };
}

test("a function that is started says where it takes events, how long it may take, and how to try it", async () => {
  const { child, ended } = start({ LOCAL_LAMBDA_PORT: "0" });
  let printed = "";
  for await (const [piece] of on(child.stderr, "data")) {
    printed += piece;
    if (printed.includes("view=raw")) break;
  }
  const [, url = ""] = /^The function waits for events at (\S+), one at a time\.$/m.exec(printed) ?? [];
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/invoke$/);
  expect(printed).toContain("It may take 60 s for each (LOCAL_LAMBDA_TIMEOUT).");
  expect(printed).toContain(
    `  curl -v --no-buffer --header "Content-Type: application/json" --data '"this is not used"' ${url}\n`,
  );
  expect(printed).toContain('add --header "Sluice-View: raw", or ?view=raw to the URL');
  expect(await (await fetch(url, { method: "POST" })).text()).toBe("hello");
  child.kill("SIGKILL");
  expect((await ended).output).toBe("");
});

test("a port that is taken ends the process with a message, and no more", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as AddressInfo;
  const { code, output, errors } = await start({ LOCAL_LAMBDA_PORT: String(port) }).ended;
  other.close();
  expect(errors).toBe(
    `LocalServerError: Port ${port} of 127.0.0.1 is in use by another program. Stop it, or choose another port: LOCAL_LAMBDA_PORT=${port + 1}.\n`,
  );
  expect({ code, output }).toEqual({ code: 1, output: "" });
});

test("a setting that can't be used ends the process with a message, and no more", async () => {
  const { code, output, errors } = await start({ LOCAL_LAMBDA_TIMEOUT: "a minute" }).ended;
  expect(errors).toBe(
    'LocalServerError: LOCAL_LAMBDA_TIMEOUT is "a minute"; give a whole number from 1 to 86400.\n',
  );
  expect({ code, output }).toEqual({ code: 1, output: "" });
});
