// The served lesson as a reader meets it, in a real browser.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";

import { findings } from "../browser/axe.mjs";
import { Server } from "./server.mjs";

// untilEnough is a cell that prints until there is a file.
const untilEnough = `for i := 0; ; i++ {\n\tfmt.Println("line", i)\n\tif _, err := os.Stat("enough"); err == nil {\n\t\tbreak\n\t}\n\ttime.Sleep(20 * time.Millisecond)\n}`;

// Reader is one page with the lesson. What its console says is kept: a page that breaks its own policy says so there.
class Reader {
  static async open(browser, url, options = {}) {
    const r = new Reader();
    r.context = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: "reduce", ...options });
    r.page = await r.context.newPage();
    r.troubles = [];
    r.page.on("pageerror", (e) => r.troubles.push(String(e)));
    r.page.on("console", (m) => ["error", "warning"].includes(m.type()) && r.troubles.push(m.text()));
    await r.page.goto(url);
    await r.page.locator(".kernel-bar").waitFor();
    return r;
  }

  cell(name) {
    return this.page.locator(`#cell-${name}`);
  }

  output(name) {
    return this.cell(name).locator(":scope > .outputs");
  }

  async text(name) {
    return (await this.output(name).innerText()).trim();
  }

  async run(name) {
    await this.cell(name).getByRole("button", { name: `Run cell ${name}` }).click();
  }

  // state waits until a cell is in a state.
  async state(name, state) {
    await this.page.locator(`#cell-${name}[data-state=${state}]`).waitFor();
  }

  async ran(name) {
    await this.run(name);
    await this.state(name, "ok");
    return this.text(name);
  }

  // type replaces a cell's code.
  async type(name, code) {
    await this.cell(name).locator(".cm-content").click();
    await this.page.keyboard.press("Control+A");
    await this.page.keyboard.insertText(code);
  }

  code(name) {
    return this.cell(name).locator(".cm-content").evaluate((e) => [...e.querySelectorAll(".cm-line")].map((l) => l.textContent).join("\n"));
  }

  status(text) {
    return this.page.locator(".kernel-status", { hasText: text }).waitFor();
  }
}

