package cell

import (
	"fmt"
	"go/ast"
	"go/scanner"
	"go/token"
	"go/types"
	"strconv"
	"strings"
	"unicode"
)

// EmbedFile is a file that a cell embeds.
type EmbedFile struct {
	Name string // relative to the notebook's folder, with slashes
	Data []byte
}

// embedding is a variable with go:embed directives.
//
// The variable itself is one like any other: its memory outlives the cell, and the cell may run again when the file has
// changed. So the directive is given to a variable of this very unit, which is assigned to it when Run gets there.
type embedding struct {
	spec       *ast.ValueSpec
	directives []directive
	symbol     string
}

type directive struct {
	off  int // in the cell
	text string
}

// word is where the word go:embed begins, which is where the compiler sees the directive.
func (d directive) word() int { return d.off + len("//") }

// collectEmbeds finds the directives of a var declaration and reads their files.
func (a *analysis) collectEmbeds(p *piece) error {
	for _, d := range directives(p) {
		spec := specAfter(p, d.off)
		switch {
		case p.kind != varPiece || spec == nil:
			return a.fail(d.word(), "misplaced go:embed directive: it belongs before a declaration such as var text string")
		case len(spec.Names) != 1:
			return a.fail(d.word(), "go:embed cannot apply to multiple vars")
		case len(spec.Values) > 0:
			return a.fail(d.word(), "go:embed cannot apply to var with initializer")
		}
		e := a.embeds[spec]
		if e == nil {
			e = &embedding{spec: spec, symbol: fmt.Sprintf("embed%d_%s", len(a.embeds), keyMark)}
			a.embeds[spec] = e
		}
		e.directives = append(e.directives, d)
		if err := a.readPatterns(d); err != nil {
			return err
		}
	}
	return nil
}

// directives returns the go:embed comments of a declaration.
func directives(p *piece) []directive {
	text := p.origin.Source[p.doc:p.end]
	if !strings.Contains(text, "//go:embed") {
		return nil
	}
	var s scanner.Scanner
	file := token.NewFileSet().AddFile("", -1, len(text))
	s.Init(file, []byte(text), func(token.Position, string) {}, scanner.ScanComments)
	var list []directive
	for {
		pos, tok, lit := s.Scan()
		switch rest, ok := strings.CutPrefix(lit, "//go:embed"); {
		case tok == token.EOF:
			return list
		case tok == token.COMMENT && ok && (rest == "" || unicode.IsSpace(rune(rest[0]))):
			list = append(list, directive{p.doc + file.Offset(pos), lit})
		}
	}
}

// specAfter returns the variable specification that follows an offset.
func specAfter(p *piece, off int) *ast.ValueSpec {
	for _, s := range p.specs() {
		if v, ok := s.(*ast.ValueSpec); ok && p.offset(v.Pos()) > off {
			return v
		}
	}
	return nil
}

func (a *analysis) readPatterns(d directive) error {
	patterns, err := d.patterns()
	switch {
	case err != nil:
		return a.fail(d.word(), "%v", err)
	case len(patterns) == 0:
		return a.fail(d.word(), "usage: //go:embed pattern...")
	}
	for _, p := range patterns {
		files, err := a.pkgs.Embed(p.text)
		if err != nil {
			return a.fail(p.off, "%v", err)
		}
		a.embedded[p.text] = files
	}
	return nil
}

// pattern is a word of a directive.
type pattern struct {
	off  int // in the cell
	text string
}

// patterns splits the words of a directive, each of which may be a Go string.
func (d directive) patterns() (list []pattern, err error) {
	for s := d.text[len("//go:embed"):]; ; {
		if s = strings.TrimLeftFunc(s, unicode.IsSpace); s == "" {
			break
		}
		off := d.off + len(d.text) - len(s)
		if s[0] != '"' && s[0] != '`' {
			end := strings.IndexFunc(s+" ", unicode.IsSpace)
			list, s = append(list, pattern{off, s[:end]}), s[end:]
			continue
		}
		quoted, err := strconv.QuotedPrefix(s)
		if err != nil {
			return nil, fmt.Errorf("invalid quoted string in //go:embed: %s", s)
		}
		word, err := strconv.Unquote(quoted)
		if err != nil {
			return nil, fmt.Errorf("invalid quoted string in //go:embed: %s", quoted)
		}
		list, s = append(list, pattern{off, word}), s[len(quoted):]
	}
	return list, nil
}

// embedVars writes the variables that the directives fill.
func (a *analysis) embedVars(p *piece, t *text, es edits) {
	for _, s := range p.specs() {
		spec, _ := s.(*ast.ValueSpec)
		e := a.embeds[spec]
		if e == nil {
			continue
		}
		for _, d := range e.directives {
			t.line(a.origin, d.off)
			t.raw("%s", d.text)
		}
		t.raw("\nvar %s ", e.symbol)
		t.copy(a.origin, p.offset(e.spec.Type.Pos()), p.offset(e.spec.Type.End()), es)
	}
}

// assignEmbedded gives the user's variable what was embedded; bytes are copied, because the user may change them.
func (a *analysis) assignEmbedded(t *text, p *piece, e *embedding, es edits) {
	id := e.spec.Names[0]
	if id.Name == "_" {
		return
	}
	t.line(a.origin, p.offset(id.Pos()))
	t.copy(a.origin, p.offset(id.Pos()), p.offset(id.End()), es)
	if v := a.pkg.Scope().Lookup(id.Name); v != nil {
		if _, bytes := v.Type().Underlying().(*types.Slice); bytes {
			t.raw(" = append(%s[:0:0], %s...)", e.symbol, e.symbol)
			return
		}
	}
	t.raw(" = %s", e.symbol)
}
