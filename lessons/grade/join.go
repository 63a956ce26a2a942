package grade

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// joint is several pieces of Go that become one cell, because to compile one costs as much as to compile five.
type joint struct {
	imports  map[string]string // path by name
	declared map[string]bool
	uses     map[string]bool // names that are used and not declared beside their use
	text     strings.Builder
	lines    int     // of the text
	places   []place // of cells in it, without the header
}

func newJoint() *joint {
	return &joint{imports: map[string]string{}, declared: map[string]bool{}, uses: map[string]bool{}}
}

// add adds a cell, or says why it would not mean the same in company: it does more than declare functions, types and constants, or it has to
// do with what is declared before it or uses what is declared behind it.
func (j *joint) add(source, label string) (why string) {
	pieces, err := cut(source)
	switch {
	case err != nil:
		return "it is no Go"
	case strings.Contains(source, "//go:"):
		return "it speaks to the compiler (//go:)"
	}
	own := map[string]bool{}
	for _, p := range pieces {
		if !p.onlyDeclares() {
			return "it does more than declare functions, types and constants: " + firstLine(p.text)
		}
		if p.fn == nil || p.fn.Recv == nil {
			for _, name := range p.changes() {
				own[name] = true
			}
		}
	}
	uses, text := map[string]bool{}, []byte(source)
	for _, p := range pieces {
		if p.fn != nil && p.fn.Recv != nil && !own[root(p.fn.Recv.List[0].Type)] {
			return "it has a method of a type that is not declared in it: " + firstLine(p.text)
		}
		if !j.imported(p.text, p.tok) {
			return "it imports a package under a name that another one has, or under none: " + firstLine(p.text)
		}
		maps.Copy(uses, p.foreign())
		if p.tok == token.IMPORT {
			blankOut(text[p.at : p.at+len(p.text)])
		}
	}
	maps.DeleteFunc(uses, func(name string, _ bool) bool { return own[name] })
	for _, name := range slices.Sorted(maps.Keys(own)) {
		if j.declared[name] || j.uses[name] {
			return "it declares " + name + ", which a cell before it declares or uses"
		}
	}
	maps.Copy(j.declared, own)
	maps.Copy(j.uses, uses)
	j.places = append(j.places, place{label, j.lines + 1})
	j.text.WriteString(string(text) + "\n")
	j.lines += strings.Count(source, "\n") + 1
	return ""
}

// blankOut leaves of a text nothing but its lines.
func blankOut(text []byte) {
	for i, b := range text {
		if b != '\n' {
			text[i] = ' '
		}
	}
}

// onlyDeclares tells pieces whose place among others does not matter.
func (p *piece) onlyDeclares() bool {
	switch {
	case p.fn != nil:
		return p.fn.Recv != nil || !slices.Contains([]string{"init", "main", "_"}, p.fn.Name.Name)
	case p.tok == token.IMPORT:
		return true
	}
	_, declares := p.stmt.(*ast.DeclStmt)
	return declares && (p.tok == token.CONST || p.tok == token.TYPE)
}

var version = regexp.MustCompile(`^v[0-9]+$`)

// imported takes an import, unless another package has its name.
func (j *joint) imported(text string, tok token.Token) bool {
	if tok != token.IMPORT {
		return true
	}
	f, err := parser.ParseFile(token.NewFileSet(), "", "package p\n"+text+"\n", parser.ImportsOnly)
	if err != nil {
		return false
	}
	for _, i := range f.Imports {
		to, err := strconv.Unquote(i.Path.Value)
		name := path.Base(to)
		if version.MatchString(name) {
			name = path.Base(path.Dir(to))
		}
		if i.Name != nil {
			name = i.Name.Name
		}
		if known := j.imports[name]; err != nil || name == "." || name == "_" || to == "C" || known != "" && known != to {
			return false
		}
		j.imports[name] = to
	}
	return true
}

// header is the imports of all.
func (j *joint) header() string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(j.imports)) {
		b.WriteString("import ")
		if to := j.imports[name]; path.Base(to) != name && !version.MatchString(path.Base(to)) {
			b.WriteString(name + " ")
		}
		b.WriteString(strconv.Quote(j.imports[name]) + "\n")
	}
	return b.String()
}

// source is the cell that all became, and where each of them begins.
func (j *joint) source() (string, []place) {
	places := slices.Clone(j.places)
	for i := range places {
		places[i].line += len(j.imports)
	}
	return j.header() + j.text.String(), places
}

// joinTests makes one test of several whose cases are judged outside, or says why they cannot stand together.
func joinTests(tests []*Test) (joined *test, why string) {
	j := newJoint()
	all := &test{helpers: map[string]string{}, inside: map[string]bool{}}
	for _, t := range tests {
		for _, name := range slices.Sorted(maps.Keys(t.source.inside)) {
			if j.declared[name] {
				return nil, fmt.Sprintf("the test %s uses %s, which is a function of another test", t.ID, name)
			}
		}
		for _, text := range t.source.imported() {
			if !j.imported(text, token.IMPORT) {
				return nil, fmt.Sprintf("the test %s imports a package under a name that another one has, or under none: %s", t.ID, text)
			}
		}
		for _, key := range slices.Sorted(maps.Keys(t.source.helpers)) {
			name := helper(key)
			if j.declared[name] || all.inside[name] {
				return nil, fmt.Sprintf("the test %s declares %s, which another test uses or declares", t.ID, name)
			}
			j.declared[name], all.helpers[name] = true, t.source.helpers[key]
		}
		maps.Copy(all.inside, t.source.inside)
		all.cases = append(all.cases, t.source.cases...)
	}
	all.imports = j.header()
	return all, ""
}

// helper is the name of a test's function, by its key.
func helper(key string) string {
	name, _, _ := strings.Cut(key, "@")
	return name
}

// imported are the import declarations of a test cell.
func (t *test) imported() (texts []string) {
	pieces, _ := cut(t.imports) // it was cut out of a cell that could be read
	for _, p := range pieces {
		texts = append(texts, p.text)
	}
	return texts
}
