// A class of fifty, from a table: right, wrong, cheating, broken. It is graded by one command, killed at several moments and started again, and then once more: the
// gradebook is to be the one of the table, byte for byte, and nothing that was graded is graded again.
//
//	node class.mjs --program resident --out FOLDER [--lessons prompts-and-context,three-ways] [--jobs 2] [--kills first,3,50%,last]

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import readline from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";

import { exercises } from "../browser/exercises.mjs";
import { Steps } from "../steps.mjs";
import { handIn, lessonsOf, readClass } from "./handin.mjs";

const here = import.meta.dirname;
const { values: args } = parseArgs({ options: {
  program: { type: "string" }, out: { type: "string" }, jobs: { type: "string", default: "2" },
  lessons: { type: "string", default: "prompts-and-context,training-vs-inference-gpt,three-ways" }, kills: { type: "string", default: "first,3,50%,last" },
} });
assert(args.program && args.out, "usage: node class.mjs --program PROGRAM --out FOLDER");
const program = fs.realpathSync(args.program);
const out = path.resolve(args.out);
const course = path.join(out, "course");
const submitted = path.join(out, "submitted");
const graded = path.join(out, "graded");

const names = args.lessons.split(",");
const students = readClass(fs.readFileSync(path.join(here, "class.txt"), "utf8"), names);
const all = students.flatMap((s) => s.lessons.map((l) => `${s.name}, ${l.lesson}`)).sort();

// grade runs the command, tells what it says about submissions, and kills it when asked to. It is over when all that it started is gone.
async function grade(until = () => false) {
  const child = spawn(program, ["grade", path.join(course, "course.yaml"), submitted, "-o", graded, "-j", args.jobs, "--cell-timeout", "20s"], { stdio: ["ignore", "ignore", "pipe"] });
  const said = { fresh: [], kept: [], other: [], killed: false };
  const ended = new Promise((resolve) => child.on("close", (code, signal) => resolve(signal ?? code)));
  for await (const line of readline.createInterface({ input: child.stderr })) {
    const m = line.match(/^(\S+, \S+): [\d.]+ of [\d.]+(, as before)?/);
    if (m) (m[2] ? said.kept : said.fresh).push(m[1]);
    else said.other.push(line);
    if (!said.killed && until(said, line)) said.killed = child.kill("SIGKILL");
  }
  said.code = await ended;
  await alone();
  return said;
}

// alone waits until no process runs the program: one that is killed takes its sandboxes along.
async function alone() {
  const running = () => fs.readdirSync("/proc").filter((pid) => {
    try {
      return /^\d+$/.test(pid) && fs.readlinkSync(`/proc/${pid}/exe`) === program;
    } catch {
      return false; // gone, or somebody else's
    }
  });
  for (let i = 0; running().length > 0; i++) {
    assert(i < 600, `processes ${running()} run on`);
    await pause(100);
  }
}

const read = (name) => fs.readFileSync(path.join(graded, name), "utf8");

// reports are all files that people and programs read, with what is in them.
function reports() {
  const files = fs.readdirSync(graded, { recursive: true, withFileTypes: true }).filter((f) => f.isFile()).map((f) => path.relative(graded, path.join(f.parentPath, f.name)));
  return new Map(files.filter((f) => !/^attempts|^changes\.csv$|\.(db|sqlite)/.test(f)).sort().map((f) => [f, read(f)]));
}

// wanted is gradebook.csv as the table has it.
function wanted() {
  const most = (lesson) => exercises.filter((e) => e.lesson === `${lesson}.md`).length * 2;
  const total = names.reduce((sum, n) => sum + most(n), 0);
  const rows = [["student", ...names.map((n) => `${n} (${most(n)})`), "percent", "pending", "not graded"]];
  for (const s of students) {
    const scores = names.map((n) => s.lessons.find((l) => l.lesson === n)?.points.reduce((a, b) => a + b, 0));
    const percent = (100 * scores.reduce((sum, p) => sum + (p ?? 0), 0)) / total;
    rows.push([s.name, ...scores.map((p) => p ?? ""), Math.round(percent * 1e4) / 1e4, "", ""]);
  }
  return rows.map((r) => r.join(",") + "\n").join("");
}

// moments are when the command is killed: at its first word, after so many submissions that were graded in this run, or after the last one.
const moments = args.kills.split(",").filter(Boolean).map((text) => {
  if (text === "first") return (said, line) => /passes its own tests/.test(line);
  const count = text === "last" ? all.length : text.endsWith("%") ? Math.round((all.length * parseInt(text)) / 100) : Number(text);
  return (said) => said.fresh.length + said.kept.length >= count && (text === "last" || said.fresh.length > 0);
});

const steps = new Steps(3_600_000);

steps.add(`${students.length} students hand in ${all.length} notebooks`, () => {
  fs.rmSync(out, { recursive: true, force: true });
  fs.mkdirSync(course, { recursive: true });
  const lessons = lessonsOf(path.join(here, "../../examples/lessons"), names, course, program);
  for (const s of students) handIn(s, lessons, submitted);
});

const before = new Set();
function judge(said) {
  assert.deepEqual(said.fresh.filter((s) => before.has(s)), [], "graded once more");
  for (const s of said.fresh) before.add(s);
}

for (const [i, moment] of moments.entries()) {
  const when = args.kills.split(",").filter(Boolean)[i];
  steps.add(`the command is killed: ${when}`, async () => {
    const said = await grade(moment);
    judge(said);
    if (when === "last" && said.code === 0) { // behind the last word there is little left to do
      console.log("     it was through before it could be killed");
      return;
    }
    assert.equal(said.code, "SIGKILL", said.other.join("\n"));
    assert(!fs.existsSync(path.join(graded, "gradebook.json")), "a gradebook, though it was killed");
    console.log(`     ${said.fresh.length} graded, ${said.kept.length} as before`);
  });
}

steps.add("the next run comes to its end", async () => {
  const said = await grade();
  judge(said);
  assert.equal(said.code, 0, said.other.join("\n"));
  assert.deepEqual([...said.fresh, ...said.kept].sort(), all);
  console.log(`     ${said.fresh.length} graded, ${said.kept.length} as before`);
});

steps.add("the gradebook is the one of the table", () => assert.equal(read("gradebook.csv"), wanted()));

steps.add("each exercise has its points, judged outside of the student's process, and a reason where some are missing", () => {
  const book = JSON.parse(read("gradebook.json"));
  assert.equal(book.failed, undefined);
  for (const s of students) {
    for (const l of s.lessons) {
      const entry = book.entries.find((e) => e.student === s.name && e.task === l.lesson);
      const where = `${s.name} (${s.kind}), ${l.lesson}`;
      if (!entry.broken) {
        assert.deepEqual(entry.results.map((r) => r.points), l.points, where);
        assert(entry.results.every((r) => r.tier === "outside"), where);
      }
      const first = entry.results.flatMap((r) => r.cases ?? [r]).find((c) => c.points < c.max);
      const reason = entry.broken ?? first?.reason;
      if (l.reason) assert.match(reason, new RegExp(l.reason, "s"), where);
      else assert.equal(reason, undefined, where);
      assert(read(path.join("feedback", s.name, `${l.lesson}.html`)).includes("</html>"), where);
    }
  }
});

steps.add("a second run grades nothing and writes the same", async () => {
  const first = reports();
  const said = await grade();
  assert.equal(said.code, 0, said.other.join("\n"));
  assert.deepEqual(said.fresh, []);
  assert.deepEqual(said.kept.toSorted(), all);
  assert.deepEqual(reports(), first);
});

process.exitCode = (await steps.run("class", {})) ? 0 : 1;
