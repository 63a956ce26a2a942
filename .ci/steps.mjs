// Tests that go step by step: each builds on those before it, and the first that fails ends the test.

export class Steps {
  #steps = [];

  // add appends a step. What it is called with is one object that all steps share.
  add(name, run) {
    this.#steps.push({ name, run });
  }

  // run runs the steps, says how each went, and reports whether all passed. failed is called after a step that did not.
  async run(title, state, failed = async () => {}) {
    let passed = 0;
    for (const { name, run } of this.#steps) {
      const start = performance.now();
      try {
        await run(state);
      } catch (err) {
        console.log(`FAIL ${name}\n${err.stack}`);
        await failed(name);
        break;
      }
      passed++;
      console.log(`ok   ${name} (${Math.round(performance.now() - start)} ms)`);
    }
    console.log(`${title}: ${passed} of ${this.#steps.length} steps passed`);
    return passed === this.#steps.length;
  }
}
