// The notebook of displays, as JupyterLab shows it.

import assert from "node:assert/strict";

// What the cells show, by their id: a selector in the cell's output, and how often it is there.
const shapes = {
  structs: { "table tbody tr": 4 },
  struct: { "table tbody tr": 3 },
  map: { "table thead th": 4, "table tbody tr": 4 },
  squares: { "table tbody tr": 100 },
  iterator: { "table tbody tr": 8 },
  image: { 'img[src^="data:image/png"]': 1 },
  matrix: { "mjx-container mjx-mtr": 3 },
  plot: { ".jp-RenderedSVG": 1 },
  methods: { ".jp-RenderedSVG": 1 },
  chart: { "svg polyline": 2, 'svg[role="img"]': 1 },
  kinds: { ".jp-RenderedMarkdown strong": 1, ".jp-RenderedHTMLCommon kbd": 1, "mjx-container": 2, ".jp-RenderedJSON": 1 },
};

const texts = {
  squares: /and 150 more rows/,
  endless: /^\[0 1 2 3 [^]* 98 99 … and more\]$/,
  channel: /^chan int \(1 of 3\)$/,
  errors: /^no luck\nread planets: unexpected EOF$/,
  small: /next:&\{Name:"b" next:&\(cycle\)\}\}\n1m30s\n\[\]byte\("text"\)\n\[0 255\]\n&0$/,
  place: /^done, said by the next cell\s+steps 100 % \(100 of 100\)\s+line 5 of 5$/,
  chart: /two ways to π\s[^]*Leibniz[^]*Wallis\s+3\.125 3\.129$/,
};

// addDisplays adds a step that runs the notebook, a document without outputs, and looks at each cell.
export function addDisplays(steps, doc, picture) {
  const at = (id) => doc.cells.findIndex((c) => c.id === id);
  steps.add("values show themselves", async ({ browser, lab }) => {
    const book = await lab.open(browser, "displays.ipynb", doc);
    for (const [i, cell] of doc.cells.entries()) {
      if (cell.cell_type === "code") await book.run(i);
    }
    for (const [id, wanted] of Object.entries(shapes)) {
      for (const [selector, count] of Object.entries(wanted)) {
        const found = book.cell(at(id)).locator(".jp-OutputArea-child").locator(selector);
        await found.first().waitFor();
        assert.equal(await found.count(), count, `cell ${id}: ${selector}`);
      }
    }
    for (const [id, pattern] of Object.entries(texts)) assert.match(await book.text(at(id)), pattern, `cell ${id}`);
    for (const id of ["map", "iterator", "image", "plot", "small", "kinds", "place"]) {
      await book.show(at(id), "end");
      await picture(book.page, "displays-" + id);
    }
    // The last point was shown, and the drawing takes its ink from the page.
    const chart = book.cell(at("chart")).locator('svg[role="img"]');
    assert.match(await chart.getAttribute("aria-label"), /^Line chart two ways to π: Leibniz 60 points from .*, Wallis 60 points from /);
    for (const theme of ["Light", "Dark"]) {
      if (theme === "Dark") {
        await book.menu("Settings", "Theme", "JupyterLab Dark");
        await book.page.locator('body[data-jp-theme-light="false"]').waitFor({ state: "attached" });
        await book.page.locator("#jupyterlab-splash").waitFor({ state: "detached" });
      }
      const ink = await chart.locator("text").first().evaluate((e) => getComputedStyle(e).fill.match(/\d+/g).slice(0, 3).map(Number));
      assert(theme === "Dark" ? Math.min(...ink) > 150 : Math.max(...ink) < 100, `on the ${theme} page letters are ${ink}`);
      await book.show(at("chart"), "end");
      await picture(book.page, "displays-chart-" + theme.toLowerCase());
    }
    await book.menu("Settings", "Theme", "JupyterLab Light");
    await book.page.locator('body[data-jp-theme-light="true"]').waitFor({ state: "attached" });
    await book.page.close();
  });
}
