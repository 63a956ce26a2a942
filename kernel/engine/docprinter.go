package engine

import (
	"bytes"
	"go/ast"
	"go/doc/comment"
	"go/format"
	"go/token"
	"iter"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// docPrinter writes declarations of one file with what they say of themselves.
type docPrinter struct {
	strings.Builder
	fset   *token.FileSet
	file   docFile
	tree   *ast.File
	source bool
	typ    bool // the declaration is a type's
}

// top writes the declaration of a name of the package.
func (d *docPrinter) top(name string) bool {
	for _, decl := range d.tree.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			if decl.Recv == nil && decl.Name.Name == name {
				d.function(decl)
				return true
			}
		case *ast.GenDecl:
			if i := slices.IndexFunc(decl.Specs, func(s ast.Spec) bool { return hasName(s, name) }); i >= 0 {
				d.group(decl, i)
				return true
			}
		}
	}
	return false
}

func hasName(s ast.Spec, name string) bool {
	switch s := s.(type) {
	case *ast.TypeSpec:
		return s.Name.Name == name
	case *ast.ValueSpec:
		return slices.ContainsFunc(s.Names, func(id *ast.Ident) bool { return id.Name == name })
	}
	return false
}

// member writes a method, one of an interface, too, or a field.
func (d *docPrinter) member(typ, name string) bool {
	for _, decl := range d.tree.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			if decl.Recv != nil && decl.Name.Name == name && receiver(decl) == typ {
				d.function(decl)
				return true
			}
		case *ast.GenDecl:
			for _, s := range decl.Specs {
				if t, ok := s.(*ast.TypeSpec); ok && t.Name.Name == typ && (d.interfaceMethod(t, name) || d.field(t, name)) {
					return true
				}
			}
		}
	}
	return false
}

func receiver(f *ast.FuncDecl) string {
	t := f.Recv.List[0].Type
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	switch x := t.(type) {
	case *ast.IndexExpr:
		t = x.X
	case *ast.IndexListExpr:
		t = x.X
	}
	id, ok := t.(*ast.Ident)
	if !ok {
		return ""
	}
	return id.Name
}

// interfaceMethod writes one method of an interface, in it.
func (d *docPrinter) interfaceMethod(t *ast.TypeSpec, name string) bool {
	of, ok := t.Type.(*ast.InterfaceType)
	if !ok {
		return false
	}
	for _, m := range of.Methods.List {
		if slices.ContainsFunc(m.Names, func(id *ast.Ident) bool { return id.Name == name }) {
			one := *t
			one.Doc, one.Type = nil, &ast.InterfaceType{Methods: &ast.FieldList{List: []*ast.Field{m}}}
			d.node(&ast.GenDecl{Tok: token.TYPE, Specs: []ast.Spec{&one}})
			return true
		}
	}
	return false
}

// field writes one field of a struct, in it.
func (d *docPrinter) field(t *ast.TypeSpec, name string) bool {
	of, ok := t.Type.(*ast.StructType)
	if !ok {
		return false
	}
	for _, f := range of.Fields.List {
		if slices.ContainsFunc(f.Names, func(id *ast.Ident) bool { return id.Name == name }) {
			one := *t
			one.Doc, one.Type = nil, &ast.StructType{Fields: &ast.FieldList{List: []*ast.Field{f}}}
			d.node(&ast.GenDecl{Tok: token.TYPE, Specs: []ast.Spec{&one}})
			return true
		}
	}
	return false
}

func (d *docPrinter) function(f *ast.FuncDecl) {
	if d.source {
		d.cut(f.Doc, f)
		return
	}
	d.node(&ast.FuncDecl{Recv: f.Recv, Name: f.Name, Type: f.Type})
	d.WriteString(d.prose(f.Doc.Text()))
}

// longGroup is how many constants or variables are shown together; of a longer list there is the one that was asked for.
const longGroup = 24

// group writes a type, or constants or variables that are declared together.
func (d *docPrinter) group(g *ast.GenDecl, i int) {
	t, isType := g.Specs[i].(*ast.TypeSpec)
	d.typ = isType
	switch {
	case d.source:
		d.cut(g.Doc, g)
	case isType:
		text := t.Doc.Text()
		if !g.Lparen.IsValid() {
			text = g.Doc.Text()
		}
		one := *t
		one.Doc, one.Type = nil, exportedPart(t.Type)
		d.node(&ast.GenDecl{Tok: token.TYPE, Specs: []ast.Spec{&one}})
		d.WriteString(d.prose(text))
	case len(g.Specs) > longGroup:
		v := *g.Specs[i].(*ast.ValueSpec)
		text := v.Doc.Text()
		v.Doc = nil
		d.node(&ast.GenDecl{Tok: g.Tok, Specs: []ast.Spec{&v}})
		d.WriteString(d.prose(text + "\n" + g.Doc.Text()))
	default:
		all := *g
		all.Doc = nil
		d.node(&all)
		d.WriteString(d.prose(g.Doc.Text()))
	}
}

