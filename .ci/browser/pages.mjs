// Pages of lessons as readers meet them, from disk: light and dark, wide and narrow. axe finds nothing to complain about, no
// request leaves the page, nothing is wider than the window.
//
//	node pages.mjs --out FOLDER PAGE.html...
//
// The folder gets a picture of each.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";

import { addPlayground } from "./living.mjs";
import { launchBrowser } from "./lab.mjs";
import { Steps } from "../steps.mjs";
import { findings } from "./axe.mjs";

const { values: args, positionals: files } = parseArgs({ options: { out: { type: "string" } }, allowPositionals: true });
assert(args.out && files.length > 0, "usage: node pages.mjs --out FOLDER PAGE.html...");
fs.mkdirSync(args.out, { recursive: true });

const steps = new Steps();

// open shows a page, and collects what it asks for and what goes wrong in it.
async function open(browser, file, { scheme, width }) {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: scheme, reducedMotion: "reduce" });
  const page = await context.newPage();
  const url = "file://" + path.resolve(file);
  const troubles = [];
  page.on("request", (r) => r.url() === url || /^(data|blob):/.test(r.url()) || troubles.push(`a request for ${r.url()}`));
  page.on("pageerror", (e) => troubles.push(String(e)));
  page.on("console", (m) => m.type() === "error" && troubles.push(m.text()));
  await page.goto(url);
  return { page, troubles, close: () => context.close() };
}

for (const file of files) {
  const name = path.basename(file, ".html");
  for (const scheme of ["light", "dark"]) {
    for (const width of [1280, 390]) {
      steps.add(`${name}, ${scheme}, ${width} wide`, async ({ browser }) => {
        const { page, troubles, close } = await open(browser, file, { scheme, width });
        await page.locator("details:not([open]) > summary").evaluateAll((all) => all.forEach((s) => (s.parentElement.open = true)));
        // Colours are the same on a narrow screen, and looking at all of them takes long.
        assert.deepEqual(await findings(page, width < 1000 ? { "color-contrast": { enabled: false } } : {}), []);
        assert.deepEqual(troubles, []);
        const scroll = await page.evaluate(() => document.documentElement.scrollWidth);
        assert(scroll <= width, `the page is ${scroll} wide, the window ${width}`);
        await page.screenshot({ path: path.join(args.out, `${name}-${scheme}-${width}.png`), fullPage: true });
        await close();
      });
    }
  }
  steps.add(`${name}, by keyboard and on paper`, async ({ browser }) => {
    const { page, troubles, close } = await open(browser, file, { scheme: "light", width: 1280 });
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.className), "skip", "the first stop is the link to the lesson");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement.id), "lesson", "the link leads into the lesson");
    const pdf = await page.pdf({ path: path.join(args.out, name + ".pdf"), preferCSSPageSize: true });
    assert(pdf.length > 10_000, `the PDF has ${pdf.length} bytes`);
    assert.deepEqual(troubles, []);
    await close();
  });
}

// One page that computes is enough: its playground is that of all.
const living = files.filter((file) => fs.readFileSync(file, "utf8").includes('class="playground"')).slice(0, 1);
for (const file of living) {
  const picture = (page, name) => page.screenshot({ path: path.join(args.out, name + ".png"), fullPage: true });
  addPlayground(steps, path.basename(file, ".html"), file, { open, findings, picture });
}

const browser = await launchBrowser();
try {
  process.exitCode = (await steps.run("pages", { browser })) ? 0 : 1;
} finally {
  await browser.close();
}
