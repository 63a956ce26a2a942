package lessons_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/resident-go/resident/lessons"
	"github.com/resident-go/resident/nbformat"
)

// shout is a runner that speaks its cells' first lines instead of running them.
type shout struct{}

func (shout) Run(_ context.Context, _ int, code string, sink nbformat.Sink) error {
	first, _, _ := strings.Cut(code, "\n")
	sink.Output(nbformat.Output{Type: nbformat.Stream, Name: "stdout", Text: strings.ToUpper(first) + "\n"})
	return nil
}

func Example() {
	const source = "# Greetings\n" +
		"\n```go name=\"hello\"\n" +
		"hello\n" +
		"// Output: HELLO\n" +
		"```\n"
	lesson, err := lessons.Parse("greetings.md", []byte(source))
	if err != nil {
		fmt.Println(err)
		return
	}
	report, err := lessons.Run(context.Background(), lesson, shout{}, lessons.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range report.Cells {
		fmt.Println(c.Cell.Pos, c.Cell.Label(), c.Status)
	}
	// Output:
	// greetings.md:1:1 # Greetings skipped
	// greetings.md:3:1 hello ok
}
