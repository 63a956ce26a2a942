package lessons

import (
	"bytes"
	_ "embed"
	"fmt"
	"html"
	"html/template"
	"io"
	"io/fs"
	"regexp"
	"strings"
	"time"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"github.com/resident-go/resident/lessons/playground"
)

// Page says how to render a lesson.
type Page struct {
	Files  fs.FS  // where images are found, relative to the lesson; nil when there are none
	Footer string // a line under the lesson, such as the version of Go that ran it
	Nav    *Nav   // the way to the other pages of a course, or nil

	Playground *playground.Parts // what computes in cells of the role playground; nil shows what they displayed when they were run
	Live       *Live             // what makes a page of a server live; nil for one that needs nothing else
}

var (
	//go:embed page.html.tmpl
	pageTemplate string
	//go:embed page.css
	pageCSS string

	page = template.Must(template.New("page").Parse(pageTemplate))
)

// WriteHTML writes one page that needs nothing else: no font, no request of any kind, and no script but that of playgrounds, where there
// are some. Its content security policy makes the browser hold it to that, whatever a cell displayed.
//
// What a cell printed is escaped. What it displayed as HTML or SVG is sanitised.
func (p Page) WriteHTML(w io.Writer, r *Report) error {
	h, err := p.render(r)
	if err != nil {
		return fmt.Errorf("render %s: %w", r.Lesson.File, err)
	}
	var b bytes.Buffer
	err = page.Execute(&b, map[string]any{
		"Meta":    r.Lesson.Meta,
		"Lang":    language(r.Lesson.Meta),
		"Policy":  h.policy,
		"CSS":     template.CSS(h.css),
		"Nav":     p.Nav,
		"Body":    template.HTML(h.body),
		"TOC":     contents(h.toc),
		"Summary": summary(r),
		"Failed":  r.Failed(),
		"Footer":  p.Footer,
		"Blocks":  template.HTML(h.blocks),
		"Script":  template.JS(h.script),
		"Live":    p.Live,

		"Search":       template.HTML(h.search),
		"SearchScript": template.JS(h.searchScript),
	})
	if err != nil {
		return fmt.Errorf("render %s: %w", r.Lesson.File, err)
	}
	_, err = w.Write(b.Bytes())
	return err
}

func language(m Meta) string {
	if m.Language == "" {
		return "en"
	}
	return m.Language
}

// summary is one line about the run, empty when nothing ran.
func summary(r *Report) string {
	ran := r.Ran()
	if ran == 0 {
		return ""
	}
	verdict := "every check passed"
	if n := len(r.Failed()); n > 0 {
		verdict = fmt.Sprintf("%d failed", n)
	}
	cells := "cells"
	if ran == 1 {
		cells = "cell"
	}
	return fmt.Sprintf("%d %s run in %s, %s", ran, cells, Elapsed(r.Elapsed), verdict)
}

// Elapsed is a duration as people read it: 340 ms, 2.1 s, 3 m 05 s.
func Elapsed(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	d = d.Round(time.Second)
	return fmt.Sprintf("%d m %02d s", d/time.Minute, d%time.Minute/time.Second)
}

// contents is the table of contents, as far as a lesson is long enough for one.
func contents(all []heading) []heading {
	const long = 3
	if len(all) < long {
		return nil
	}
	return all
}

// rendered is what the template frames.
type rendered struct {
	body string
	toc  []heading

	css, policy    string
	blocks, script string // of playgrounds

	search, searchScript string
}

type heading struct {
	Level    int
	ID, Text string
}

// pageBuilder renders the cells of one lesson. All prose is parsed as one document, so that heading ids, references and
// footnotes work across cells; a code cell stands in it as an empty fence whose offset is known.
type pageBuilder struct {
	page   Page
	report *Report
	source bytes.Buffer
	cells  map[int]string // offset of a fence in source -> what to show there
	keys   map[string]int // how often a live cell's key was given
	keyOf  map[*Cell]string
	toc    []heading
	err    error

	playgrounds *playground.Page // nil when there can be none
	diagrams    int              // how many were drawn
}

func (p Page) render(r *Report) (*rendered, error) {
	b := &pageBuilder{page: p, report: r, cells: map[int]string{}}
	if p.Playground != nil {
		b.playgrounds = playground.NewPage(p.Playground)
	}
	for i := range r.Cells {
		c := r.Cells[i].Cell
		switch {
		case c.Kind == Raw:
		case c.Kind == Code:
			b.place(b.codeCell(&r.Cells[i]))
		case selfContained(c.Source):
			b.source.WriteString(c.Source + "\n\n")
		default:
			alone, err := b.convert([]byte(c.Source))
			if err != nil {
				return nil, err
			}
			b.place(alone)
		}
	}
	body, err := b.convert(b.source.Bytes())
	if err != nil {
		return nil, err
	}
	h := &rendered{body: tables(body), toc: b.toc, css: pageCSS, policy: strictPolicy}
	b.addPlaygrounds(h)
	if err := p.Nav.addNav(h); err != nil {
		return nil, err
	}
	return h, b.err
}

// emptyHeader is the corner of a table, which is the header of nothing.
var emptyHeader = regexp.MustCompile(`<th((?:\s[^>]*)?)>\s*</th>`)

