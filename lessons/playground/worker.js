// The worker of a playground: Go's support for WebAssembly stands before this text, the program comes by message. Requests are done
// one after the other; an answer and a round of training let messages in between their pieces, so that "stop" is heard.
"use strict";

const queue = [];
let busy = false;
let stopped = false;

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
    stopped = false;
    call("ask", prompt, JSON.stringify(options));
    for (let piece; !stopped && (piece = call("more")) !== null; await breathe()) {
      postMessage({ piece });
    }
    call("stop");
    return { ...call("state"), stopped };
  },
  async train({ steps, text }) {
    stopped = false;
    if (text !== undefined) call("study", text);
    call("train", true);
    postMessage({ state: call("state") });
    for (let i = 0; i < steps && !stopped; i++) {
      await breathe();
      postMessage({ state: call("step") });
    }
    return call("state");
  },
  next: ({ prompt, options, n }) => call("next", prompt, JSON.stringify(options), n),
  freeze: () => call("train", false),
  restore: () => call("restore"),
};

async function drain() {
  if (busy) return;
  busy = true;
  for (let request; (request = queue.shift()); await breathe()) {
    try {
      postMessage({ id: request.id, result: await work[request.name](request) });
    } catch (err) {
      postMessage({ id: request.id, failed: err.message });
    }
  }
  busy = false;
}

globalThis.onmessage = ({ data }) => {
  if (data.name === "stop") {
    stopped = true;
    return;
  }
  queue.push(data);
  drain();
};
