// The course's second lesson in JupyterLab: every cell, and then its playground, used with mouse and keyboard.

import assert from "node:assert/strict";

import { drag } from "./widgets.mjs";

export function addCourse(steps, doc, picture) {
  const at = (id) => doc.cells.findIndex((c) => c.id === id);

  steps.add("a GPT is trained, frozen and shipped in a lesson", async (s) => {
    const book = (s.course = await s.lab.open(s.browser, "course.ipynb", doc));
    for (const [i, cell] of doc.cells.entries()) {
      if (cell.cell_type !== "code") continue;
      await book.run(i, 300_000);
      const errors = await book.cell(i).locator('[data-mime-type="application/vnd.jupyter.stderr"], .jp-RenderedText[data-mime-type*="error"]').allInnerTexts();
      assert.deepEqual(errors, [], `cell ${cell.id} shows an error`);
    }
    const want = { epochs: "learned something: true", ship: "same weights: true", work: "weights changed by all this use: false" };
    for (const [id, text] of Object.entries(want)) assert((await book.text(at(id))).includes(text), `cell ${id} lacks ${text}`);
    for (const id of ["tokens", "school", "instruments", "top-p", "bills"]) {
      await book.show(at(id), id === "bills" ? "end" : "start");
      await picture(book.page, `course-${id}`);
    }
  });

  addPlayground(steps, "JupyterLab", (s) => ({ page: s.course.page, cell: s.course.cell(at("playground")), show: () => s.course.show(at("playground"), "end") }), picture);
  steps.add("the lesson is closed", (s) => s.course.page.close());
}

// addPlayground adds steps that use the playground where it is shown: a page, the cell, and a function that brings it to the screen. What they
// need of a front end is that widgets look as ipywidgets' do.
export function addPlayground(steps, front, where, picture) {
  steps.add(`${front}: the playground answers, and redraws what could come next`, async (s) => {
    const { page, cell: p, show } = where(s);
    await show();
    await sees(p, /FROZEN/);
    await sees(p, /0 \(locked\)/);
    const said = p.locator(".widget-html-content", { hasText: /^The Rays of Light/ });
    const before = await said.innerText();
    await p.getByRole("button", { name: "Ask" }).click();
    await changed(page, said, before);
    const odds = p.locator(".widget-html-content", { hasText: "bits of choice" });
    const drawn = await odds.innerText();
    await drag(page, p.locator(".widget-slider").first(), 0.05); // the temperature
    await changed(page, odds, drawn);
    await p.locator("select").selectOption({ label: "If a Prism" });
    await p.getByRole("button", { name: "Ask" }).click();
    await sees(p, /^If a Prism./);
    await show();
    await picture(page, `playground-${front}-frozen`);
  });

  steps.add(`${front}: the playground counts weight updates while it trains, and locks them again`, async (s) => {
    const { page, cell: p, show } = where(s);
    const network = p.locator(".widget-html-content", { hasText: /parameters, digest/ });
    const digest = async () => /digest (\w+)/.exec(await network.innerText())[1];
    const graduate = await digest();
    await p.locator("input[type=checkbox]").check();
    await sees(p, /TRAINING/);
    await sees(p, /weight updates\s*\d{1,3}(\u202f\d{3})+/);
    const bill = p.locator(".widget-html-content", { hasText: "weight updates" });
    await changed(page, bill, await bill.innerText());
    await page.waitForFunction(([e, was]) => !e.innerText.includes(was), [await network.elementHandle(), `digest ${graduate}`]); // the weights have changed
    await show();
    await picture(page, `playground-${front}-training`);
    await p.locator("input[type=checkbox]").uncheck();
    await sees(p, /FROZEN/);
    await p.getByRole("button", { name: "Ask" }).click();
    await sees(p, /0 \(locked\)/);
    await p.getByRole("button", { name: "Restore" }).click();
    await sees(p, new RegExp(`digest ${graduate}`));
  });
}

const sees = (cell, pattern) => cell.locator(".widget-html-content", { hasText: pattern }).first().waitFor();

async function changed(page, locator, before) {
  await page.waitForFunction(([e, text]) => e.innerText !== text, [await locator.elementHandle(), before]);
}
