// The pictures of the README, taken anew.
//
//	node pictures.mjs --jupyter VENV/bin/jupyter --prefix PREFIX --work FOLDER --out examples/pictures
//
// The prefix holds the installed program and its kernelspec. The folder gets notebooks, pages and JupyterLab's log.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";

import { Lab, launchBrowser } from "./lab.mjs";
import { drag } from "./widgets.mjs";

const string = { type: "string" };
const { values: args } = parseArgs({ options: { jupyter: string, prefix: string, work: string, out: string } });
for (const name of ["jupyter", "prefix", "work", "out"]) assert(args[name], `--${name} is missing`);
fs.mkdirSync(args.work, { recursive: true });

// made runs a lesson, and returns its notebook and its page.
function made(name) {
  const file = (kind) => path.join(args.work, `${name}.${kind}`);
  const program = path.join(args.prefix, "bin", "resident");
  execFileSync(program, ["run", `examples/lessons/${name}.md`, "--ipynb", file("ipynb"), "--html", file("html")], { stdio: "inherit" });
  return { doc: JSON.parse(fs.readFileSync(file("ipynb"), "utf8")), page: "file://" + path.resolve(file("html")) };
}

const take = (what, name, more) => what.screenshot({ path: path.join(args.out, name + ".png"), ...more });

async function pageOpen(browser, url, width, height) {
  const page = await browser.newPage({ viewport: { width, height }, colorScheme: "light", reducedMotion: "reduce" });
  await page.goto(url);
  return page;
}

const first = made("training-vs-inference");
const gpt = made("training-vs-inference-gpt");
const browser = await launchBrowser();
const lab = await Lab.start({ jupyter: args.jupyter, folder: args.work, prefix: args.prefix });
try {
  const chart = await pageOpen(browser, first.page, 1180, 820);
  await chart.locator("#cell-chart svg").evaluate((e) => e.scrollIntoView({ block: "center" }));
  await take(chart, "page");

  const living = await pageOpen(browser, gpt.page, 1280, 1100);
  const part = (name) => living.locator(`[data-part="${name}"]`).first();
  await part("start").click();
  await part("next").locator("li").first().waitFor();
  await part("template").selectOption({ index: 1 });
  await part("ask").click();
  await part("status").filter({ hasText: /complete/ }).waitFor({ timeout: 60_000 });
  await take(living.locator(".playground"), "page-playground");

  const lesson = await lab.open(browser, "lesson.ipynb", first.doc);
  await lesson.show(first.doc.cells.findIndex((c) => c.id === "bill"), "end");
  await take(lesson.page, "jupyterlab");

  const book = await lab.open(browser, "course.ipynb", gpt.doc);
  for (const [i, cell] of gpt.doc.cells.entries()) {
    if (cell.cell_type === "code") await book.run(i, 180_000);
  }
  const at = gpt.doc.cells.findIndex((c) => c.id === "playground");
  const cell = book.cell(at);
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
