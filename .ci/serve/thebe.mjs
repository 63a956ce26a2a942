// thebe-core on a page of another origin: a book that has its cells run by "resident serve".

import assert from "node:assert/strict";
import fs from "node:fs";
import http from "node:http";
import path from "node:path";

const page = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">
<link rel="stylesheet" href="thebe-core.css"><script src="thebe-core.min.js"></script><div id="cell"></div>`;

// serveBook serves thebe-core's files and a page that loads them. It returns the server.
export async function serveBook(thebe) {
  const server = http.createServer((request, response) => {
    const name = path.basename(new URL(request.url, "http://x").pathname);
    const file = path.join(thebe, "dist", "lib", name);
    if (!name) return response.setHeader("Content-Type", "text/html").end(page);
    if (!fs.existsSync(file)) return response.writeHead(404).end();
    response.setHeader("Content-Type", name.endsWith(".css") ? "text/css" : "text/javascript");
    fs.createReadStream(file).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

export const originOf = (server) => `http://127.0.0.1:${server.address().port}`;

// connect runs in the page.
async function connect({ base, token }) {
  const { module } = window.thebeCore;
  const config = module.makeConfiguration({ kernelOptions: { kernelName: "resident", path: "book.md" }, serverSettings: { baseUrl: base, token, appendToken: true } });
  const rendermime = module.makeRenderMimeRegistry();
  const server = new module.ThebeServer(config);
  server.connectToJupyterServer();
  await server.ready;
  window.session = await server.startNewSession(rendermime);
  window.cell = new module.ThebeCodeCell("one", "book", "", config, {}, rendermime);
  window.cell.attachToDOM(document.querySelector("#cell"));
  window.cell.attachSession(window.session);
}

// addThebe adds the steps. The state has browser, server, token, book and picture; the server allows the book's origin.
export function addThebe(steps) {
  steps.add("thebe: a page of an origin that is allowed runs a cell", async (s) => {
    const tab = await s.browser.newPage();
    await tab.goto(originOf(s.book));
    await tab.evaluate(connect, { base: s.server.base, token: s.token });
    await tab.evaluate(() => window.cell.execute(`fmt.Println("through thebe")\n[]struct{ A int }{{1}, {2}}`));
    await tab.locator("#cell").getByText("through thebe").waitFor();
    await tab.locator("#cell tbody tr").nth(1).waitFor();
    await s.picture(tab, "thebe");
    await tab.evaluate(() => window.session.shutdown());
    assert.deepEqual(await s.server.kernels(), []);
    await tab.close();
  });

  steps.add("thebe: a page of another origin is refused, even with the token", async (s) => {
    const other = await serveBook(s.thebe);
    const tab = await s.browser.newPage();
    await tab.goto(originOf(other));
    const failed = await tab.evaluate(connect, { base: s.server.base, token: s.token }).then(() => "", String);
    assert.match(failed, /not reachable/);
    const socket = await tab.evaluate((url) => new Promise((resolve) => {
      const ws = new WebSocket(url);
      ws.onopen = () => resolve("open");
      ws.onerror = () => resolve("refused");
    }), s.server.url("/api/kernels/none/channels").replace("http", "ws"));
    assert.equal(socket, "refused");
    await tab.close();
    other.close();
  });
}