// addPage adds the steps. The state has browser, server (of the folder), folder, and picture(page, name).
export function addPage(steps) {
  steps.add("page: the list of lessons leads to the lesson", async (s) => {
    s.reader = new Reader();
    const page = await s.browser.newPage();
    await page.goto(s.server.url());
    assert(!page.url().includes("token"), page.url());
    assert.deepEqual(await findings(page), []);
    await page.getByRole("link", { name: "A small lesson" }).click();
    await page.locator(".kernel-bar").waitFor();
    assert.equal(await page.title(), "A small lesson");
    await page.close();
    s.reader = await Reader.open(s.browser, s.server.url("/lessons/small.md"));
    assert.deepEqual(await s.server.kernels(), [], "a reader who runs nothing has no kernel");
    await s.picture(s.reader.page, "serve-before");
  });

  steps.add("page: Shift+Enter runs a cell and goes to the next", async ({ reader }) => {
    await reader.cell("hello").locator(".cm-content").click();
    await reader.page.keyboard.press("Shift+Enter");
    await reader.state("hello", "ok");
    assert.equal(await reader.text("hello"), "hello");
    assert(await reader.cell("stream").evaluate((e) => e.contains(document.activeElement)), "the focus is not in the next cell");
    assert.equal(await reader.ran("sum"), "42");
  });

  steps.add("page: output appears while a cell runs", async ({ reader, folder }) => {
    const enough = path.join(folder, "enough");
    await reader.type("stream", untilEnough);
    await reader.run("stream");
    await reader.output("stream").getByText("line 0").waitFor();
    assert.equal(await reader.cell("stream").getAttribute("data-state"), "running");
    fs.writeFileSync(enough, "");
    await reader.state("stream", "ok");
    fs.rmSync(enough);
    await reader.cell("stream").getByRole("button", { name: "Reset" }).click();
    await reader.ran("stream");
    assert.equal(await reader.text("stream"), "line 0\nline 1\nline 2\nline 3");
  });

  steps.add("page: an interrupt ends a cell and keeps variables", async ({ reader, picture }) => {
    await reader.run("endless");
    await reader.output("endless").getByText("begun").waitFor();
    await reader.status("Running");
    await reader.page.getByRole("button", { name: "Interrupt" }).click();
    await reader.state("endless", "error");
    await reader.output("endless").locator("pre.error", { hasText: "Interrupted" }).waitFor();
    await picture(reader.page, "serve-interrupted");
    assert.equal(await reader.ran("sum"), "42");
  });

  steps.add("page: a question is asked in the cell", async ({ reader, picture }) => {
    await reader.run("ask");
    const input = reader.output("ask").getByRole("textbox");
    await input.waitFor();
    await picture(reader.page, "serve-question");
    await input.fill("Ada");
    await input.press("Enter");
    await reader.state("ask", "ok");
    assert.match(await reader.text("ask"), /Hello, Ada!$/);
    assert.equal(await reader.output("ask").locator(".ansi-fg-2.ansi-bold").innerText(), "Hello");
  });

  steps.add("page: displays are updated in place, and errors have their colours", async ({ reader }) => {
    await reader.ran("place");
    assert.match(await reader.text("place"), /^first\s+100 %\s*$/);
    await reader.ran("update");
    await reader.output("place").locator("strong", { hasText: "second" }).waitFor();
    await reader.run("wrong");
    await reader.state("wrong", "error");
    assert.match(await reader.text("wrong"), /index out of range \[40\] with length 2/);
    assert(await reader.output("wrong").locator("pre.error span[class^=ansi]").count() > 0);
  });

  steps.add("page: completion and help come from the kernel", async ({ reader, picture }) => {
    await reader.type("sum", "strings.Rep");
    await reader.page.keyboard.press("Tab");
    await reader.page.locator(".cm-tooltip-autocomplete li", { hasText: "Repeat" }).waitFor();
    await picture(reader.page, "serve-completion");
    await reader.page.keyboard.press("Escape");
    await reader.type("sum", "strings.Repeat");
    await reader.page.keyboard.press("Shift+Tab");
    await reader.page.locator(".help", { hasText: "func Repeat" }).waitFor();
    await picture(reader.page, "serve-help");
    await reader.page.keyboard.press("Escape"); // the help goes
    await reader.page.keyboard.press("Escape"); // and so does the focus
    assert.equal(await reader.page.evaluate(() => document.activeElement.className), "run");
    await reader.cell("sum").getByRole("button", { name: "Reset" }).click();
    assert.equal(await reader.code("sum"), "x + 2");
  });

  steps.add("page: widgets work, also while a cell runs", async ({ reader, picture }) => {
    await reader.ran("slider");
    const handle = reader.output("slider").locator(".noUi-handle");
    await handle.waitFor();
    await handle.focus();
    for (let i = 0; i < 4; i++) await reader.page.keyboard.press("ArrowRight");
    await reader.output("slider").getByText('"*****"').waitFor();
    await reader.run("endless");
    await reader.output("endless").getByText("begun").waitFor();
    await handle.focus();
    await reader.page.keyboard.press("ArrowRight");
    await reader.output("slider").getByText('"******"').waitFor();
    await reader.cell("slider").scrollIntoViewIfNeeded();
    await picture(reader.page, "serve-widget");
    await reader.page.getByRole("button", { name: "Interrupt" }).click();
    await reader.state("endless", "error");
  });

  steps.add("page: restart forgets variables, and run all runs them all", async ({ reader, picture }) => {
    await reader.page.getByRole("button", { name: "Restart" }).click();
    await reader.page.locator(".book-notice", { hasText: "variables are gone" }).waitFor();
    await reader.state("hello", "stale");
    await reader.run("sum");
    await reader.state("sum", "error");
    await reader.page.getByRole("button", { name: "Run all cells", exact: true }).click();
    await reader.state("doubled", "error"); // the exercise is not done
    for (const name of ["hello", "stream", "sum", "place", "table", "slider"]) await reader.state(name, "ok");
    assert.match(await reader.text("doubled"), /not implemented yet/);
    assert.equal(await reader.cell("endless").getAttribute("data-state"), "stale", "a cell to be skipped was run");
    await picture(reader.page, "serve-all");
    assert.deepEqual(await findings(reader.page), []);
  });

  steps.add("page: a cell has its seed, runs with what it needs, and is as frozen as it says", async ({ reader }) => {
    await reader.page.getByRole("button", { name: "Restart" }).click();
    await reader.state("stream", "stale");
    await reader.cell("frozen").hover();
    await reader.cell("frozen").getByRole("button", { name: "Run to here: cell frozen" }).click();
    await reader.state("frozen", "ok");
    assert.equal(await reader.text("frozen"), "40 4 1 6");
    assert.equal(await reader.ran("frozen"), "40 4 1 6", "the seed gives other numbers");
    for (const [name, state] of [["hello", "ok"], ["stream", "stale"], ["sum", "stale"]]) assert.equal(await reader.cell(name).getAttribute("data-state"), state, name);
    await reader.cell("frozen").locator(".cell-lock", { hasText: "read only" }).waitFor();
    const code = await reader.code("frozen");
    await reader.type("frozen", "changed");
    assert.equal(await reader.code("frozen"), code);
  });

  steps.add("page: solutions are not in it, and edits and kernel outlive a reload", async ({ reader, picture }) => {
    assert(!(await reader.page.content()).includes("return 2 * n"), "the solution is in the page");
    await reader.type("double", "func double(n int) int { return n + n }");
    await reader.ran("double");
    assert.equal(await reader.ran("doubled"), "42");
    await reader.page.reload();
    await reader.status("Ready");
    assert.equal(await reader.code("double"), "func double(n int) int { return n + n }");
    assert.equal(await reader.ran("sum"), "42", "the kernel is another one");
    assert(await reader.cell("double").getByRole("button", { name: "Reset" }).isVisible());
    await reader.cell("double").scrollIntoViewIfNeeded();
    await picture(reader.page, "serve-edited");
  });

  steps.add("page: a reload shows what was there, and goes on with what runs", async ({ reader, folder, picture }) => {
    const states = () => reader.page.locator("section[data-cell]").evaluateAll((all) => all.map((s) => [s.dataset.cell, s.dataset.state]));
    for (const name of ["hello", "table", "slider"]) await reader.ran(name);
    await reader.run("wrong");
    await reader.state("wrong", "error");
    const enough = path.join(folder, "enough"); // ends the cell
    await reader.type("stream", untilEnough);
    const before = await states();
    const [table, slider] = [await reader.text("table"), await reader.text("slider")];
    await reader.run("stream");
    await reader.output("stream").getByText("line 3", { exact: false }).waitFor();
    await reader.cell("slider").scrollIntoViewIfNeeded();
    const place = await reader.cell("slider").evaluate((e) => e.getBoundingClientRect().top);
    await reader.page.reload();
    await reader.state("stream", "running");
    fs.writeFileSync(enough, "");
    assert.equal(await reader.text("hello"), "hello");
    assert.equal(await reader.text("table"), table);
    assert.match(await reader.text("wrong"), /index out of range/);
    const moved = Math.abs((await reader.cell("slider").evaluate((e) => e.getBoundingClientRect().top)) - place);
    assert(moved < 150, `the page has moved by ${moved} pixels`);
    await reader.state("stream", "ok");
    const lines = (await reader.text("stream")).split("\n");
    assert.deepEqual(lines, lines.map((_, i) => `line ${i}`), "something was lost, or came twice");
    fs.rmSync(enough);
    assert.deepEqual((await states()).filter(([name]) => name !== "stream"), before.filter(([name]) => name !== "stream"));
    // Widgets are there again, and speak with the kernel.
    const handle = reader.output("slider").locator(".noUi-handle");
    await handle.waitFor();
    assert.equal(await reader.text("slider"), slider);
    await handle.focus();
    await reader.page.keyboard.press("ArrowRight");
    await reader.output("slider").getByText('"**"').waitFor();
    await picture(reader.page, "serve-reloaded");
    assert.deepEqual(await findings(reader.page), []);
  });

  steps.add("page: who starts afresh has nothing left, also after a reload", async ({ reader, server }) => {
    const kernels = (await server.kernels()).length;
    reader.page.once("dialog", (d) => d.dismiss());
    await reader.page.getByRole("button", { name: "Start afresh" }).click();
    assert.equal(await reader.text("hello"), "hello", "nothing was confirmed");
    reader.page.once("dialog", (d) => d.accept());
    await reader.page.getByRole("button", { name: "Start afresh" }).click();
    await reader.status("No kernel");
    assert.equal((await server.kernels()).length, kernels - 1);
    for (const again of [false, true]) {
      if (again) await reader.page.reload();
      await reader.page.locator(".kernel-bar").waitFor();
      assert.match(await reader.code("stream"), /range 4 /);
      for (const name of ["hello", "stream", "table"]) assert.equal(await reader.text(name), "");
    }
    await reader.type("double", "func double(n int) int { return n + n }");
    for (const name of ["double", "hello", "sum"]) await reader.ran(name);
  });

  steps.add("page: it follows its file and keeps edits and outputs", async ({ reader, folder, picture }) => {
    const file = path.join(folder, "small.md");
    const before = fs.readFileSync(file, "utf8");
    fs.writeFileSync(file, before.replace("Prose with **markup**", "Prose that was *changed*").replace("x + 2", "x + 3").replace("## Streams", "```go name=\"new\"\nx * 2\n```\n\n## Streams"));
    await reader.page.locator("em", { hasText: "changed" }).waitFor();
    assert.equal(await reader.code("sum"), "x + 3");
    assert.equal(await reader.text("sum"), "42");
    assert.equal(await reader.code("double"), "func double(n int) int { return n + n }");
    assert.equal(await reader.ran("new"), "80");
    assert.equal(await reader.ran("sum"), "43");
    // A cell without a name that has changed on both sides keeps what the reader wrote, and says so.
    const nameless = reader.page.locator('section[data-cell^="#"]');
    await nameless.locator(".cm-content").click();
    await reader.page.keyboard.press("Control+A");
    await reader.page.keyboard.insertText('"mine"');
    fs.writeFileSync(file, before.replace("a cell without a name", "another text"));
    await nameless.locator(".cell-notice", { hasText: "has changed this cell" }).waitFor();
    assert.equal(await nameless.locator(".cm-content").innerText(), '"mine"');
    await nameless.getByRole("button", { name: "Reset" }).click();
    assert.equal(await nameless.locator(".cm-content").innerText(), '"another text"');
    // A file that is not a lesson for a while takes nothing away.
    fs.writeFileSync(file, before.replace("```go name=\"sum\"", "```go nam=\"sum\""));
    await reader.page.locator(".book-notice", { hasText: "did you mean" }).waitFor();
    await picture(reader.page, "serve-broken");
    assert.equal(await reader.ran("sum"), "42");
    fs.writeFileSync(file, before);
    await reader.page.locator(".book-notice").waitFor({ state: "hidden" });
    assert.equal(await reader.page.locator("strong", { hasText: "markup" }).count(), 1);
    assert.equal(await reader.cell("new").count(), 0);
    // What is expected: the broken file's status, and what JupyterLab's library says when a kernel restarts.
    assert.deepEqual(reader.troubles.filter((t) => !/ 422 |reconnecting in 0 seconds/.test(t)), []);
  });

  steps.add("page: what a cell displays cannot run in the page", async ({ reader }) => {
    await reader.type("sum", 'display.HTML(`<img src=x onerror="document.title=\'stolen\'"><script>document.title="stolen"</script><meta http-equiv="refresh" content="0;url=/"><b id="shown">shown</b>`)');
    await reader.ran("sum");
    await reader.page.locator("#shown").waitFor();
    assert.equal(await reader.output("sum").locator("script, meta").count(), 0);
    assert.equal(await reader.page.title(), "A small lesson");
    await reader.cell("sum").getByRole("button", { name: "Reset" }).click();
  });

  steps.add("page: another reader has a kernel of their own, in the dark and on a telephone", async (s) => {
    const other = await Reader.open(s.browser, s.server.url("/lessons/small.md"), { colorScheme: "dark", viewport: { width: 390, height: 844 } });
    await other.run("sum");
    await other.state("sum", "error");
    assert.match(await other.text("sum"), /undefined: x/);
    assert.equal((await s.server.kernels()).length, 2);
    await other.page.getByRole("button", { name: "Run all cells", exact: true }).click();
    await other.state("doubled", "error");
    assert(!(await other.page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth)), "the page is wider than a telephone");
    await s.picture(other.page, "serve-narrow");
    assert.deepEqual(await findings(other.page), []);
    await other.page.setViewportSize({ width: 1280, height: 900 });
    await other.cell("slider").scrollIntoViewIfNeeded();
    await s.picture(other.page, "serve-dark");
    s.other = other;
  });

  steps.add("page: with the limit reached a third reader is told so", async (s) => {
    const third = await Reader.open(s.browser, s.server.url("/lessons/small.md"));
    await third.run("hello");
    await third.page.locator(".book-notice", { hasText: "too many kernels" }).waitFor();
    await third.status("No kernel");
    await s.picture(third.page, "serve-limit");
    assert.equal(await third.cell("hello").getAttribute("data-state"), "lost");
    await third.context.close();
  });

  steps.add("page: a kernel that is shut down is replaced when a cell runs", async (s) => {
    for (const id of await s.server.kernels()) await fetch(s.server.url("/api/kernels/" + id), { method: "DELETE" });
    await s.other.status("No kernel");
    assert.equal(await s.other.ran("hello"), "hello");
    await s.other.context.close();
  });

  steps.add("page: a server that ends and comes back is noticed, and cells run again", async (s) => {
    const start = (port) => Server.start({ program: s.program, place: s.folder, log: path.join(s.out, "serve-again.log"), port });
    let server = await start(0);
    const reader = await Reader.open(s.browser, server.url("/lessons/small.md"));
    assert.equal(await reader.ran("hello"), "hello");
    await server.stop();
    await reader.page.locator(".book-notice", { hasText: "was shut down" }).waitFor();
    server = await start(server.port);
    await reader.state("hello", "stale");
    await reader.status("No kernel");
    assert.equal(await reader.ran("hello"), "hello");
    await reader.context.close();
    await server.stop();
  });
}
