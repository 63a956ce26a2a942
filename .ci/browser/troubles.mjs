// A notebook of troubles: what goes wrong, and what people do about it, in a front end.

import assert from "node:assert/strict";

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
  'import "image/color"\n\nimg := image.NewRGBA(image.Rect(0, 0, 160, 90))\nfor x := range 160 {\n\tfor y := range 90 {\n\t\t' +
    'img.Set(x, y, color.RGBA{uint8(x), uint8(2 * y), 160, 255})\n\t}\n}\nimg',
  'import "github.com/resident-go/resident/kernel/widget"\n\nlevel := widget.IntSlider("level", 0, 100)\ndouble := widget.Label("")\n' +
    'level.OnChange(func(n int) { double.Set(fmt.Sprint("twice: ", 2*n)) })\nwidget.VBox(level, double)',
  "level.Value()",
  '%with_inputs\n!read line; echo "read $line"; sleep 1; echo done',
];
const at = { value: 0, panics: 1, wrong: 2, asks: 3, busy: 4, after: 5, sleeps: 6, exits: 7, shows: 8, last: 9, typed: 10, draws: 11, slides: 12, level: 13, reads: 14 };

// addTroubles adds the steps for a front end, "lab" or "notebook". take is called with a page and a name for its picture.
export function addTroubles(all, front, take) {
  const add = (name, run) => all.add(`${front}: ${name}`, run);
  const picture = (page, name) => take(page, `${front}-${name}`);

  add("a value is shown and kept", async (s) => {
    s.book = await s.lab.open(s.browser, `troubles-${front}.ipynb`, troubles, front);
    assert.equal(await s.book.run(at.value), "41");
  });

  add("a panic shows the cell's own frames", async ({ book }) => {
    const text = await book.run(at.panics);
    assert.match(text, /index out of range \[5\] with length 2/);
    assert.match(text, /Cell In\[2\], line 2/);
    assert.match(text, /Cell In\[2\], line 6/);
    assert.doesNotMatch(text, /\/runtime\/|resident-go|ʹ/);
  });

  add("a compile error shows line and column", async ({ book }) => {
    const text = await book.run(at.wrong);
    assert.match(text, /Cell In\[3\], line 3/);
    assert.match(text, /1\.5/);
    assert.match(text, /undefinedName/);
    await book.show(at.value);
    await picture(book.page, "errors");
  });

  add("a question raises the input box", async ({ book }) => {
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

  add("a command reads from the input box, which is gone when it goes on", async ({ book }) => {
    await book.start(at.reads);
    const box = book.cell(at.reads).locator(".jp-Stdin-input");
    await box.waitFor();
    await box.fill("Ada");
    await box.press("Enter");
    await book.done(at.reads);
    assert.match(await book.text(at.reads), /read Ada\s+done$/);
    assert.equal(await box.count(), 0, "a box is left");
    assert.equal(await book.run(at.last), "42");
  });

  add("interrupt stops a busy loop and keeps the variables", async ({ book }) => {
    await book.start(at.busy);
    await book.prompt(at.busy, "[*]:");
    await book.panel.locator('.jp-Notebook-ExecutionIndicator[data-status="busy"]').waitFor();
    await book.tool("interrupt");
    await book.done(at.busy);
    assert.match(await book.text(at.busy), /interrupt/i);
    assert.equal(await book.run(at.after), "42 true");
  });

  add("interrupt abandons a sleeping cell", async ({ book }) => {
    await book.start(at.sleeps);
    await book.cell(at.sleeps).locator(".jp-OutputArea-output", { hasText: "before" }).waitFor();
    await book.tool("interrupt");
    await book.done(at.sleeps);
    assert.match(await book.text(at.sleeps), /interrupt/i);
    assert.equal(await book.run(at.after), "42 true");
  });

  add("os.Exit ends the cell, not the session", async ({ book }) => {
    assert.match(await book.run(at.exits), /leaving[^]*exit[^]*3/);
    assert.equal(await book.run(at.last), "42");
    await book.show(at.busy);
    await picture(book.page, "stopped");
  });

  add("tables and text are rendered", async ({ book }) => {
    await book.run(at.shows);
    const shown = book.cell(at.shows);
    assert.equal(await shown.locator(".jp-RenderedMarkdown strong").innerText(), "Planets");
    assert.deepEqual(await shown.locator(".jp-RenderedHTMLCommon table tbody tr td:last-child").allInnerTexts(), ["2439.7", "6051.8", "6371"]);
    await book.show(at.exits);
    await picture(book.page, "display");
  });

  add("an image is drawn", async ({ book }) => {
    await book.run(at.draws);
    const image = book.cell(at.draws).locator('.jp-RenderedImage img[src^="data:image/png"]');
    assert.deepEqual(await image.evaluate((img) => img.decode().then(() => [img.naturalWidth, img.naturalHeight])), [160, 90]);
    await book.show(at.draws, "end");
    await picture(book.page, "image");
  });

  add("a slider follows the mouse", async ({ book }) => {
    await book.run(at.slides);
    const output = book.cell(at.slides).locator(".jp-OutputArea-output");
    const handle = output.locator(".widget-slider .noUi-handle");
    await handle.waitFor();
    await book.show(at.slides);
    const { x, y, width, height } = await handle.boundingBox();
    await book.page.mouse.move(x + width / 2, y + height / 2);
    await book.page.mouse.down();
    await book.page.mouse.move(x + width / 2 + 60, y + height / 2, { steps: 10 });
    await book.page.mouse.up();
    const level = Number(await output.locator(".widget-readout").innerText());
    assert(level > 0 && level < 100, `the slider shows ${level}`);
    await output.getByText(`twice: ${2 * level}`, { exact: true }).waitFor();
    assert.equal(await book.run(at.level), String(level));
    await picture(book.page, "slider");
  });

  add("Tab completes, Shift-Tab explains", async ({ book }) => {
    await book.cell(at.typed).locator(".cm-line").last().click();
    await book.page.keyboard.press("End");
    await book.page.keyboard.press("Tab");
    const offer = (name) => book.page.locator(`.jp-Completer-item[data-value="${name}"]`);
    await offer("ToUpperSpecial").getByText("function").waitFor();
    await picture(book.page, "completion");
    await offer("ToUpper").click();
    assert.match(await book.cell(at.typed).locator(".cm-line").last().innerText(), /^strings\.ToUpper$/);
    await book.page.keyboard.press("Shift+Tab");
    const help = book.page.locator(".jp-Tooltip");
    await help.getByText("returns s with all Unicode letters").waitFor();
    assert.match(await help.innerText(), /func ToUpper\(s string\) string|func strings\.ToUpper\(s string\) string/);
    await picture(book.page, "inspection");
    await book.page.keyboard.press("Escape");
  });

  add("restart forgets, and the kernel is ready again", async ({ book }) => {
    await book.restart();
    const text = await book.run(at.last);
    assert.match(text, /undefined: kept/);
    assert.equal(await book.run(at.value), "41");
    assert.equal(await book.run(at.last), "41");
    await book.show(at.shows);
    await picture(book.page, "restarted");
    await book.page.close();
  });
}
