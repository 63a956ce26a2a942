// The lesson as a whole: its cells in order, the kernel, and which of the kernel's messages belongs to which cell.

import { Cell, element, button } from "./cell.js";
import { Edits } from "./edits.js";
import { Kernel } from "./kernel.js";
import { Displays } from "./outputs.js";
import { Place } from "./place.js";

export class Book {
  #cells = new Map(); // section -> cell
  #requests = new Map(); // id of a request -> cell
  #catchers = new Map(); // id of a request -> outputs that take what it shows, for widgets
  #widgets = null;
  taken = new Map(); // id of an Output widget -> messages with what it showed before the page was loaded again

  constructor(path) {
    this.edits = new Edits();
    this.kernel = new Kernel(path, {
      status: (text, kind) => this.#status(text, kind),
      message: (msg) => this.#message(msg),
      gone: (why) => this.#gone(why),
      restored: (cells) => this.#restored(cells),
      trouble: (what) => this.say(`No kernel could be started: ${what}.`),
      opened: async (connection, comm, msg) => (await this.#widgetsOf(connection)).open(comm, msg),
    });
    this.renderer = {
      displays: new Displays(),
      markdown: renderMarkdown,
      widget: async (id, slot) => (await this.#widgetsOf(await this.kernel.connection())).show(id, slot),
    };
    this.adopt(document);
    this.#toolbar();
    this.place = new Place(this);
    this.kernel.resume();
  }

  // cells are in the order of the page.
  get cells() {
    return [...document.querySelectorAll("section[data-cell]")].map((s) => this.#cells.get(s)).filter(Boolean);
  }

  // adopt makes cells of the sections that are not yet.
  adopt(root) {
    for (const section of root.querySelectorAll("section[data-cell]")) {
      if (!this.#cells.has(section)) this.#cells.set(section, new Cell(section, this));
    }
  }

  // forget drops a cell that the lesson has no more.
  forget(cell) {
    this.#cells.delete(cell.section);
    cell.view.destroy();
  }

  // --- running ---

  // run runs a cell, and before a test the answers that it is about, if they have changed since they ran: a verdict on what stood there before would help nobody. The test
  // waits for them here. An answer that fails to compile has failed before the kernel has read the next request, and would not keep it from being run.
  async run(cell, then) {
    if (then === "next") this.#next(cell);
    const answers = this.#queue(this.cells.filter((c) => cell.answers.includes(c.key) && !fresh(c)));
    const [waiting] = this.#queue([cell]);
    await this.#send(answers);
    if (waiting?.state !== "queued") return; // it ran already, or the kernel is gone
    if (answers.every((c) => c.state === "ok")) await this.#send([cell]);
    else cell.ended("aborted");
  }

  runAll() {
    return this.#submit(this.cells.filter((c) => !c.skip));
  }

  // runTo runs what stands above a cell, or what it says it needs, as far as that has not been run as it is, and the cell.
  runTo(cell) {
    const cells = this.cells;
    const needed = (c) => !cell.needs || cell.needs.includes(c.key);
    return this.#submit(cells.slice(0, cells.indexOf(cell) + 1).filter((c) => c === cell || !c.skip && needed(c) && !fresh(c)));
  }

  async restart() {
    await this.kernel.restart();
    this.#gone("The kernel was restarted; its variables are gone.");
  }

  // afresh forgets all that the reader has done.
  async afresh() {
    if (!confirm("Undo all your changes of this lesson, and forget its outputs and variables?")) return;
    this.edits.clear();
    for (const c of this.cells) c.afresh();
    await this.kernel.shutdown();
    this.#gone("Everything is as it was at first.");
  }

  #submit(cells) {
    return this.#send(this.#queue(cells));
  }

  // queue returns those of some cells that are not waiting already, and now are.
  #queue(cells) {
    cells = cells.filter((c) => c.state !== "queued" && c.state !== "running");
    cells.forEach((c) => c.queued());
    this.say("");
    return cells;
  }

  // send hands cells to the kernel, which runs them in order and leaves out the rest when one fails.
  async #send(cells) {
    const all = cells.map(async (cell) => {
      try {
        const metadata = { ...cell.metadata, cellId: cell.key };
        const { id, done } = await this.kernel.run(cell.text, { stopOnError: !cell.mayFail, metadata, ask: (q, answer) => cell.ask(q, answer) });
        this.#requests.set(id, cell);
        cell.ended((await done).status);
      } catch (err) {
        console.debug(err);
        cell.ended("lost");
      }
    });
    await Promise.all(all);
  }

  #next(cell) {
    const cells = this.cells.filter((c) => !c.section.hidden);
    const next = cells[cells.indexOf(cell) + 1];
    if (!next) return;
    if (next.view.dom.checkVisibility?.() === false) next.runButton.focus();
    else next.view.focus();
    next.section.scrollIntoView({ block: "nearest" });
  }

