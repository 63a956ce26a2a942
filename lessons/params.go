package lessons

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Parameter is a value for a variable that the cell with the tag "parameters" declares.
type Parameter struct{ Name, Value string }

// SetParameters adds a cell with the tag "injected-parameters" behind the one with the tag "parameters", which declares what may be
// set; one that is there already is replaced. So does papermill, and as its translator for Go the cell assigns, so that each variable
// keeps its type. A value is a Go expression; for a variable that is declared as a string it is the string itself.
func (l *Lesson) SetParameters(values []Parameter) error {
	if len(values) == 0 {
		return nil
	}
	at := slices.IndexFunc(l.Cells, func(c *Cell) bool { return c.Kind == Code && c.Attrs.Has(TagParameters) })
	if at < 0 {
		return fmt.Errorf("%s: set %s: no cell has the tag %q", l.File, values[0].Name, TagParameters)
	}
	defaults := l.Cells[at]
	declared := declaredVars(defaults.Source)
	var code strings.Builder
	code.WriteString("// Parameters")
	for _, v := range values {
		kind, ok := declared[v.Name]
		if !ok {
			return fmt.Errorf("%v: set %s: the cell declares no such variable%s", defaults.Pos, v.Name, suggest(v.Name, slices.Sorted(maps.Keys(declared))))
		}
		text, err := literal(kind, v.Value)
		if err != nil {
			return fmt.Errorf("%v: set %s: %w", defaults.Pos, v.Name, err)
		}
		code.WriteString("\n" + v.Name + " = " + text)
	}
	injected := &Cell{Kind: Code, Source: code.String(), Pos: defaults.Pos, Body: defaults.Body}
	var errs ErrorList
	injected.Attrs.apply(Code, []Attr{{Key: "tags", Value: []byte(`["` + TagInjected + `"]`), Pos: defaults.Pos}}, &errs)
	l.Cells = slices.DeleteFunc(l.Cells, func(c *Cell) bool { return c.Attrs.Has(TagInjected) })
	l.Cells = slices.Insert(l.Cells, slices.Index(l.Cells, defaults)+1, injected)
	return errs.err()
}

// declaredVars returns the variables that a cell declares at its top level, with "string" for those that are strings.
func declaredVars(source string) map[string]string {
	declared := map[string]string{}
	for _, p := range pieces(source) {
		file, err := parser.ParseFile(token.NewFileSet(), "", "package p\nfunc _() {\n"+p.text+"}", parser.SkipObjectResolution)
		if err == nil && p.place == inFunction {
			addDeclared(declared, file.Decls[0].(*ast.FuncDecl).Body.List)
		}
	}
	return declared
}

func addDeclared(declared map[string]string, list []ast.Stmt) {
	for _, s := range list {
		switch s := s.(type) {
		case *ast.AssignStmt:
			for i, lhs := range s.Lhs {
				if id, ok := lhs.(*ast.Ident); ok && s.Tok == token.DEFINE {
					declared[id.Name] = kindOf(nil, s.Rhs, i)
				}
			}
		case *ast.DeclStmt:
			addVars(declared, s.Decl.(*ast.GenDecl))
		}
	}
}

func addVars(declared map[string]string, d *ast.GenDecl) {
	for _, spec := range d.Specs {
		if v, ok := spec.(*ast.ValueSpec); ok && d.Tok == token.VAR {
			for i, id := range v.Names {
				declared[id.Name] = kindOf(v.Type, v.Values, i)
			}
		}
	}
}

// kindOf is "string" for a variable whose type or value is plainly that.
func kindOf(typ ast.Expr, values []ast.Expr, i int) string {
	if id, ok := typ.(*ast.Ident); ok {
		return id.Name
	}
	if typ == nil && i < len(values) {
		if b, ok := values[i].(*ast.BasicLit); ok {
			return map[bool]string{true: "string"}[b.Kind == token.STRING]
		}
	}
	return ""
}

// literal is a value as a Go expression.
func literal(kind, value string) (string, error) {
	if kind == "string" {
		return strconv.Quote(value), nil
	}
	if _, err := parser.ParseExpr(value); err != nil || strings.ContainsAny(value, "\r\n") {
		return "", fmt.Errorf("want a Go expression such as 3, 0.5, true or \"text\" in quotes, got %q", value)
	}
	return value, nil
}

// ParseParameter reads name=value.
func ParseParameter(s string) (Parameter, error) {
	name, value, ok := strings.Cut(s, "=")
	if name = strings.TrimSpace(name); !ok || !token.IsIdentifier(name) {
		return Parameter{}, fmt.Errorf("parameter %q: want name=value", cmp.Or(name, s))
	}
	return Parameter{name, value}, nil
}
