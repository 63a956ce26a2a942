// The worker of a playground: Go's support for WebAssembly stands before this text, the program comes by message. Requests are done
// one after the other. An answer lets messages in between its pieces, so that "stop" is heard; training does other requests
// between its steps.
"use strict";

const queue = [];
const stopped = new Set(); // "ask", "train"
let busy = false;

// breathe lets messages in. A channel is not slowed down as timers are.
const channel = new MessageChannel();
const breathe = () => new Promise((done) => {
  channel.port1.onmessage = done;
  channel.port2.postMessage(0);
});

function call(name, ...args) {
  const result = JSON.parse(globalThis.playground[name](...args));
  if (result && result.error) throw new Error(result.error);
  return result;
}

async function start(wasm) {
  const go = new Go();
  const ready = new Promise((done) => (globalThis.playgroundReady = done));
  const { instance } = await WebAssembly.instantiate(wasm, go.importObject);
  go.run(instance).then(() => postMessage({ failed: "the program has ended" }));
  await ready;
}

const work = {
  async open({ program, model, text }) {
    await start(program);
    return call("open", new Uint8Array(model), text);
  },
  async ask({ prompt, options }) {
    stopped.delete("ask");
    call("ask", prompt, JSON.stringify(options));
    for (let piece; !stopped.has("ask") && (piece = call("more")) !== null; await breathe()) {
      postMessage({ piece });
    }
    call("stop");
    return { ...call("state"), stopped: stopped.has("ask") };
  },
  async train({ steps, text }) {
    stopped.delete("train");
    if (text !== undefined) call("study", text);
    call("train", true);
    postMessage({ state: call("state") });
    for (let i = 0; i < steps && !stopped.has("train"); i++) {
      await drain();
      if (!stopped.has("train")) postMessage({ state: call("step") });
    }
    return call("train", false);
  },
  next: ({ prompt, options, n }) => call("next", prompt, JSON.stringify(options), n),
  restore: () => call("restore"),
};

// drain does what has been asked for.
async function drain() {
  await breathe();
  for (let request; (request = queue.shift()); await breathe()) {
    try {
      postMessage({ id: request.id, result: await work[request.name](request) });
    } catch (err) {
      postMessage({ id: request.id, failed: err.message });
    }
  }
}

globalThis.onmessage = async ({ data }) => {
  if (data.name === "stop") {
    stopped.add(data.what);
    return;
  }
  queue.push(data);
  if (busy) return;
  busy = true;
  await drain();
  busy = false;
};
