import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { type Addresses, apiAddresses, functionUrlAddresses } from "./addresses.ts";
import { Gate } from "./gate.ts";
import type { RunningProcess } from "./running-process.ts";
import { SluiceDev } from "./sluice-dev.ts";

describe.skipIf(inject("curl").missing !== undefined)("curl", () => {
  let dev: SluiceDev;
  let api: Addresses;
  let functionUrl: Addresses;

  beforeAll(async () => {
    dev = await SluiceDev.start();
    api = await apiAddresses(dev);
    functionUrl = await functionUrlAddresses(dev, "pieces");
  });
  afterAll(() => dev?.[Symbol.asyncDispose]());

  /** The command that `sluice dev` prints for signed endpoints, with more parameters. */
  function signed(url: string, service: string, parameters: readonly string[] = [], secret?: string) {
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION } = dev.credentials;
    return dev.run("curl", [
      ...["--silent", "--show-error", "--no-buffer", "--dump-header", "-", ...parameters, url],
      ...["--user", `${AWS_ACCESS_KEY_ID}:${secret ?? AWS_SECRET_ACCESS_KEY}`],
      ...["--aws-sigv4", `aws:amz:${AWS_REGION}:${service}`],
      ...["--header", `x-amz-security-token: ${AWS_SESSION_TOKEN}`],
    ]);
  }

  const doors = [
    { door: "the REST API, by path", service: "execute-api", url: () => api.byPath },
    { door: "the REST API, by host name", service: "execute-api", url: () => api.byHost },
    { door: "the Function URL, by path", service: "lambda", url: () => functionUrl.byPath },
    { door: "the Function URL, by host name", service: "lambda", url: () => functionUrl.byHost },
  ];

  test.each(doors)(
    "signed, $door: each piece arrives before the next is written",
    async ({ service, url }) => {
      await using gate = await Gate.open();
      await using client = signed(`${url()}?gate=${encodeURIComponent(gate.url)}`, service);

      const [head] = await client.stdout.until(/^HTTP\/1\.1 201 .*\r\n(?:.+\r\n)*\r\n/);
      expect(head).toMatch(/^content-type: text\/plain\r$/im);
      expect(head).toMatch(/^x-pieces: 3\r$/im);
      expect(head).toMatch(/^set-cookie: count=3\r$/im);
      await passPieces(gate, client, head);
      expect(await client.exit).toBe(0);
    },
  );

  test.each([
    {
      door: "the REST API",
      service: "execute-api",
      connect: () => `::127.0.0.1:${api.port}`,
      url: () => `http://${api.id}.execute-api.${dev.credentials["AWS_REGION"]}.amazonaws.com/prod/pieces`,
    },
    {
      door: "the Function URL",
      service: "lambda",
      connect: () => `::127.0.0.1:${functionUrl.port}`,
      url: () => `http://${functionUrl.id}.lambda-url.${dev.credentials["AWS_REGION"]}.on.aws/`,
    },
  ])("signed for AWS's own name of $door", async ({ service, connect, url }) => {
    await using client = signed(url(), service, ["--connect-to", connect()]);
    await client.stdout.until(/^HTTP\/1\.1 201 [\s\S]*\r\n\r\none\ntwo\nthree\n$/);
    expect(await client.exit).toBe(0);
  });

  test.each(doors.slice(2))("signed with a body, $door", async ({ service, url }) => {
    await using client = signed(url(), service, ["--json", '{"name":"Jürgen"}']);
    await client.stdout.until(/^HTTP\/1\.1 201 [\s\S]*\r\n\r\none\ntwo\nthree\n$/);
    expect(await client.exit).toBe(0);
  });

  test("unsigned, POST /invoke: each piece arrives before the next is written", async () => {
    await using gate = await Gate.open();
    const { url } = await dev.endpoint("Invoke pieces");
    const event = JSON.stringify({ gate: gate.url });
    await using client = dev.run("curl", ["--silent", "--no-buffer", "--data", event, url]);
    await passPieces(gate, client);
    expect(await client.exit).toBe(0);
  });

  test.each(doors)("$door: a function that fails in the middle is no clean end", async ({ service, url }) => {
    await using gate = await Gate.open();
    await using client = signed(`${url()}?failure=two&gate=${encodeURIComponent(gate.url)}`, service);
    await gate.pass("one");
    await client.stdout.until(/\r\n\r\none\n$/);
    await gate.pass("two");

    // CURLE_PARTIAL_FILE
    expect(await client.exit).toBe(18);
    expect(client.stdout.text).toMatch(/\r\n\r\none\ntwo\n$/);
    await dev.process.stderr.until(/^▸ pieces 201 · .* · broke off: RangeError$/m);
  });

  test("a client that leaves does not stop the function", async () => {
    await using gate = await Gate.open();
    const client = signed(`${functionUrl.byPath}?gate=${encodeURIComponent(gate.url)}`, "lambda");
    await gate.pass("one");
    await client.stdout.until(/\r\n\r\none\n$/);
    await client[Symbol.asyncDispose]();

    await gate.pass("two");
    await gate.pass("three");
    await dev.process.stderr.until(/^▸ pieces 201 · .* · the client left; the function ran on/m);
  });

  const mismatch = "The request signature we calculated does not match the signature you provided.";
  const forbidden =
    "Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html";
  const refusals = doors.map((door) =>
    door.service === "lambda"
      ? { ...door, type: "AccessDeniedException", body: { Message: forbidden } }
      : {
          ...door,
          type: "InvalidSignatureException",
          body: { message: expect.stringMatching(new RegExp(`^${mismatch}[^]*\n'AWS4-HMAC-SHA256\n`)) },
        },
  );
  test.each(refusals)("$door refuses a wrong signature", async ({ service, url, type, body }) => {
    await using client = signed(url(), service, [], "not-the-secret");
    const [head] = await client.stdout.until(/^HTTP\/1\.1 403 .*\r\n(?:.+\r\n)*\r\n/);
    expect(await client.exit).toBe(0);
    expect(head).toMatch(new RegExp(`^x-amzn-errortype: ${type}\\r$`, "im"));
    expect(JSON.parse(client.stdout.text.slice(head.length))).toEqual(body);
  });

  test.each([
    { door: "the REST API", url: () => api.byPath, body: { message: "Missing Authentication Token" } },
    { door: "the Function URL", url: () => functionUrl.byPath, body: { Message: forbidden } },
  ])("$door refuses a request without a signature", async ({ url, body }) => {
    await using client = dev.run("curl", ["--silent", "--write-out", "\n%{http_code}", url()]);
    expect(await client.exit).toBe(0);
    const [text = "", status] = client.stdout.text.split("\n");
    expect([status, JSON.parse(text)]).toEqual(["403", body]);
  });

  test("the lines that sluice dev prints work as they are", async () => {
    for (const title of [
      "REST API Api GET /pieces",
      "Function URL pieces",
      "Function URL open-pieces",
      "Invoke pieces",
    ]) {
      const { paste } = await dev.endpoint(title);
      await using shell = dev.project.run("sh", ["-c", paste]);
      expect(await shell.exit, shell.stderr.text).toBe(0);
      expect(shell.stdout.text).toBe("one\ntwo\nthree\n");
    }
  });
});

/** Lets a function write piece after piece, each only when the one before has arrived. */
async function passPieces(gate: Gate, client: RunningProcess, head = ""): Promise<void> {
  let expected = head;
  for (const piece of ["one", "two", "three"]) {
    await gate.pass(piece);
    expected += `${piece}\n`;
    await client.stdout.is(expected);
  }
}
