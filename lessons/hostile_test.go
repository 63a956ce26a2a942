package lessons_test

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/resident-go/resident/lessons"
)

// TestHostile: what is made to take long, or to go deep, is read in a moment, or refused.
func TestHostile(t *testing.T) {
	if testing.Short() {
		t.Skip("takes five seconds")
	}
	aliases := "" // each is twice the one before
	for i := range 40 {
		aliases += fmt.Sprintf("  a%d: &a%[1]d [*a%d, *a%[2]d]\n", i+1, i)
	}
	for name, src := range map[string]string{
		"cells":           strings.Repeat("```go\n```\n", 20_000),
		"names":           strings.Repeat("```go name=\"a\"\n```\n", 5_000),
		"prose":           strings.Repeat("a\n\n\n", 50_000),
		"regions":         strings.Repeat("<!-- #region -->\nx\n<!-- #endregion -->\n", 10_000),
		"open regions":    strings.Repeat("<!-- #region -->\n", 20_000),
		"closed regions":  strings.Repeat("<!-- #endregion -->\n", 20_000),
		"fences in them":  strings.Repeat("<!-- #region -->\n```\n<!-- #endregion -->\n", 20_000),
		"fences behind":   strings.Repeat("```\n<!-- #region -->\n```\n<!-- #region -->\n```\n<!-- #endregion -->\n", 10_000),
		"long regions":    strings.Repeat("<!-- #region -->\n```\n"+strings.Repeat("a\n\n\n", 1_000)+"<!-- #endregion -->\n", 200),
		"quotations":      strings.Repeat(">", 200_000) + " a",
		"lists":           strings.Repeat("- ", 200_000) + "a",
		"numbered lists":  strings.Repeat("1. ", 200_000) + "a",
		"both":            strings.Repeat(strings.Repeat("> + ", 49)+"a\n", 5_000),
		"brackets":        strings.Repeat("[", 200_000),
		"links":           strings.Repeat("[a](", 200_000),
		"images":          strings.Repeat("![a](", 200_000),
		"references":      strings.Repeat("[a]: b\n", 200_000),
		"headings":        strings.Repeat("# a\n", 200_000),
		"stars":           strings.Repeat("*a ", 200_000),
		"attributes":      "```go " + strings.Repeat("x-a=1 ", 20_000) + "\n```\n",
		"deep JSON":       "```go x-a=" + strings.Repeat("[", 20_000) + "\n```\n",
		"solutions":       "```go\n" + strings.Repeat("// BEGIN SOLUTION\n// END SOLUTION\n", 10_000) + "```\n",
		"begun solutions": "```go\n" + strings.Repeat("// BEGIN SOLUTION\n", 100_000) + "```\n",
		"YAML":            "---\nlesson: " + strings.Repeat("{a: ", 2_000) + "\n---\n",
		"much YAML":       "---\nlesson: " + strings.Repeat("{a: ", 200_000) + "\n---\n",
		"YAML's aliases":  "---\njupyter:\n  a0: &a0 [x, x]\n" + aliases + "---\n",
		"one line":        strings.Repeat("a", 1<<20),
	} {
		start := processorTime()
		l, err := lessons.Parse("a.md", []byte(src))
		if err == nil {
			_, err = l.Build(lessons.ForStudents)
		}
		if elapsed := processorTime() - start; elapsed > 20*time.Second {
			t.Errorf("%s: took %v (%v)", name, elapsed, err)
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
