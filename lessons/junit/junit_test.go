package junit

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/joshdk/go-junit"
)

// TestWrite has a report read by a parser of others.
func TestWrite(t *testing.T) {
	var b bytes.Buffer
	err := Write(&b, slices.Values([]Suite{
		{Name: "a & <b>", Elapsed: 1500 * time.Millisecond, Cases: []Case{
			{Name: "good", Elapsed: 250 * time.Millisecond},
			{Name: "bad", Outcome: Failed, Message: "no \x1b[31mway", Type: "wrong", Text: "no way\nat all\x00"},
			{Name: "broken", Outcome: Broken, Message: "torn"},
			{Name: "left", Outcome: Skipped, Message: "a person has to read it"},
		}},
		{Name: "none"},
	}))
	if err != nil {
		t.Fatal(err)
	}
	suites, err := junit.Ingest(b.Bytes())
	if err != nil || len(suites) != 2 || len(suites[0].Tests) != 4 || suites[0].Name != "a & <b>" || suites[0].Totals.Duration != 250*time.Millisecond {
		t.Fatalf("%v\n%s", err, b.Bytes())
	}
	for i, want := range []struct {
		status        junit.Status
		message, text string
	}{
		{junit.StatusPassed, "", ""}, {junit.StatusFailed, "no [31mway", "no way\nat all"}, {junit.StatusError, "torn", ""},
		{junit.StatusSkipped, "a person has to read it", ""},
	} {
		test := suites[0].Tests[i]
		text := ""
		if test.Error != nil {
			text = test.Error.Error()
		}
		if test.Status != want.status || test.Message != want.message || want.text != "" && text != want.text || test.Classname != "a & <b>" {
			t.Errorf("%s: got %s, %q, %q", test.Name, test.Status, test.Message, text)
		}
	}
	for _, counts := range []string{`tests="4" failures="1" errors="1" time="1.500"`, `tests="4" failures="1" errors="1" skipped="1" time="1.500"`, `<testsuite name="none" tests="0"`} {
		if !bytes.Contains(b.Bytes(), []byte(counts)) {
			t.Errorf("%s is not in\n%s", counts, b.Bytes())
		}
	}
}
