"use strict";
// The search of a course: every word of the query must begin a word of a section or of its titles. Titles count more. Nothing here has an id: headings of
// lessons have.
(() => {
  const most = 20, around = 60;
  const fold = (s) => s.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const split = (s) => fold(s).match(/[\p{L}\p{N}_]+/gu) || [];
  const box = document.querySelector("search.course"), at = (part) => box.querySelector(part);
  const sections = JSON.parse(document.querySelector("script.search-index").textContent).map((s) => ({
    ...s, title: split(s.t + " " + s.l), words: split(s.x),
  }));
  const query = at("input"), count = at(".count"), results = at(".results");

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
  // "/" leads to the search, as in many places; Escape back.
  document.addEventListener("keydown", (e) => {
    const typing = e.target.closest("input, textarea, select, [contenteditable]");
    if (e.key === "/" && !typing && !e.ctrlKey && !e.metaKey && !e.altKey) {
      e.preventDefault();
      query.focus();
    } else if (e.key === "Escape" && box.contains(e.target)) {
      query.value = "";
      query.focus();
      show();
    }
  });
  // A result on this page is where to go, and not to search any more.
  results.addEventListener("click", (e) => {
    const link = e.target.closest("a");
    if (!link || link.pathname !== location.pathname || box.closest("main.contents")) return;
    query.value = "";
    show();
  });
  box.hidden = false;
  show();
})();
