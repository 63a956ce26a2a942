package lessons_test

import (
	"html"
	"strings"
	"testing"

	"github.com/resident-go/resident/lessons"
)

// TestCrowded: a paragraph with more marks than anybody writes is on the page as it is written, whatever its marks are and whatever it would have become. What
// stands around it is read as ever.
func TestCrowded(t *testing.T) {
	const many = 100_000
	for _, row := range []struct{ name, source string }{
		{"stars", strings.Repeat("*a ", many)},
		{"stars that close", strings.Repeat("a* ", many)},
		{"stars and underscores", strings.Repeat("*a _b ", many)},
		{"tildes", strings.Repeat("~a ", many)},
		{"quotes", strings.Repeat(`"a `, many)},
		{"brackets", strings.Repeat("[", many)},
		{"closed brackets", strings.Repeat("[a", many) + strings.Repeat("]", many)},
		{"links", strings.Repeat("[a](", many)},
		{"images", strings.Repeat("![a](", many)},
		{"code", "`a" + strings.Repeat(" ``a ```", many)},
		{"formulas", strings.Repeat("$a ", many)},
		{"tags", strings.Repeat("<a ", many)},
		{"over many lines", strings.Repeat("*a\n", many) + "a"},
		{"a heading", "# " + strings.Repeat("*a ", many)},
		{"a heading with a line below", strings.Repeat("*a ", many) + "\n==="},
		{"a table", strings.Repeat("*a ", many) + "\n---\n" + strings.Repeat("*a ", many)},
	} {
		l, err := lessons.Parse("a.md", []byte("*before*\n\n"+row.source+"\n\n*after*\n"))
		if err != nil {
			t.Errorf("%s: %v", row.name, err)
			continue
		}
		var page strings.Builder
		if err := (lessons.Page{}).WriteHTML(&page, lessons.Unrun(l)); err != nil {
			t.Errorf("%s: %v", row.name, err)
			continue
		}
		_, body, _ := strings.Cut(page.String(), "<em>before</em>")
		body, _, found := strings.Cut(body, "<em>after</em>")
		first, _, _ := strings.Cut(row.source, "\n")
		if text := html.UnescapeString(body); !found || !strings.Contains(text, "<pre><code>"+strings.TrimSpace(first)) {
			t.Errorf("%s: %.200q is no code", row.name, text)
		}
	}
}

// TestNotCrowded: as many marks in many paragraphs, or hundreds in one, are read.
func TestNotCrowded(t *testing.T) {
	for _, source := range []string{strings.Repeat("*a* `b` [c](d)\n\n", 5_000), strings.Repeat("*a* `b` [c](d)\n", 500)} {
		l, err := lessons.Parse("a.md", []byte(source))
		if err != nil {
			t.Fatal(err)
		}
		var page strings.Builder
		if err := (lessons.Page{}).WriteHTML(&page, lessons.Unrun(l)); err != nil {
			t.Fatal(err)
		}
		if want, got := strings.Count(source, "*a*"), strings.Count(page.String(), "<em>a</em> <code>b</code> <a href=\"d\">c</a>"); got != want {
			t.Errorf("%d of %d lines are read", got, want)
		}
	}
}
