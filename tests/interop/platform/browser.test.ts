import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, inject, test } from "vitest";
import { type Addresses, functionUrlAddresses } from "./addresses.ts";
import { Browser } from "./browser.ts";
import { Gate } from "./gate.ts";
import { SluiceDev } from "./sluice-dev.ts";

const chromium = inject("chromium");

describe.skipIf(chromium.missing !== undefined)("a page in Chromium, and Function URLs with CORS", () => {
  let site: PageServer;
  /** At another port, and so of another origin. */
  let otherSite: PageServer;
  let dev: SluiceDev;
  let browser: Browser;
  let pieces: Addresses;
  let ticker: Addresses;

  beforeAll(async () => {
    site = await servePage();
    otherSite = await servePage();
    dev = await SluiceDev.start({ parameters: ["--parameter", `PageOrigin=${site.origin}`] });
    pieces = await functionUrlAddresses(dev, "open-pieces");
    ticker = await functionUrlAddresses(dev, "ticker");
    if (chromium.tool !== undefined) browser = await Browser.start(chromium.tool);
  });
  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]();
    await dev?.[Symbol.asyncDispose]();
    await site?.[Symbol.asyncDispose]();
    await otherSite?.[Symbol.asyncDispose]();
  });

  test.each([
    { how: "by path", url: () => pieces.byPath },
    { how: "by host name", url: () => pieces.byHost },
  ])("fetch $how reads each piece before the next is written", async ({ url }) => {
    await using gate = await Gate.open();
    const page = await browser.open(site.origin);
    await page.run(`
      const response = await fetch(${JSON.stringify(`${url()}?gate=${encodeURIComponent(gate.url)}`)});
      tell([response.status, response.headers.get("x-pieces"), response.headers.get("content-type")].join());
      const decoder = new TextDecoderStream();
      for await (const piece of response.body.pipeThrough(decoder)) tell(piece.trim());
      tell("end");
    `);
    let told = "201,3,text/plain\n";
    await page.told.is(told);
    for (const piece of ["one", "two"]) {
      await gate.pass(piece);
      told += `${piece}\n`;
      await page.told.is(told);
    }
    await gate.pass("three");
    await page.told.is(`${told}three\nend\n`);
  });

  test("fetch sees a function that fails in the middle as a broken response", async () => {
    await using gate = await Gate.open();
    const page = await browser.open(site.origin);
    await page.run(`
      const url = ${JSON.stringify(`${pieces.byPath}?failure=one&gate=${encodeURIComponent(gate.url)}`)};
      await (await fetch(url)).text().catch((error) => tell(error.name));
    `);
    await gate.pass("one");
    await page.told.is("TypeError\n");
  });

  test.each([
    { what: "an allowed method and header", method: "POST", header: "content-type", told: "201" },
    { what: "a header that is not allowed", method: "POST", header: "x-other", told: "TypeError" },
    { what: "a method that is not allowed", method: "DELETE", header: "content-type", told: "TypeError" },
  ])("a preflight for $what: $told", async ({ method, header, told }) => {
    const page = await browser.open(site.origin);
    await page.run(`
      const options = { method: "${method}", headers: { "${header}": "application/json" } };
      await fetch("${pieces.byPath}", options).then(({ status }) => tell(String(status)), ({ name }) => tell(name));
    `);
    await page.told.is(`${told}\n`);
  });

  test("a page of another origin may not read the answer", async () => {
    const page = await browser.open(otherSite.origin);
    await page.run(`await fetch("${pieces.byPath}").then(() => tell("read"), ({ name }) => tell(name));`);
    await page.told.is("TypeError\n");
  });

  const eventSource = (url: string) => `
    const source = new EventSource(${JSON.stringify(url)});
    source.onmessage = ({ data, lastEventId }) => tell(lastEventId + " " + data);
    source.onerror = () => tell("broken");
    source.addEventListener("done", () => { source.close(); tell("done"); });
  `;

  test("EventSource has each event before the next is sent", async () => {
    await using gate = await Gate.open();
    const page = await browser.open(site.origin);
    await page.run(eventSource(`${ticker.byPath}?gate=${encodeURIComponent(gate.url)}`));
    await gate.pass("tick");
    await page.told.is("1 tick\n");
    await gate.pass("tock");
    await page.told.is("1 tick\n2 tock\n");
    await gate.pass("ring");
    await page.told.is("1 tick\n2 tock\n3 ring\ndone\n");
  });

  test("EventSource connects again after a failure, and goes on where it was", async () => {
    await using gate = await Gate.open();
    const page = await browser.open(site.origin);
    await page.run(eventSource(`${ticker.byPath}?failure=tick&gate=${encodeURIComponent(gate.url)}`));
    await gate.pass("tick");
    await page.told.is("1 tick\nbroken\n");
    await gate.pass("tock");
    await gate.pass("ring");
    await page.told.is("1 tick\nbroken\n2 tock\n3 ring\ndone\n");
  });
});

interface PageServer extends AsyncDisposable {
  readonly origin: string;
}

async function servePage(): Promise<PageServer> {
  const server = createServer((_request, response) => {
    response.setHeader("content-type", "text/html").end("<!doctype html><title>A page</title>");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await server[Symbol.asyncDispose]();
    },
  };
}
