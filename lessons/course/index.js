"use strict";
// The search of a course's contents: every word of the query must begin a word of a section or of its titles. Titles count more.
(() => {
  const most = 20, around = 60;
  const fold = (s) => s.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const split = (s) => fold(s).match(/[\p{L}\p{N}_]+/gu) || [];
  const sections = JSON.parse(document.getElementById("sections").textContent).map((s) => ({
    ...s, title: split(s.t + " " + s.l), words: split(s.x),
  }));
  const query = document.getElementById("query"), count = document.getElementById("count"), results = document.getElementById("results");

  const hits = (words, start) => words.reduce((n, w) => n + w.startsWith(start), 0);

  function score(section, starts) {
    let sum = 0;
    for (const start of starts) {
      const n = 10 * hits(section.title, start) + Math.min(5, hits(section.words, start));
      if (n === 0) return 0;
      sum += n;
    }
    return sum;
  }

  // marked puts text into an element, with the beginnings of words that were looked for marked.
  function marked(element, text, starts) {
    for (const piece of text.split(/([\p{L}\p{N}_]+)/u)) {
      const found = starts.some((start) => fold(piece).startsWith(start));
      element.append(found ? Object.assign(document.createElement("mark"), { textContent: piece }) : piece);
    }
    return element;
  }

  // excerpt is the text around the first word that was looked for.
  function excerpt(text, starts) {
    let at = 0;
    for (const m of text.matchAll(/[\p{L}\p{N}_]+/gu)) {
      if (starts.some((start) => fold(m[0]).startsWith(start))) { at = m.index; break; }
    }
    const from = at > around ? text.lastIndexOf(" ", at - around) + 1 : 0;
    return (from > 0 ? "… " : "") + text.slice(from, at + 2 * around) + (at + 2 * around < text.length ? " …" : "");
  }

  function show() {
    const starts = split(query.value);
    const found = starts.length === 0 ? [] : sections.map((s) => [score(s, starts), s]).filter(([n]) => n > 0).sort((a, b) => b[0] - a[0]);
    count.textContent = starts.length === 0 ? "" : found.length === 0 ? "Nothing found." : found.length === 1 ? "1 section" : found.length + " sections";
    results.replaceChildren(...found.slice(0, most).map(([, s]) => {
      const item = document.createElement("li"), link = document.createElement("a");
      link.href = s.u;
      item.append(marked(link, s.t === s.l || s.t === "" ? s.l : s.l + ": " + s.t, starts));
      item.append(marked(document.createElement("p"), excerpt(s.x, starts), starts));
      return item;
    }));
  }

  // #q=words, so that a search can be linked to.
  const asked = new URLSearchParams(location.hash.slice(1)).get("q");
  if (asked) query.value = asked;
  query.addEventListener("input", show);
  document.getElementById("search").hidden = false;
  show();
})();
