// JupyterLab's own library for kernels against a running "resident serve", from Node.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import process from "node:process";

import { KernelManager, KernelSpecManager, ServerConnection, SessionManager } from "@jupyterlab/services";

// settings are for a server at a base address (http://host:port) with a token. protocols false leaves out the WebSocket's subprotocols.
export const settings = (base, token) => ServerConnection.makeSettings({ baseUrl: base + "/", wsUrl: base.replace("http", "ws") + "/", token, appendToken: true });

// execute runs code and returns what came on iopub, in order, and the reply.
async function execute(kernel, code, more = {}) {
  const future = kernel.requestExecute({ code, ...more });
  const outputs = [];
  future.onIOPub = (m) => outputs.push(m);
  const reply = await future.done;
  return { reply: reply.content, outputs, text: outputs.filter((m) => m.content.name === "stdout").map((m) => m.content.text).join("") };
}

const status = (kernel, wanted) => new Promise((resolve) => {
  if (kernel.status === wanted) return resolve();
  kernel.statusChanged.connect(function seen(_, s) {
    if (s !== wanted) return;
    kernel.statusChanged.disconnect(seen);
    resolve();
  });
});

// addServices adds the steps. The state has base, token and folder (where kernels run).
export function addServices(steps) {
  steps.add("services: the kernelspec and its logo", async (s) => {
    s.settings = settings(s.base, s.token);
    const manager = new KernelSpecManager({ serverSettings: s.settings });
    await manager.ready;
    assert.equal(manager.specs.default, "resident");
    const spec = manager.specs.kernelspecs.resident;
    assert.equal(spec.language, "go");
    const logo = await ServerConnection.makeRequest(s.base + spec.resources["logo-svg"], {}, s.settings);
    assert.equal(logo.status, 200);
    assert.match(logo.headers.get("content-type"), /svg/);
    manager.dispose();
  });

  steps.add("services: a kernel starts and runs a cell", async (s) => {
    s.manager = new KernelManager({ serverSettings: s.settings });
    await s.manager.ready;
    s.kernel = await s.manager.startNew({ name: "resident" });
    const info = await s.kernel.info;
    assert.equal(info.language_info.name, "go");
    const { reply, text, outputs } = await execute(s.kernel, `for i := range 3 { fmt.Println("line", i) }\n6 * 7`);
    assert.equal(reply.status, "ok");
    assert.equal(text, "line 0\nline 1\nline 2\n");
    const result = outputs.find((m) => m.header.msg_type === "execute_result");
    assert.equal(result.content.data["text/plain"], "42");
    assert.equal(s.kernel.connectionStatus, "connected");
  });

  steps.add("services: output streams while a cell runs", async ({ kernel, folder }) => {
    const enough = path.join(folder, "enough"); // ends the cell
    const future = kernel.requestExecute({ code: `fmt.Println("first")\nfor {\n\tif _, err := os.Stat("enough"); err == nil {\n\t\tbreak\n\t}\n\ttime.Sleep(20 * time.Millisecond)\n}\nfmt.Println("second")` });
    const seen = [];
    future.onIOPub = (m) => m.header.msg_type === "stream" && seen.push(m.content.text);
    await new Promise((resolve) => {
      const poll = future.onIOPub;
      future.onIOPub = (m) => { poll(m); if (seen.length) resolve(); };
    });
    assert.deepEqual(seen, ["first\n"]);
    fs.writeFileSync(enough, "");
    await future.done;
    fs.rmSync(enough);
    assert.deepEqual(seen, ["first\n", "second\n"]);
  });

  steps.add("services: an interrupt ends a cell, and the session lives", async ({ kernel }) => {
    await execute(kernel, `n := 0`);
    const future = kernel.requestExecute({ code: `for { if n++; n == 1 { fmt.Println("running") } }` });
    await new Promise((resolve) => { future.onIOPub = (m) => m.header.msg_type === "stream" && resolve(); });
    await kernel.interrupt();
    const reply = await future.done;
    assert.equal(reply.content.status, "error");
    assert.equal(reply.content.ename, "Interrupted");
    assert.equal((await execute(kernel, `fmt.Print(n > 0)`)).text, "true");
  });

  steps.add("services: completion, inspection, errors, questions", async ({ kernel }) => {
    const complete = await kernel.requestComplete({ code: "strings.Rep", cursor_pos: 11 });
    assert(complete.content.matches.includes("Repeat"), JSON.stringify(complete.content.matches));
    const inspect = await kernel.requestInspect({ code: "strings.Repeat", cursor_pos: 10, detail_level: 0 });
    assert.match(inspect.content.data["text/plain"], /func Repeat/);
    const { reply } = await execute(kernel, `undefinedName`);
    assert.equal(reply.status, "error");
    assert.match(reply.traceback.join("\n"), /undefinedName/);
    const future = kernel.requestExecute({ code: `var name string; fmt.Scanln(&name); fmt.Print("hello " + name)`, allow_stdin: true });
    let text = "";
    future.onStdin = () => kernel.sendInputReply({ value: "Ada", status: "ok" }, { msg_id: "", msg_type: "", session: "", username: "", date: "", version: "" });
    future.onIOPub = (m) => { if (m.header.msg_type === "stream") text += m.content.text; };
    await future.done;
    assert.match(text, /hello Ada$/);
  });

  steps.add("services: buffers of comms arrive", async ({ kernel }) => {
    kernel.handleComms = true;
    const opened = new Promise((resolve) => kernel.registerCommTarget("jupyter.widget", (comm, m) => resolve(m)));
    const { reply } = await execute(kernel, `import "github.com/resident-go/resident/kernel/widget"
picture := image.NewRGBA(image.Rect(0, 0, 4, 4))
widget.Image(picture)`);
    assert.equal(reply.status, "ok", JSON.stringify(reply));
    let m = await opened;
    assert(m.content.data.state);
  });

  steps.add("services: a restart forgets values and keeps the id", async (s) => {
    const { kernel } = s;
    await execute(kernel, `kept := 1`);
    const id = kernel.id;
    await kernel.restart();
    const { reply } = await execute(kernel, `kept`);
    assert.equal(reply.status, "error");
    assert.equal(kernel.id, id);
    assert.equal((await execute(kernel, `fmt.Print("again")`)).text, "again");
  });

  steps.add("services: a kernel that is killed is started again", async ({ kernel }) => {
    const pid = Number((await execute(kernel, `fmt.Print(os.Getppid())`)).text);
    const again = status(kernel, "autorestarting");
    process.kill(pid, "SIGKILL");
    await again;
    await status(kernel, "idle");
    assert.equal((await execute(kernel, `fmt.Print("alive")`)).text, "alive");
  });

  steps.add("services: a session has a kernel and ends with it", async (s) => {
    const sessions = new SessionManager({ serverSettings: s.settings, kernelManager: s.manager });
    await sessions.ready;
    const session = await sessions.startNew({ path: "lesson.md", name: "lesson.md", type: "notebook", kernel: { name: "resident" } });
    assert.equal((await execute(session.kernel, `fmt.Print("in a session")`)).text, "in a session");
    await session.setPath("renamed.md");
    await sessions.refreshRunning();
    assert.deepEqual([...sessions.running()].map((m) => m.path), ["renamed.md"]);
    await session.shutdown();
    await sessions.refreshRunning();
    assert.deepEqual([...sessions.running()], []);
    sessions.dispose();
  });

  steps.add("services: a kernel that is shut down is gone", async ({ kernel, manager }) => {
    const other = manager.connectTo({ model: kernel.model });
    await other.info;
    const gone = status(other, "dead");
    await kernel.shutdown();
    await gone;
    await manager.refreshRunning();
    assert(![...manager.running()].some((m) => m.id === kernel.id));
    manager.dispose();
  });
}
