// The product as people meet it, in a real browser: the first lesson and a model in JupyterLab, a notebook of troubles in
// JupyterLab and in Notebook 7, and the lesson's page.
//
//	node browser.mjs --jupyter VENV/bin/jupyter --prefix PREFIX --notebook LESSON.ipynb --page LESSON.html \
//	  --displays DISPLAYS.ipynb --course LESSON.ipynb --lessons LESSONS --students BUILT --out FOLDER
//
// The prefix holds the installed program and its kernelspec, BUILT what "resident build --for student" makes of the course in the folder LESSONS. The folder gets pictures of every step and JupyterLab's log.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";

import { addCourse } from "./course.mjs";
import { addDisplays } from "./displays.mjs";
import { Steps } from "../steps.mjs";
import { Lab, launchBrowser } from "./lab.mjs";
import { addExercises } from "./labexercises.mjs";
import { addRestarts } from "./restarts.mjs";
import { addTroubles } from "./troubles.mjs";
import { addUsage } from "./usage.mjs";
import { addWidgets } from "./widgets.mjs";

const string = { type: "string" };
const { values: args } = parseArgs({
  options: { jupyter: string, prefix: string, notebook: string, page: string, displays: string, course: string, lessons: string, students: string, out: string },
});
for (const name of ["jupyter", "prefix", "notebook", "page", "displays", "course", "lessons", "students", "out"]) {
  assert(args[name], `--${name} is missing`);
}
fs.mkdirSync(args.out, { recursive: true });

const picture = (page, name) => page.screenshot({ path: path.join(args.out, name + ".png") });
const steps = new Steps();

// The lesson's notebook without outputs, as if nobody had run it.
function unrun(file) {
  const doc = JSON.parse(fs.readFileSync(file, "utf8"));
  for (const cell of doc.cells.filter((c) => c.cell_type === "code")) {
    cell.outputs = [];
    cell.execution_count = null;
  }
  return doc;
}

steps.add("the launcher offers the kernel", async ({ browser, lab }) => {
  const page = await browser.newPage({ viewport: { width: 1280, height: 720 } });
  await page.goto(lab.url());
  const cards = page.locator('.jp-LauncherCard[title^="Go (resident)"]');
  await cards.first().locator("img").waitFor();
  const size = await cards.first().locator("img").evaluate((img) => img.decode().then(() => img.naturalWidth));
  assert(size > 0, "the logo is not an image");
  await picture(page, "launcher");
  await page.close();
});

steps.add("the lesson runs cell by cell", async (s) => {
  const doc = unrun(args.notebook);
  const book = (s.lesson = await s.lab.open(s.browser, "lesson.ipynb", doc));
  s.at = (id) => doc.cells.findIndex((c) => c.id === id);
  await picture(book.page, "lesson-before");
  for (const [i, cell] of doc.cells.entries()) {
    if (cell.cell_type !== "code") continue;
    await book.run(i);
    const errors = await book.cell(i).locator('[data-mime-type="application/vnd.jupyter.stderr"], .jp-RenderedText[data-mime-type*="error"]').allInnerTexts();
    assert.deepEqual(errors, [], `cell ${cell.id} shows an error`);
  }
});

steps.add("the lesson's outputs are what it says", async ({ lesson, at }) => {
  const want = {
    clean: "light is so to speak propagated in time;",
    "check-gradient": "all 100 agree to 8 places: true",
    learned: "learned something: true\nbetter than counting: true",
    "one-bit": "the forgery is found: true",
    proof: "weights changed by all this use: false",
    large: "training it: 57 years on one accelerator",
  };
  for (const [id, text] of Object.entries(want)) {
    const got = await lesson.text(at(id));
    assert(got.includes(text), `cell ${id} shows ${JSON.stringify(got)}, expected ${JSON.stringify(text)}`);
  }
  for (const id of ["chart", "dial"]) {
    const box = await lesson.cell(at(id)).locator(".jp-RenderedSVG img, .jp-RenderedSVG svg").boundingBox();
    assert(box && box.width > 300 && box.height > 100, `cell ${id}: the drawing is ${JSON.stringify(box)}`);
    await lesson.show(at(id), "end");
    await picture(lesson.page, "lesson-" + id);
  }
  assert.equal(await lesson.cell(at("bill")).locator(".jp-RenderedHTMLCommon table tr").count(), 7);
  await lesson.show(at("bill"), "end");
  await picture(lesson.page, "lesson-bill");
});

steps.add("a cell run again changes the student, not the graduate", async ({ lesson, at }) => {
  const again = await lesson.run(at("one-step"));
  assert.match(again, /loss on these 16 examples/);
  const proof = await lesson.run(at("proof"));
  assert(proof.includes("weights changed by all this use: false"), proof);
});

