// Widgets in JupyterLab: moved, clicked and typed into by mouse and keyboard, while no cell runs and while one does.

import assert from "node:assert/strict";
import fs from "node:fs";

const cells = [
  `import "github.com/resident-go/resident/kernel/widget"
steps := widget.IntSlider("steps", 1, 100)
out := widget.Output()
steps.OnChange(func(n int) { out.Renew(func() { fmt.Println("now", n) }) })
widget.VBox(steps, out)`,
  `fmt.Println("steps:", steps.Value())`,
  `widget.Interact(func(n int, x float64, name string, loud bool) string {
	greeting := fmt.Sprintf("hello %s %d %.1f", name, n, x)
	if loud { greeting = strings.ToUpper(greeting) }
	return greeting
}, widget.IntSlider("n", 1, 9), widget.FloatSlider("x", 0, 1).Start(0.5), widget.Text("name"), widget.Checkbox("loud"))`,
  `clicks := 0
button := widget.Button("click me").With("button_style", "primary")
bar := widget.IntProgress("clicks", 10)
picture := image.NewRGBA(image.Rect(0, 0, 40, 20))
draw.Draw(picture, picture.Bounds(), image.NewUniform(color.RGBA{0, 120, 200, 255}), image.Point{}, draw.Src)
button.OnClick(func() { clicks++; bar.Set(clicks) })
widget.Tabs(
	widget.Tab{"controls", widget.HBox(button, bar, widget.Dropdown("pick", "red", "green"))},
	widget.Tab{"about", widget.VBox(widget.HTML("<b>bold</b>"), widget.Label("plain"), widget.Image(picture))},
)`,
  `for clicks < 5 { runtime.Gosched() }
fmt.Println("clicked", clicks)`,
  `clicked := widget.Output()
broken := widget.Button("panic")
broken.OnClick(func() { clicked.Do(func() { var list []int; fmt.Println(list[clicks]) }) })
widget.VBox(broken, clicked)`,
  `half := widget.FloatSlider("half", 0, 1)
half.OnChange(func(x float64) { fmt.Printf("%.2f and %.2f", x, 1-x) })
half`,
];

