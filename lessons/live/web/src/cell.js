// A cell of the page: an editor, a few buttons, and what it shows.

import { newEditor } from "./editor.js";
import { Outputs } from "./outputs.js";

// What a cell's state is called for people.
const states = { queued: "waiting", running: "running", ok: "done", error: "failed", aborted: "not run: an earlier cell failed", stale: "from before", lost: "no answer" };
// What a test's state is called.
const verdicts = { ok: "passed", error: "not passed" };

export class Cell {
  #dismiss = null; // takes a question away
  #began = 0;
  #failed = false; // since it began to run
  #orphan = false; // it runs, and whoever asked for that is gone: nobody but the kernel's messages will say how it ends

  // section is a section with data-cell. The book is asked to run cells, knows edits, and renders.
  constructor(section, book) {
    this.section = section;
    this.book = book;
    this.#read(section);
    this.#build();
    const edit = book.edits.get(this.key);
    if (edit && !this.lock) {
      this.text = edit.text;
      this.#edited(edit.source !== this.source);
    }
  }

  #read({ dataset }) {
    this.key = dataset.cell;
    this.source = dataset.source;
    this.hide = dataset.hide;
    this.skip = "skip" in dataset;
    this.mayFail = "mayFail" in dataset;
    this.lock = "lock" in dataset;
    this.needs = dataset.needs?.split(" ");
    this.metadata = dataset.terms ? { lesson: JSON.parse(dataset.terms) } : {};
    this.answers = dataset.answers?.split(" ") ?? []; // the cells that a test is about
    this.test = dataset.test; // what passing it is worth, "" for nothing; undefined for what is no test
  }

  #build() {
    const { section, book } = this;
    section.classList.add("live");
    this.label = section.getAttribute("aria-label").replace("Cell", "cell");
    this.view = newEditor(this.source, `Code of ${this.label}`, this.lock, {
      run: (then) => book.run(this, then),
      changed: (text) => this.#changed(text),
      focused: () => book.focused(this),
      complete: (code, at) => book.kernel.complete(code, at),
      inspect: (code, at) => book.kernel.inspect(code, at),
    });
    const code = section.querySelector(".code");
    code.replaceChildren(this.view.dom);
    if (this.hide === "code" || this.hide === "all") this.#fold(code);
    this.#bar();
    const out = element("div", { className: "outputs", hidden: this.hide === "output" || this.hide === "all" });
    out.setAttribute("role", "group");
    out.setAttribute("aria-label", `Output of ${this.label}`);
    section.append(out);
    this.outputs = new Outputs(out, book.renderer);
    section.hidden = this.hide === "all";
    this.state = "";
  }

  // fold puts code that the page does not show behind a heading.
  #fold(code) {
    const details = element("details", { className: "folded" });
    details.append(element("summary", { textContent: "Code" }));
    code.replaceWith(details);
    details.append(code);
    details.addEventListener("toggle", () => this.view.requestMeasure());
  }

  #bar() {
    const bar = element("div", { className: "cell-bar" });
    this.runButton = button("Run", "run", `Run ${this.label}`, "Shift+Enter", () => this.book.run(this, "stay"));
    this.hereButton = button("Run to here", "to-here", `Run to here: ${this.label}`, "All cells above that have not been run, and this one", () => this.book.runTo(this));
    this.resetButton = button("Reset", "reset", `Reset ${this.label}`, "Undo all changes of this cell", () => this.reset());
    this.resetButton.hidden = true;
    this.notice = element("span", { className: "cell-notice" });
    this.status = element("span", { className: "cell-status" });
    this.status.setAttribute("role", "status");
    if (this.lock) bar.append(element("span", { className: "cell-lock", textContent: "read only" }));
    bar.append(this.runButton, this.resetButton, this.hereButton, this.notice, this.status);
    this.section.append(bar);
  }

  get text() {
    return this.view.state.doc.toString();
  }

  set text(text) {
    if (text !== this.text) this.view.dispatch({ changes: { from: 0, to: this.view.state.doc.length, insert: text } });
  }

  #changed(text) {
    if (text === this.source) this.book.edits.delete(this.key);
    else this.book.edits.set(this.key, { source: this.source, text });
    this.#edited(false);
    if (this.state === "ok" || this.state === "error") this.section.dataset.edited = "";
  }

  #edited(changedBelow) {
    this.resetButton.hidden = this.text === this.source;
    this.notice.textContent = changedBelow ? "The lesson has changed this cell since you did." : "";
  }

  reset() {
    this.text = this.source;
    this.view.focus();
  }

  // update takes over what the lesson says now. What the reader has written stays.
  update(section) {
    const edited = this.text !== this.source;
    const before = this.source;
    this.#read(section);
    this.section.id = section.id;
    Object.assign(this.section.dataset, { cell: this.key, source: this.source });
    if (!edited) this.text = this.source;
    else if (this.text !== this.source) this.book.edits.set(this.key, { source: before, text: this.text });
    this.#edited(edited && before !== this.source);
    if (before !== this.source && this.state) this.section.dataset.edited = "";
  }

  get state() {
    return this.section.dataset.state;
  }

  set state(state) {
    this.section.dataset.state = state;
    let text = (this.test === undefined ? states : { ...states, ...verdicts })[state] ?? "";
    if (this.test && state === "ok") text += ": " + this.test;
    if (state === "ok" || state === "error") {
      const s = (performance.now() - this.#began) / 1000;
      text = [text, s < 0.5 ? "" : `${s.toFixed(1)} s`].filter(Boolean).join(", ");
    }
    this.status.textContent = text;
    this.section.setAttribute("aria-busy", String(state === "running" || state === "queued"));
    if (state === "error") this.section.hidden = false; // a hidden cell that fails must be seen
  }

  // asked says whether the page waits for the cell's answer.
  get asked() {
    return (this.state === "queued" || this.state === "running") && !this.#orphan;
  }

  // restore takes what the cell has shown before the page was loaded again, as the server has kept it.
  restore({ state, code, elapsed, messages, cut }) {
    this.outputs.clear();
    for (const m of messages) this.message({ header: { msg_type: m.msg_type }, content: m.content });
    this.#began = performance.now() - 1000 * elapsed;
    this.#orphan = state === "queued" || state === "running";
    this.outputs.element.toggleAttribute("data-cut", cut);
    this.state = state;
    if (code !== this.text && !this.#orphan) this.section.dataset.edited = "";
  }

  // afresh makes the cell what it was when the page was opened for the first time.
  afresh() {
    this.text = this.source;
    this.outputs.clear();
    this.#orphan = false;
    delete this.section.dataset.edited;
    this.state = "";
  }

  queued() {
    this.outputs.clear(true);
    this.#orphan = false;
    this.outputs.element.removeAttribute("data-cut");
    delete this.section.dataset.edited;
    this.state = "queued";
  }

  // message takes what the kernel says about this cell on iopub.
  message(msg) {
    if (msg.header.msg_type === "execute_input") {
      this.#began = performance.now();
      this.#failed = false;
      this.state = "running";
      return;
    }
    if (msg.header.msg_type === "status") {
      if (this.#orphan && msg.content.execution_state === "idle") this.ended(this.state === "queued" ? "aborted" : this.#failed ? "error" : "ok");
      return;
    }
    if (msg.header.msg_type === "error") {
      this.#failed = true;
      this.outputs.element.hidden = false;
    }
    this.outputs.handle(msg);
  }

  ask({ prompt, password }, answer) {
    this.#dismiss = this.outputs.ask(prompt, password, answer);
  }

  // ended takes the reply's status, or "lost" when none will come.
  ended(status) {
    this.#orphan = false;
    this.#dismiss?.();
    this.#dismiss = null;
    if (status !== "aborted") this.outputs.settle();
    else if (this.outputs.element.firstChild) this.section.dataset.edited = ""; // what it shows is from before
    this.state = status;
  }
}

export function element(name, properties) {
  return Object.assign(document.createElement(name), properties);
}

export function button(text, className, label, title, act) {
  const b = element("button", { type: "button", textContent: text, className, title });
  b.setAttribute("aria-label", label);
  b.addEventListener("click", act);
  return b;
}
