package lessons

import (
	"io/fs"
	"net/url"
	"path"
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

// links follows what the prose links to, as far as that is in the lesson's folder or in the lesson.
func (c *checking) links() {
	anchors := anchorsOf(c.lesson)
	for _, cell := range c.lesson.Cells {
		if cell.Kind != Prose {
			continue
		}
		for _, l := range linksIn(cell.Source) {
			if problem := c.missing(l.to, anchors); problem != "" {
				pos := c.lesson.LineOf(cell, strings.Count(cell.Source[:l.at], "\n"))
				pos.Col += l.at - strings.LastIndexByte(cell.Source[:l.at], '\n') - 1
				c.add(RuleLinks, pos, "the %s %s leads nowhere: %s", l.what, l.to, problem)
			}
		}
	}
}

// anchorsOf are the ids that the page of a lesson has.
func anchorsOf(l *Lesson) map[string]bool {
	anchors := map[string]bool{}
	var prose strings.Builder
	for _, cell := range l.Cells {
		anchors["cell-"+cell.Attrs.Name] = true
		if cell.Kind == Prose {
			prose.WriteString(cell.Source + "\n\n")
		}
	}
	doc := parseMarkdown([]byte(prose.String()))
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if id, ok := n.AttributeString("id"); ok && entering {
			anchors[string(id.([]byte))] = true
		}
		return ast.WalkContinue, nil
	})
	for _, m := range htmlID.FindAllStringSubmatch(prose.String(), -1) {
		anchors[m[1]] = true
	}
	return anchors
}

var (
	htmlID   = regexp.MustCompile(`(?i)<[a-z][^>]*\sid\s*=\s*"([^"]+)"`)
	htmlLink = regexp.MustCompile(`(?i)<(a|img)\b[^>]*?\s(?:href|src)\s*=\s*"([^"]*)"`)
)

// link is a link or an image in Markdown, and where it stands.
type link struct {
	what, to string
	at       int
}

func linksIn(source string) (list []link) {
	doc := parseMarkdown([]byte(source))
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Link:
			list = append(list, link{"link", string(n.Destination), max(0, n.Pos())})
		case *ast.Image:
			list = append(list, link{"image", string(n.Destination), max(0, n.Pos())})
		case *ast.HTMLBlock:
			list = append(list, htmlLinks(source, n.Lines())...)
		case *ast.RawHTML:
			list = append(list, htmlLinks(source, n.Segments)...)
		}
		return ast.WalkContinue, nil
	})
	return list
}

func htmlLinks(source string, lines *text.Segments) (list []link) {
	for _, l := range lines.Sliced(0, lines.Len()) {
		html := string(l.Value([]byte(source)))
		for _, m := range htmlLink.FindAllStringSubmatchIndex(html, -1) {
			what := map[string]string{"a": "link", "img": "image"}[strings.ToLower(html[m[2]:m[3]])]
			list = append(list, link{what, html[m[4]:m[5]], l.Start + m[0]})
		}
	}
	return list
}

// missing says why a link cannot be followed, or nothing.
func (c *checking) missing(to string, anchors map[string]bool) string {
	u, err := url.Parse(to)
	switch {
	case to == "":
		return ""
	case err != nil:
		return err.Error()
	case u.Scheme != "" || u.Host != "":
		return "" // the world changes, and is asked by nobody here
	case u.Path == "" && u.Fragment != "" && !anchors[u.Fragment]:
		return "no heading is called so"
	case u.Path == "":
		return ""
	}
	name := path.Clean(u.Path)
	if !fs.ValidPath(name) {
		return "it leaves the lesson's folder"
	}
	if _, err := fs.Stat(c.checker.Files, name); err != nil {
		return "there is no such file"
	}
	if u.Fragment != "" && (path.Ext(name) == ".md" || path.Ext(name) == ".markdown") {
		return c.missingThere(name, u.Fragment)
	}
	return ""
}

// missingThere looks for an anchor in another lesson, or whatever Markdown it is.
func (c *checking) missingThere(name, anchor string) string {
	src, err := fs.ReadFile(c.checker.Files, name)
	if err != nil {
		return err.Error()
	}
	other, err := Parse(name, src)
	if err != nil {
		other = &Lesson{Cells: []*Cell{{Kind: Prose, Source: string(src)}}}
	}
	if !anchorsOf(other)[anchor] {
		return "no heading is called so in that file"
	}
	return ""
}
