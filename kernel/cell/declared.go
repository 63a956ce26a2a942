package cell

import (
	"go/types"
	"maps"
	"slices"
	"strings"
)

// Declared is something that the session has declared.
type Declared struct {
	Kind string // "var", "const", "type", "func" or "import"
	Name string // methods are Type.Method; an import with a dot is "."
	Type string // variables: the type; functions: the parameters and results as they are written; imports: the path

	File   string // where it is declared, for all but imports and variables
	Offset int
}

// Declared lists what names mean now: imports, constants, types, variables and functions, each by name.
func (s *Session) Declared() []Declared {
	var list []Declared
	for _, name := range slices.Sorted(maps.Keys(s.imports)) {
		list = append(list, Declared{Kind: "import", Name: name, Type: s.imports[name]})
	}
	for _, path := range slices.Sorted(slices.Values(s.dots)) {
		list = append(list, Declared{Kind: "import", Name: ".", Type: path})
	}
	kinds := []struct {
		kind kind
		name string
	}{{constPiece, "const"}, {typePiece, "type"}, {varPiece, "var"}, {funcPiece, "func"}}
	names := slices.Sorted(s.decls.names())
	for _, k := range kinds {
		for _, name := range names {
			if d := s.decls.get(name); d.kind == k.kind {
				list = append(list, Declared{k.name, name, d.typeText(), d.origin.File, d.start})
			}
		}
	}
	return list
}

// Variables lists the session's variables by name.
func (s *Session) Variables() []Declared {
	return slices.DeleteFunc(s.Declared(), func(d Declared) bool { return d.Kind != "var" })
}

// Has reports whether the session has declared a name. Methods are Type.Method.
func (s *Session) Has(name string) bool { return s.decls.has(name) }

// Without returns the session without what a name means. The methods of a type go with it, and so do the variables. Imports with a dot have the name ".".
func (s *Session) Without(name string) *Session {
	c := s.clone()
	for _, v := range s.typedBy([]string{name}) {
		c.forget(v)
	}
	for _, m := range c.methods.get(name) {
		c.forget(m)
	}
	c.forget(name)
	delete(c.imports, name)
	if name == "." {
		c.dots = nil
	}
	return c
}

func (d *decl) typeText() string {
	switch d.kind {
	case varPiece:
		return PlainName(types.TypeString(d.typ, func(p *types.Package) string {
			if p.Path() == "main" {
				return ""
			}
			return p.Name()
		}))
	case funcPiece:
		head, _, _ := strings.Cut(d.signature(), "{")
		return strings.TrimSpace(head)
	}
	return ""
}

// signature is a function's text after its name.
func (d *decl) signature() string {
	text := d.text()
	if i := strings.Index(text, "func "); i >= 0 {
		text = text[i:]
	}
	if _, after, ok := strings.Cut(text, d.name+"("); ok {
		return "(" + after
	}
	_, after, _ := strings.Cut(text, d.name)
	return after
}
