// The pictures of the README.
//
//	node pictures.mjs --jupyter VENV/bin/jupyter --prefix PREFIX --page LESSON.html --living GPT.html --course GPT.ipynb --out FOLDER
//
// The prefix holds the installed program and its kernelspec; the pages are those of the first and the second lesson, and the notebook is the second's. The folder
// gets the pictures, notebooks and JupyterLab's log.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";

import sharp from "sharp";

import { Lab, launchBrowser } from "./lab.mjs";
import { drag } from "./widgets.mjs";

const string = { type: "string" };
const { values: args } = parseArgs({ options: { jupyter: string, prefix: string, page: string, living: string, course: string, out: string } });
for (const name of ["jupyter", "prefix", "page", "living", "course", "out"]) assert(args[name], `--${name} is missing`);
fs.mkdirSync(args.out, { recursive: true });

// take writes a picture with few colours: text and plain areas need no more, and it is downloaded by everybody who looks at the README.
async function take(what, name) {
  const picture = sharp(await what.screenshot()).png({ palette: true, quality: 80, dither: 0, effort: 10 });
  await picture.toFile(path.join(args.out, name + ".png"));
}

async function pageOpen(browser, file, width, height) {
  const page = await browser.newPage({ viewport: { width, height }, colorScheme: "light", reducedMotion: "reduce" });
  await page.goto("file://" + path.resolve(file));
  return page;
}

// What the school and the playground of the second lesson need.
const needed = ["tools", "raw", "prose", "tokens", "batches", "newborn", "babble", "school", "epochs", "instruments", "playground"];

const browser = await launchBrowser();
const lab = await Lab.start({ jupyter: args.jupyter, folder: args.out, prefix: args.prefix });
try {
  const chart = await pageOpen(browser, args.page, 1180, 820);
  await chart.locator("#cell-chart svg").evaluate((e) => e.scrollIntoView({ block: "center" }));
  await take(chart, "page");

  const living = await pageOpen(browser, args.living, 1280, 1100);
  const part = (name) => living.locator(`[data-part="${name}"]`).first();
  await part("start").click();
  await part("next").locator("li").first().waitFor();
  await part("template").selectOption({ index: 1 });
  await part("ask").click();
  await part("status").filter({ hasText: /complete/ }).waitFor({ timeout: 60_000 });
  await take(living.locator(".playground"), "page-playground");

  const doc = JSON.parse(fs.readFileSync(args.course, "utf8"));
  const at = (id) => doc.cells.findIndex((c) => c.id === id);
  const book = await lab.open(browser, "course.ipynb", doc);
  for (const id of needed) await book.run(at(id), 180_000);
  await book.show(at("school"));
  await take(book.page, "jupyterlab");

  const cell = book.cell(at("playground"));
  await drag(book.page, cell.locator(".widget-slider").first(), 0.25); // the temperature
  await cell.locator("select").selectOption({ label: "If a Prism" });
  await cell.locator("input[type=checkbox]").check();
  await cell.locator(".widget-html-content", { hasText: /weight updates\s*\d{2}\u202f\d{3}\u202f\d{3}/ }).waitFor();
  await cell.getByRole("button", { name: "Ask" }).click();
  await cell.locator(".widget-html-content", { hasText: /^If a Prism./ }).waitFor();
  await take(cell.locator(".jp-OutputArea-output").last(), "playground");
} finally {
  await browser.close();
  await lab.stop();
}
