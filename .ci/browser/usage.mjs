// What extensions of JupyterLab and cells ask of the kernel for the person in front: what it takes of the machine, documentation, code for cells.

import assert from "node:assert/strict";

const cells = [
  `held := make([]byte, 100<<20)
for i := range held { held[i] = 1 }
n := 0`,
  `for { n++ }`,
  `%fmt
x:=map[string]int{"a":1}
undefined( x )`,
  `strings.Fields?`,
  `display.NextCell("len(held)")`,
];

export function addUsage(steps, picture) {
  steps.add("an extension shows what the kernel takes, while it works", async (s) => {
    const book = (s.usage = await s.lab.open(s.browser, "usage.ipynb", cells));
    await book.run(0);
    await book.start(1);
    await book.page.locator(".lm-TabBar-tab[data-id='kernelusage-panel-id'], .lm-TabBar-tab[title='Kernel Usage']").first().click();
    const panel = book.page.locator("#kernelusage-panel-id");
    await panel.getByText(/^Memory: \d{3}\.\d+ MB$/).waitFor();
    await panel.getByText(/^CPU: [1-9]\d+(\.\d)?$/).waitFor();
    await picture(book.page, "usage");
    await book.tool("interrupt");
    await book.done(1);
  });

  steps.add("%fmt writes the cell in its place, name? tells, and a cell offers the next", async ({ usage: book }) => {
    assert.equal(await book.run(2), "");
    const code = await book.cell(2).locator(".cm-line").allInnerTexts();
    assert.deepEqual(code, [`x := map[string]int{"a": 1}`, "undefined(x)"]);
    assert.match(await book.run(3), /^package strings[^]*func Fields\(s string\) \[\]string/);
    await book.run(4);
    assert.equal(await book.cell(5).locator(".cm-line").innerText(), "len(held)");
    assert.equal(await book.run(5), "104857600");
    await book.page.close();
  });
}
