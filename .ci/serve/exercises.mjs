// Every exercise of the course on the served page, done by a learner who is wrong at first.

import assert from "node:assert/strict";
import path from "node:path";

import { findings } from "../browser/axe.mjs";
import { exercises, openHints, praised, solutions } from "../browser/exercises.mjs";
import { Server } from "./server.mjs";

// addExercises adds the steps for one lesson. The page comes from where(state), and all its cells have been run.
export function addExercises(steps, lesson, where, picture) {
  for (const e of exercises.filter((e) => e.lesson === lesson)) {
    steps.add(`exercise ${e.answer}: a mistake is explained, hints open, and the solution passes`, async (s) => {
      const page = where(s);
      const [answer, test] = [e.answer, e.test].map((name) => page.locator(`#cell-${name}`));
      const shown = () => test.locator(":scope > .outputs").innerText();
      await ran(page, e.test, "error");
      assert.match(await shown(), /not implemented yet/);
      await type(page, answer, e.wrong);
      await ran(page, e.answer, "ok");
      await ran(page, e.test, "error");
      assert.match(await shown(), e.complaint);
      await type(page, answer, e.wrong.replace(/\}$/, "nonsense()\n}"));
      await ran(page, e.test, "aborted"); // the answer does not compile, and the one before it is not judged in its place
      assert.equal(await answer.getAttribute("data-state"), "error");
      assert.equal(await test.getAttribute("data-edited"), "");
      await openHints(page, answer, test, e.hints);
      await answer.scrollIntoViewIfNeeded();
      await picture(page, `exercise-${e.answer}-wrong`);
      await type(page, answer, solutions(s.program, path.join(path.dirname(s.course), lesson)).get(e.answer));
      await ran(page, e.test, "ok"); // and the answer before it, which has changed
      assert.equal(await answer.getAttribute("data-state"), "ok");
      praised(await shown(), e.praise);
      assert.match(await test.locator(".cell-status").innerText(), /^passed: 2 points(, [\d.]+ s)?$/); // how long it took is said from half a second on
      await test.evaluate((e) => e.scrollIntoView({ block: "end" }));
      await picture(page, `exercise-${e.answer}-right`);
    });
  }
}

// addSecondLesson adds the steps for the lesson that has a server of its own.
export function addSecondLesson(steps, picture) {
  const lesson = "prompts-and-context.md";
  steps.add("second lesson: all cells run as far as the exercise allows", async (s) => {
    s.ward = await Server.start({ program: s.program, place: path.join(path.dirname(s.course), lesson), log: path.join(s.out, "ward.log") });
    s.nurse = await s.browser.newPage({ viewport: { width: 1280, height: 900 }, reducedMotion: "reduce" });
    await s.nurse.goto(s.ward.url());
    await runAll(s.nurse);
  });
  addExercises(steps, lesson, (s) => s.nurse, picture);
  steps.add("second lesson: what stands on the exercise runs now, and axe finds nothing", async (s) => {
    await runAll(s.nurse);
    const all = await s.nurse.locator("section[data-cell]:not([data-skip])").evaluateAll((cells) => cells.map((c) => [c.dataset.cell, c.dataset.state]));
    assert.deepEqual(all.filter(([, state]) => state !== "ok"), []);
    assert.deepEqual(await findings(s.nurse), []);
    await s.nurse.close();
    assert.equal(await s.ward.stop(), 0);
  });
}

// runAll runs all cells and waits until none is left to run.
async function runAll(page) {
  await page.getByRole("button", { name: "Run all cells", exact: true }).click();
  await page.waitForFunction(() => !document.querySelector("section[data-cell]:is([data-state=queued], [data-state=running])"), null, { timeout: 400_000 });
}

async function type(page, cell, code) {
  await cell.locator(".cm-content").click();
  await page.keyboard.press("Control+A");
  await page.keyboard.insertText(code);
}

async function ran(page, name, state) {
  const cell = page.locator(`#cell-${name}`);
  await cell.getByRole("button", { name: `Run cell ${name}` }).click();
  await page.locator(`#cell-${name}:not([data-state=queued], [data-state=running])`).waitFor();
  assert.equal(await cell.getAttribute("data-state"), state, await cell.locator(":scope > .outputs").innerText());
}
