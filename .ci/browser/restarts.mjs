// What becomes of widgets in JupyterLab when the worker or the kernel behind them is replaced.

import assert from "node:assert/strict";

import { drag } from "./widgets.mjs";

const cells = [
  `import "github.com/resident-go/resident/kernel/widget"
steps := widget.IntSlider("steps", 1, 100)
out := widget.Output()
steps.OnChange(func(n int) { out.Renew(func() { fmt.Println("now", n) }) })
widget.VBox(steps, out)`,
  `%restart`,
  `"the kernel lives"`,
];

const dead = ".widget-slider.jupyter-widgets-disconnected";

export function addRestarts(steps, picture) {
  const complaints = [];

  // live runs the cell, and moves its slider to the end.
  async function live(book) {
    await book.run(0);
    await drag(book.page, book.cell(0).locator(".widget-slider"), 1);
    await book.cell(0).locator(".jp-OutputArea .jp-OutputArea").getByText("now 100", { exact: true }).waitFor();
    assert.equal(await book.cell(0).locator(dead).count(), 0, "a live slider looks dead");
  }

  steps.add("%restart leaves widgets that look dead and cannot be used, and the cell makes them live", async (s) => {
    const book = (s.restarts = await s.lab.open(s.browser, "restarts.ipynb", cells));
    book.page.on("console", (m) => m.type() === "error" && complaints.push(m.text()));
    book.page.on("pageerror", (e) => complaints.push(String(e)));
    await live(book);
    await book.run(1);
    await book.cell(0).locator(dead).waitFor();
    await book.show(0);
    await picture(book.page, "widget-after-restart");
    await drag(book.page, book.cell(0).locator(".widget-slider"), 0); // to no avail
    assert.equal(await book.cell(0).locator(".widget-readout").innerText(), "100", "a dead slider was moved");
    assert.match(await book.cell(0).locator(".jp-OutputArea .jp-OutputArea").innerText(), /^now 100\s*$/);
    await live(book);
  });

  steps.add("a kernel's restart leaves widgets that look dead, and the cell makes them live", async ({ restarts: book }) => {
    await book.restart();
    await book.cell(0).locator(dead).waitFor();
    await book.show(0);
    await picture(book.page, "widget-dead");
    await drag(book.page, book.cell(0).locator(".widget-slider"), 0); // to no avail
    assert.equal(await book.run(2), '"the kernel lives"');
    assert.match(await book.cell(0).locator(".jp-OutputArea .jp-OutputArea").innerText(), /^now 100\s*$/);
    await live(book);
    await picture(book.page, "widget-live-again");
    assert.deepEqual(complaints, [], "the browser complains");
    await book.page.close();
  });
}
