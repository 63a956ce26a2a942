// What the reader has written, kept by the browser for this page: the key of a cell -> { source, text }, with the source that was edited.

const memory = "resident-edits:" + location.pathname;

export class Edits {
  #edits = new Map();
  #timer = 0;

  constructor() {
    try {
      this.#edits = new Map(Object.entries(JSON.parse(localStorage.getItem(memory) ?? "{}")));
    } catch (err) {
      console.warn("The edits that were kept cannot be read:", err);
    }
    addEventListener("pagehide", () => this.#save());
  }

  get(key) {
    return this.#edits.get(key);
  }

  set(key, edit) {
    this.#edits.set(key, edit);
    this.#later();
  }

  delete(key) {
    if (this.#edits.delete(key)) this.#later();
  }

  clear() {
    this.#edits.clear();
    this.#save();
  }

  // A key press need not write everything.
  #later() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#save(), 300);
  }

  #save() {
    clearTimeout(this.#timer);
    if (this.#edits.size) localStorage.setItem(memory, JSON.stringify(Object.fromEntries(this.#edits)));
    else localStorage.removeItem(memory);
  }
}
