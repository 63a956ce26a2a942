package lessons

import (
	"bytes"
	"html"
	"strings"

	"github.com/yuin/goldmark/ast"
)

// Section is what stands under one heading of a lesson, as plain text, for a search.
type Section struct {
	ID    string // of the heading, as on the page; "" for what stands before the first
	Title string
	Text  string // of prose and code, in one line
}

// Sections returns the lesson's sections in order. Headings below the third level belong to the section around them.
func (l *Lesson) Sections() []Section {
	src := l.document()
	list := []Section{{Title: l.Meta.Title}}
	doc := parseMarkdown(src)
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		id, _ := n.AttributeString("id")
		if h, ok := n.(*ast.Heading); ok && h.Level <= 3 && id != nil {
			list = append(list, Section{ID: string(id.([]byte)), Title: plainText(h, src)})
			continue
		}
		last := &list[len(list)-1]
		last.Text = strings.TrimSpace(last.Text + " " + blockText(n, src))
	}
	if list[0].Text == "" {
		list = list[1:]
	}
	return list
}

// document is the lesson's prose as one document, as the page has it, with its code in fences between.
func (l *Lesson) document() []byte {
	var b bytes.Buffer
	for _, c := range l.Cells {
		switch {
		case c.Kind == Prose:
			b.WriteString(c.Source + "\n\n")
		case c.Kind == Code && c.Attrs.Hide != HideCode && c.Attrs.Hide != HideAll:
			open, body, end := (&Cell{Kind: Code, Source: c.Source}).written(false)
			b.WriteString(open + body + end + "\n")
		}
	}
	return b.Bytes()
}

// blockText is all text below a node, with a space for each line's end.
func blockText(n ast.Node, src []byte) string {
	var b strings.Builder
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.FencedCodeBlock, *ast.CodeBlock:
			b.Write(n.Lines().Value(src))
		case *ast.Text:
			b.Write(n.Segment.Value(src))
			if n.SoftLineBreak() || n.HardLineBreak() {
				b.WriteByte(' ')
			}
		case *ast.String: // of typography
			b.WriteString(html.UnescapeString(string(n.Value)))
		case *formula:
			b.WriteString(n.tex)
		case *ast.HTMLBlock:
			b.WriteString(tags.ReplaceAllString(string(n.Lines().Value(src)), " "))
		}
		if n.Type() == ast.TypeBlock {
			b.WriteByte(' ')
		}
		return ast.WalkContinue, nil
	})
	return strings.Join(strings.Fields(b.String()), " ")
}
