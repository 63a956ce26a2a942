// Every exercise of the course in JupyterLab, done by a learner who is wrong at first, in the notebooks that students get.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";

import { exercises, openHints, praised, solutions } from "./exercises.mjs";

// addExercises adds the steps. The folder of students has the notebooks that are built for them, the folder of lessons what they were built of.
export function addExercises(steps, { program, students, lessons }, picture) {
  steps.add("a cell's seed and limit on memory hold in JupyterLab, which sends its metadata along", async (s) => {
    const cell = (id, lesson, source) => ({ cell_type: "code", id, metadata: { lesson }, source, outputs: [], execution_count: null });
    const book = await s.lab.open(s.browser, "terms.ipynb", {
      nbformat: 4, nbformat_minor: 5, metadata: { kernelspec: { name: "resident", display_name: "Go (resident)", language: "go" } },
      cells: [
        cell("dice", { seed: 1704 }, 'import "math/rand/v2"\nfmt.Println(rand.IntN(6)+1, rand.IntN(6)+1, rand.IntN(6)+1)'),
        cell("greedy", { memory: "64MB" }, "var held [][]byte\nfor { held = append(held, bytes.Repeat([]byte{1}, 1<<20)) }"),
      ],
    });
    for (let i = 0; i < 2; i++) assert.equal(await run(book, 0), "4 1 6");
    assert.match(await run(book, 1), /MemoryLimit: the cell took more than 64 MB of memory/);
    await book.page.close();
  });

  for (const lesson of new Set(exercises.map((e) => e.lesson))) {
    const name = lesson.replace(/md$/, "ipynb");
    const doc = JSON.parse(fs.readFileSync(path.join(students, name), "utf8"));
    const at = (id) => doc.cells.findIndex((c) => c.id === id);
    steps.add(`${name} as students get it opens, and its tools are there`, async (s) => {
      s.homework = await s.lab.open(s.browser, name, doc);
      await run(s.homework, at("tools"));
    });
    for (const e of exercises.filter((e) => e.lesson === lesson)) {
      steps.add(`exercise ${e.answer}: JupyterLab shows what is wrong, the hints, and that it is right`, async ({ homework: book }) => {
        const [answer, test] = [at(e.answer), at(e.test)];
        await run(book, answer);
        assert.match(await run(book, test), /not implemented yet/);
        await type(book, answer, e.wrong);
        await run(book, answer);
        assert.match(await run(book, test), e.complaint);
        await openHints(book.page, book.cell(answer), book.cell(test), e.hints);
        await book.show(answer);
        await picture(book.page, `exercise-${e.answer}-wrong`);
        await type(book, answer, solutions(program, path.join(lessons, lesson)).get(e.answer));
        await run(book, answer);
        praised(await run(book, test), e.praise);
        await book.show(test, "end");
        await picture(book.page, `exercise-${e.answer}-right`);
      });
    }
    steps.add(`${name} is closed`, (s) => s.homework.page.close());
  }
}

// run runs a cell, also one that was run before, and returns what it shows.
async function run(book, i) {
  const prompt = book.cell(i).locator(".jp-InputPrompt").first();
  const before = await prompt.innerText();
  await book.start(i);
  await book.page.waitForFunction(([e, was]) => /^\[\d+\]:$/.test(e.innerText) && e.innerText !== was, [await prompt.elementHandle(), before]);
  await book.idle();
  return book.text(i);
}

async function type(book, i, code) {
  await book.cell(i).locator(".cm-content").click();
  await book.page.keyboard.press("Control+A");
  await book.page.keyboard.insertText(code);
}
