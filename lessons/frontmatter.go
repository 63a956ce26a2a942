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
	Lesson  meta           `yaml:"lesson"`
	Jupyter map[string]any `yaml:"jupyter"`
}

// meta is Meta as YAML spells it.
type meta struct {
	Title       string   `yaml:"title"`
	Summary     string   `yaml:"summary"`
	Authors     []string `yaml:"authors"`
	Language    string   `yaml:"language"`
	Timeout     string   `yaml:"timeout"`
	CellTimeout string   `yaml:"cell_timeout"`
	Points      float64  `yaml:"points"`
}

var metaKeys = []string{"title", "summary", "authors", "language", "timeout", "cell_timeout", "points"}

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
	if text != nil {
		p.readFrontMatter(at, text)
	}
}

// maxFront is the most bytes of front matter that are read: some YAML takes the square of its length.
const maxFront = 32 << 10

// readFrontMatter reads YAML that starts at an offset of the source.
func (p *parse) readFrontMatter(at int, text []byte) {
	if len(text) > maxFront {
		p.errs.add(p.pos(at), "front matter: it has %d bytes, at most %d are read", len(text), maxFront)
		return
	}
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		p.yamlError(at, err)
		return
	}
	keys := p.metaKeys(at, file)
	var f frontMatter
	var raw struct {
		Lesson map[string]any `yaml:"lesson"`
	}
	if err := errors.Join(yaml.Unmarshal(text, &f), yaml.Unmarshal(text, &raw)); err != nil {
		p.yamlError(at, err)
		return
	}
	if left := maxFront; !spend(&left, raw.Lesson) || !spend(&left, f.Jupyter) {
		p.errs.add(p.pos(at), "front matter: its aliases make more of it than is read")
		return
	}
	p.lesson.Front, p.lesson.Jupyter = raw.Lesson, f.Jupyter
	p.lesson.Meta = Meta{
		Title: f.Lesson.Title, Summary: f.Lesson.Summary, Authors: f.Lesson.Authors, Language: f.Lesson.Language,
		Timeout:     p.metaDuration(f.Lesson.Timeout, keys["timeout"]),
		CellTimeout: p.metaDuration(f.Lesson.CellTimeout, keys["cell_timeout"]),
		Points:      f.Lesson.Points, pointsPos: keys["points"],
	}
}

// spend takes off what a value has inside, and says whether there was enough. An alias is a value that stands in several places, and counts in each.
func spend(left *int, v any) bool {
	*left--
	switch v := v.(type) {
	case map[string]any:
		for _, inner := range v {
			if *left < 0 || !spend(left, inner) {
				return false
			}
		}
	case []any:
		for _, inner := range v {
			if *left < 0 || !spend(left, inner) {
				return false
			}
		}
	}
	return *left >= 0
}

func (p *parse) metaDuration(s string, pos Position) time.Duration {
	if s == "" {
		return 0
	}
	d, err := duration(s)
	if err != nil {
		p.errs.add(pos, "front matter: %v", err)
	}
	return d
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

// metaKeys returns where the keys under "lesson" stand, and reports those that nobody reads.
func (p *parse) metaKeys(at int, file *ast.File) map[string]Position {
	path, err := yaml.PathString("$.lesson")
	if err != nil {
		panic(err) // the path is a constant
	}
	node, err := path.FilterFile(file)
	if err != nil {
		return nil // there is no such key
	}
	m, ok := node.(*ast.MappingNode)
	if !ok {
		return nil // Unmarshal says what is wrong with it
	}
	keys := map[string]Position{}
	for _, v := range m.Values {
		key := v.Key.GetToken()
		pos := p.pos(at)
		pos.Line += key.Position.Line - 1
		pos.Col = key.Position.Column
		keys[key.Value] = pos
		if !slices.Contains(metaKeys, key.Value) {
			p.errs.add(pos, "front matter: unknown key %q under lesson%s", key.Value, suggest(key.Value, metaKeys))
		}
	}
	return keys
}

func cutLine(b []byte) (line, rest []byte) {
	if i := bytes.IndexByte(b, '\n'); i >= 0 {
		return b[:i+1], b[i+1:]
	}
	return b, nil
}

func trimEOL(line []byte) []byte { return bytes.TrimRight(line, " \t\r\n") }
