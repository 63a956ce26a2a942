// The kernel as a process, started and ended the way VS Code's Jupyter extension does it.

import { spawn } from "node:child_process";
import crypto from "node:crypto";
import { once } from "node:events";
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { ownAddress } from "../address.mjs";

const channels = ["shell", "control", "stdin", "iopub", "hb"];

export class KernelProcess {
  // start spawns what kernel.json says and returns when shell and iopub accept connections. The folder gets the connection
  // file and the log.
  static async start(specFile, folder) {
    const kernel = new KernelProcess();
    const spec = JSON.parse(fs.readFileSync(specFile, "utf8"));
    kernel.connection = await newConnection();
    kernel.file = path.join(folder, `kernel v2 ${crypto.randomUUID()}.json`);
    fs.writeFileSync(kernel.file, JSON.stringify(kernel.connection));
    kernel.mark = `RESIDENT_TEST_MARK=${crypto.randomUUID()}`;
    const [name, value] = kernel.mark.split("=");
    const [program, ...args] = spec.argv.map((arg) => arg.replace("{connection_file}", kernel.file));
    kernel.process = spawn(program, args, { cwd: folder, env: { ...process.env, ...spec.env, [name]: value } });
    kernel.log = "";
    for (const stream of [kernel.process.stdout, kernel.process.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => (kernel.log += text));
    }
    await Promise.all([kernel.#used("shell"), kernel.#used("iopub")]);
    return kernel;
  }

  // used connects to a port and closes at once, until that works.
  async #used(channel) {
    for (;;) {
      if (this.process.exitCode !== null) throw new Error(`the kernel ended with ${this.process.exitCode}:\n${this.log}`);
      if (await probe(this.connection.ip, this.connection[channel + "_port"])) return;
      await pause(200);
    }
  }

  // tree lists the process and all that it has started, by the mark in their environment: some may have lost their parent.
  tree() {
    return fs.readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => {
      try {
        return fs.readFileSync(`/proc/${pid}/environ`, "latin1").includes(this.mark);
      } catch {
        return false; // it has ended, or is another user's
      }
    });
  }

  // kill ends the children first, then the kernel; it never asks for a shutdown. It returns when the kernel has ended.
  async kill() {
    const gone = once(this.process, "exit");
    for (const pid of this.tree().filter((pid) => pid !== this.process.pid)) {
      try {
        process.kill(pid);
      } catch (err) {
        if (err.code !== "ESRCH") throw err;
      }
    }
    this.process.kill();
    await gone;
    fs.rmSync(this.file);
  }

  // left waits a while for everything that the kernel has started to end, and returns what has not.
  async left(patience = 60_000) {
    const end = performance.now() + patience;
    while (this.tree().length > 0 && performance.now() < end) await pause(50);
    return this.tree();
  }
}

async function newConnection() {
  // All are open at the same time, so that no port is given twice, and on an address of its own, so that nobody else takes one before the kernel does.
  const ip = ownAddress();
  const servers = await Promise.all(channels.map(async () => {
    const server = net.createServer().listen(0, ip);
    await once(server, "listening");
    return server;
  }));
  const ports = servers.map((server, i) => [channels[i] + "_port", server.address().port]);
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return {
    version: 5, transport: "tcp", ip, key: crypto.randomUUID(), signature_scheme: "hmac-sha256",
    kernel_name: "resident", ...Object.fromEntries(ports),
  };
}

function probe(ip, port) {
  return new Promise((resolve) => {
    const socket = net.connect(port, ip);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
