// The course's lesson on the served page, as a reader meets it: every cell with no exercise done, then the exercises, then the playground.

import assert from "node:assert/strict";
import path from "node:path";

import { addPlayground } from "../browser/course.mjs";
import { addExercises } from "./exercises.mjs";
import { Server } from "./server.mjs";

// addCourse adds the steps. The state has browser, program, course (the lesson's file), out and picture.
export function addCourse(steps, picture) {
  steps.add("course: all cells of the lesson run, and exercises that are not done stop nothing", async (s) => {
    s.school = await Server.start({ program: s.program, place: s.course, log: path.join(s.out, "course.log") });
    s.pupil = await s.browser.newPage({ viewport: { width: 1280, height: 900 }, reducedMotion: "reduce" });
    await s.pupil.goto(s.school.url());
    await s.pupil.getByRole("button", { name: "Run all cells", exact: true }).click();
    const over = "section[data-cell]:not([data-skip]):not([data-state=ok], [data-state=error], [data-state=aborted], [data-state=lost])";
    await s.pupil.waitForFunction((open) => !document.querySelector(open), over, { timeout: 400_000 });
    const all = await s.pupil.locator("section[data-cell]").evaluateAll((cells) => cells.map((c) => [c.dataset.cell, c.dataset.state]));
    assert(all.length > 20, `${all.length} cells`);
    assert.deepEqual(all.filter(([name, state]) => state !== (/^test-/.test(name) ? "error" : "ok")), []);
  });

  addExercises(steps, "training-vs-inference-gpt.md", (s) => s.pupil, picture);

  steps.add("course: a reload keeps answers, verdicts, charts and the playground", async ({ pupil }) => {
    const shown = () => pupil.locator("section[data-cell]").evaluateAll((cells) => cells.map((c) => ({
      cell: c.dataset.cell, state: c.dataset.state, text: c.querySelector(":scope > .outputs").innerText.trim(), drawings: c.querySelectorAll(":scope > .outputs svg").length,
    })));
    const before = await shown();
    assert(before.some((c) => c.drawings > 0), "nothing is drawn");
    await pupil.reload();
    await pupil.locator("#cell-test-halt[data-state=ok]").waitFor();
    await pupil.locator("#cell-playground .widget-html-content").first().waitFor();
    await pupil.waitForFunction((n) => document.querySelectorAll("#cell-playground .widget-html-content").length >= n, 4);
    const plain = ({ cell, state, drawings, text }) => cell === "playground" ? { cell, state } : { cell, state, drawings, text };
    assert.deepEqual((await shown()).map(plain), before.map(plain));
  });

  addPlayground(steps, "served page", (s) => {
    const cell = s.pupil.locator("#cell-playground");
    return { page: s.pupil, cell, show: () => cell.locator(":scope > .outputs").scrollIntoViewIfNeeded() };
  }, picture);

  steps.add("course: the server ends", async (s) => {
    await s.pupil.close();
    assert.equal(await s.school.stop(), 0);
  });
}
