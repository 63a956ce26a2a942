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
