// A "resident serve" of our own: started, and ended as a person ends it.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import readline from "node:readline";

export const token = "a-token-for-tests";

export class Server {
  // The place is a lesson or a folder; log gets what the server says.
  static async start({ program, place, log, port = 0, flags = [] }) {
    const s = new Server();
    s.process = spawn(program, ["serve", place, "--listen", `127.0.0.1:${port}`, "--token", token, ...flags], { stdio: ["ignore", "ignore", "pipe"] });
    s.log = fs.createWriteStream(log);
    const lines = readline.createInterface({ input: s.process.stderr });
    s.base = await new Promise((resolve, reject) => {
      lines.on("line", (line) => {
        s.log.write(line + "\n");
        const m = line.match(/(http:\/\/[^/]+)\/\?token=/);
        if (m) resolve(m[1]);
      });
      s.process.on("exit", (code) => reject(new Error(`resident serve ended with ${code}; see ${log}`)));
      s.process.on("error", reject);
    });
    return s;
  }

  get port() {
    return Number(new URL(this.base).port);
  }

  url(path = "/") {
    return `${this.base}${path}?token=${token}`;
  }

  // kernels are the ids of those that run.
  async kernels() {
    const answer = await fetch(this.url("/api/kernels"));
    return (await answer.json()).map((k) => k.id);
  }

  // stop ends the server with a signal and returns its exit code.
  async stop(signal = "SIGINT") {
    if (this.process.exitCode !== null) return this.process.exitCode;
    const gone = once(this.process, "exit");
    this.process.kill(signal);
    return (await gone)[0];
  }
}

// children are the processes whose parent this is, and theirs.
export function descendants(pid) {
  const parents = new Map();
  for (const name of fs.readdirSync("/proc").filter((n) => /^\d+$/.test(n))) {
    try {
      const stat = fs.readFileSync(`/proc/${name}/stat`, "utf8");
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
    } catch (err) {
      assert(["ENOENT", "ESRCH"].includes(err.code), err); // it has just ended
    }
  }
  const found = [pid];
  for (const p of found) for (const [child, parent] of parents) if (parent === p) found.push(child);
  return found.slice(1);
}

// alive are those of these processes that run.
export function alive(pids) {
  return pids.filter((pid) => {
    try {
      const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
      return stat[stat.lastIndexOf(")") + 2] !== "Z";
    } catch {
      return false;
    }
  });
}
