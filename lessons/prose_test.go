package lessons_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/resident-go/resident/lessons"
)

// TestAsProse: what is no lesson is shown, with the reason, and nothing in it is code that runs or a script.
func TestAsProse(t *testing.T) {
	for name, src := range map[string]string{
		"an attribute":      "# Notes\n\n```go nam=\"x\"\nx := 1\n```\n",
		"an open region":    "# Notes\n\n<!-- #region -->\nx\n",
		"an open fence":     "# Notes\n\n```go\nx := 1\n",
		"front matter":      "---\nlesson: [a\n---\n# Notes\n",
		"open front matter": "---\na: b\n\n# Notes\n",
		"not UTF-8":         "# Notes\n\n\xff\xfe\n",
		"zero bytes":        "# Notes\n\n\x00\x00\n",
		"a script":          "# Notes\n\n<script>alert(1)</script>\n\n```go nam=\"</code><script>alert(2)</script>\"\n```\n",
		"a fence in why":    "# Notes\n\n```go ~~~=1\n```\n",
	} {
		_, err := lessons.Parse("a.md", []byte(src))
		if err == nil {
			t.Errorf("%s: it is a lesson", name)
			continue
		}
		l := lessons.AsProse("a.md", []byte(src), err)
		var b strings.Builder
		if err := (lessons.Page{}).WriteHTML(&b, lessons.Unrun(l)); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var list lessons.ErrorList
		errors.As(err, &list)
		for _, want := range []string{">Notes", "This is not a lesson", "a.md:"} {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%s: the page lacks %q", name, want)
			}
		}
		if strings.Contains(b.String(), "<script>alert") {
			t.Errorf("%s: the page has a script", name)
		}
	}
}
