// The pages of a gradebook as teachers and students meet them, from disk: what axe finds, what they ask the network for, and that the page
// for reviewing saves what was typed.
//
//	node grading.mjs --out FOLDER GRADEBOOK
//
// The gradebook is a folder that resident grade has written; the other folder gets pictures.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";

import { launchBrowser } from "./lab.mjs";
import { Steps } from "../steps.mjs";
import { findings } from "./axe.mjs";

const { values: args, positionals: [book] } = parseArgs({ options: { out: { type: "string" } }, allowPositionals: true });
assert(args.out && book, "usage: node grading.mjs --out FOLDER GRADEBOOK");
fs.mkdirSync(args.out, { recursive: true });

const steps = new Steps(60_000);

async function open(browser, file, options = {}) {
  const context = await browser.newContext({ viewport: { width: 390, height: 900 }, ...options });
  const page = await context.newPage();
  const url = "file://" + path.resolve(file);
  const troubles = [];
  page.on("request", (r) => r.url() === url || /^(data|blob):/.test(r.url()) || troubles.push(`a request for ${r.url()}`));
  page.on("pageerror", (e) => troubles.push(String(e)));
  page.on("console", (m) => m.type() === "error" && troubles.push(m.text()));
  await page.goto(url);
  return { page, troubles, context };
}

const feedback = fs.readdirSync(path.join(book, "feedback"), { recursive: true }).filter((f) => f.endsWith(".html")).map((f) => path.join("feedback", f));
assert(feedback.length > 0, "no feedback");
for (const file of feedback) {
  for (const colorScheme of ["light", "dark"]) {
    steps.add(`${file}, ${colorScheme}`, async ({ browser }) => {
      const { page, troubles, context } = await open(browser, path.join(book, file), { colorScheme });
      await page.locator("details:not([open]) > summary").evaluateAll((all) => all.forEach((s) => (s.parentElement.open = true)));
      assert.deepEqual(await findings(page), []);
      assert.deepEqual(troubles, []);
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      assert(width <= 390, `the page is ${width} wide, the window 390`);
      await page.screenshot({ path: path.join(args.out, `${file.replaceAll("/", "-")}-${colorScheme}.png`), fullPage: true });
      await context.close();
    });
  }
}

steps.add("the overview", async ({ browser }) => {
  const { page, troubles, context } = await open(browser, path.join(book, "overview.html"));
  assert.deepEqual(await findings(page), []);
  assert.deepEqual(troubles, []);
  const links = await page.locator("main a").evaluateAll((all) => all.map((a) => a.href));
  assert(links.length > 0, "students have no links");
  for (const link of links) assert(fs.existsSync(new URL(link)), `${link} leads nowhere`);
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  assert(width <= 390, `the page is ${width} wide, the window 390`);
  await page.screenshot({ path: path.join(args.out, "overview.png"), fullPage: true });
  await context.close();
});

steps.add("reviewing answers", async ({ browser }) => {
  const { page, troubles, context } = await open(browser, path.join(book, "review.html"));
  assert.deepEqual(await findings(page), []);
  const first = page.locator("main section").first();
  const { student, task, cell } = await first.evaluate((s) => ({ ...s.dataset }));
  await first.locator("input").fill("99");
  await page.locator("#save").click();
  assert.equal(await page.evaluate(() => document.activeElement.type), "number", "too many points are not saved");
  await first.locator("input").fill("");
  await first.locator("textarea").fill("a comment alone");
  await page.locator("#save").click();
  assert.equal(await page.evaluate(() => document.activeElement.type), "number", "a comment without points is not lost");
  await first.locator("input").fill("1.5");
  await first.locator("textarea").fill('"Why" is <the> question');
  const [download] = await Promise.all([page.waitForEvent("download"), page.locator("#save").click()]);
  assert.equal(download.suggestedFilename(), "manual.json");
  const saved = JSON.parse(fs.readFileSync(await download.path(), "utf8"));
  assert.deepEqual(saved, { [task]: { [student]: { [cell]: { points: 1.5, comment: '"Why" is <the> question' } } } });
  assert.deepEqual(troubles, []);
  await page.screenshot({ path: path.join(args.out, "review.png"), fullPage: true });
  await context.close();
});

const browser = await launchBrowser();
try {
  process.exitCode = (await steps.run("grading", { browser })) ? 0 : 1;
} finally {
  await browser.close();
}
