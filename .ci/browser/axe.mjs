// axe on a page: what people who see, hear or point differently would stumble over.

import assert from "node:assert/strict";
import fs from "node:fs";
import { createRequire } from "node:module";

const axe = fs.readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

// findings are axe's, one line each. axe runs in a world of its own, which the page's policy does not reach. Rules can be turned off:
// {"rule": {enabled: false}}.
export async function findings(page, rules = {}) {
  const session = await page.context().newCDPSession(page);
  const { frameTree } = await session.send("Page.getFrameTree");
  const { executionContextId: contextId } = await session.send("Page.createIsolatedWorld", { frameId: frameTree.frame.id });
  const evaluate = async (expression) => {
    const { result, exceptionDetails } = await session.send("Runtime.evaluate", { expression, contextId, awaitPromise: true, returnByValue: true });
    assert(!exceptionDetails, exceptionDetails?.exception?.description);
    return result.value;
  };
  await evaluate(axe + ";0");
  return evaluate(`axe.run(document, {resultTypes: ["violations"], rules: ${JSON.stringify(rules)}}).then(({violations}) =>
    violations.flatMap((v) => v.nodes.map((n) => v.id + ": " + v.help + ": " + n.html.slice(0, 160))))`);
}