  focused(cell) {
    this.last = cell;
    this.kernel.connection().catch(() => {}); // so that the first run need not wait; the status says what is wrong
  }

  // --- what the kernel says ---

  #message(msg) {
    const id = msg.parent_header?.msg_id;
    const catcher = this.#catchers.get(id);
    if (catcher?.handle(msg)) return;
    this.#requests.get(id)?.message(msg);
  }

  // restored takes what the cells have shown before the page was loaded again. What they show from now on belongs to the same requests.
  #restored(records) {
    const cells = new Map(this.cells.map((c) => [c.key, c]));
    this.taken = new Map(records.filter((r) => r.widget).map((r) => [r.widget, r.messages]));
    for (const record of records) {
      const cell = cells.get(record.cell);
      if (!cell || cell.asked) continue; // the lesson has it no more, or it is being run again
      this.#requests.set(record.request, cell);
      cell.restore(record);
    }
    this.place.restore();
  }

  // catch sends what a request shows to other outputs, until it is called with none.
  catch(id, outputs) {
    if (outputs) this.#catchers.set(id, outputs);
    else this.#catchers.delete(id);
  }

  #gone(why) {
    this.#requests.clear();
    this.#catchers.clear();
    this.#widgets = null;
    for (const c of this.cells) {
      if (c.state === "queued" || c.state === "running") c.ended("lost");
      else if (c.state) c.state = "stale";
    }
    this.say(why);
  }

  #widgetsOf(connection) {
    this.#widgets ??= import("/static/widgets.js").then(({ Widgets }) => {
      document.head.append(element("link", { rel: "stylesheet", href: "/static/widgets.css" }));
      return new Widgets(connection, this);
    });
    return this.#widgets;
  }

  // --- the bar ---

  #toolbar() {
    const bar = element("div", { className: "kernel-bar" });
    bar.setAttribute("role", "group");
    bar.setAttribute("aria-label", "Kernel");
    this.statusText = element("span", { className: "kernel-status", textContent: "No kernel" });
    this.statusText.setAttribute("role", "status");
    this.statusText.dataset.kind = "none";
    const keys = element("details", { className: "keys" });
    keys.append(element("summary", { textContent: "Keys" }), keyList());
    bar.append(
      this.statusText,
      button("Run all", "run-all", "Run all cells", "", () => this.runAll()),
      button("Interrupt", "interrupt", "Interrupt the running cell", "", () => this.kernel.interrupt()),
      button("Restart", "restart", "Restart the kernel: variables are lost", "", () => this.restart()),
      button("Start afresh", "afresh", "Start afresh: undo all changes, and forget outputs and variables", "", () => this.afresh()),
      keys,
    );
    this.notice = element("p", { className: "book-notice", hidden: true });
    this.notice.setAttribute("role", "status");
    bar.append(this.notice);
    document.querySelector("main").prepend(bar);
  }

  #status(text, kind) {
    this.statusText.textContent = text;
    this.statusText.dataset.kind = kind;
  }

  // say shows a sentence until there is another.
  say(text) {
    this.notice.textContent = text;
    this.notice.hidden = !text;
  }
}

// fresh says whether a cell has been run as it is.
function fresh(cell) {
  return cell.state === "ok" && !("edited" in cell.section.dataset);
}

function keyList() {
  const dl = element("dl", {});
  const keys = [
    ["Shift+Enter", "run, and go to the next cell"],
    ["Ctrl+Enter", "run"],
    ["Tab", "complete a name; indent elsewhere"],
    ["Shift+Tab", "what is this name?"],
    ["Escape", "leave the editor"],
  ];
  for (const [key, what] of keys) {
    const dt = element("dt", {});
    dt.append(element("kbd", { textContent: key }));
    dl.append(dt, element("dd", { textContent: what }));
  }
  return dl;
}

async function renderMarkdown(text) {
  const answer = await fetch("/markdown", { method: "POST", body: text });
  if (!answer.ok) throw new Error(await answer.text());
  return answer.text();
}
