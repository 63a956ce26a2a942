// What stands between JupyterLab's kernel connection and a kernel when there is no server: it looks like a WebSocket and
// speaks ZeroMQ. One routing id for all three request channels; the heartbeat is not used.

import crypto from "node:crypto";

import * as zmq from "zeromq";

const delimiter = "<IDS|MSG>";

export class RawSocket {
  binaryType = "arraybuffer";
  protocol = ""; // messages pass as objects
  readyState = 1;
  #connection;
  #sockets;
  #sending = Promise.resolve();

  constructor(connection) {
    this.#connection = connection;
    const routingId = crypto.randomUUID();
    const unlimited = { receiveHighWaterMark: 0, maxMessageSize: -1, linger: 0 };
    const dealer = () => new zmq.Dealer({ ...unlimited, sendHighWaterMark: 0, routingId });
    this.#sockets = { iopub: new zmq.Subscriber(unlimited), shell: dealer(), control: dealer(), stdin: dealer() };
    for (const [channel, socket] of Object.entries(this.#sockets)) {
      socket.connect(`tcp://${connection.ip}:${connection[channel + "_port"]}`);
      this.#read(channel, socket);
    }
    this.#sockets.iopub.subscribe();
  }

  // opened tells the connection that messages can be sent; ZeroMQ keeps them until the kernel is there.
  opened() {
    this.onopen({ target: this });
  }

  send(message) {
    const frames = this.#encode(message);
    this.#sending = this.#sending.then(() => this.#sockets[message.channel].send(frames));
  }

  close() {
    for (const socket of Object.values(this.#sockets)) socket.close();
  }

  async #read(channel, socket) {
    for await (const frames of socket) {
      this.onmessage?.({ data: this.#decode(channel, frames), type: "message", target: this });
    }
  }

  #sign(frames) {
    const mac = crypto.createHmac("sha256", this.#connection.key);
    for (const frame of frames) mac.update(frame);
    return mac.digest("hex");
  }

  #encode({ header, parent_header, metadata, content, buffers = [] }) {
    const signed = [header, parent_header, metadata, content].map((part) => JSON.stringify(part));
    return [delimiter, this.#sign(signed), ...signed, ...buffers];
  }

  #decode(channel, frames) {
    const [signature, ...rest] = frames.slice(frames.findIndex((frame) => String(frame) === delimiter) + 1);
    const signed = rest.slice(0, 4);
    if (String(signature) !== this.#sign(signed)) throw new Error(`a message on ${channel} has a wrong signature`);
    const [header, parent_header, metadata, content] = signed.map((frame) => JSON.parse(String(frame)));
    return { channel, header, parent_header, metadata, content, buffers: rest.slice(4) };
  }
}
