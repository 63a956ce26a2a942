package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/joshdk/go-junit"

	"github.com/resident-go/resident/lessons"
)

// TestJUnit has the report read by a parser of others.
func TestJUnit(t *testing.T) {
	var b bytes.Buffer
	err := writeJUnit(&b, []checked{
		{file: "good.md", elapsed: 1500 * time.Millisecond},
		{file: "bad & worse.md", found: []lessons.Finding{
			{File: "bad & worse.md", Line: 3, Col: 1, Rule: lessons.RuleLinks, Message: "the link <x> leads nowhere"},
			{File: "bad & worse.md", Line: 4, Col: 2, Rule: lessons.RuleLinks, Message: "the link y leads nowhere"},
			{File: "bad & worse.md", Line: 7, Col: 1, Rule: lessons.RuleRun, Message: "panic: \x1b[31mno\x1b[0m\nin line 2"},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	suites, err := junit.Ingest(b.Bytes())
	if err != nil || len(suites) != 2 {
		t.Fatalf("%v\n%s", err, b.Bytes())
	}
	if good := suites[0]; good.Name != "good.md" || good.Totals.Passed != len(lessons.Rules) || good.Totals.Failed != 0 {
		t.Errorf("got %+v", good.Totals)
	}
	bad := suites[1]
	if bad.Name != "bad & worse.md" || bad.Totals.Failed != 2 || bad.Totals.Tests != len(lessons.Rules) {
		t.Errorf("got %s, %+v", bad.Name, bad.Totals)
	}
	messages := map[string]string{}
	for _, test := range bad.Tests {
		if test.Error != nil {
			messages[test.Name] = test.Error.Error()
		}
	}
	if got, want := messages["links"], "bad & worse.md:3:1: the link <x> leads nowhere\nbad & worse.md:4:2: the link y leads nowhere"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := messages["run"], "bad & worse.md:7:1: panic: [31mno[0m\nin line 2"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestRunJUnit(t *testing.T) {
	l, err := lessons.Parse("a.md", []byte("# T\n\n```go name=\"one\"\nx := 1\n```\n\n```go\ny := 2\n```\n\n```go .noeval\nz\n```\n"))
	if err != nil {
		t.Fatal(err)
	}
	r := lessons.Unrun(l)
	r.Cells[1].Status, r.Cells[1].Elapsed = lessons.Passed, 250*time.Millisecond
	r.Cells[2].Status, r.Cells[2].Problem = lessons.Failed, "panic: <no>\ndetails"
	var b bytes.Buffer
	if err := writeRunJUnit(&b, r); err != nil {
		t.Fatal(err)
	}
	suites, err := junit.Ingest(b.Bytes())
	if err != nil || len(suites) != 1 || len(suites[0].Tests) != 3 {
		t.Fatalf("%v\n%s", err, b.Bytes())
	}
	tests := suites[0].Tests
	if tests[0].Name != "one" || tests[0].Status != junit.StatusPassed || tests[0].Duration != 250*time.Millisecond {
		t.Errorf("got %+v", tests[0])
	}
	if tests[1].Status != junit.StatusFailed || tests[1].Message != "panic: <no>" || tests[1].Error.Error() != "a.md:7:1: panic: <no>\ndetails" {
		t.Errorf("got %+v", tests[1])
	}
	if tests[2].Status != junit.StatusSkipped {
		t.Errorf("got %+v", tests[2])
	}
}
