// The course's exercises as a learner meets them: a wrong answer and what the test says to it, the hints, the right answer and its verdict. Right answers are
// those of the lessons; the wrong ones are here.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";

// exercises are all there are: the lesson, the cell to write into, a likely mistake, and what the learner is told about it and about the right answer.
export const exercises = [
  {
    lesson: "training-vs-inference-gpt.md", answer: "descend", test: "test-descend", hints: 2,
    wrong: "func descend(weights, gradient []float64, rate float64) {\n\tfor i, g := range gradient {\n\t\tweights[i] += rate * g\n\t}\n}",
    complaint: /against the slope: at \[0\]: got 1\.05, want 0\.95/, praise: "the ball lies at the bottom",
  },
  {
    lesson: "training-vs-inference-gpt.md", answer: "seal", test: "test-seal", hints: 2,
    wrong: "func seal(weights []float32) string { return fmt.Sprint(len(weights)) }",
    complaint: /A weight has changed, and the seal has not/, praise: "the seal holds",
  },
  {
    lesson: "training-vs-inference-gpt.md", answer: "soften", test: "test-soften", hints: 2,
    wrong: "func soften(scores []float64, temperature float64) []float64 {\n\tp, total := make([]float64, len(scores)), 0.0\n" +
      "\tfor i, s := range scores {\n\t\tp[i] = math.Exp(s)\n\t\ttotal += p[i]\n\t}\n\tfor i := range p {\n\t\tp[i] /= total\n\t}\n\treturn p\n}",
    complaint: /Divide the scores by the temperature/, praise: "soft enough",
  },
  {
    lesson: "training-vs-inference-gpt.md", answer: "nucleus", test: "test-nucleus", hints: 2,
    wrong: "func nucleus(p []float64, top float64) []float64 { return p }",
    complaint: /top-p 0\.5: one is enough: at \[0\]: got 0\.1, want 0/, praise: "nothing but the nucleus",
  },
  {
    lesson: "training-vs-inference-gpt.md", answer: "halt", test: "test-halt", hints: 1,
    wrong: "func halt(text string, stops []string) string {\n\treturn text[:strings.Index(text, stops[0])]\n}",
    complaint: /slice bounds out of range \[:-1\]/, praise: "stopped in time",
  },
  {
    lesson: "prompts-and-context.md", answer: "cosine", test: "test-cosine", hints: 2,
    wrong: "func cosine(a, b []float64) float64 {\n\tdot := 0.0\n\tfor i := range a {\n\t\tdot += a[i] * b[i]\n\t}\n\treturn dot\n}",
    complaint: /an angle of 45 degrees: got 1, want 0\.7071/, praise: "pointing the right way",
  },
  {
    lesson: "three-ways.md", answer: "judge", test: "test-judge", hints: 2,
    wrong: "func judge(ranks []int, k int) (recall, mrr float64) {\n\tn := 0.0\n\tfor _, r := range ranks {\n\t\tif r == 0 {\n\t\t\tcontinue\n\t\t}\n" +
      "\t\tn++\n\t\tif r <= k {\n\t\t\trecall++\n\t\t}\n\t\tmrr += 1 / float64(r)\n\t}\n\treturn recall / n, mrr / n\n}",
    complaint: /two among the first two: at result 1: got 0\.6+, want 0\.5/, praise: "a fair examiner",
  },
  {
    lesson: "three-ways.md", answer: "contrast", test: "test-contrast", hints: 2,
    wrong: "func contrast(scores [][]float64, temperature float64) (loss float64) {\n\tfor i, row := range scores {\n\t\tsum := 0.0\n" +
      "\t\tfor _, s := range row {\n\t\t\tsum += math.Exp(s)\n\t\t}\n\t\tloss -= row[i] - math.Log(sum)\n\t}\n\treturn loss / float64(len(scores))\n}",
    complaint: /a low temperature: got 0\.31326\d*, want 4\.5398\d*e-05/, praise: "opposites attract attention",
  },
  {
    lesson: "three-ways.md", answer: "fuse", test: "test-fuse", hints: 2,
    wrong: "func fuse(piles ...[]string) []string { return slices.Concat(piles...) }",
    complaint: /second twice beats first once: got 4 elements, want 3: got \["a", "b", "c", "b"\], want \["b", "a", "c"\]/, praise: "one pile",
  },
  {
    lesson: "three-ways.md", answer: "windows", test: "test-windows", hints: 2,
    wrong: "func windows(words []string, size, overlap int) (all [][]string) {\n\tfor from := 0; from < len(words); from += size - overlap {\n" +
      "\t\tall = append(all, words[from:min(from+size, len(words))])\n\t}\n\treturn all\n}",
    complaint: /an overlap of one, and an even end: got 3 elements, want 2/, praise: "a clean cut",
  },
  {
    lesson: "three-ways.md", answer: "merge", test: "test-merge", hints: 2,
    wrong: "func merge(w, b, a [][]float64, scale float64) [][]float64 {\n\tfor i := range w {\n\t\tfor k := range a {\n\t\t\tfor j := range a[k] {\n" +
      "\t\t\t\tw[i][j] += scale * b[i][k] * a[k][j]\n\t\t\t}\n\t\t}\n\t}\n\treturn w\n}",
    complaint: /w stays as it is: at \[0\]\[0\]: got 11, want 1/, praise: "it sticks",
  },
  {
    lesson: "base-to-assistant.md", answer: "choose", test: "test-choose", hints: 2,
    wrong: "func choose(logProbs []float64, options []string) int {\n\tbest := 0\n\tfor i, l := range logProbs {\n\t\tif l > logProbs[best] {\n\t\t\tbest = i\n\t\t}\n\t}\n\treturn best\n}",
    complaint: /-6 for 12 characters beats -4 for 2: got 0, want 1/, praise: "chosen fairly",
  },
  {
    lesson: "base-to-assistant.md", answer: "targets", test: "test-targets", hints: 1,
    wrong: "func targets(ids []int32, counts []bool) []int32 {\n\ty := make([]int32, len(ids)-1)\n\tfor i := range y {\n\t\ty[i] = -1\n" +
      "\t\tif counts[i] {\n\t\t\ty[i] = ids[i+1]\n\t\t}\n\t}\n\treturn y\n}",
    complaint: /the last two count: at \[1\]: got -1, want 12/, praise: "masked",
  },
  {
    lesson: "base-to-assistant.md", answer: "ece", test: "test-ece", hints: 2,
    wrong: "func ece(sure []float64, right []bool, groups int) float64 {\n\twrong := 0.0\n\tfor _, r := range right {\n\t\tif !r {\n\t\t\twrong++\n\t\t}\n\t}\n" +
      "\treturn wrong / float64(len(right))\n}",
    complaint: /90 % sure and always right: got 0, want 0\.1/, praise: "calibrated",
  },
  {
    lesson: "base-to-assistant.md", answer: "dpo-loss", test: "test-dpo", hints: 1,
    wrong: "func preference(preferred, other, refPreferred, refOther, beta float64) float64 {\n\treturn math.Log1p(math.Exp(-beta * (preferred - other)))\n}",
    complaint: /a model that is its own reference: got 0\.59813\d*, want 0\.693147/, praise: "preferred",
  },
  {
    lesson: "base-to-assistant.md", answer: "hold", test: "test-hold", hints: 1,
    wrong: "func hold(text, word string) int { return len(word) - 1 }",
    complaint: /ar may become arsenic: got 6, want 2/, praise: "patient",
  },
  {
    lesson: "base-to-assistant.md", answer: "cache-size", test: "test-cache", hints: 1,
    wrong: "func conversations(memory, weights, layers, width, tokens int) int {\n\treturn memory / (2 * layers * width * tokens * 2)\n}",
    complaint: /Llama 2 7B on 80 GB: got 190, want 158/, praise: "room for 158",
  },
];

// praised finds a line for each case that passed, and the praise behind them.
export function praised(shown, praise) {
  const lines = shown.trim().split("\n");
  assert.equal(lines.pop(), praise);
  assert(lines.length > 0 && lines.every((l) => l.startsWith("✓ ")), shown);
}

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