steps.add("the lesson is saved with its outputs", async ({ lesson, at }) => {
  const saved = await lesson.save();
  const chart = saved.cells[at("chart")].outputs;
  assert(chart.some((o) => o.data?.["image/svg+xml"]), "the chart is not in the saved notebook");
  await lesson.menu("Settings", "Theme", "JupyterLab Dark");
  await lesson.page.locator('body[data-jp-theme-light="false"]').waitFor({ state: "attached" });
  await lesson.page.locator("#jupyterlab-splash").waitFor({ state: "detached" });
  await lesson.show(at("chart"), "end");
  await picture(lesson.page, "lesson-dark");
  await lesson.menu("Settings", "Theme", "JupyterLab Light");
  await lesson.page.locator('body[data-jp-theme-light="true"]').waitFor({ state: "attached" });
  await lesson.page.close();
});

// A model is trained and used: the curve is drawn while it learns, an interrupt keeps what it has learned, and text arrives piece by piece.
const training = [
  `text := data.Opticks()
tok := tokenizer.Char(text)
model, err := nn.NewGPT(nn.GPTConfig{VocabSize: tok.Size(), BlockSize: 64, Layers: 2, Heads: 2, Embed: 64}, nn.Seed(1))
split := data.Tokens(tok, text).Split(0.9)
tensor.Seed(1).Normal(3, 4)`,
  `run, err := train.Fit(context.Background(), model, split, train.Config{Steps: 1_000_000, EvalEvery: 100, EvalBatches: 2})`,
  `fmt.Println(err)
fmt.Println("steps kept:", run.Steps == len(run.History) && run.Steps > 0)`,
  `frozen, err := checkpoint.Freeze(model)
s, err := infer.New(frozen, tok)
for piece := range s.Stream(context.Background(), "Light ", infer.Options{MaxTokens: 60, Temperature: 0.5, Seed: 1}) {
	fmt.Print(piece)
}`,
  `run.Cost().With(s.Cost())`,
];

steps.add("training draws its curve while it goes on, and an interrupt keeps the model", async ({ browser, lab }) => {
  const book = await lab.open(browser, "training.ipynb", training);
  assert.match(await book.run(0), /f32\[3 4\] on cpu/);
  await book.start(1);
  const chart = book.cell(1).locator(".jp-OutputArea-output svg");
  await chart.waitFor();
  const early = await chart.getAttribute("aria-label");
  await book.page.waitForFunction(
    ([cell, before]) => {
      const now = cell.querySelector(".jp-OutputArea-output svg");
      return now && now.getAttribute("aria-label") !== before;
    },
    [await book.cell(1).elementHandle(), early],
  );
  assert.equal(await chart.count(), 1, "the curve is drawn in one place");
  await picture(book.page, "training");
  await book.tool("interrupt");
  await book.done(1);
  assert.match(await book.text(1), /Interrupted/);
  const kept = await book.run(2);
  assert.match(kept, /stopped after step \d+ of 1000000: interrupted\nsteps kept: true/);
  assert((await book.run(3)).length >= 60, "too little text was made");
  await book.run(4);
  assert((await book.cell(4).locator(".jp-RenderedHTMLCommon table tr").count()) > 5, "the bill has no table");
  await book.show(4, "end");
  await picture(book.page, "training-bill");
  await book.page.close();
});

addDisplays(steps, unrun(args.displays), picture);
addTroubles(steps, "lab", picture);
addTroubles(steps, "notebook", picture);

addWidgets(steps, picture);
addRestarts(steps, picture);
addUsage(steps, picture);
addCourse(steps, unrun(args.course), picture);
addExercises(steps, { program: path.join(args.prefix, "bin", "resident"), students: args.students, lessons: args.lessons }, picture);

for (const scheme of ["light", "dark"]) {
  steps.add(`the lesson's page, ${scheme}, asks the network for nothing`, async ({ browser }) => {
    const page = await browser.newPage({ viewport: { width: 1280, height: 860 }, colorScheme: scheme, reducedMotion: "reduce" });
    const requests = [];
    page.on("request", (r) => requests.push(r.url()));
    const troubles = [];
    page.on("pageerror", (e) => troubles.push(String(e)));
    const url = "file://" + path.resolve(args.page);
    await page.goto(url);
    assert.deepEqual(requests.filter((r) => r !== url && !r.startsWith("data:")), []);
    assert.deepEqual(troubles, []);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
    assert(!wide, "the page is wider than the window");
    await picture(page, `page-${scheme}`);
    await page.locator("svg").first().evaluate((e) => e.scrollIntoView({ block: "center" }));
    await picture(page, `page-${scheme}-chart`);
    await page.screenshot({ path: path.join(args.out, `page-${scheme}-whole.png`), fullPage: true });
    await page.setViewportSize({ width: 390, height: 844 });
    assert(!(await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth)), "the page is wider than a telephone");
    await picture(page, `page-${scheme}-narrow`);
    await page.close();
  });
}

const state = { browser: await launchBrowser() };
let passed = false;
try {
  state.lab = await Lab.start({ jupyter: args.jupyter, folder: args.out, prefix: args.prefix });
  passed = await steps.run("browser", state, async () => {
    const open = state.browser.contexts().flatMap((c) => c.pages());
    await Promise.all(open.map((page, i) => picture(page, `failed-${i}`)));
  });
} finally {
  await state.browser.close();
  await state.lab?.stop();
}
process.exitCode = passed ? 0 : 1;
