package lessons_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/resident-go/resident/lessons"
	"github.com/resident-go/resident/nbformat"
)

// commands is a runner whose cells are commands to it, so that a row of a test says how its cell behaves.
type commands struct{}

// displays are the commands that show their text as a MIME type.
var displays = map[string]string{
	"html": "text/html", "svg": "image/svg+xml", "png": "image/png", "markdown": "text/markdown", "unknown": "application/x-unknown", "widget": "application/vnd.jupyter.widget-view+json",
}

func (commands) Run(ctx context.Context, count int, code string, sink nbformat.Sink) error {
	for line := range strings.SplitSeq(code, "\n") {
		command, text, _ := strings.Cut(line, " ")
		if quoted, err := strconv.Unquote(text); err == nil {
			text = quoted
		}
		if mime, ok := displays[command]; ok {
			sink.Output(nbformat.Output{Type: nbformat.DisplayData, Data: map[string]any{mime: text, "text/plain": "as text"}})
		}
		switch command {
		case "out":
			sink.Output(nbformat.Output{Type: nbformat.Stream, Name: "stdout", Text: text + "\n"})
		case "err":
			sink.Output(nbformat.Output{Type: nbformat.Stream, Name: "stderr", Text: text + "\n"})
		case "show":
			data := map[string]any{"text/plain": text}
			sink.Output(nbformat.Output{Type: nbformat.ExecuteResult, Data: data, ExecutionCount: count})
		case "json":
			var v any
			if err := json.Unmarshal([]byte(text), &v); err != nil {
				return err
			}
			sink.Output(nbformat.Output{Type: nbformat.DisplayData, Data: map[string]any{"application/json": v}})
		case "terms":
			text = "none"
			if terms := nbformat.TermsOf(ctx); terms.Seed != nil {
				text = fmt.Sprintf("seed %d, %d bytes", *terms.Seed, terms.Memory)
			}
			sink.Output(nbformat.Output{Type: nbformat.Stream, Name: "stdout", Text: text + "\n"})
		case "panic":
			return &nbformat.CellError{EName: "panic", EValue: text}
		case "compile":
			return &nbformat.CellError{EName: "CompileError", EValue: text}
		case "block":
			<-ctx.Done()
			return &nbformat.CellError{EName: "Interrupted", EValue: "by the context"}
		case "die":
			return errors.New("the engine broke")
		}
	}
	return nil
}

func TestRun(t *testing.T) {
	pairs(t, "testdata/run.txtar", ".md", func(t *testing.T, f txtar.File) string {
		l, err := lessons.Parse(f.Name, f.Data)
		if err != nil {
			return errorLines(t, err)
		}
		var b strings.Builder
		started := 0
		report, err := lessons.Run(t.Context(), l, commands{}, lessons.Options{
			Started: func(int, *lessons.Cell) { started++ },
		})
		for _, c := range report.Cells {
			fmt.Fprintf(&b, "%-8s%s\n", c.Status, c.Cell.Label())
			if c.Problem != "" {
				b.WriteString("\t" + strings.ReplaceAll(c.Problem, "\n", "\n\t") + "\n")
			}
		}
		if err != nil {
			fmt.Fprintf(&b, "broken: %v\n", err)
		}
		if started != report.Ran() {
			t.Errorf("%d cells were announced, %d ran", started, report.Ran())
		}
		return b.String()
	})
}

// TestRunIsCancelled says that a cancelled run is no verdict on the lesson.
func TestRunIsCancelled(t *testing.T) {
	l, err := lessons.Parse("a.md", []byte("```go\nblock\n```\n"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("the person in front has had enough")
	_, err = lessons.Run(ctx, l, commands{}, lessons.Options{Started: func(int, *lessons.Cell) { cancel(stop) }})
	if !errors.Is(err, stop) {
		t.Errorf("got %v, want %v", err, stop)
	}
}
