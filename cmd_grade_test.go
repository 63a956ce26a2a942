package main

import (
	"bytes"
	"testing"

	"github.com/resident-go/resident/lessons/grade"
	"github.com/resident-go/resident/lessons/gradebook"
)

// TestSayGraded: what students call themselves and their files, and what they hand in, does not speak to the terminal.
func TestSayGraded(t *testing.T) {
	const name = "eve\r\x1b[2Kanna\u009b1A\u202e"
	for _, row := range []struct {
		say  func(p *Program)
		want string
	}{
		{func(p *Program) {
			p.sayGraded(&gradebook.Entry{Student: name, Task: "hw", Attempt: &grade.Attempt{Broken: "no\nanna, hw: 9 of 9"}}, false)
		}, "eve��[2Kanna�1A�, hw: 0 of 0: no�anna, hw: 9 of 9\n"},
		{func(p *Program) {
			p.sayGraded(&gradebook.Entry{Student: "eve", Task: "hw", Failed: "a\n\x1b[2Jb", Attempt: &grade.Attempt{}}, false)
		}, "eve, hw: not graded: a\n  �[2Jb\n"},
		{func(p *Program) { p.warn([]string{name + "\nanna, hw: 9 of 9"}) }, "resident: eve��[2Kanna�1A�\n  anna, hw: 9 of 9\n"},
	} {
		var said bytes.Buffer
		row.say(&Program{Stderr: &said})
		if got := said.String(); got != row.want {
			t.Errorf("%q, want %q", got, row.want)
		}
	}
}
