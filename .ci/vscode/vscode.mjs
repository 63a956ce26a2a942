// The kernel under VS Code's stack: @jupyterlab/services over zeromq.js, without a server in between, driven as the
// Jupyter extension drives it.
//
//	node vscode.mjs --spec PREFIX/share/jupyter/kernels/resident/kernel.json --course LESSON.ipynb --out FOLDER

import assert from "node:assert/strict";
import crypto from "node:crypto";
import fs from "node:fs";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";

import services from "@jupyterlab/services";

import { Steps } from "../steps.mjs";
import { addCourse } from "./course.mjs";
import { KernelProcess } from "./process.mjs";
import { RawSocket } from "./rawsocket.mjs";

const { KernelConnection, KernelMessage, ServerConnection } = services;
const { values: args } = parseArgs({ options: { spec: { type: "string" }, course: { type: "string" }, out: { type: "string" } } });
assert(args.spec && args.course && args.out, "--spec, --course and --out are needed");
fs.mkdirSync(args.out, { recursive: true });

// What the library says about messages that it drops is a failure; its news about sockets is not.
const complaints = [];
console.debug = () => {};
console.warn = console.error = (...words) => complaints.push(words.join(" "));

const steps = new Steps();
const patience = 120_000; // in milliseconds: a machine with much to do is slow

// connect makes the connection that JupyterLab's library uses, and waits as the extension does: kernel_info on shell and
// control every half second, until idle was seen.
async function connect(kernel) {
  class WebSocket extends RawSocket {
    constructor() {
      super(kernel.connection);
      kernel.socket = this;
    }
  }
  const serverSettings = ServerConnection.makeSettings({
    WebSocket, wsUrl: "RAW", baseUrl: "http://127.0.0.1:9", serializer: { serialize: (m) => m, deserialize: (m) => m },
  });
  const id = crypto.randomUUID();
  const client = new KernelConnection({
    serverSettings, clientId: crypto.randomUUID(), username: crypto.randomUUID(), handleComms: true, model: { id, name: "resident" },
  });
  client.commsOverSubshells = "disabled"; // the extension's release of the library has none
  kernel.socket.opened();
  const seen = { idle: false, info: false, shell: 0, control: 0, session: "" };
  client.info.then(() => (seen.info = true));
  client.anyMessage.connect((_, { msg, direction }) => {
    if (direction !== "recv") return;
    seen.session ||= msg.header.session;
    if (msg.header.msg_type === "status" && msg.content.execution_state === "idle") seen.idle = true;
    if (msg.header.msg_type === "kernel_info_reply") seen[msg.channel]++;
  });
  const end = performance.now() + patience;
  while (!(seen.idle && seen.info && seen.shell && seen.control)) {
    assert(performance.now() < end, `not ready: ${JSON.stringify(seen)}\n${kernel.log}`);
    // The library takes an answer for complete when it has seen idle, too; that of the first may come before iopub is there.
    client.requestKernelInfo().catch(() => {});
    request(client, "control", "kernel_info_request");
    await pause(500);
  }
  return { client, seen };
}

// request sends a message without content by hand, as the extension does where the library has no method.
function request(client, channel, msgType) {
  const msg = KernelMessage.createMessage({ msgType, channel, username: client.username, session: client.clientId, content: {} });
  return channel === "shell" ? client.sendShellMessage(msg, true, true) : client.sendControlMessage(msg, true, true);
}

// run executes a cell as the extension does, and returns its reply and what it published.
async function run(client, code, { input } = {}) {
  const future = start(client, code);
  future.onStdin = (msg) => client.sendInputReply({ status: "ok", value: input(msg.content) }, msg.header);
  return finish(future);
}

function start(client, code) {
  const future = client.requestExecute({
    code, silent: false, store_history: true, allow_stdin: true, stop_on_error: false, user_expressions: {},
  }, true);
  future.published = [];
  future.onIOPub = (msg) => {
    if (!["status", "execute_input"].includes(msg.header.msg_type)) future.published.push(msg);
  };
  return future;
}

async function finish(future) {
  const reply = await future.done;
  return { reply: reply.content, shown: future.published.map(describe), published: future.published };
}

function describe({ header, content }) {
  switch (header.msg_type) {
    case "stream":
      return `${content.name} ${content.text}`;
    case "error":
      return `error ${content.ename}`;
    default:
      return `${header.msg_type} ${content.data?.["text/plain"]}`;
  }
}

