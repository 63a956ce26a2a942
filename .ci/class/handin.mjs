// What a class hands in: the table of class.txt, read and made into notebooks.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";

import { exercises, solutions } from "../browser/exercises.mjs";

// readClass reads the table: students with the lessons that they hand in, in order of their names, and the code of their answers.
export function readClass(text, lessons) {
  const [table, ...parts] = text.replace(/^#.*\n/gm, "").split(/^-- (.+) --\n/m);
  const code = new Map();
  for (let i = 0; i < parts.length; i += 2) code.set(parts[i], parts[i + 1].trimEnd());
  const students = [];
  let kind = [];
  for (const line of table.split("\n").filter(Boolean)) {
    const head = line.match(/^(\S.*) x(\d+)$/);
    if (head) {
      kind = Array.from({ length: Number(head[2]) }, (_, i) => ({ name: `student${String(students.length + i + 1).padStart(2, "0")}`, kind: head[1], lessons: [], code }));
      students.push(...kind);
      continue;
    }
    const m = line.match(/^ +(\S+) +(\S.*?)  +([\d. ]*\d)(?:  (.+))?$/);
    assert(m, `class.txt: ${line}`);
    const row = { lesson: m[1], words: m[2].split(" "), points: m[3].split(" ").map(Number), reason: m[4] };
    if (lessons.includes(row.lesson)) for (const s of kind) s.lessons.push(row);
  }
  return students;
}

// lessonsOf copies lessons into a course, and returns what students get of each.
export function lessonsOf(from, names, course, program) {
  fs.writeFileSync(path.join(course, "course.yaml"), `title: A class of fifty\nchapters:\n${names.map((n) => `  - file: ${n}.md\n`).join("")}`);
  return new Map(names.map((name) => {
    const file = path.join(course, `${name}.md`);
    fs.copyFileSync(path.join(from, `${name}.md`), file);
    const book = path.join(course, "..", `${name}.ipynb`);
    execFileSync(program, ["build", file, "--for", "student", "-o", book]);
    return [name, { book: fs.readFileSync(book, "utf8"), right: solutions(program, file), exercises: exercises.filter((e) => e.lesson === `${name}.md`) }];
  }));
}

// handIn writes what a student hands in.
export function handIn(student, lessons, folder) {
  for (const { lesson, words } of student.lessons) {
    const doc = JSON.parse(lessons.get(lesson).book);
    const how = new Map(words.filter((w) => w.includes("=")).map((w) => w.split("=")));
    for (const e of lessons.get(lesson).exercises) {
      const cell = doc.cells.find((c) => c.id === e.answer);
      answer(doc, cell, how.get(e.answer) ?? how.get("all"), e, lessons.get(lesson).right, student.code);
    }
    let text = JSON.stringify(doc);
    for (const w of words.filter((w) => !w.includes("="))) text = tricks[w](doc);
    const file = path.join(folder, student.name, lesson, `${lesson}.ipynb`);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
  }
}

// answer writes into an exercise's cell.
function answer(doc, cell, how, exercise, right, code) {
  const given = [].concat(cell.source).join("");
  const body = code.get(how);
  if (how === "blank") return;
  if (how === "right") cell.source = right.get(exercise.answer);
  else if (how === "wrong") cell.source = (given.match(/^import (?:\([^)]*\)|".*")\n/) ?? [""])[0] + exercise.wrong;
  else if (/^(func|import|!)/m.test(body)) cell.source = body;
  else cell.source = given.replace('panic("not implemented yet")', body.replaceAll("\n", "\n\t"));
  assert(cell.source !== given, `${exercise.answer}=${how}`);
  const helper = code.get(`${how}, before`);
  if (helper) doc.cells.splice(doc.cells.indexOf(cell), 0, { cell_type: "code", id: "my-helper", metadata: {}, source: helper, outputs: [], execution_count: null });
}

// tricks are what happens to whole notebooks; each returns the file's text.
const tricks = {
  "nameless": (doc) => {
    for (const [i, c] of doc.cells.entries()) (c.id = `new${i}`), (c.metadata = {});
    return JSON.stringify(doc);
  },
  "copied": (doc) => {
    const given = exercises.find((e) => doc.cells.some((c) => c.id === e.answer));
    const at = doc.cells.findIndex((c) => c.id === given.answer);
    doc.cells.splice(at + 1, 0, { ...doc.cells[at], id: "a-copy", source: doc.cells[at].source + "\n// tried again" });
    return JSON.stringify(doc);
  },
  "crlf": (doc) => {
    for (const c of doc.cells) c.source = [].concat(c.source).join("").replaceAll("\n", "\r\n");
    return JSON.stringify(doc, null, 1).replaceAll("\n", "\r\n");
  },
  "no-notebook": () => "I could not export it, here is my text.",
  "no-tests": (doc) => {
    for (const c of doc.cells) if (/check\.Case/.test([].concat(c.source).join(""))) c.source = 'fmt.Println("✓ all")';
    return JSON.stringify(doc);
  },
  "more-points": (doc) => {
    for (const c of doc.cells) {
      if (c.metadata.lesson?.points) c.metadata.lesson.points = 100;
      if (c.metadata.nbgrader?.points) c.metadata.nbgrader.points = 100;
      c.outputs &&= [{ output_type: "stream", name: "stdout", text: "✓ an angle of 45 degrees\npointing the right way\n" }];
    }
    return JSON.stringify(doc);
  },
};
