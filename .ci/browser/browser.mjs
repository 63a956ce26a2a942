// The product as people meet it: the first lesson and a notebook of troubles in JupyterLab, and the lesson's page, in a
// real browser.
//
//	node browser.mjs --jupyter VENV/bin/jupyter --prefix PREFIX --notebook LESSON.ipynb --page LESSON.html --out FOLDER
//
// The prefix holds the installed kernelspec. The folder gets pictures of every step and JupyterLab's log.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";

import { Lab, launchBrowser } from "./lab.mjs";
import { widgetSteps } from "./widgets.mjs";

const string = { type: "string" };
const { values: args } = parseArgs({
  options: { jupyter: string, prefix: string, notebook: string, page: string, out: string },
});
for (const name of ["jupyter", "prefix", "notebook", "page", "out"]) {
  assert(args[name], `--${name} is missing`);
}
fs.mkdirSync(args.out, { recursive: true });

const picture = (page, name) => page.screenshot({ path: path.join(args.out, name + ".png") });
const steps = [];
const step = (name, run) => steps.push({ name, run });

// The lesson's notebook without outputs, as if nobody had run it.
function unrun(file) {
  const doc = JSON.parse(fs.readFileSync(file, "utf8"));
  for (const cell of doc.cells.filter((c) => c.cell_type === "code")) {
    cell.outputs = [];
    cell.execution_count = null;
  }
  return doc;
}

step("the launcher offers the kernel", async ({ browser, lab }) => {
  const page = await browser.newPage({ viewport: { width: 1280, height: 720 } });
  await page.goto(lab.url());
  const cards = page.locator('.jp-LauncherCard[title^="Go (resident)"]');
  await cards.first().locator("img").waitFor();
  const size = await cards.first().locator("img").evaluate((img) => img.decode().then(() => img.naturalWidth));
  assert(size > 0, "the logo is not an image");
  await picture(page, "launcher");
  await page.close();
});

step("the lesson runs cell by cell", async (s) => {
  const doc = unrun(args.notebook);
  const book = (s.lesson = await s.lab.open(s.browser, "lesson.ipynb", doc));
  s.at = (id) => doc.cells.findIndex((c) => c.id === id);
  await picture(book.page, "lesson-before");
  for (const [i, cell] of doc.cells.entries()) {
    if (cell.cell_type !== "code") continue;
    await book.run(i, 120_000);
    const errors = await book.cell(i).locator('[data-mime-type="application/vnd.jupyter.stderr"], .jp-RenderedText[data-mime-type*="error"]').allInnerTexts();
    assert.deepEqual(errors, [], `cell ${cell.id} shows an error`);
  }
});