// printed waits until a running cell has printed something.
async function printed(future, text) {
  const end = performance.now() + patience;
  while (!future.published.map(describe).join("").includes(text)) {
    assert(performance.now() < end, `the cell has not printed ${text}`);
    await pause(20);
  }
}

const plain = (traceback) => traceback.join("\n").replace(/\x1b\[[0-9;]*m/g, "");

steps.add("the kernel is ready after probes and questions on shell and control", async (s) => {
  s.kernel = await KernelProcess.start(args.spec, args.out);
  Object.assign(s, await connect(s.kernel));
  const info = await s.client.info;
  assert.equal(info.language_info.name, "go");
  assert.equal(info.status, "ok");
});

steps.add("outputs come in order", async ({ client }) => {
  // On a machine that has never run a cell the first one shows what is being prepared.
  await run(client, "1");
  const { reply, shown } = await run(client, 'fmt.Print("a"); display.Show(7); fmt.Fprint(os.Stderr, "b"); fmt.Print("c"); kept := 41; kept');
  assert.equal(reply.status, "ok");
  assert.deepEqual(shown, ["stdout a", "display_data 7", "stderr b", "stdout c", "execute_result 41"]);
});

steps.add("a place is updated by its id", async ({ client }) => {
  const { published } = await run(client, "place := display.Place(1); place.Update(2)");
  assert.deepEqual(published.map(describe), ["display_data 1", "update_display_data 2"]);
  const ids = published.map((m) => m.content.transient.display_id);
  assert(ids[0] && ids[0] === ids[1], `ids ${ids}`);
});

steps.add("a widget opens its models, and follows the person's hand", async ({ client }) => {
  const models = new Map();
  client.registerCommTarget("jupyter.widget", (comm, msg) => models.set(msg.content.data.state._model_name, { comm, msg }));
  const { published } = await run(client, 'import "github.com/resident-go/resident/kernel/widget"\n\nsteps := widget.IntSlider("steps", 1, 100)\nsteps');
  const { comm, msg } = models.get("IntSliderModel") ?? assert.fail(`models: ${[...models.keys()]}`);
  assert.match(msg.metadata.version, /^2\./);
  const view = published.find((m) => m.content.data?.["application/vnd.jupyter.widget-view+json"]);
  assert.equal(view.content.data["application/vnd.jupyter.widget-view+json"].model_id, comm.commId);
  await comm.send({ method: "update", state: { value: 42 }, buffer_paths: [] }).done;
  assert.deepEqual((await run(client, "steps.Value()")).shown, ["execute_result 42"]);
});

addCourse(steps, args.course, run);

steps.add("questions reach the person", async ({ client }) => {
  const asked = [];
  const input = (content) => {
    asked.push(content);
    return "Ada";
  };
  const code = 'var name string\nfmt.Scan(&name)\nsecret, _ := display.Password("secret? ")\nname + secret';
  const { shown } = await run(client, code, { input });
  assert.deepEqual(shown, ['execute_result "AdaAda"']);
  assert.deepEqual(asked.map((a) => a.password), [false, true]);
  assert.equal(asked[1].prompt, "secret? ");
});

steps.add("an error leads to its line", async ({ client }) => {
  for (const [code, line] of [["x := []int{}\n\n_ = x[len(x)]", 3], ["fmt.Println(1)\nnobody()", 2]]) {
    const { reply, shown, published } = await run(client, code);
    assert.equal(reply.status, "error");
    assert.equal(shown.length, 1);
    const place = /Cell\s+In\s*\[(\d+)\],\s*line (\d+)/.exec(plain(published[0].content.traceback));
    assert(place, plain(published[0].content.traceback));
    assert.deepEqual(place.slice(1).map(Number), [reply.execution_count, line]);
  }
  assert.deepEqual((await run(client, "kept")).shown, ["execute_result 41"]);
});

for (const channel of ["shell", "control"]) {
  steps.add(`an interrupt by message on ${channel} stops a cell`, async ({ client }) => {
    const future = start(client, 'turns := 0\nfmt.Println("looping")\nfor { turns++ }');
    await printed(future, "looping");
    const answer = await request(client, channel, "interrupt_request").done;
    assert.equal(answer.content.status, "ok");
    const { reply } = await finish(future);
    assert.equal(reply.status, "error");
    assert.deepEqual((await run(client, "kept, turns > 0")).shown.length, 1);
  });
}

steps.add("control answers while a cell runs", async ({ client }) => {
  const future = start(client, 'fmt.Println("sleeping"); time.Sleep(time.Hour)');
  await printed(future, "sleeping");
  assert.equal((await request(client, "control", "kernel_info_request").done).content.status, "ok");
  await request(client, "shell", "interrupt_request").done;
  assert.equal((await finish(future)).reply.status, "error");
});

steps.add("completion and inspection bear UTF-16 offsets", async ({ client }) => {
  const code = 's := "😀😀"; strings.ToUpperS';
  const { content } = await client.requestComplete({ code, cursor_pos: code.length });
  assert.deepEqual(content.matches, ["ToUpperSpecial"]);
  const points = [...code].length;
  assert.equal(content.cursor_end, points);
  const known = 's := "😀😀"; strings.ToUpper(s)';
  for (let at = 0; at <= known.length + 3; at++) {
    const complete = (await client.requestComplete({ code: known, cursor_pos: at })).content;
    assert.equal(complete.status, "ok");
    assert(complete.cursor_start <= complete.cursor_end && complete.cursor_end <= [...known].length, `cursor ${at}: ${JSON.stringify(complete)}`);
    const inspect = (await client.requestInspect({ code: known, cursor_pos: at, detail_level: 0 })).content;
    assert.equal(inspect.status, "ok");
  }
  const help = (await client.requestInspect({ code: "strings.ToUpper", cursor_pos: 15, detail_level: 0 })).content;
  assert.match(help.data["text/plain"], /ToUpper/);
});

steps.add("the other requests of the library are answered", async ({ client }) => {
  assert.equal((await client.requestIsComplete({ code: "for {" })).content.status, "incomplete");
  const { comms } = (await client.requestCommInfo({ target_name: "jupyter.widget" })).content;
  assert.deepEqual([...new Set(Object.values(comms).map((c) => c.target_name))], ["jupyter.widget"]);
  const { history } = (await client.requestHistory({ output: false, raw: true, hist_access_type: "tail", n: 1 })).content;
  assert.match(history[0][2], /time\.Sleep/);
});

steps.add("a restart is a new process and a new session", async (s) => {
  const old = s.kernel;
  const session = s.seen.session;
  await old.kill();
  s.client.dispose();
  assert.deepEqual(await old.left(), [], "processes are left behind");
  s.kernel = await KernelProcess.start(args.spec, args.out);
  Object.assign(s, await connect(s.kernel));
  assert.notEqual(s.seen.session, session);
  const { reply, published } = await run(s.client, "kept");
  assert.equal(reply.status, "error");
  assert.match(plain(published[0].content.traceback), /undefined: kept/);
});

steps.add("killed in the middle of a cell, with its child, nothing stays behind", async (s) => {
  const future = start(s.client, 'c := exec.Command("sleep", "1000"); c.Start(); fmt.Println("busy"); for {}');
  future.done.catch(() => {}); // it is never answered
  await printed(future, "busy");
  assert(s.kernel.tree().length >= 3, "kernel, worker and child are expected");
  await s.kernel.kill();
  s.client.dispose();
  assert.deepEqual(await s.kernel.left(), [], "processes are left behind");
});

steps.add("a worker outlives its kernel by nothing, however that ends", async (s) => {
  s.kernel = await KernelProcess.start(args.spec, args.out);
  Object.assign(s, await connect(s.kernel));
  await run(s.client, "1");
  assert(s.kernel.tree().length >= 2, "kernel and worker are expected");
  const gone = once(s.kernel.process, "exit");
  s.kernel.process.kill("SIGKILL");
  await gone;
  s.client.dispose();
  assert.deepEqual(await s.kernel.left(), [], "processes are left behind");
});

steps.add("the library had nothing to complain about", async () => {
  assert.deepEqual(complaints, []);
});

const state = {};
const passed = await steps.run("vscode", state, async () => {
  // What the kernel was doing: SIGQUIT makes a Go program print its goroutines.
  if (state.kernel?.process.exitCode === null) {
    const gone = once(state.kernel.process, "close");
    state.kernel.process.kill("SIGQUIT");
    await gone;
  }
  console.log(`the kernel's log:\n${state.kernel?.log}`);
});
for (const pid of state.kernel?.tree() ?? []) process.kill(pid, "SIGKILL");
process.exit(passed ? 0 : 1);
