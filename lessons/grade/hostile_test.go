package grade

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/resident-go/resident/lessons"
	"github.com/resident-go/resident/lessons/submission"
)

// TestHostile: what is handed in to take long is laid beside the lesson in a moment. No sandbox holds the grader itself.
func TestHostile(t *testing.T) {
	if testing.Short() {
		t.Skip("megabytes of source take their time, and ten times that with the race detector")
	}
	l, err := lessons.Parse("l.md", []byte(threeExercises))
	if err != nil {
		t.Fatal(err)
	}
	g := &Grader{Lesson: l}
	if err := g.read(); err != nil {
		t.Fatal(err)
	}
	g.together = &together{} // so that there is a plan
	answer := func(source string) submission.Cell { return submission.Cell{Names: []string{"double"}, Source: source} }
	many := func(n int, source string) (cells []submission.Cell) {
		for i := range n {
			cells = append(cells, submission.Cell{Source: fmt.Sprintf(source, i)})
		}
		return cells
	}
	for name, cells := range map[string][]submission.Cell{
		"semicolons":           {answer("if " + strings.Repeat(";", 60_000))},
		"many semicolons":      {answer("if " + strings.Repeat(";", 10<<20))},
		"cells of semicolons":  many(100, "if %d "+strings.Repeat(";", 10_000)),
		"parentheses":          {answer(strings.Repeat("(", 10<<20))},
		"a long answer":        {answer("var x = 1" + strings.Repeat("+1", 5<<20))},
		"a long cell":          many(1, "var double%d = 1"+strings.Repeat("+1", 5<<20)),
		"cells that go on":     many(8_000, "func f%d() {\n"+strings.Repeat("\tuse(1, 2, 3)\n", 50)+"}"),
		"cells that are alike": many(8_000, "func double(x int) int { return %d }"),
	} {
		start := processorTime()
		w := g.newGrading(g.match(cells))
		w.prepare()
		w.plan()
		if elapsed := processorTime() - start; elapsed > 20*time.Second {
			t.Errorf("%s: took %v", name, elapsed)
		} else {
			t.Logf("%s: %v", name, elapsed)
		}
	}
}

// processorTime is what this process has used. What others do to the machine is not in it.
func processorTime() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