// tables gives each table a frame that scrolls when the table is wide, and that the keyboard reaches. It looks for tags, which code and
// what cells print have only with their brackets escaped.
func tables(body string) string {
	body = emptyHeader.ReplaceAllString(body, "<td$1></td>")
	body = tableTag.ReplaceAllString(body, `<div class="table" role="group" aria-label="Table" tabindex="0">$0`)
	return strings.ReplaceAll(body, "</table>", "</table></div>")
}

var tableTag = regexp.MustCompile(`<table(?:\s[^>]*)?>`)

// placeholder is the fence that stands for a code cell.
const placeholder = "```\n```\n\n"

func (b *pageBuilder) place(shown string) {
	b.cells[b.source.Len()] = shown
	b.source.WriteString(placeholder)
}

// selfContained says whether Markdown leaves nothing open that would swallow what follows it. A cell of a notebook may.
func selfContained(source string) bool {
	src := []byte(source + "\n\n" + placeholder)
	last := parseBlocks(src).LastChild()
	return last != nil && last.Kind() == ast.KindFencedCodeBlock && last.Pos() == len(source)+2
}

func (b *pageBuilder) convert(src []byte) (string, error) {
	if at := tooDeep(src); at >= 0 {
		return "", fmt.Errorf("line %d of the prose: more than %d quotations and lists begin within each other", 1+bytes.Count(src[:at], []byte("\n")), maxNested)
	}
	md := markdown(
		goldmark.WithParserOptions(parser.WithASTTransformers(util.Prioritized(b, 100))),
		goldmark.WithRendererOptions(renderer.WithNodeRenderers(util.Prioritized(b, 50))),
	)
	var out strings.Builder
	err := md.Convert(src, &out)
	return out.String(), err
}

// Transform collects the table of contents.
func (b *pageBuilder) Transform(doc *ast.Document, r text.Reader, _ parser.Context) {
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		h, ok := n.(*ast.Heading)
		if !ok || h.Level < 2 || h.Level > 3 {
			continue
		}
		if id, ok := h.AttributeString("id"); ok {
			b.toc = append(b.toc, heading{h.Level, string(id.([]byte)), plainText(h, r.Source())})
		}
	}
}

// plainText is the text of a node without its markup.
func plainText(n ast.Node, src []byte) string {
	var b strings.Builder
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		switch t := n.(type) {
		case *ast.Text:
			if entering {
				b.Write(util.UnescapePunctuations(t.Segment.Value(src)))
			}
		case *ast.String: // typographic quotes and dashes
			if entering {
				b.WriteString(html.UnescapeString(string(t.Value)))
			}
		case *formula:
			if entering {
				b.WriteString(t.tex)
			}
		}
		return ast.WalkContinue, nil
	})
	return b.String()
}

// RegisterFuncs makes the builder render what differs from plain HTML.
func (b *pageBuilder) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindFencedCodeBlock, b.fence)
	r.Register(ast.KindHeading, b.heading)
	r.Register(ast.KindImage, b.image)
	r.Register(east.KindTaskCheckBox, task)
	r.Register(ast.KindRawHTML, rawHTML)
	r.Register(ast.KindHTMLBlock, rawHTML)
}

func (b *pageBuilder) fence(w util.BufWriter, src []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	f := n.(*ast.FencedCodeBlock)
	if shown, ok := b.cells[f.Pos()]; ok && f.Lines().Len() == 0 && f.Info == nil {
		_, err := w.WriteString(shown)
		return ast.WalkSkipChildren, err
	}
	lang := string(f.Language(src))
	code, err := highlight(lang, string(f.Lines().Value(src)))
	if lang == "mermaid" && err == nil {
		code, err = b.figure(string(f.Lines().Value(src)), code)
	}
	if err == nil {
		_, err = w.WriteString(code)
	}
	return ast.WalkSkipChildren, err
}

// heading is a link to itself, so that it can be pointed to, unless there is a link in it.
func (b *pageBuilder) heading(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	h := n.(*ast.Heading)
	value, _ := h.AttributeString("id")
	id, _ := value.([]byte)
	open, closing := fmt.Sprintf("<h%d id=\"%s\">", h.Level, util.EscapeHTML(id)), fmt.Sprintf("</h%d>\n", h.Level)
	if h.Level > 1 && !holdsLink(h) {
		open, closing = open+fmt.Sprintf("<a class=\"anchor\" href=\"#%s\">", util.EscapeHTML(id)), "</a>"+closing
	}
	if entering {
		_, _ = w.WriteString(open)
	} else {
		_, _ = w.WriteString(closing)
	}
	return ast.WalkContinue, nil
}

func holdsLink(n ast.Node) (found bool) {
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		switch n.Kind() {
		case ast.KindLink, ast.KindAutoLink, ast.KindImage, ast.KindRawHTML, east.KindFootnoteLink:
			found = true
			return ast.WalkStop, nil
		}
		return ast.WalkContinue, nil
	})
	return found
}

// task is the box before an item of a list. Who does not see it hears what it says.
func task(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if entering {
		box := `<input type="checkbox" disabled aria-label="to do"> `
		if n.(*east.TaskCheckBox).IsChecked {
			box = `<input type="checkbox" disabled checked aria-label="done"> `
		}
		_, _ = w.WriteString(box)
	}
	return ast.WalkContinue, nil
}