export function addWidgets(steps, picture) {
  steps.add("a slider moved by the mouse changes a value in Go", async (s) => {
    const book = (s.widgets = await s.lab.open(s.browser, "widgets.ipynb", cells));
    await book.run(0);
    const slider = book.cell(0).locator(".widget-slider");
    await slider.waitFor();
    await drag(book.page, slider, 0.7);
    const output = book.cell(0).locator(".jp-OutputArea .jp-OutputArea");
    await output.getByText(/^now \d+/).first().waitFor();
    const shown = Number((await book.cell(0).locator(".widget-readout").innerText()).trim());
    assert(shown > 50, `the slider shows ${shown}`);
    await output.getByText(`now ${shown}`, { exact: true }).waitFor();
    assert.equal(await book.run(1), `steps: ${shown}`);
    await book.show(0);
    await picture(book.page, "widget-slider");
  });

  steps.add("controls are the arguments of a function", async ({ widgets: book }) => {
    await book.run(2);
    const result = book.cell(2).locator(".jp-OutputArea .jp-OutputArea");
    await result.getByText('"hello  1 0.5"').waitFor();
    await drag(book.page, book.cell(2).locator(".widget-slider").first(), 1);
    await result.getByText('"hello  9 0.5"').waitFor();
    await book.cell(2).locator("input[type=text]").fill("Ada");
    await result.getByText('"hello Ada 9 0.5"').waitFor();
    await book.cell(2).locator("input[type=checkbox]").check();
    await result.getByText('"HELLO ADA 9 0.5"').waitFor();
    assert.equal(await result.locator(".jp-OutputArea-output").count(), 1, "the result is shown once");
    await book.show(2);
    await picture(book.page, "widget-interact");
  });

  steps.add("a button is clicked while a cell runs", async ({ widgets: book }) => {
    await book.run(3);
    await book.start(4);
    await book.prompt(4, /^\[\*\]:$/);
    const button = book.cell(3).getByRole("button", { name: "click me" });
    for (let i = 0; i < 5; i++) await button.click();
    await book.done(4);
    assert.equal(await book.text(4), "clicked 5");
    await book.show(3);
    await picture(book.page, "widget-button");
    await book.cell(3).locator(".lm-TabBar-tab", { hasText: "about" }).click();
    assert.equal(await book.cell(3).locator("b", { hasText: "bold" }).isVisible(), true);
    const width = await book.cell(3).locator("img.widget-image").evaluate((img) => img.decode().then(() => img.naturalWidth));
    assert.equal(width, 40, "the picture's width");
    await picture(book.page, "widget-tabs");
  });

  steps.add("what a callback prints is below its control", async ({ widgets: book }) => {
    await book.run(6);
    await drag(book.page, book.cell(6).locator(".widget-slider"), 1);
    await book.cell(6).locator(".jp-OutputArea .jp-OutputArea").getByText("1.00 and 0.00", { exact: true }).waitFor();
    await book.show(6);
    await picture(book.page, "widget-below");
  });

  steps.add("a panic in a callback is shown in its place", async ({ widgets: book }) => {
    await book.run(5);
    await book.cell(5).getByRole("button", { name: "panic" }).click();
    await book.cell(5).locator(".jp-OutputArea .jp-OutputArea").getByText(/index out of range \[5\] with length 0/).first().waitFor();
    await book.show(5);
    await picture(book.page, "widget-panic");
    assert.equal(await book.run(1), `steps: ${await book.cell(0).locator(".widget-readout").innerText()}`);
  });

  steps.add("widgets are saved with the notebook, and there again when the page is loaded anew", async ({ widgets: book }) => {
    const doc = await book.save();
    const state = doc.metadata.widgets["application/vnd.jupyter.widget-state+json"].state;
    const models = Object.values(state).map((m) => m.model_name);
    for (const name of ["IntSliderModel", "LayoutModel", "OutputModel", "VBoxModel", "TabModel"]) {
      assert(models.includes(name), `no ${name} among the saved ${models}`);
    }
    const shown = await book.cell(0).locator(".widget-readout").innerText();
    await book.page.reload();
    await book.connected();
    await book.cell(0).locator(".widget-readout", { hasText: shown }).waitFor();
    await drag(book.page, book.cell(0).locator(".widget-slider"), 0);
    await book.cell(0).locator(".widget-readout", { hasText: /^1$/ }).waitFor();
    await book.cell(0).locator(".jp-OutputArea .jp-OutputArea").getByText("now 1", { exact: true }).waitFor();
    assert.equal(await book.run(1), "steps: 1");
    await book.show(0);
    await picture(book.page, "widget-reloaded");
    await book.page.close();
  });

  steps.add("a slider changes the temperature at which a model writes", async ({ browser, lab }) => {
    const doc = JSON.parse(fs.readFileSync(new URL("../../examples/notebooks/temperature.ipynb", import.meta.url)));
    const at = (id) => doc.cells.findIndex((c) => c.id === id);
    const book = await lab.open(browser, "temperature.ipynb", doc);
    await book.run(at("model"));
    await book.run(at("sliders"));
    const written = book.cell(at("sliders")).locator(".jp-OutputArea .jp-OutputArea");
    await written.getByText(/^The Rays of Light/).first().waitFor();
    const cool = await written.innerText();
    await drag(book.page, book.cell(at("sliders")).locator(".widget-slider").first(), 0.95);
    await book.page.waitForFunction(([e, before]) => e.innerText !== before && e.innerText.length > 60, [await written.elementHandle(), cool]);
    assert.match(await book.run(at("read")), /^temperature 1\.[89]/);
    await book.show(at("sliders"));
    await picture(book.page, "widget-temperature");
    await book.page.close();
  });
}

// drag moves a slider's handle to a part of its width.
export async function drag(page, slider, part) {
  await slider.scrollIntoViewIfNeeded();
  const handle = await slider.locator(".noUi-handle").boundingBox();
  const base = await slider.locator(".noUi-base").boundingBox();
  const y = handle.y + handle.height / 2;
  await page.mouse.move(handle.x + handle.width / 2, y);
  await page.mouse.down();
  await page.mouse.move(base.x + base.width * part, y, { steps: 8 });
  await page.mouse.up();
}
