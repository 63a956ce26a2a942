package main

import (
	"bytes"
	"strings"
	"testing"
)

// answering is a racer, as a shell command, that says each of these in turn.
func answering(ready string, answers ...string) string {
	script := "echo " + ready
	for _, a := range answers {
		script += "; read threads; echo " + a
	}
	return "sh -c '" + script + "'"
}

func TestRace(t *testing.T) {
	var out bytes.Buffer
	err := race(&out, "Task", []int{1, 2}, 1, 3, []string{
		"ours=" + answering("ready 1 this one", "9 5", "9 5", "0.1 1", "0.2 2", "0.3 3", "0.2 4", "0.1 5", "0.2 6"),
		"peer=" + answering("hello; echo ready 0 another", "8 5", "8 5", "0.2 1", "0.1 2", "0.3 3.5", "0.1 4", "0.8 5", "0.1 6.25"),
		"gone=" + answering("ready 0 a third", "1 1"),
		"lost=false",
	})
	if err != nil {
		t.Fatal(err)
	}
	rows := []struct{ start, rest string }{
		{"BenchmarkTask/1t 3 ", "100 ours-ms 300 peer-ms 1 peer-low 8 peer-high 0.5 peer-off"},
		{"BenchmarkTask/2t 3 ", "200 ours-ms 100 peer-ms 0.5 peer-low 0.5 peer-high 0.25 peer-off"},
		{"BenchmarkTask/memory 1 ", ""},
		{"ours: ", "this one"},
		{"peer: ", "another"},
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if len(lines) != len(rows) {
		t.Fatalf("got %d lines, want %d:\n%s", len(lines), len(rows), out.String())
	}
	for i, row := range rows {
		rest, ok := strings.CutPrefix(lines[i], row.start)
		if !ok || row.rest != "" && rest != row.rest {
			t.Errorf("got %s, want %s%s", lines[i], row.start, row.rest)
		}
	}
	if f := strings.Fields(lines[2]); len(f) != 8 || f[3] != "ours-MB" || f[5] != "ours-over-MB" || f[7] != "peer-MB" {
		t.Errorf("memory: %s", lines[2])
	}
}

func TestRaceErrors(t *testing.T) {
	ready := answering("ready 0 x", "1 1")
	rows := []struct {
		racers []string
		want   string
	}{
		{nil, "no racers"},
		{[]string{"ours"}, `racer "ours": want NAME=COMMAND`},
		{[]string{"ours=false", "peer=" + ready}, "ours: ended before it was ready"},
		{[]string{"ours=" + answering("ready 0 x", "slow"), "peer=" + ready}, "Task: we did not finish"},
	}
	for _, row := range rows {
		if err := race(&bytes.Buffer{}, "Task", []int{1}, 0, 1, row.racers); err == nil || err.Error() != row.want {
			t.Errorf("%q: got %v, want %s", row.racers, err, row.want)
		}
	}
}
