// The reader's kernel: started when it is first needed, found again when the page is loaded again, through JupyterLab's library.

import { KernelAPI, KernelConnection } from "@jupyterlab/services/lib/kernel";
import { ServerConnection } from "@jupyterlab/services/lib/serverconnection";

// Where the id is kept: a tab is a reader.
const memory = "resident-kernel:" + location.pathname;

// Kernel calls the hooks: status(text, kind), message(msg) for each of iopub, gone(why) when what cells have left is lost, trouble(what), opened(comm, msg)
// for a widget, and restored(cells) with what the cells of a kernel that was found again have shown, before the first message.
export class Kernel {
  #connection = null;
  #starting = null;
  #restoring = null;
  #held = null; // messages that wait for what came before them
  #heard = null;
  #settings = ServerConnection.makeSettings({ baseUrl: location.origin + "/", wsUrl: location.origin.replace("http", "ws") + "/" });

  constructor(path, hooks) {
    this.path = path;
    this.hooks = hooks;
  }

  // resume connects to the kernel that the tab had before, if it still lives.
  async resume() {
    const id = sessionStorage.getItem(memory);
    const model = id && (await KernelAPI.getKernelModel(id, this.#settings).catch(() => undefined));
    if (model) {
      this.#connection ??= this.#connect(model);
      await (this.#restoring ??= this.#restore(this.#connection));
      return this.#connection;
    }
    sessionStorage.removeItem(memory);
  }

  // restore fetches what cells have shown. Messages that come meanwhile wait, and those that are in what was fetched are dropped. Server and page hear of a
  // message at different times: what was fetched fits as soon as the page has its last message, too, and is fetched anew for when the server was behind.
  async #restore(c) {
    this.#held = [];
    try {
      await this.#subscribed(c);
      const fetched = [];
      for (let tries = 0; tries < 400 && c === this.#connection; tries++) {
        if (tries > 0) await new Promise((resolve) => setTimeout(resolve, 50));
        const answer = await ServerConnection.makeRequest(`${location.origin}/api/kernels/${c.id}/cells`, {}, this.#settings);
        if (!answer.ok) return;
        fetched.unshift(await answer.json());
        const place = ({ last }) => this.#held.findIndex((m) => m.header.msg_id === last);
        const fits = this.#held.length ? fetched.find((f) => place(f) >= 0) : fetched[0];
        if (!fits) continue;
        this.#held.splice(0, place(fits) + 1);
        this.hooks.restored(fits.cells);
        return;
      }
    } finally {
      const held = this.#held;
      this.#held = null;
      held.forEach((msg) => this.hooks.message(msg));
    }
  }

  // subscribed waits for the first message on iopub: from then on nothing is missed. A kernel that is at work may say nothing for a second behind the beginning of the connection.
  #subscribed(c) {
    return new Promise((resolve) => {
      this.#heard = resolve;
      const wait = () => c.connectionStatus !== "connecting" && setTimeout(resolve, 1000);
      if (!wait()) c.connectionStatusChanged.connect(wait);
    });
  }

  #message(msg) {
    this.#heard?.();
    if (this.#held) this.#held.push(msg);
    else this.hooks.message(msg);
  }

  // connection is to the kernel that the tab has, or to another one, which is started.
  async connection() {
    if (this.#connection && !this.#held) return this.#connection;
    this.#starting ??= this.resume().then((c) => c ?? this.#start()).finally(() => { this.#starting = null; });
    return this.#starting;
  }

  // current is the connection if there is one: completion does not start a kernel.
  get current() {
    return this.#connection;
  }

  async #start() {
    this.hooks.status("Starting a kernel", "busy");
    try {
      const answer = await ServerConnection.makeRequest(
        location.origin + "/api/kernels", { method: "POST", body: JSON.stringify({ name: "resident", path: this.path }) }, this.#settings);
      if (answer.status !== 201) throw new Error((await answer.json()).message);
      return (this.#connection = this.#connect(await answer.json()));
    } catch (err) {
      this.hooks.status("No kernel", "error");
      this.hooks.trouble(err.message);
      throw err;
    }
  }

  #connect(model) {
    const c = new KernelConnection({ model, serverSettings: this.#settings, handleComms: true });
    sessionStorage.setItem(memory, model.id);
    c.registerCommTarget("jupyter.widget", (comm, msg) => this.hooks.opened(c, comm, msg));
    c.statusChanged.connect((_, status) => this.#changed(c, status));
    c.connectionStatusChanged.connect((_, status) => {
      if (status === "disconnected") this.#lost(c);
      else if (status === "connecting") this.hooks.status("Connecting", "busy");
    });
    c.iopubMessage.connect((_, msg) => this.#message(msg));
    return c;
  }

  #changed(c, status) {
    if (c !== this.#connection) return;
    switch (status) {
      case "idle":
        return this.hooks.status("Ready", "idle");
      case "busy":
        return this.hooks.status("Running", "busy");
      case "starting":
      case "restarting":
        return this.hooks.status("Restarting", "busy");
      case "autorestarting":
        this.hooks.gone("The kernel has ended and was started again; its variables are gone.");
        return this.hooks.status("Restarting", "busy");
      case "dead":
        this.#forget(c);
        this.hooks.gone("The kernel was shut down; running a cell starts another.");
        this.hooks.status("No kernel", "none");
    }
  }

  // lost is the end of a connection that the library has given up. The kernel may live: a cell that is run tries again.
  async #lost(c) {
    if (c !== this.#connection) return;
    this.#forget(c, true);
    this.hooks.gone("The connection was lost.");
    this.hooks.status("Not connected", "error");
  }

  #forget(c, remember = false) {
    this.#connection = this.#restoring = null;
    if (!remember) sessionStorage.removeItem(memory);
    // Not now: the library is in the middle of telling.
    queueMicrotask(() => c.isDisposed || c.dispose());
  }

  // run executes code and returns the request's id and its end: a reply's content. The metadata is the cell's, as notebooks have it.
  async run(code, { stopOnError, ask, metadata }) {
    const c = await this.connection();
    const future = c.requestExecute({ code, stop_on_error: stopOnError, allow_stdin: true, store_history: true }, true, metadata);
    future.onStdin = (msg) => ask(msg.content, (value) => c.sendInputReply({ status: "ok", value }, msg.header));
    return { id: future.msg.header.msg_id, done: future.done.then((reply) => reply.content) };
  }

  async interrupt() {
    await this.#connection?.interrupt();
  }

  async restart() {
    if (!this.#connection) return;
    await this.#connection.restart();
  }

  // shutdown ends the kernel, if there is one. A cell that is run starts another.
  async shutdown() {
    const c = this.#connection;
    if (!c) return;
    this.#forget(c);
    await KernelAPI.shutdownKernel(c.id, this.#settings);
    this.hooks.status("No kernel", "none");
  }

  // complete returns what may stand at a place of the code, for the editor; inspect what is there.
  async complete(code, at) {
    const c = this.#connection;
    if (!c) return null;
    const { content } = await c.requestComplete({ code, cursor_pos: points(code, at) });
    if (content.status !== "ok") return null;
    const types = new Map((content.metadata._jupyter_types_experimental ?? []).map((t) => [t.text, t]));
    return {
      from: units(code, content.cursor_start),
      to: units(code, content.cursor_end),
      options: content.matches.map((label) => ({ label, detail: types.get(label)?.signature || types.get(label)?.type })),
    };
  }

  async inspect(code, at) {
    const c = this.#connection;
    if (!c) return "Run a cell first: nothing is known yet.";
    const { content } = await c.requestInspect({ code, cursor_pos: points(code, at), detail_level: 0 });
    return content.status === "ok" && content.found ? content.data["text/plain"] : "";
  }
}

// The protocol counts code points, the editor UTF-16 units.
const points = (code, at) => [...code.slice(0, at)].length;
const units = (code, at) => [...code].slice(0, at).join("").length;
