// The playground of a page, used as a reader does: with the keyboard, from disk, without a network.

import assert from "node:assert/strict";

// addPlayground adds the steps for a page that has one. open and findings are those of pages.mjs.
export function addPlayground(steps, name, file, { open, findings, picture }) {
  const part = (page, name) => page.locator(`[data-part="${name}"]`).first();
  const says = (page, pattern) => part(page, "status").filter({ hasText: pattern }).waitFor();
  const row = async (page, label) => (await part(page, "dashboard").locator("tr", { hasText: label }).locator("td").innerText()).trim();
  let shown;

  steps.add(`${name}: the model sleeps until it is wanted`, async ({ browser }) => {
    shown = await open(browser, file, { scheme: "light", width: 1280 });
    const { page } = shown;
    assert.equal(page.workers().length, 0, "a worker runs before anybody asked for it");
    assert(await part(page, "open").isHidden());
    await part(page, "start").focus();
    await page.keyboard.press("Enter");
    await part(page, "next").locator("li").first().waitFor();
    assert.equal(await part(page, "mode").innerText(), "FROZEN");
    assert.equal(await page.evaluate(() => document.activeElement.dataset.part), "prompt", "the keyboard goes on at the prompt");
    assert((await part(page, "layers").locator("li").count()) >= 4, "the layers are listed");
  });

  steps.add(`${name}: an answer comes token by token, and no weight moves`, async () => {
    const { page } = shown;
    await page.evaluate(() => {
      globalThis.pieces = 0;
      new MutationObserver(() => globalThis.pieces++).observe(document.querySelector('[data-part="answer"]'), { childList: true });
    });
    const digest = await part(page, "facts").innerText();
    await part(page, "template").selectOption({ index: 2 });
    assert.notEqual(await part(page, "prompt").inputValue(), "");
    await part(page, "prompt").focus();
    await page.keyboard.press("Control+Enter");
    await says(page, /complete/);
    assert((await page.evaluate(() => globalThis.pieces)) > 10, "the answer came in one piece");
    assert.equal(await row(page, "weight updates"), "0 (locked)");
    assert.match(await row(page, "tokens generated"), /^40, \d+ a second/);
    assert.match(await row(page, "response time"), /first token after/);
    assert.match(await row(page, "cost per query"), /FLOP/);
    assert.equal(await part(page, "facts").innerText(), digest, "the digest after the question is the one before it");
  });

  steps.add(`${name}: the distribution follows the dials`, async () => {
    const { page } = shown;
    const numbers = () => part(page, "next").locator(".numbers").allInnerTexts();
    const first = await numbers();
    const dial = page.locator('[data-option="temperature"]').first();
    await dial.focus();
    for (let i = 0; i < 40; i++) await page.keyboard.press("ArrowLeft");
    assert.equal(await dial.inputValue(), "0");
    await part(page, "next").locator(".numbers", { hasText: "100.0 %" }).waitFor();
    const cold = await numbers();
    assert.notDeepEqual(cold, first);
    assert.equal(cold.filter((n) => /never/.test(n)).length, cold.length - 1, "at temperature 0 one token is left");
    const ask = async () => {
      await part(page, "ask").click();
      await says(page, /complete/);
      return part(page, "answer").innerText();
    };
    assert.equal(await ask(), await ask(), "at temperature 0 the answer is always the same");
    await page.locator('[data-option="stop"]').first().fill("e");
    assert.doesNotMatch((await ask()).slice((await part(page, "prompt").inputValue()).length), /e/, "the answer goes on behind a stop text");
    await picture(page, `${name}-frozen`);
  });

  steps.add(`${name}: a copy learns, answers meanwhile, is frozen, and forgets again`, async () => {
    const { page } = shown;
    const digest = await part(page, "facts").innerText();
    await part(page, "training").focus();
    await page.keyboard.press("Space");
    await part(page, "losses").filter({ hasText: /^step \d+: loss \d\.\d+, [\d.]+ M weight updates/ }).waitFor();
    assert.equal(await part(page, "mode").innerText(), "TRAINING");
    await part(page, "ask").click();
    await says(page, /complete/);
    assert.match(await row(page, "weight updates"), /^\d+\u202f\d{3}\u202f\d{3}$/);
    await picture(page, `${name}-training`);
    await part(page, "training").uncheck();
    await says(page, /is frozen/);
    assert.equal(await part(page, "mode").innerText(), "FROZEN");
    assert.notEqual(await part(page, "facts").innerText(), digest, "the digest has not changed");
    await part(page, "ask").click();
    await says(page, /complete/);
    assert.equal(await row(page, "weight updates"), "0 (locked)");
    await part(page, "restore").click();
    await says(page, /shipped/);
    assert.equal(await part(page, "facts").innerText(), digest, "the weights are not those that were shipped");
  });

  steps.add(`${name}: a little training on a text of one's own`, async () => {
    const { page } = shown;
    await page.locator("summary", { hasText: "text of your own" }).first().click();
    await part(page, "own").fill("too short");
    await part(page, "little").click();
    await says(page, /has \d+ tokens, want at least/);
    await part(page, "own").fill("The moon is made of cheese. ".repeat(60));
    await part(page, "little").click();
    await says(page, /is frozen/);
    assert.match(await part(page, "losses").innerText(), /^step 3: /);
    assert.match(await part(page, "curve").locator("svg").getAttribute("aria-label"), /^The loss of 3 steps, from/);
    assert(await part(page, "training").isEnabled());
    assert.deepEqual(await findings(page), []);
    assert.deepEqual(shown.troubles, []);
    await shown.close();
  });

  for (const [scheme, width] of [["light", 1280], ["dark", 390]]) {
    steps.add(`${name}: awake, ${scheme}, ${width} wide`, async ({ browser }) => {
      const { page, troubles, close } = await open(browser, file, { scheme, width });
      await part(page, "start").click();
      await part(page, "next").locator("li").first().waitFor();
      await page.locator("details").evaluateAll((all) => all.forEach((d) => (d.open = true)));
      assert.deepEqual(await findings(page), []);
      assert(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "the page is wider than the window");
      assert.deepEqual(troubles, []);
      await picture(page, `${name}-awake-${scheme}-${width}`);
      await close();
    });
  }
}
