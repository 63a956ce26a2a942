package lessons

import (
	"bytes"
	"errors"
	"slices"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// frontMatter is the YAML at the top of a lesson. Keys other than ours and Jupyter's belong to other tools.
type frontMatter struct {
	Lesson struct {
		Title       string       `yaml:"title"`
		Summary     string       `yaml:"summary"`
		Authors     []string     `yaml:"authors"`
		Language    string       `yaml:"language"`
		Timeout     yamlDuration `yaml:"timeout"`
		CellTimeout yamlDuration `yaml:"cell_timeout"`
	} `yaml:"lesson"`
	Jupyter map[string]any `yaml:"jupyter"`
}

var metaKeys = []string{"title", "summary", "authors", "language", "timeout", "cell_timeout"}

func (f *frontMatter) meta() Meta {
	l := f.Lesson
	return Meta{l.Title, l.Summary, l.Authors, l.Language, time.Duration(l.Timeout), time.Duration(l.CellTimeout)}
}

// splitFrontMatter returns the offset of the YAML in src, its text, and the offset of what follows it. Without front
// matter the text is nil and the body starts at 0.
func splitFrontMatter(src []byte) (yamlAt int, text []byte, body int, err error) {
	first, _ := cutLine(src)
	if string(trimEOL(first)) != "---" {
		return 0, nil, 0, nil
	}
	for at := len(first); at < len(src); {
		line, _ := cutLine(src[at:])
		if l := string(trimEOL(line)); l == "---" || l == "..." {
			return len(first), src[len(first):at], at + len(line), nil
		}
		at += len(line)
	}
	return 0, nil, 0, errors.New(`the front matter is not closed: a line "---" must follow it`)
}

func (p *parse) frontMatter() {
	at, text, body, err := splitFrontMatter(p.src[p.start:])
	if err != nil {
		p.errs.add(p.pos(0), "%v", err)
		return
	}
	at, p.body = at+p.start, body+p.start
	if text == nil {
		return
	}
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		p.yamlError(at, err)
		return
	}
	p.unknownMeta(at, file)
	var f frontMatter
	if err := yaml.Unmarshal(text, &f); err != nil {
		p.yamlError(at, err)
		return
	}
	p.lesson.Meta, p.lesson.Jupyter = f.meta(), f.Jupyter
}

// yamlError reports an error of the YAML library at its place in the lesson.
func (p *parse) yamlError(at int, err error) {
	pos := p.pos(at)
	msg := err.Error()
	var ye yaml.Error
	if errors.As(err, &ye) {
		msg = ye.GetMessage()
		if tok := ye.GetToken(); tok != nil && tok.Position != nil {
			pos.Line += tok.Position.Line - 1
			pos.Col = tok.Position.Column
		}
	}
	first, _, _ := bytes.Cut([]byte(msg), []byte("\n"))
	p.errs.add(pos, "front matter: %s", first)
}

// unknownMeta reports keys under "lesson" that nobody reads.
func (p *parse) unknownMeta(at int, file *ast.File) {
	path, err := yaml.PathString("$.lesson")
	if err != nil {
		panic(err) // the path is a constant
	}
	node, err := path.FilterFile(file)
	if err != nil {
		return // there is no such key
	}
	m, ok := node.(*ast.MappingNode)
	if !ok {
		return // Unmarshal says what is wrong with it
	}
	for _, v := range m.Values {
		key := v.Key.GetToken()
		if slices.Contains(metaKeys, key.Value) {
			continue
		}
		pos := p.pos(at)
		pos.Line += key.Position.Line - 1
		pos.Col = key.Position.Column
		p.errs.add(pos, "front matter: unknown key %q under lesson%s", key.Value, suggest(key.Value, metaKeys))
	}
}

func cutLine(b []byte) (line, rest []byte) {
	if i := bytes.IndexByte(b, '\n'); i >= 0 {
		return b[:i+1], b[i+1:]
	}
	return b, nil
}

func trimEOL(line []byte) []byte { return bytes.TrimRight(line, " \t\r\n") }
