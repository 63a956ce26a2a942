// The page follows its lesson: when the file changes, what is new is fetched, and cells stay what they are, with what the reader has written
// and what they show.

import { firstCell } from "./place.js";

const digestOf = (doc) => doc.querySelector('meta[name="lesson-digest"]')?.content;

// follow listens for changes of the lesson at path. Without a book there is no lesson yet.
export function follow(path, book) {
  let shown = digestOf(document);
  whileVisible("/events/" + path, async (e) => {
    if (e.data === shown) return;
    const answer = await fetch(location.pathname, { cache: "no-store" });
    const doc = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!book) {
      if (doc.querySelector("article")) location.reload();
      else document.querySelector("main").replaceWith(doc.querySelector("main"));
    } else if (doc.querySelector("article")) {
      merge(doc, book);
      book.say("");
    } else {
      book.say("The file is not a lesson at the moment: " + [...doc.querySelectorAll("main li")].map((li) => li.textContent.trim()).join("; "));
    }
    shown = digestOf(doc);
  });
}

// whileVisible listens to the events of lessons while the page is on the screen: browsers allow few connections to a host, and a reader may have many
// pages. The first event says how the lesson is, so nothing is missed.
function whileVisible(address, act) {
  let events = null;
  const update = () => {
    events?.close();
    events = null;
    if (document.hidden) return;
    events = new EventSource(address);
    events.addEventListener("lesson", act);
  };
  document.addEventListener("visibilitychange", update);
  update();
}

function merge(doc, book) {
  const anchor = firstCell(book);
  const focus = document.activeElement;
  const old = new Map(book.cells.map((c) => [c.key, c]));
  const sections = [...doc.querySelectorAll("section[data-cell]")];
  const matched = new Map(); // new section -> old cell
  for (const s of sections) {
    const cell = old.get(s.dataset.cell);
    if (cell) {
      matched.set(s, cell);
      old.delete(s.dataset.cell);
    }
  }
  pair(sections, matched, old);
  for (const [section, cell] of matched) {
    cell.update(section);
    section.replaceWith(cell.section);
  }
  for (const cell of old.values()) book.forget(cell);
  for (const part of ["article", "nav.toc", "footer"]) {
    const [now, then] = [document.querySelector(part), doc.querySelector(part)];
    if (now && then) now.replaceWith(then);
  }
  document.title = doc.title;
  book.adopt(document);
  if (focus?.isConnected) focus.focus({ preventScroll: true });
  if (anchor?.cell.section.isConnected) scrollBy(0, anchor.cell.section.getBoundingClientRect().top - anchor.top);
}

// pair makes a cell without a name whose source has changed the next of those that stand behind the same cell.
function pair(sections, matched, old) {
  const cells = [...old.values()];
  for (const [i, s] of sections.entries()) {
    if (matched.has(s) || !s.dataset.cell.startsWith("#")) continue;
    const before = i ? matched.get(sections[i - 1])?.section : null;
    const found = cells.find((c) => c.key.startsWith("#") && old.has(c.key) && previous(c.section) === before);
    if (!found) continue;
    matched.set(s, found);
    old.delete(found.key);
  }
}

function previous(section) {
  const all = [...document.querySelectorAll("section[data-cell]")];
  return all[all.indexOf(section) - 1] ?? null;
}
