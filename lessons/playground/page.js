// The playgrounds of a page. What one needs lies in the page, compressed; a worker unpacks it when the reader wants it.
"use strict";

// unpack is the content of a block of the page: base64 of what gzip has compressed.
async function unpack(id) {
  const packed = Uint8Array.from(atob(document.getElementById(id).textContent.trim()), (c) => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}

// short writes a number as people say it.
function short(n) {
  if (n < 1e4) return String(n);
  return n < 1e6 ? `${(n / 1e3).toPrecision(3)} k` : `${(n / 1e6).toPrecision(3)} M`;
}

// size is the shape of a layer that is one matrix, or how many numbers it has.
function size({ part, tensors, params }) {
  if (tensors.length !== 1 || tensors[0].shape.length !== 2) return short(params);
  const [a, b] = tensors[0].shape;
  return part === "output" ? `${b} → ${a}` : `${a} → ${b}`;
}

// visible writes a token so that its blanks and line ends are seen.
const visible = (token) => token.replaceAll(" ", "␣").replaceAll("\n", "⏎").replaceAll("\t", "⇥").replaceAll("\r", "");

function element(name, properties, ...children) {
  const e = Object.assign(document.createElement(name), properties);
  e.append(...children);
  return e;
}

class Playground {
  #calls = new Map();
  #worker = null;
  #training = null; // a promise, while the model learns
  #losses = [];

  constructor(section) {
    this.section = section;
    this.part = (name) => section.querySelector(`[data-part="${name}"]`);
    this.part("start").addEventListener("click", () => this.start());
  }

  async start() {
    if (this.#worker) return;
    const button = this.part("start");
    button.setAttribute("aria-disabled", "true");
    this.say("Unpacking the model …");
    try {
      const [script, program, model, text] = await Promise.all(
        ["script", "program", this.section.dataset.model, "text"].map((id) => unpack("playground-" + id)));
      this.#worker = new Worker(URL.createObjectURL(new Blob([script], { type: "text/javascript" })));
      this.#worker.onmessage = ({ data }) => this.#heard(data);
      this.#worker.onerror = (e) => this.say("The model cannot run here: " + e.message);
      const state = await this.#call("open", { program, model, text: new TextDecoder().decode(text) }, [program, model]);
      this.#show(state);
      this.#suggest(state.templates);
    } catch (err) {
      this.#worker = null;
      button.removeAttribute("aria-disabled");
      return this.say("The model cannot run here: " + err.message);
    }
    const hadFocus = document.activeElement === button;
    this.part("closed").hidden = true;
    this.part("open").hidden = false;
    this.#listen();
    this.say("");
    if (hadFocus) this.part("prompt").focus();
    this.#look();
  }

  // #suggest offers the program's prompts, if the lesson has none.
  #suggest(prompts) {
    const select = this.part("template");
    if (select.options.length > 1) return;
    for (const prompt of prompts) select.add(new Option(prompt, prompt));
    this.part("prompt").value = select.value = prompts[0];
  }

  say(text) { this.part("status").textContent = text; }

  #call(name, args = {}, transfer = []) {
    const id = this.#calls.size + Math.random();
    return new Promise((done, failed) => {
      this.#calls.set(id, { done, failed });
      this.#worker.postMessage({ ...args, id, name }, transfer);
    });
  }

  #heard({ id, result, failed, piece, state }) {
    if (piece) this.#piece(piece);
    if (state) this.#learned(state);
    const call = this.#calls.get(id);
    if (!call && failed) { // the program is gone, and with it all that it was asked
      for (const other of this.#calls.values()) other.failed(new Error(failed));
      this.#calls.clear();
      return this.say(failed);
    }
    if (!call) return;
    this.#calls.delete(id);
    failed ? call.failed(new Error(failed)) : call.done(result);
  }

  #listen() {
    const on = (name, event, f) => this.part(name).addEventListener(event, f);
    on("template", "change", () => {
      if (this.part("template").value) this.part("prompt").value = this.part("template").value;
      this.#look();
    });
    on("prompt", "input", () => { this.part("template").value = ""; this.#look(); });
    on("prompt", "keydown", (e) => {
      if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) { e.preventDefault(); this.ask(); }
    });
    on("ask", "click", () => this.ask());
    on("stop", "click", () => this.#stop("ask"));
    for (const input of this.section.querySelectorAll("[data-option]")) {
      input.addEventListener("input", () => { this.#values(); this.#look(); });
    }
    on("training", "change", (e) => (e.target.checked ? this.train() : this.#stop("train")));
    on("little", "click", () => this.train(3));
    on("restore", "click", () => this.restore());
    this.#values();
  }

  options() {
    const value = (name) => this.section.querySelector(`[data-option="${name}"]`).value;
    return {
      Temperature: +value("temperature"), TopK: +value("top-k"), TopP: +value("top-p"), MaxTokens: +value("max-tokens"),
      Stop: value("stop").split("|").filter((s) => s !== "").map((s) => s.replaceAll("\\n", "\n")),
      Seed: Math.floor(Math.random() * 2 ** 32),
    };
  }

  // #values writes what the sliders say beside them.
  #values() {
    for (const input of this.section.querySelectorAll("input[type=range]")) {
      const off = input.dataset.off !== undefined && +input.value === +input.dataset.off;
      const text = off ? "off" : input.value;
      input.nextElementSibling.textContent = text;
      input.setAttribute("aria-valuetext", text);
    }
  }

  #stop(what) { this.#worker.postMessage({ name: "stop", what }); }

  async ask() {
    if (!this.part("stop").disabled) return;
    const prompt = this.part("prompt").value;
    this.part("answer").replaceChildren(element("span", { className: "prompt" }, prompt));
    this.#off("ask", true);
    this.part("answer").setAttribute("aria-busy", "true"); // a screen reader waits for the whole
    this.part("stop").disabled = false;
    const state = await this.#work("ask", { prompt, options: this.options() });
    this.part("stop").disabled = true;
    this.part("answer").setAttribute("aria-busy", "false");
    this.#off("ask", false);
    if (state) this.say(state.stopped ? "Stopped." : "The answer is complete.");
  }

  #piece({ text, dashboard }) {
    this.part("answer").append(text);
    this.part("dashboard").innerHTML = dashboard;
  }

  // train lets the model learn for so many steps, or until the box is unticked. What it has become is frozen then.
  async train(steps = Infinity) {
    if (this.#training) return;
    this.part("training").checked = true;
    this.#off("little", true);
    const own = this.part("own").value;
    this.#training = this.#work("train", { steps, text: own.trim() === "" ? undefined : own });
    const state = await this.#training;
    this.#training = null;
    this.part("training").checked = false;
    this.#off("little", false);
    if (state) this.say("What the model has become is frozen.");
    this.#look();
  }

  async restore() {
    if (this.#training) {
      this.#stop("train");
      await this.#training;
    }
    if (await this.#work("restore")) this.say("The weights are those that were shipped.");
    this.#look();
  }

  // #learned shows the state after a step.
  #learned(state) {
    this.#show(state);
    const { steps, loss, updates } = state.network;
    if (steps === 0) return;
    this.#losses[steps - 1] = loss;
    this.part("losses").textContent = `step ${steps}: loss ${loss.toFixed(3)}, ${short(updates)} weight updates`;
    this.#curve();
    this.#look();
  }

  // #curve draws the losses.
  #curve() {
    const all = this.#losses, low = Math.min(...all), high = Math.max(...all, low + 0.01);
    const points = all.map((l, i) => `${(8 + (284 * i) / Math.max(1, all.length - 1)).toFixed(1)},${(8 + (48 * (high - l)) / (high - low)).toFixed(1)}`);
    const label = `The loss of ${all.length} steps, from ${all[0].toFixed(2)} to ${all.at(-1).toFixed(2)}`;
    this.part("curve").innerHTML = `<svg viewBox="0 0 300 64" width="300" role="img" aria-label="${label}"><polyline points="${points.join(" ")}"/>` +
      points.map((p) => { const [x, y] = p.split(","); return `<circle cx="${x}" cy="${y}" r="3"/>`; }).join("") + "</svg>";
  }

  // #show draws the network and the bill.
  #show({ network, dashboard }) {
    const { mode, layers, params, digest, steps } = network;
    this.section.dataset.mode = this.part("mode").textContent = mode;
    this.part("facts").textContent = `${short(params)} parameters, digest ${digest.slice(0, 12)}`;
    this.part("layers").replaceChildren(...layers.map(({ part, name, ...layer }) => element("li", { className: part },
      element("span", {}, part), element("strong", {}, name), element("span", {}, size({ part, ...layer })))));
    this.part("shapes").replaceChildren(element("ul", {}, ...layers.filter((l) => !l.tied).flatMap((l) => l.tensors)
      .map((t) => element("li", {}, `${t.name} [${t.shape.join(", ")}]`))));
    this.part("dashboard").innerHTML = dashboard;
    this.part("restore").disabled = steps === 0;
    if (steps === 0) {
      this.#losses = [];
      this.part("losses").textContent = this.part("curve").textContent = "";
    }
  }

  // #odds draws two bars for each token: the model's probability, and that with which it is drawn.
  #odds({ options, choices, left, of, entropy }) {
    const percent = (p) => `${(100 * p).toFixed(1)} %`;
    const most = Math.max(...choices.flatMap((c) => [c.model, c.drawn]));
    const bar = (kind, p) => {
      const e = element("span", { className: kind });
      e.style.width = `${(100 * p) / most}%`;
      return e;
    };
    this.part("next").replaceChildren(
      element("p", { className: "legend" }, "The model says ", element("span", { className: "model" }), ", drawn with " + options + " ", element("span", { className: "drawn" })),
      element("ol", { className: "odds" }, ...choices.map((c) => element("li", {},
        element("code", {}, visible(c.text)),
        element("span", { className: "bars" }, bar("model", c.model), bar("drawn", c.drawn)),
        element("span", { className: "numbers" }, `${percent(c.model)} → ${c.drawn > 0 ? percent(c.drawn) : "never"}`)))),
      element("p", { className: "facts" }, `${left} of ${of} tokens can come next, ${entropy.toFixed(2)} bits of choice`));
  }

  // #work has something done, shows what the network is afterwards, or says what went wrong.
  async #work(name, args) {
    this.say("");
    try {
      const state = await this.#call(name, args);
      this.#show(state);
      return state;
    } catch (err) {
      this.say(err.message);
    }
  }

  // #off says of a button that it does nothing for a while. It keeps the focus.
  #off(name, off) { this.part(name).setAttribute("aria-disabled", String(off)); }

  // #look redraws the distribution of the next token; while it is computed, the latest wish waits.
  async #look() {
    this.wish = true;
    if (this.looking) return;
    this.looking = true;
    while (this.wish) {
      this.wish = false;
      try {
        const prompt = this.part("prompt").value || " ";
        this.#odds(await this.#call("next", { prompt, options: this.options(), n: 8 }));
      } catch (err) {
        this.say(err.message);
      }
    }
    this.looking = false;
  }
}

for (const section of document.querySelectorAll(".playground")) new Playground(section);
