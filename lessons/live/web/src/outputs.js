// What a cell shows: streams as they come, displays that may change later, errors, questions.

import { Pen, overwrite } from "./ansi.js";

const maxLines = 5000; // of one stream; what is above goes
const widgetView = "application/vnd.jupyter.widget-view+json";

// Displays are the places that have an id, wherever they are, so that they can be updated.
export class Displays {
  #slots = new Map();

  add(id, slot) {
    if (!this.#slots.has(id)) this.#slots.set(id, new Set());
    this.#slots.get(id).add(slot);
  }

  update(id, data, renderer) {
    for (const slot of this.#slots.get(id) ?? []) {
      if (slot.isConnected) fill(slot, data, renderer);
      else this.#slots.get(id).delete(slot);
    }
  }
}

// Outputs is one cell's. The renderer has what rendering needs of the rest: displays, markdown(text) and widget(model id, element).
export class Outputs {
  #pending = false; // clear before the next output
  #stream = null;

  constructor(element, renderer) {
    this.element = element;
    this.renderer = renderer;
  }

  // handle shows what a message of iopub says, and reports whether it was about output.
  handle(msg) {
    const c = msg.content;
    switch (msg.header.msg_type) {
      case "stream":
        this.stream(c.name, c.text);
        return true;
      case "display_data":
      case "execute_result":
        this.display(c.data, c.transient?.display_id);
        return true;
      case "update_display_data":
        this.renderer.displays.update(c.transient.display_id, c.data, this.renderer);
        return true;
      case "error":
        this.error(c);
        return true;
      case "clear_output":
        this.clear(c.wait);
        return true;
    }
    return false;
  }

  clear(wait = false) {
    this.#pending = wait;
    if (wait) return;
    this.element.replaceChildren();
    this.#stream = null;
  }

  // settle ends the wait for something new: there is nothing.
  settle() {
    if (this.#pending) this.clear();
  }

  #place(node) {
    if (this.#pending) this.clear();
    this.#stream = null;
    // What was printed before a question may arrive after it.
    this.element.insertBefore(node, this.element.querySelector(":scope > .question"));
    return node;
  }

  stream(name, text) {
    if (this.#pending) this.clear();
    if (this.#stream?.name !== name) {
      const pre = this.#place(document.createElement("pre"));
      pre.className = name;
      pre.tabIndex = 0;
      this.#stream = new Stream(name, pre);
    }
    this.#stream.write(text);
  }

  display(data, id) {
    const slot = this.#place(document.createElement("div"));
    slot.className = "display";
    if (id) this.renderer.displays.add(id, slot);
    fill(slot, data, this.renderer);
  }

  error({ ename, evalue, traceback }) {
    const pre = this.#place(document.createElement("pre"));
    pre.className = "error";
    pre.tabIndex = 0;
    pre.append(new Pen().write(traceback.length ? traceback.join("\n") : `${ename}: ${evalue}`));
  }

  // ask shows a question and calls answer, once, with what is typed. It returns a function that takes the question away.
  ask(prompt, password, answer) {
    const form = this.#place(document.createElement("form"));
    form.className = "question";
    const label = document.createElement("label");
    const text = document.createElement("span");
    text.textContent = prompt || "Input";
    const input = document.createElement("input");
    input.type = password ? "password" : "text";
    input.autocomplete = "off";
    const send = document.createElement("button");
    send.textContent = "Send";
    label.append(text, input);
    form.append(label, send);
    form.addEventListener("submit", (e) => {
      e.preventDefault();
      form.remove();
      this.stream("stdout", prompt + (password ? "•".repeat(8) : input.value) + "\n");
      answer(input.value);
    });
    input.focus();
    return () => form.remove();
  }
}

// Stream is what was printed to one of stdout and stderr. Lines that are complete stay as they are; the last may be overwritten.
class Stream {
  #pen = new Pen();
  #last = "";
  #tail = document.createElement("span");
  #lines = 0;

  constructor(name, pre) {
    this.name = name;
    this.pre = pre;
    pre.append(this.#tail);
  }

  write(text) {
    const parts = (this.#last + text).split(/\r?\n/);
    this.#last = parts.pop();
    if (parts.length) {
      const done = document.createElement("span");
      done.append(this.#pen.write(parts.map(overwrite).join("\n") + "\n"));
      done.lines = parts.length;
      this.#tail.before(done);
      this.#lines += parts.length;
      this.#trim();
    }
    this.#tail.replaceChildren(this.#pen.copy().write(overwrite(this.#last)));
  }

  #trim() {
    while (this.#lines > maxLines && this.pre.children.length > 2) {
      this.#lines -= this.pre.firstElementChild.lines;
      this.pre.firstElementChild.remove();
      this.pre.dataset.cut = "";
    }
  }
}

// kinds are what the page can show, the richest first. What a cell displays as HTML is put into the page; the page's policy runs no script of it.
const kinds = [
  [widgetView, (v, slot, r) => r.widget(v.model_id, slot)],
  ["text/html", (v, slot) => raw(slot, "html", v)],
  ["image/svg+xml", (v, slot) => raw(slot, darkInk.test(v) ? "picture plate" : "picture", v.slice(Math.max(0, v.indexOf("<svg"))))],
  ...["png", "jpeg", "gif", "webp"].map((k) => ["image/" + k, (v, slot) => picture(slot, "image/" + k, v)]),
  ["text/markdown", (v, slot, r) => r.markdown(v).then((html) => raw(slot, "html", html))],
  ["text/latex", (v, slot, r) => r.markdown(v).then((html) => raw(slot, "html", html))],
  ["text/plain", (v, slot) => plain(slot, v)],
  ["application/json", (v, slot) => plain(slot, JSON.stringify(v, null, 2))],
];

// A drawing that was made for white paper lies on a plate when the page is dark; so do pictures, of which nobody knows. See the page's style.
const darkInk = /(#000(000)?\b|[:"'\s]black\b|rgb\(\s*0[\s,]+0[\s,]+0\s*\))/i;

function fill(slot, data, renderer) {
  slot.replaceChildren();
  for (const [kind, show] of kinds) {
    if (data[kind] === undefined) continue;
    const value = Array.isArray(data[kind]) && kind !== "application/json" ? data[kind].join("") : data[kind];
    Promise.resolve(show(value, slot, renderer)).catch((err) => plain(slot, `${data["text/plain"] ?? kind}\n(${err.message})`));
    return;
  }
  plain(slot, `[${Object.keys(data).join(", ")}]`);
}

// barred are elements that would act on the whole page, or load something. The page's policy forbids most of what they do; not all, such as going elsewhere.
const barred = "base, embed, frame, iframe, link, meta, object, script";

function raw(slot, name, html) {
  const div = document.createElement("div");
  div.className = name;
  const parsed = document.createElement("template");
  parsed.innerHTML = html;
  for (const e of parsed.content.querySelectorAll(barred)) e.remove();
  div.append(parsed.content);
  slot.replaceChildren(div);
}

function picture(slot, kind, base64) {
  const div = document.createElement("div");
  div.className = "picture plate";
  const img = document.createElement("img");
  img.src = `data:${kind};base64,${base64.replace(/\s/g, "")}`;
  img.alt = "Picture shown by the cell";
  div.append(img);
  slot.replaceChildren(div);
}

function plain(slot, text) {
  const pre = document.createElement("pre");
  pre.className = "result";
  pre.tabIndex = 0;
  pre.append(new Pen().write(text));
  slot.replaceChildren(pre);
}
