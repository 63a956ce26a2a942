// "resident serve" against the libraries that speak with it, and in a real browser.
//
//	node serve.mjs --program PREFIX/bin/resident --venv VENV --thebe THEBE-CORE --course LESSON.md --out FOLDER
//
// thebe is the package's folder. The folder out gets pictures and the servers' logs.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import process from "node:process";
import { parseArgs, promisify } from "node:util";

import { Steps } from "../steps.mjs";
import { launchBrowser } from "../browser/lab.mjs";
import { addCourse } from "./course.mjs";
import { addSecondLesson } from "./exercises.mjs";
import { addLab } from "./lab.mjs";
import { addPage } from "./page.mjs";
import { addServices } from "./services.mjs";
import { addThebe, originOf, serveBook } from "./thebe.mjs";
import { alive, descendants, Server, token } from "./server.mjs";

const string = { type: "string" };
const { values: args } = parseArgs({ options: { program: string, venv: string, thebe: string, course: string, out: string } });
for (const name of ["program", "venv", "thebe", "course", "out"]) assert(args[name], `--${name} is missing`);

fs.mkdirSync(args.out, { recursive: true });
const folder = path.join(args.out, "lessons");
fs.cpSync(path.join(import.meta.dirname, "lessons"), folder, { recursive: true });

const steps = new Steps();
addServices(steps);
steps.add("python: jupyter-kernel-client runs cells, sees mistakes and restarts", async (s) => {
  await promisify(execFile)(path.join(args.venv, "bin", "python"), [path.join(import.meta.dirname, "client.py"), s.base, token], { timeout: 300_000, env: { ...process.env, REQUEST_TIMEOUT: "120" } });
  assert.deepEqual(await s.server.kernels(), []);
});

addThebe(steps);
addLab(steps);
addPage(steps);

const picture = (page, name) => page.screenshot({ path: path.join(args.out, name.replaceAll(" ", "-") + ".png") });
addCourse(steps, picture);
addSecondLesson(steps, picture);

steps.add("no process is left when the server ends, or is killed", async (s) => {
  for (const signal of ["SIGINT", "SIGKILL"]) {
    const server = await Server.start({ program: args.program, place: folder, log: path.join(args.out, `serve-${signal}.log`) });
    const answer = await fetch(server.url("/api/kernels"), { method: "POST" });
    assert.equal(answer.status, 201);
    const family = descendants(server.process.pid);
    assert(family.length > 0, "the kernel has no process");
    await server.stop(signal);
    // Kernels look for their parent once a second.
    for (let i = 0; alive(family).length > 0; i++) {
      assert(i < 600, `${signal}: these still run: ${alive(family)}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  assert.equal(await s.server.stop(), 0);
});

const state = {
  ...args, browser: await launchBrowser(), book: await serveBook(args.thebe), folder, token,
  picture,
};
let passed = false;
try {
  state.server = await Server.start({ program: args.program, place: folder, log: path.join(args.out, "serve.log"), flags: ["--max-kernels", "2", "--allow-origin", originOf(state.book)] });
  state.base = state.server.base;
  passed = await steps.run("serve", state, async () => {
    const open = state.browser.contexts().flatMap((c) => c.pages());
    await Promise.all(open.map((page, i) => state.picture(page, `failed-${i}`)));
  });
} finally {
  await state.browser.close();
  await state.lab?.stop();
  await state.school?.stop();
  await state.server?.stop();
}
process.exit(passed ? 0 : 1); // the libraries keep timers