// exportedPart leaves out the fields of a struct that nobody can use, and says so.
func exportedPart(t ast.Expr) ast.Expr {
	st, ok := t.(*ast.StructType)
	if !ok {
		return t
	}
	var shown []*ast.Field
	hidden := false
	for _, f := range st.Fields.List {
		exported := slices.ContainsFunc(f.Names, (*ast.Ident).IsExported) || len(f.Names) == 0 && embedsExported(f.Type)
		hidden = hidden || !exported
		if exported {
			shown = append(shown, f)
		}
	}
	if hidden {
		// A field without a name and a type, in the last line, carries the note.
		note := &ast.CommentGroup{List: []*ast.Comment{{Text: "// Has unexported fields.\n"}}}
		shown = append(shown, &ast.Field{Type: &ast.Ident{NamePos: st.Fields.Closing - 1}, Comment: note})
	}
	return &ast.StructType{Struct: st.Struct, Fields: &ast.FieldList{Opening: st.Fields.Opening, List: shown, Closing: st.Fields.Closing}}
}

// embedsExported tells whether a type without a field's name gives the field one that begins with a capital letter.
func embedsExported(t ast.Expr) bool {
	switch t := t.(type) {
	case *ast.StarExpr:
		return embedsExported(t.X)
	case *ast.IndexExpr:
		return embedsExported(t.X)
	case *ast.IndexListExpr:
		return embedsExported(t.X)
	case *ast.SelectorExpr:
		return t.Sel.IsExported()
	case *ast.Ident:
		return t.IsExported()
	}
	return false
}

// functionsOf lists what makes values of a type and its methods, each in a line.
func (d *docPrinter) functionsOf(typ string, files []docFile) {
	of := regexp.QuoteMeta(typ)
	line := regexp.MustCompile(`^func (?:[A-Z]\w*(?:\[[^\]\n]*\])?\([^\n]*\) \(?(?:\w+ )?\*?` + of + `\b[^\n]*?|\((?:\w+ )?\*?` + of + `(?:\[[^\]\n]*\])?\) [A-Z][^\n]*?)(?: \{[^\n]*)?$`)
	var makers, methods []string
	for _, f := range files {
		for found := range functionLines(f.text, typ) {
			signature, _, _ := strings.Cut(found, " {")
			switch {
			case !line.MatchString(found) || !f.builtHere() || slices.Contains(methods, signature):
			case strings.HasPrefix(signature, "func ("):
				methods = append(methods, signature)
			default:
				makers = append(makers, signature)
			}
		}
	}
	slices.Sort(makers)
	slices.Sort(methods)
	if list := append(makers, methods...); len(list) > 0 {
		d.WriteString("\n" + strings.Join(list, "\n") + "\n")
	}
}

// functionLines yields the first lines of functions that have a word in them.
func functionLines(text []byte, word string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for start := []byte("\nfunc "); ; {
			_, after, found := bytes.Cut(text, start)
			if !found {
				return
			}
			line, rest, _ := bytes.Cut(after, []byte("\n"))
			if bytes.Contains(line, []byte(word)) && !yield("func "+string(line)) {
				return
			}
			text = text[len(text)-len(rest)-1:]
		}
	}
}

func (d *docPrinter) node(n ast.Node) {
	var b bytes.Buffer
	if err := format.Node(&b, d.fset, n); err != nil {
		return // sources that were parsed can be printed
	}
	d.Write(b.Bytes())
	d.WriteByte('\n')
}

// cut writes a declaration as it stands in the file.
func (d *docPrinter) cut(doc *ast.CommentGroup, n ast.Node) {
	start := n.Pos()
	if doc != nil {
		start = doc.Pos()
	}
	d.Write(d.file.text[d.fset.Position(start).Offset:d.fset.Position(n.End()).Offset])
	d.WriteByte('\n')
}

func (d *docPrinter) prose(text string) string { return prose(text, "    ", d.tree.Imports) }

// prose is a comment as text. The imports of its file say which names in links are packages.
func prose(text, indent string, imports []*ast.ImportSpec) string {
	if strings.TrimSpace(text) == "" {
		return ""
	}
	links := &comment.Parser{
		LookupSym: func(string, string) bool { return true },
		LookupPackage: func(name string) (string, bool) {
			for _, i := range imports {
				if p, err := strconv.Unquote(i.Path.Value); err == nil && path.Base(p) == name {
					return p, true
				}
			}
			return comment.DefaultLookupPackage(name)
		},
	}
	p := &comment.Printer{TextPrefix: indent, TextCodePrefix: indent + "    ", TextWidth: 80 - len(indent)}
	return string(p.Text(links.Parse(text)))
}
