package gradebook

import (
	"strings"
	"testing"
	"time"

	"github.com/resident-go/resident/lessons/grade"
)

// TestOverview counts how a test went, and links each student's page.
func TestOverview(t *testing.T) {
	entry := func(student string, score float64, v grade.Verdict) Entry {
		points := 0.0
		if v == grade.Passed {
			points = 2
		}
		return Entry{Student: student, Task: "steps", Score: score, Max: 4, Attempt: &grade.Attempt{Results: []grade.Result{
			{ID: "sum", Tier: grade.Outside, Cases: []grade.CaseResult{{Name: "one", Max: 2, Points: points, Verdict: v}, {Name: "two", Max: 1, Points: 1, Verdict: grade.Passed, Hidden: true}}},
			{ID: "why", Tier: grade.Person, Max: 1, Verdict: grade.Pending},
		}}}
	}
	b := &Book{Title: "A course", Tasks: []TaskInfo{{Name: "steps", Title: "Steps", Max: 4, Weight: 1, HandedIn: 6}, {Name: "more", Max: 1, Weight: 1, HandedIn: 1}}, Entries: []Entry{
		entry("a/b", 3, grade.Passed), entry("bert", 1, grade.Panicked), entry("cleo", 0.5, grade.Panicked), entry("dora", 1, grade.Wrong),
		{Student: "emil", Task: "steps", Max: 4, Attempt: &grade.Attempt{Broken: "torn"}},
		{Student: "fay", Task: "steps", Max: 4, Failed: "no disk", Attempt: &grade.Attempt{}},
	}, Extensions: Extensions{{Student: "bert", Task: "more", Excused: true}}, Drop: 1, Warnings: []string{"something <odd>"}, Failed: []string{"fay.ipynb: no disk"}}
	b.Entries[2].Percent, b.Entries[2].Late = 50, "late by 3 days"
	b.Entries[3].Extended, b.Entries[3].Due = true, time.Now()
	var page strings.Builder
	if err := b.WriteOverview(&page); err != nil {
		t.Fatal(err)
	}
	text := strings.Join(strings.Fields(page.String()), " ")
	for _, want := range []string{
		"mean 1.1, median 1 of 4", "<p>5 graded, 1 late, 1 that could not be read.</p>", "something &lt;odd&gt;", "fay.ipynb: no disk",
		`sum: one</th><td class="nowrap"><meter min="0" max="4" value="1" aria-label="passed"></meter> 1 of 4</td><td>panicked (2)</td><td class="points">0.5 / 2</td>`,
		`sum: two <small>hidden</small></th><td class="nowrap"><meter min="0" max="4" value="4" aria-label="passed"></meter> 4 of 4</td><td></td>`,
		`why <small>by a person</small></th><td class="nowrap">none yet</td>`,
		`<a href="feedback/a%252Fb/steps.html">3</a></td><td></td><td>75 % <small>without more</small></td>`,
		`<a href="feedback/bert/steps.html">1</a></td><td> <small>excused</small></td><td>25 %</td>`,
		`<a href="feedback/cleo/steps.html">0.5</a> <small>late by 3 days</small>`, `<a href="feedback/dora/steps.html">1</a> <small>extended</small>`,
		`<a href="feedback/emil/steps.html">0</a> <small>not read</small>`, `<a href="feedback/fay/steps.html">not graded</a></td><td></td><td></td>`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
}
