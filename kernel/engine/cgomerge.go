package engine

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// cDecl is a declaration in what cgo writes.
type cDecl struct {
	name string // "" for imports and blanks, which are kept as they are
	text string // with the comments before it, some of which are directives
}

// cDecls splits what cgo writes into its declarations. Imports come first.
func cDecls(src string) ([]cDecl, error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "_cgo_gotypes.go", src, parser.SkipObjectResolution)
	if err != nil {
		return nil, fmt.Errorf("read what cgo wrote: %w", err)
	}
	var list []cDecl
	at := fset.Position(f.Name.End()).Offset
	for _, d := range f.Decls {
		end := fset.Position(d.End()).Offset
		list = append(list, cDecl{declName(d), strings.Trim(src[at:end], "\n") + "\n"})
		at = end
	}
	return list, nil
}

func declName(d ast.Decl) string {
	name := ""
	switch d := d.(type) {
	case *ast.FuncDecl:
		name = d.Name.Name
	case *ast.GenDecl:
		switch s := d.Specs[0].(type) {
		case *ast.TypeSpec:
			name = s.Name.Name
		case *ast.ValueSpec:
			name = s.Names[0].Name
		}
	}
	if name == "_" {
		return ""
	}
	return name
}

var (
	cgoName   = regexp.MustCompile(`^_C(type|func|var|fpvar_fp|macro|iconst|fconst|sconst)_`)
	anonymous = regexp.MustCompile(`\b(_Ctype_(?:struct|union|enum)__)_[0-9]+\b`)
)

// finalNames maps the names that cgo made up for a file to names that mean the same in every cell.
func finalNames(decls []cDecl, code string) map[string]string {
	names := typeNames(decls)
	for _, d := range decls {
		switch {
		case names[d.name] != "":
		case cgoName.MatchString(d.name):
			names[d.name] = d.name + mark(code)
		case cgoPrefix.MatchString(d.name):
			// The variable that holds a C function: all cells with the code call the one that was loaded first.
			names[d.name] = cgoPrefix.ReplaceAllString(d.name, "_cgo_") + mark(code)
		}
	}
	return names
}

// draftNames maps only names that say nothing: types without a name of their own are counted within a file.
func draftNames(decls []cDecl) map[string]string {
	names := typeNames(decls)
	maps.DeleteFunc(names, func(name, _ string) bool { return !anonymous.MatchString(name) })
	return names
}

// typeNames names each type for its definition, and for those of the types in it.
func typeNames(decls []cDecl) map[string]string {
	types := map[string]cDecl{}
	for _, d := range decls {
		if strings.HasPrefix(d.name, "_Ctype_") {
			types[d.name] = d
		}
	}
	names := map[string]string{}
	for name := range types {
		reached := map[string]bool{}
		var visit func(name string)
		visit = func(name string) {
			d, ok := types[name]
			if !ok || reached[name] {
				return
			}
			reached[name] = true
			renamed(d.text, func(id string) string { visit(id); return id })
		}
		visit(name)
		all := uncounted(name)
		for _, n := range slices.Sorted(maps.Keys(reached)) {
			all += "\x00" + uncounted(types[n].text)
		}
		names[name] = uncounted(name) + mark(all)
	}
	return names
}

// uncounted drops the numbers of types without a name: they depend on what else a file uses.
func uncounted(text string) string { return anonymous.ReplaceAllString(text, "${1}_") }

// mark is the end of a name, as that of a declaration which is not the first of its name.
func mark(text string) string {
	h := sha256.Sum256([]byte(text))
	return fmt.Sprintf("ʹ%d", binary.BigEndian.Uint64(h[:])>>1)
}

// renamed returns Go source with other identifiers.
func renamed(src string, name func(string) string) string {
	var b strings.Builder
	var s scanner.Scanner
	file := token.NewFileSet().AddFile("", -1, len(src))
	s.Init(file, []byte(src), func(token.Position, string) {}, 0)
	at := 0
	for {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			return b.String() + src[at:]
		}
		if off := file.Offset(pos); tok == token.IDENT && strings.HasPrefix(strings.ToLower(lit), "_c") {
			b.WriteString(src[at:off] + name(lit))
			at = off + len(lit)
		}
	}
}

func renamedBy(src string, names map[string]string) string {
	return renamed(src, func(id string) string {
		if n := names[id]; n != "" {
			return n
		}
		return id
	})
}

// cgoMerger makes one file of what cgo writes for several.
type cgoMerger struct {
	imports, body strings.Builder
	have          map[string]string
}

var cgoPrefix = regexp.MustCompile(`\b_cgo_[0-9a-f]{12}_`)

// add appends declarations under their new names, without those that are there already.
func (m *cgoMerger) add(decls []cDecl, names map[string]string) error {
	if m.have == nil {
		m.have = map[string]string{}
	}
	for _, d := range decls {
		text := renamedBy(d.text, names)
		if strings.HasPrefix(text, "import ") {
			if !strings.Contains(m.imports.String(), text) {
				m.imports.WriteString(text)
			}
			continue
		}
		name := renamedBy(d.name, names)
		said, there := m.have[name]
		text = strings.TrimLeft(text, "\n")
		means := cgoPrefix.ReplaceAllString(text, "")
		if d.name != "" && there {
			if said != means && cgoName.MatchString(d.name) {
				return &compileError{fmt.Sprintf("C.%s means something else in the C code of an earlier cell whose functions this cell uses: give it another name", cgoName.ReplaceAllString(d.name, ""))}
			}
			continue
		}
		m.have[name] = means
		m.body.WriteString(text)
	}
	return nil
}

func (m *cgoMerger) text() string {
	return "package main\n" + m.imports.String() + m.body.String()
}
