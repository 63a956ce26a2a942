// The course's playground, where the front end is VS Code's: its widgets, driven through their comms.

import assert from "node:assert/strict";
import fs from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

export function addCourse(steps, file, run) {
  steps.add("the course's playground answers, trains and freezes", async ({ client }) => {
    const models = [];
    client.registerCommTarget("jupyter.widget", (comm, msg) => {
      const model = { comm, state: msg.content.data.state };
      comm.onMsg = ({ content }) => {
        if (content.data.method === "update") Object.assign(model.state, content.data.state);
      };
      models.push(model);
    });
    const cells = JSON.parse(fs.readFileSync(file, "utf8")).cells.filter((c) => c.cell_type === "code");
    for (const { id, source } of cells) {
      const { reply } = await run(client, [].concat(source).join(""));
      assert.equal(reply.status, "ok", `cell ${id}: ${reply.ename} ${reply.evalue}`);
    }

    const control = (label) => models.find((m) => m.state.description === label) ?? assert.fail(`no widget ${label}`);
    const click = (label) => control(label).comm.send({ method: "custom", content: { event: "click" } }).done;
    const set = (label, value) => control(label).comm.send({ method: "update", state: { value }, buffer_paths: [] }).done;
    const shows = async (pattern) => {
      const end = performance.now() + 120_000;
      while (!models.some((m) => m.state._model_name === "HTMLModel" && pattern.test(m.state.value))) {
        assert(performance.now() < end, `no widget shows ${pattern}`);
        await pause(20);
      }
    };

    await shows(/FROZEN/);
    await set("prompt", "If a Prism");
    await set("temperature", 0);
    await shows(/drawn with temperature 0, /);
    await click("Ask");
    await shows(/^<b>If a Prism<\/b>./);
    await shows(/0 \(locked\)/);
    await set("training", true);
    await shows(/TRAINING/);
    await shows(/steps of training<\/th><td[^>]*>[1-9]/);
    await set("training", false);
    await shows(/FROZEN/);
    await click("Restore");
  });
}
