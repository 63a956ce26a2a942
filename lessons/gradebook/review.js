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

const graded = (part) => {
  const fields = [...part.querySelectorAll("input")];
  return `${fields.filter((f) => f.value !== "").length} of ${fields.length} graded`;
};

function count() {
  state.textContent = graded(main) + (changed ? ", not saved" : "");
  for (const q of main.querySelectorAll("article")) q.querySelector(".state").textContent = graded(q);
}

main.addEventListener("input", () => { changed = true; count(); });

// What has points by now is hidden when that is asked for, and not while somebody types.
document.getElementById("open").addEventListener("change", (e) => {
  for (const s of main.querySelectorAll("section")) s.hidden = e.target.checked && s.querySelector("input").value !== "";
});

document.getElementById("names").addEventListener("change", (e) => main.classList.toggle("nameless", !e.target.checked));

document.getElementById("save").addEventListener("click", () => {
  for (const s of main.querySelectorAll("section")) {
    s.querySelector("input").required = s.querySelector("textarea").value.trim() !== ""; // a comment alone would not be kept
  }
  const bad = [...main.querySelectorAll("input")].find((f) => !f.checkValidity());
  if (bad) {
    bad.closest("section").hidden = false;
    return bad.reportValidity();
  }
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([JSON.stringify(gathered(), null, 2) + "\n"], { type: "application/json" }));
  link.download = "manual.json";
  link.click();
  changed = false;
  count();
});

addEventListener("beforeunload", (e) => { if (changed) e.preventDefault(); });
count();
