// JupyterLab whose kernels are those of "resident serve": Jupyter Server as its client.

import assert from "node:assert/strict";
import path from "node:path";

import { Lab } from "../browser/lab.mjs";

// addLab adds the steps. The state has browser, server, token, venv, out and picture.
export function addLab(steps) {
  steps.add("lab: JupyterLab uses the server's kernels", async (s) => {
    s.lab = await Lab.start({
      jupyter: path.join(s.venv, "bin", "jupyter"), folder: path.join(s.out, "lab"), prefix: s.out,
      flags: [`--gateway-url=${s.server.base}`, `--GatewayClient.auth_token=${s.token}`],
    });
    const book = await s.lab.open(s.browser, "remote.ipynb", [`fmt.Println("through the gateway")\n6 * 7`, `fmt.Print(os.Getppid() > 1)`]);
    assert.match(await book.run(0), /through the gateway\s+42/);
    assert.equal((await s.server.kernels()).length, 1);
    await s.picture(book.page, "lab");
    assert.equal(await book.run(1), "true");
    await book.page.close();
    await s.lab.stop();
  });
}
