// The course's exercises as a learner meets them: a wrong answer and what the test says to it, the hints, the right answer and its verdict. Right answers are
// those of the lessons; the wrong ones are here.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";

// exercises are all there are: the lesson, the cell to write into, a likely mistake, and what the learner is told about it and about the right answer.
export const exercises = [
  {
    lesson: "training-vs-inference-gpt.md", answer: "descend", test: "test-descend", hints: 2,
    wrong: "func descend(weights, gradient []float64, rate float64) {\n\tfor i, g := range gradient {\n\t\tweights[i] += rate * g\n\t}\n}",
    complaint: /weight 0 should be 0\.95 now, it is 1\.05/, praise: "the ball lies at the bottom",
  },
  {
    lesson: "training-vs-inference-gpt.md", answer: "seal", test: "test-seal", hints: 2,
    wrong: "func seal(weights []float32) string { return fmt.Sprint(len(weights)) }",
    complaint: /the last bit of a weight has changed, and the seal has not/, praise: "the seal holds",
  },
  {
    lesson: "training-vs-inference-gpt.md", answer: "soften", test: "test-soften", hints: 2,
    wrong: "func soften(scores []float64, temperature float64) []float64 {\n\tp, total := make([]float64, len(scores)), 0.0\n" +
      "\tfor i, s := range scores {\n\t\tp[i] = math.Exp(s)\n\t\ttotal += p[i]\n\t}\n\tfor i := range p {\n\t\tp[i] /= total\n\t}\n\treturn p\n}",
    complaint: /cooler, the favourite should be stronger/, praise: "soft enough",
  },
  {
    lesson: "training-vs-inference-gpt.md", answer: "nucleus", test: "test-nucleus", hints: 2,
    wrong: "func nucleus(p []float64, top float64) []float64 { return p }",
    complaint: /top-p 0\.5: want \[0 1 0 0\], got \[0\.1 0\.5 0\.15 0\.25\]/, praise: "nothing but the nucleus",
  },
  {
    lesson: "training-vs-inference-gpt.md", answer: "halt", test: "test-halt", hints: 1,
    wrong: "func halt(text string, stops []string) string {\n\treturn text[:strings.Index(text, stops[0])]\n}",
    complaint: /slice bounds out of range \[:-1\]/, praise: "stopped in time",
  },
  {
    lesson: "prompts-and-context.md", answer: "cosine", test: "test-cosine", hints: 2,
    wrong: "func cosine(a, b []float64) float64 {\n\tdot := 0.0\n\tfor i := range a {\n\t\tdot += a[i] * b[i]\n\t}\n\treturn dot\n}",
    complaint: /an angle of 45 degrees: .* should be 0\.7071, it is 1\.0000/, praise: "pointing the right way",
  },
  {
    lesson: "three-ways.md", answer: "judge", test: "test-judge", hints: 2,
    wrong: "func judge(ranks []int, k int) (recall, mrr float64) {\n\tn := 0.0\n\tfor _, r := range ranks {\n\t\tif r == 0 {\n\t\t\tcontinue\n\t\t}\n" +
      "\t\tn++\n\t\tif r <= k {\n\t\t\trecall++\n\t\t}\n\t\tmrr += 1 / float64(r)\n\t}\n\treturn recall / n, mrr / n\n}",
    complaint: /want recall 0\.500 and MRR 0\.438, got 0\.667 and 0\.583/, praise: "a fair examiner",
  },
  {
    lesson: "three-ways.md", answer: "contrast", test: "test-contrast", hints: 2,
    wrong: "func contrast(scores [][]float64, temperature float64) (loss float64) {\n\tfor i, row := range scores {\n\t\tsum := 0.0\n" +
      "\t\tfor _, s := range row {\n\t\t\tsum += math.Exp(s)\n\t\t}\n\t\tloss -= row[i] - math.Log(sum)\n\t}\n\treturn loss / float64(len(scores))\n}",
    complaint: /a low temperature: .* should be 0\.000045, it is 0\.313262/, praise: "opposites attract attention",
  },
  {
    lesson: "three-ways.md", answer: "fuse", test: "test-fuse", hints: 2,
    wrong: "func fuse(piles ...[]string) []string { return slices.Concat(piles...) }",
    complaint: /second twice beats first once: .* should be \[b a c\], it is \[a b c b\]/, praise: "one pile",
  },
  {
    lesson: "three-ways.md", answer: "windows", test: "test-windows", hints: 2,
    wrong: "func windows(words []string, size, overlap int) (all [][]string) {\n\tfor from := 0; from < len(words); from += size - overlap {\n" +
      "\t\tall = append(all, words[from:min(from+size, len(words))])\n\t}\n\treturn all\n}",
    complaint: /should be "a b c\|c d e", it is "a b c\|c d e\|e"/, praise: "a clean cut",
  },
  {
    lesson: "three-ways.md", answer: "merge", test: "test-merge", hints: 2,
    wrong: "func merge(w, b, a [][]float64, scale float64) [][]float64 {\n\tfor i := range w {\n\t\tfor k := range a {\n\t\t\tfor j := range a[k] {\n" +
      "\t\t\t\tw[i][j] += scale * b[i][k] * a[k][j]\n\t\t\t}\n\t\t}\n\t}\n\treturn w\n}",
    complaint: /rank 1: w itself has changed/, praise: "it sticks",
  },
];

// solutions returns the code of a lesson's cells by name, as it is with its solutions.
export function solutions(program, lesson) {
  const built = execFileSync(program, ["build", lesson, "--for", "solution"], { encoding: "utf8", maxBuffer: 1 << 26 });
  const code = new Map();
  for (const m of built.matchAll(/^```go .*?name="([^"]+)".*\n([\s\S]*?)^```$/gm)) code.set(m[1], m[2].replace(/\n$/, ""));
  return code;
}

// openHints opens each of an exercise's hints, as many as there are between two elements of the page, and finds something in it to read.
export async function openHints(page, from, to, want) {
  const all = page.locator("details", { has: page.locator("summary", { hasText: /^Hint \d$/ }) });
  let opened = 0;
  for (let i = 0; i < (await all.count()); i++) {
    const hint = all.nth(i);
    if (!(await between(hint, from, to))) continue;
    await hint.locator("summary").click();
    const text = hint.locator("p").first();
    await text.waitFor();
    assert((await text.innerText()).length > 20, "the hint says nothing");
    opened++;
  }
  assert.equal(opened, want, "hints that could be opened");
}

async function between(hint, from, to) {
  const place = (e, other) => e.compareDocumentPosition(other);
  const after = (await hint.evaluate(place, await from.elementHandle())) & 2; // Node.DOCUMENT_POSITION_PRECEDING
  const before = (await hint.evaluate(place, await to.elementHandle())) & 4; // Node.DOCUMENT_POSITION_FOLLOWING
  return after && before;
}
