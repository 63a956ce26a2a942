package lessons_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/tools/txtar"

	"github.com/resident-go/resident/lessons"
)

// TestCheck runs a checker on lessons whose cells are commands; each line that is wanted is a finding.
func TestCheck(t *testing.T) {
	files := fstest.MapFS{
		"sgd.go":  includeFiles["sgd.go"],
		"ok.svg":  {Data: []byte("<svg/>")},
		"some.md": {Data: []byte("# A heading\n")},
	}
	k := lessons.Checker{Files: files, Start: func(context.Context) (lessons.Runner, func() error, error) {
		return commands{}, func() error { return nil }, nil
	}}
	pairs(t, "testdata/check.txtar", ".md", func(t *testing.T, f txtar.File) string {
		found, err := k.Check(t.Context(), f.Name, f.Data)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for _, f := range found {
			fmt.Fprintf(&b, "%s %v\n", f.Rule, f)
		}
		return b.String()
	})
}
