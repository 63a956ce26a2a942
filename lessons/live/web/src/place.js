// Where the reader is on the page, kept over a reload. Outputs come back later than the browser puts the page where it was.

const memory = "resident-place:" + location.pathname;

export class Place {
  #moved = false; // by the reader, since the page was loaded

  constructor(book) {
    this.book = book;
    for (const event of ["wheel", "keydown", "pointerdown", "touchstart"]) addEventListener(event, () => { this.#moved = true; }, { once: true, passive: true });
    addEventListener("pagehide", () => {
      const at = firstCell(book);
      if (at) sessionStorage.setItem(memory, JSON.stringify({ key: at.cell.key, top: at.top }));
    });
  }

  // restore brings the cell that was first on the screen back to where it was, if the page was loaded again and nobody has moved it.
  restore() {
    const [how] = performance.getEntriesByType("navigation");
    const { key, top } = JSON.parse(sessionStorage.getItem(memory) ?? "{}");
    const cell = this.book.cells.find((c) => c.key === key);
    if (how?.type !== "reload" || this.#moved || !cell) return;
    scrollBy(0, cell.section.getBoundingClientRect().top - top);
  }
}

// firstCell is the first cell on the screen, and where it is.
export function firstCell(book) {
  for (const cell of book.cells) {
    const { top, bottom } = cell.section.getBoundingClientRect();
    if (bottom > 0 && !cell.section.hidden) return { cell, top };
  }
  return null;
}
