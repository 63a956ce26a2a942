"use strict";
// Gathers what was given and has the browser save it. What the page does not show stays as it was.
const main = document.querySelector("main");
const state = document.getElementById("state");
let changed = false;

function gathered() {
  const all = JSON.parse(main.dataset.given) || {};
  for (const s of main.querySelectorAll("section")) {
    const { task, student, cell } = s.dataset;
    const points = s.querySelector("input");
    const comment = s.querySelector("textarea").value.trim();
    const cells = ((all[task] ??= {})[student] ??= {});
    delete cells[cell];
    if (points.value !== "") {
      cells[cell] = { points: Number(points.value), ...(comment && { comment }) };
    }
    if (Object.keys(cells).length === 0) delete all[task][student];
    if (Object.keys(all[task]).length === 0) delete all[task];
  }
  return all;
}

function count() {
  const fields = [...main.querySelectorAll("input")];
  const given = fields.filter((f) => f.value !== "").length;
  state.textContent = `${given} of ${fields.length} graded${changed ? ", not saved" : ""}`;
}

main.addEventListener("input", () => { changed = true; count(); });

document.getElementById("save").addEventListener("click", () => {
  for (const s of main.querySelectorAll("section")) {
    s.querySelector("input").required = s.querySelector("textarea").value.trim() !== ""; // a comment alone would not be kept
  }
  const bad = [...main.querySelectorAll("input")].find((f) => !f.checkValidity());
  if (bad) return bad.reportValidity();
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([JSON.stringify(gathered(), null, 2) + "\n"], { type: "application/json" }));
  link.download = "manual.json";
  link.click();
  changed = false;
  count();
});

addEventListener("beforeunload", (e) => { if (changed) e.preventDefault(); });
count();
