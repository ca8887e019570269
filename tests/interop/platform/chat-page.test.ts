import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { functionUrlAddresses } from "./addresses.ts";
import { Browser, type Page } from "./browser.ts";
import { SluiceDev } from "./sluice-dev.ts";

const chromium = inject("chromium");
const project = "../../../packages/cli/templates/llm-chat";

const type = (text: string) => `document.querySelector("input").value = ${JSON.stringify(text)};`;
/** Sends the question, or stops the answer. */
const press = `document.querySelector("button").click();`;

/** Opens the page, which tells what it shows last whenever that changes, and asks a question. */
async function ask(browser: Browser, dev: SluiceDev, question: string): Promise<Page> {
  const { byPath } = await functionUrlAddresses(dev, "Chat");
  const page = await browser.open(byPath);
  await page.run(`
    const log = document.querySelector("[role=log]");
    const changes = { subtree: true, childList: true };
    new MutationObserver(() => tell(log.lastElementChild.textContent)).observe(log, changes);
  `);
  await page.run(type(question));
  await page.run(press);
  return page;
}

describe.skipIf(chromium.missing !== undefined)(
  "the page of a chat that sluice init begins, in Chromium",
  () => {
    let dev: SluiceDev;
    let browser: Browser;

    beforeAll(async () => {
      dev = await SluiceDev.start({ project });
      if (chromium.tool !== undefined) browser = await Browser.start(chromium.tool);
    });
    afterAll(async () => {
      await browser?.[Symbol.asyncDispose]();
      await dev?.[Symbol.asyncDispose]();
    });

    test("shows the words as they arrive", async () => {
      const page = await ask(browser, dev, "Why?");
      await page.told.until(/and ask again\.\n/);

      const shown = page.told.text.trimEnd().split("\n");
      expect(shown.length).toBeGreaterThan(5);
      for (const [index, text] of shown.slice(1).entries())
        expect(text.startsWith(shown[index] ?? "")).toBe(true);
    });

    test("keeps the words that have come when the model fails, and says so", async () => {
      const page = await ask(browser, dev, "Will you fail?");
      const [told] = await page.told.until(/^.*\nThe model has failed\.\n/s);

      expect(told).toContain("“Will you fail?” is question 1");
    });

    test("stops an answer, and asks again", async () => {
      const page = await ask(browser, dev, "Why?");
      await page.told.until(/is question 1/);
      await page.run(press);
      await page.told.until(/\nStopped\.\n/);
      await dev.process.stderr.until(/the client left/);
      await page.run(type("And now?"));
      await page.run(press);
      await page.told.until(/“And now\?” is question 2 .*and ask again\.\n/);

      expect(page.told.text).not.toMatch(/“Why\?”.*and ask again/);
    });

    test("tells a connection that breaks off from an answer that ends", async () => {
      await using ending = await SluiceDev.start({ project });
      const page = await ask(browser, ending, "Why?");
      await page.told.until(/is question 1/);
      ending.process.kill("SIGINT");
      await page.told.until(/\nThe connection broke off\.\n/);
    });
  },
);