step("the lesson's outputs are what it says", async ({ lesson, at }) => {
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

step("a cell run again changes the student, not the graduate", async ({ lesson, at }) => {
  const again = await lesson.run(at("one-step"));
  assert.match(again, /loss on these 16 examples/);
  const proof = await lesson.run(at("proof"));
  assert(proof.includes("weights changed by all this use: false"), proof);
});

step("the lesson is saved with its outputs", async ({ lesson, at }) => {
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

step("training draws its curve while it goes on, and an interrupt keeps the model", async ({ browser, lab }) => {
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

const troubles = [
  "kept := 41\nkept",
  'func half(xs []int, i int) int {\n\treturn xs[i] / 2\n}\n\nkept++\nhalf([]int{1, 2}, 5)',
  "total := 0\nfor i := range 3 {\n\ttotal += i * 1.5\n}\nundefinedName(total)",
  'import "fmt"\n\nvar name string\nfmt.Print("Your name? ")\nfmt.Scanln(&name)\nfmt.Println("Hello,", name)',
  "turns := 0\nfor {\n\tturns++\n}",
  'fmt.Println(kept, turns > 1000)',
  'import "time"\n\nfmt.Println("before")\ntime.Sleep(time.Hour)',
  'import "os"\n\nfmt.Println("leaving")\nos.Exit(3)',
  'import "github.com/resident-go/resident/kernel/display"\n\ntype planet struct {\n\tName   string\n\tRadius float64\n}\n\n' +
    'display.Show(display.Markdown("**Planets**, the *inner* ones"))\n[]planet{{"Mercury", 2439.7}, {"Venus", 6051.8}, {"Earth", 6371}}',
  "kept",
  'import "strings"\n\nstrings.ToU',
];
const at = { value: 0, panics: 1, wrong: 2, asks: 3, busy: 4, after: 5, sleeps: 6, exits: 7, shows: 8, last: 9, typed: 10 };

step("a value is shown and kept", async (s) => {
  s.book = await s.lab.open(s.browser, "troubles.ipynb", troubles);
  assert.equal(await s.book.run(at.value), "41");
});

step("a panic shows the cell's own frames", async ({ book }) => {
  const text = await book.run(at.panics);
  assert.match(text, /index out of range \[5\] with length 2/);
  assert.match(text, /Cell In\[2\], line 2/);
  assert.match(text, /Cell In\[2\], line 6/);
  assert.doesNotMatch(text, /\/runtime\/|resident-go|ʹ/);
});

step("a compile error shows line and column", async ({ book }) => {
  const text = await book.run(at.wrong);
  assert.match(text, /Cell In\[3\], line 3/);
  assert.match(text, /1\.5/);
  assert.match(text, /undefinedName/);
  await book.show(at.value);
  await picture(book.page, "errors");
});

step("a question raises the input box", async ({ book }) => {
  await book.start(at.asks);
  const box = book.cell(at.asks).locator(".jp-Stdin-input");
  await box.waitFor();
  await box.fill("Ada");
  await book.show(at.wrong);
  await picture(book.page, "question");
  await box.press("Enter");
  await book.done(at.asks);
  assert.match(await book.text(at.asks), /Hello, Ada/);
});

step("interrupt stops a busy loop and keeps the variables", async ({ book }) => {
  await book.start(at.busy);
  await book.prompt(at.busy, "[*]:");
  await book.panel.locator('.jp-Notebook-ExecutionIndicator[data-status="busy"]').waitFor();
  await book.tool("interrupt");
  await book.done(at.busy, 10_000);
  assert.match(await book.text(at.busy), /interrupt/i);
  assert.equal(await book.run(at.after), "42 true");
});

step("interrupt abandons a sleeping cell", async ({ book }) => {
  await book.start(at.sleeps);
  await book.cell(at.sleeps).locator(".jp-OutputArea-output", { hasText: "before" }).waitFor();
  await book.tool("interrupt");
  await book.done(at.sleeps, 10_000);
  assert.match(await book.text(at.sleeps), /interrupt/i);
  assert.equal(await book.run(at.after), "42 true");
});

step("os.Exit ends the cell, not the session", async ({ book }) => {
  assert.match(await book.run(at.exits), /leaving[^]*exit[^]*3/);
  assert.equal(await book.run(at.last), "42");
  await book.show(at.busy);
  await picture(book.page, "stopped");
});

step("tables and text are rendered", async ({ book }) => {
  await book.run(at.shows);
  const shown = book.cell(at.shows);
  assert.equal(await shown.locator(".jp-RenderedMarkdown strong").innerText(), "Planets");
  assert.deepEqual(await shown.locator(".jp-RenderedHTMLCommon table tbody tr td:last-child").allInnerTexts(), ["2439.7", "6051.8", "6371"]);
  await book.show(at.exits);
  await picture(book.page, "display");
});

step("Tab completes, Shift-Tab explains", async ({ book }) => {
  await book.cell(at.typed).locator(".cm-line").last().click();
  await book.page.keyboard.press("End");
  await book.page.keyboard.press("Tab");
  const offer = book.page.locator(".jp-Completer-item", { hasText: "ToUpperSpecial" });
  await offer.waitFor();
  await picture(book.page, "completion");
  await book.page.locator(".jp-Completer-item", { hasText: /^\W*ToUpper\b/ }).first().click();
  assert.match(await book.cell(at.typed).locator(".cm-line").last().innerText(), /^strings\.ToUpper$/);
  await book.page.keyboard.press("Shift+Tab");
  const help = book.page.locator(".jp-Tooltip");
  await help.getByText("returns s with all Unicode letters").waitFor();
  assert.match(await help.innerText(), /func ToUpper\(s string\) string|func strings\.ToUpper\(s string\) string/);
  await picture(book.page, "inspection");
  await book.page.keyboard.press("Escape");
});

step("restart forgets, and the kernel is ready again", async ({ book }) => {
  await book.restart();
  const text = await book.run(at.last);
  assert.match(text, /undefined: kept/);
  assert.equal(await book.run(at.value), "41");
  assert.equal(await book.run(at.last), "41");
  await book.show(at.shows);
  await picture(book.page, "restarted");
  await book.page.close();
});

widgetSteps(step, picture);

for (const scheme of ["light", "dark"]) {
  step(`the lesson's page, ${scheme}, asks the network for nothing`, async ({ browser }) => {
    const page = await browser.newPage({ viewport: { width: 1280, height: 860 }, colorScheme: scheme, reducedMotion: "reduce" });
    const requests = [];
    page.on("request", (r) => requests.push(r.url()));
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

step("training draws its curve while it goes on, and an interrupt keeps the model", async ({ browser, lab }) => {
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
  // What Fit returned is looked at in the next cell: an interrupted one ends at its next statement.
  const text = await book.run(2);
  assert.match(text, /train: stopped after step \d+ of 1000000: interrupted/);
  assert.match(text, /steps kept: true/);
  assert((await book.run(3)).length >= 60, "too little text was made");
  await book.run(4);
  assert((await book.cell(4).locator(".jp-RenderedHTMLCommon table tr").count()) > 5, "the bill has no table");
  await book.show(4, "end");
  await picture(book.page, "training-bill");
  await book.page.close();
});

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

// The steps build on each other: the first that fails ends the test, with a picture of every page that is open.
async function main() {
  const state = { browser: await launchBrowser() };
  let passed = 0;
  try {
    state.lab = await Lab.start({ jupyter: args.jupyter, folder: args.out, prefix: args.prefix });
    for (const { name, run } of steps) {
      const start = performance.now();
      try {
        await run(state);
      } catch (err) {
        console.log(`FAIL ${name}\n${err.stack}`);
        await pictures(state.browser);
        break;
      }
      passed++;
      console.log(`ok   ${name} (${Math.round(performance.now() - start)} ms)`);
    }
  } finally {
    await state.browser.close();
    await state.lab?.stop();
  }
  console.log(`browser: ${passed} of ${steps.length} steps passed`);
  process.exitCode = passed === steps.length ? 0 : 1;
}

async function pictures(browser) {
  const pages = browser.contexts().flatMap((c) => c.pages());
  await Promise.all(pages.map((page, i) => picture(page, `failed-${i}`)));
}

await main();
